"""``harbor plan curve``: coverage over time in a shell."""

from typing import Any

import click

from app.cli.output import emit, runtime, table
from app.cli.plan import Question, as_json
from app.cli.plan_question import asks
from app.domain.scenario import Changes
from app.service.plan import curve as curve_


@click.command()
@asks
@click.option("--months", type=int, help="How many month ends to go back; all, if not given.")
@as_json
def curve(question: Question, changes: Changes, months: int | None, as_json: bool) -> None:
    """Coverage at the end of every month, and what opened and closed in between."""
    with runtime() as harbor:
        found = curve_.curve(harbor, None, question(harbor), changes, months=months)
    if as_json:
        emit(found)
        return
    click.echo(found["definition"]["en"])
    click.echo()
    _days(found)
    if found["planned"]:
        click.echo(
            f"\nwith the changes: {_percent(found['planned']['share'])},"
            f" {found['planned']['stations']} stations"
        )
    for district in found["districts"]:
        shares = [share for share in district["share"] if share is not None]
        if shares:
            click.echo(f"{district['name']}: {_percent(shares[0])} → {_percent(shares[-1])}")


def _days(found: dict[str, Any]) -> None:
    events = {event["day"]: event for event in found["events"]}
    rows = []
    for number, day in enumerate(found["days"]):
        event = events.get(day, {})
        rows.append(
            [
                day,
                f"{found['people'][number]:,.0f}",
                _percent(found["share"][number]),
                str(found["stations"][number]),
                _names("+", event, "opened"),
                _names("-", event, "closed"),
            ]
        )
    table(["day", "people", "share", "stations", "opened", "closed"], rows)


def _names(sign: str, event: dict[str, Any], what: str) -> str:
    """Say how many came or went, and the first by name."""
    count = event.get(f"{what}_count", 0)
    if not count:
        return ""
    more = ", …" if count > 2 else ""
    return f"{sign}{count} {', '.join(event[what][:2])}{more}"


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{share:.1%}"
