"""``harbor plan``: the planner's workbench in a shell."""

from collections.abc import Callable
from typing import Any

import click

from app.cli.output import emit, runtime, table
from app.cli.plan_question import asks
from app.cli.plan_report import freeze, frozen, report
from app.domain.scenario import Changes
from app.service.plan import gaps as gaps_
from app.service.plan import week as week_
from app.service.plan import worth as worth_
from app.service.plan.question import PlanQuestion
from app.service.runtime import Runtime

Question = Callable[[Runtime], PlanQuestion]
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
WHY = {
    "closed": "closed then",
    "service": "lacks a service",
    "suspended": "suspended",
    "far": "too far",
    "outside": "off the streets",
}


@click.group()
def plan() -> None:
    """The planner's workbench: who is left out, when, and what would change it."""


for _command in (report, freeze, frozen):
    plan.add_command(_command)

as_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")


@plan.command()
@asks
@as_json
def week(question: Question, changes: Changes, as_json: bool) -> None:
    """People covered in each of the 168 hours of a week."""
    with runtime() as harbor:
        found = week_.week(harbor, None, question(harbor), changes)
    if as_json:
        emit(found)
        return
    if found["finding"]:
        click.echo(found["finding"]["en"])
    total = max(found["total"], 1e-9)
    click.echo(f"\nshare covered, the week of {found['start']}:\n")
    table(
        ["", *(f"{hour:02d}" for hour in range(24))],
        [
            [name, *(f"{100 * found['hours'][24 * day + hour] / total:.0f}" for hour in range(24))]
            for day, name in enumerate(DAYS)
        ],
    )


@plan.command()
@asks
@click.option("--most", default=10, show_default=True, help="How many places.")
@as_json
def gaps(question: Question, changes: Changes, most: int, as_json: bool) -> None:
    """Where people are left out: why, and what would mend it."""
    with runtime() as harbor:
        found = gaps_.gaps(harbor, None, question(harbor), changes)
    if as_json:
        emit(found)
        return
    click.echo(f"{found['uncovered']:,.0f} people of the scope are not covered.\n")
    table(
        ["", "place", "people", "walk", "why", "nearest", "what would mend it"],
        [_gap_row(place) for place in found["places"][:most]],
    )
    click.echo("\nmends of all places:\n")
    table(
        ["people", "what to do"],
        [[f"{mend['people']:,.0f}", mend["en"]] for mend in found["mends"][:most]],
    )


def _gap_row(place: dict[str, Any]) -> list[str]:
    names = dict.fromkeys((place["district"], place["name"], place["street"]))
    nearest, mends = place["nearest"], place["mends"]
    return [
        str(place["rank"]),
        " · ".join(name for name in names if name),
        f"{place['people']:,.0f}",
        "no way" if place["minutes"] is None else f"{place['minutes']:.0f} min",
        WHY[place["reasons"][0]["why"]],
        "" if nearest is None else f"{nearest['name']}, {nearest['minutes']:.0f} min",
        f"{mends[0]['en']} (+{mends[0]['here']:,.0f})" if mends else "",
    ]


@plan.command()
@asks
@click.option("--station", type=int, help="Tell one station by its id, hour by hour.")
@click.option("--most", default=20, show_default=True, help="How many stations.")
@as_json
def worth(
    question: Question, changes: Changes, station: int | None, most: int, as_json: bool
) -> None:
    """What each station is worth: people that it alone covers."""
    with runtime() as harbor:
        asked = question(harbor)
        found = (
            worth_.worth(harbor, None, asked, changes)
            if station is None
            else worth_.worth_of(harbor, None, asked, station, changes)
        )
    if as_json:
        emit(found)
    elif station is None:
        _worths(found, most)
    else:
        _worth_of_one(found)


def _worths(found: dict[str, Any], most: int) -> None:
    table(
        ["id", "station", "union", "covers", "alone", "alone at night"],
        [
            [
                str(row["id"]),
                row["name"],
                row["union"],
                *(f"{row[key]:,.0f}" for key in ("covers", "sole", "night")),
            ]
            for row in found["stations"][:most]
        ],
    )
    click.echo(f"\n{found['nothing']} stations add nobody at any hour.")


def _worth_of_one(found: dict[str, Any]) -> None:
    click.echo(
        f"{found['name']} covers {found['covers']:,.0f} people, {found['sole']:,.0f} of them alone"
        f" ({found['day']:,.0f} by day, {found['night']:,.0f} at night)."
    )
    if found["falls_to"]:
        click.echo("\nwithout it people would go to:\n")
        table(
            ["station", "people"],
            [[heir["name"], f"{heir['people']:,.0f}"] for heir in found["falls_to"]],
        )
