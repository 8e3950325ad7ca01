"""``harbor unions``: who owns records, and whose rights reach how far."""

from datetime import UTC, datetime
from pathlib import Path

import click

from app.cli.output import emit, runtime, table
from app.domain.unions import KIND_NAMES
from app.service import unions as service

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def unions() -> None:
    """The city's, the districts' and the industrial unions."""


@unions.command("import")
@click.argument("file", type=FILE)
def import_(file: Path) -> None:
    """Import unions from FILE (CSV or XLSX: code, name, kind, parent, valid_from).

    Kinds are city, district and industrial, or 市总工会, 区县总工会 and 产业工会. The parent is
    the code of the union above. New numbers of stations begin with a union's code.
    """
    with runtime() as harbor, harbor.connection() as connection:
        report = service.import_unions(connection, file)
    click.echo(f"{report.unions} unions, {report.new} of them new")


@unions.command("list")
@click.option("--every-day", is_flag=True, help="Those that ended or are to come, too.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_(every_day: bool, as_json: bool) -> None:
    """List the unions of today."""
    with runtime() as harbor, harbor.connection() as connection:
        today = datetime.now(UTC).astimezone(harbor.settings.zone).date()
        found = service.listing(connection, as_of=None if every_day else today)
    if as_json:
        emit([
            {"code": one.code, "name": one.name, "name_en": one.name_en, "kind": one.kind.value,
             "parent": one.parent, "valid_from": one.valid_from.isoformat(),
             "valid_to": one.valid_to and one.valid_to.isoformat()}
            for one in found
        ])  # fmt: skip
        return
    table(
        ["code", "name", "kind", "above", "from", "until"],
        [
            [one.code, one.name, KIND_NAMES[one.kind][1], one.parent or "",
             str(one.valid_from), str(one.valid_to or "")]
            for one in found
        ],
    )  # fmt: skip
