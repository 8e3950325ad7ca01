"""``harbor reorganise``: a day on which districts and unions change."""

from pathlib import Path

import click

from app.cli.output import emit, progress, runtime
from app.service import reorganisation
from app.service.reorganisation import Report

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@click.argument("plan", type=FILE)
@click.option("--rehearse", is_flag=True, help="Do everything, report, and take it back.")
@click.option("--json", "as_json", is_flag=True, help="For a machine to read.")
def reorganise(plan: Path, rehearse: bool, as_json: bool) -> None:
    """Carry out the PLAN (TOML) of a day on which districts merge or give towns away.

    Districts, unions, records and rights change together or not at all. Numbers
    stay, and figures of earlier days stay as they were.
    """
    with runtime() as harbor, harbor.connection() as connection, progress() as tell:
        report = reorganisation.reorganise(
            connection, harbor.settings, plan, rehearsal=rehearse, say=lambda step: tell(step, 0.0)
        )
    if as_json:
        emit(report.as_json())
    else:
        _tell(report)


def _tell(report: Report) -> None:
    click.echo(f"{'rehearsed' if report.rehearsal else 'done'} as of {report.day}:")
    click.echo(f"  districts with a new outline: {', '.join(report.districts) or 'none'}")
    click.echo(f"  districts that ended: {', '.join(report.ended_districts) or 'none'}")
    for part in report.moved:
        where = f" inside {part.within}" if part.within else ""
        click.echo(f"  {part.stations} stations{where}: {part.giver} → {part.taker}")
    for code, count in report.grants.items():
        click.echo(f"  {count} rights of people in {code} passed on")
    click.echo(f"  {report.settled} stations lie in another district now")
    if report.outside:
        click.echo(f"  {report.outside} public stations lie in no district of that day")
    if report.unplaced:
        click.echo(
            f"  {report.unplaced} records have no place and went with their union:"
            " place them, and hand over what lies elsewhere"
        )
    if report.rehearsal:
        click.echo("Nothing was changed. Without --rehearse it is carried out.")
