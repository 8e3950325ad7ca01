"""``harbor calendar``: the holidays and make-up workdays that opening hours follow."""

from pathlib import Path
from typing import Any

import click

from app.cli.output import emit, runtime, table
from app.domain.calendar import Calendar, DayKind
from app.service import calendars
from app.service.calendars import CalendarYear

SEED = "holidays package"


@click.group()
def calendar() -> None:
    """Holidays and make-up workdays."""


@calendar.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def import_(file: Path) -> None:
    """Take whole years from a list with the columns date, kind and name.

    Kinds are holiday and make_up_workday; days that are not listed are ordinary.
    """
    with runtime() as harbor, harbor.connection() as connection:
        for year in calendars.import_file(connection, file):
            click.echo(
                f"{year.year}: {year.holidays} holidays, {year.make_up_workdays} make-up"
                f" workdays; {year.outcome}."
            )


@calendar.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, with every day.")
def list_(as_json: bool) -> None:
    """List the years that are known, and where each is from."""
    with runtime() as harbor, harbor.connection() as connection:
        imported, known = calendars.listing(connection)
        zone = harbor.settings.zone
    by_year = {one.year: one for one in imported}
    years = [_year(year, known, by_year.get(year)) for year in sorted(known.years)]
    if as_json:
        emit(years)
        return
    rows = []
    for year in years:
        one = by_year.get(year["year"])
        kinds = [day["kind"] for day in year["days"]]
        at = f" {one.imported_at.astimezone(zone):%Y-%m-%d %H:%M}" if one else ""
        counts = (kinds.count(kind.value) for kind in (DayKind.HOLIDAY, DayKind.MAKE_UP_WORKDAY))
        rows.append([str(year["year"]), *map(str, counts), (year["file"] or SEED) + at])
    table(["year", "holidays", "make-up workdays", "from"], rows)


def _year(year: int, known: Calendar, imported: CalendarYear | None) -> dict[str, Any]:
    names = {day.day: day.name for day in imported.days} if imported else {}
    return {
        "year": year,
        "file": imported and imported.file_name,
        "imported_at": imported and imported.imported_at.isoformat(timespec="seconds"),
        "days": [
            {"date": day.isoformat(), "kind": known.days[day].value, "name": names.get(day, "")}
            for day in sorted(known.days)
            if day.year == year
        ],
    }
