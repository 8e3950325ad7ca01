"""``harbor plan sites``: the best places for new stations."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click

from app.cli.output import emit, progress, runtime, table
from app.cli.plan_question import asks
from app.domain.scenario import Changes
from app.service.plan import siting
from app.service.plan.question import PlanQuestion
from app.service.runtime import Runtime

Question = Callable[[Runtime], PlanQuestion]
SOURCES = ("premises", "corners", "list")


class Pair(click.ParamType[tuple[str, float]]):
    """A name and a number: ``bank=3``."""

    name = "name=number"

    def convert(self, value: Any, param: Any, ctx: Any) -> tuple[str, float]:
        """Return the two."""
        key, _, number = str(value).partition("=")
        try:
            return key.strip(), float(number)
        except ValueError:
            self.fail(f"{value!r} is not NAME=NUMBER", param, ctx)


class Spot(click.ParamType[list[float]]):
    """A place: ``lon,lat`` in WGS-84."""

    name = "lon,lat"

    def convert(self, value: Any, param: Any, ctx: Any) -> list[float]:
        """Return longitude and latitude."""
        try:
            longitude, latitude = (float(part) for part in str(value).split(","))
        except ValueError:
            self.fail(f"{value!r} is not LON,LAT", param, ctx)
        return [longitude, latitude]


@click.command()
@click.option("--number", type=int, help="How many new stations at most.")
@click.option("--target", type=float, help="Share to be covered, 0 to 1, by the fewest stations.")
@click.option("--budget", type=float, help="What they may cost together.")
@click.option(
    "--goal", type=click.Choice(["cover", "walk"]), default="cover", show_default=True,
    help="Most people covered, or the shortest mean walk.",
)  # fmt: skip
@click.option(
    "--from", "sources", type=click.Choice(SOURCES), multiple=True, default=["premises"],
    show_default=True, help="Where candidates come from; may be repeated.",
)  # fmt: skip
@click.option("--kinds", default="", help="Kinds of premises, by comma.")
@click.option(
    "--hosts", type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A list of hosts: name, lon, lat and perhaps cost, as CSV or XLSX.",
)  # fmt: skip
@click.option("--datum", default="wgs84", show_default=True, help="What the list refers to.")
@click.option("--spacing", type=float, help="Metres between street corners at least.")
@click.option("--cost", "costs", type=Pair(), multiple=True, help="KIND=COST; any=COST for others.")
@click.option("--quota", "quotas", type=Pair(), multiple=True, help="DISTRICT=NUMBER at most.")
@click.option("--forced", type=Spot(), multiple=True, help="LON,LAT that has to be chosen.")
@click.option("--forbidden", type=Spot(), multiple=True, help="LON,LAT that may not be chosen.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@asks
def sites(
    question: Question,
    changes: Changes,
    sources: Sequence[str],
    kinds: str,
    hosts: Path | None,
    as_json: bool,
    **given: Any,
) -> None:
    """The best places for new stations, with a bound of what is possible."""
    given["goal"] = "share" if given["target"] is not None else given["goal"]
    for name in ("costs", "quotas"):
        given[name] = dict(given[name])
    for name in ("forced", "forbidden"):
        given[name] = list(given[name])
    if kinds or "premises" not in sources:
        given["kinds"] = [kind.strip() for kind in kinds.split(",") if kind.strip()]
    given["corners"] = "corners" in sources
    options = siting.wanted(given, hosts=hosts)
    with runtime() as harbor, progress() as tell:
        found = siting.run(
            harbor, question(harbor), changes, options,
            tell=lambda _, doing, share: tell(doing, share),
        )  # fmt: skip
    if as_json:
        emit(found)
    else:
        _say(found)


def _say(found: dict[str, Any]) -> None:
    click.echo(found["en"])
    table(
        ["", "place", "lon, lat", "more people", "covered"],
        [
            [
                str(one["rank"]),
                " · ".join(name for name in (one["district_en"], one["name_en"]) if name),
                f"{one['lon']:.5f}, {one['lat']:.5f}",
                f"{one['people']:,.0f}",
                "" if one["share"] is None else f"{100 * one['share']:.1f} %",
            ]
            for one in found["sites"]
        ],
    )
    left_out = "; ".join(f"{one['count']:,} {one['en']}" for one in found["left_out"])
    click.echo(
        f"\n{found['candidates']:,} candidates{f'; left out: {left_out}' if left_out else ''}."
    )
