"""``harbor coverage`` and ``harbor map``: the planner's question in a shell."""

from datetime import datetime
from pathlib import Path
from typing import Any

import click

from app.cli.output import MOMENT, emit, progress, runtime, table
from app.domain.errors import Conflict
from app.service import coverage as measure
from app.service.coverage import CoverageQuestion
from app.service.page_export import save_page
from app.service.present import coverage_json

NEGLIGIBLE = 0.01
SHARES = {
    "people": "people",
    "twice": "… twice",
    "thrice": "… three times",
    "street": "street length",
    "street_twice": "… twice",
    "street_thrice": "… three times",
    "area": "area",
    "area_twice": "… twice",
    "area_thrice": "… three times",
}
RULES = {
    "radius_1km": "1 km radius",
    "walk_official": "walk, 4 km/h",
    "walk_terrain": "walk, terrain",
}


@click.command()
@click.option("--scope", help="Name of a scope; 'all' for everything.")
@click.option("--demand", help="Name of a demand layer.")
@click.option("--minutes", default=15.0, show_default=True)
@click.option("--services", default="", help="Only stations with all of these, comma-separated.")
@click.option("--at", type=MOMENT, help="Only stations surely open at this moment.")
@click.option("--as-of", type=MOMENT, help="The register as it was then.")
@click.option("--repeat", "run", type=int, help="Compute a stored run again and compare.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def coverage(
    scope: str | None,
    demand: str | None,
    minutes: float,
    services: str,
    at: datetime | None,
    as_of: datetime | None,
    run: int | None,
    as_json: bool,
) -> None:
    """Measure who is within the circle, by all three rules at once."""
    with runtime() as harbor, harbor.connection() as connection:
        streets, zone = harbor.snapshot().streets, harbor.settings.zone
        if run is not None:
            found, same = measure.repeat(connection, streets, harbor.settings, run)
            if not same:
                raise Conflict(f"Run {run} gave other figures this time.")
        else:
            question = CoverageQuestion(
                scope=scope,
                demand=demand,
                minutes=minutes,
                services=tuple(word.strip() for word in services.split(",") if word.strip()),
                at=None if at is None else at.replace(tzinfo=at.tzinfo or zone),
                as_of=None if as_of is None else as_of.replace(tzinfo=as_of.tzinfo or zone),
            )
            found = measure.measure(connection, streets, harbor.settings, question)
    if as_json:
        emit(coverage_json(found))
        return
    _describe(found.id, found.inputs, found.result)
    if run is not None:
        click.echo(f"\nRun {run} repeats to the same figures.")


def _describe(run: int, inputs: dict[str, Any], result: dict[str, Any]) -> None:
    click.echo(
        f"run {run}: {inputs['scope_title']} ({inputs['scope']}), {inputs['minutes']:g} minutes,"
        f" {inputs['stations']} stations, people of layer {inputs['demand']!r}"
        f" ({inputs['demand_source']}), network {inputs['network']}"
    )
    if not inputs["stations"]:
        click.secho("Warning: no station counts, so nobody is covered.", err=True)
    if inputs["at"]:
        click.echo(
            f"open at {inputs['at']}: {inputs['stations']} stations;"
            f" {inputs['stations_closed']} closed, {inputs['stations_unknown']} not known"
        )
    if result["stations_outside"]:
        click.secho(
            f"Warning: {result['stations_outside']} stations have no street near and serve nobody"
            " by the walking rules.",
            err=True,
        )
    if inputs["scope_beyond_streets"] > NEGLIGIBLE:
        click.secho(
            f"Warning: {inputs['scope_beyond_streets']:.0%} of the scope lies beyond the streets of"
            f" {inputs['network']}; nobody there counts as covered by walking.",
            err=True,
        )
    _rules_table(result["rules"])
    _districts_table(result["districts"])
    _worst_table(result["worst"])


def _rules_table(figures: dict[str, dict[str, float | None]]) -> None:
    click.echo()
    table(
        ["share within reach", *RULES.values()],
        [
            [label, *(_percent(figures[rule][f"{key}_share"]) for rule in RULES)]
            for key, label in SHARES.items()
        ],
    )


def _districts_table(districts: list[dict[str, Any]]) -> None:
    if not districts:
        return
    click.echo()
    table(
        ["district", "people", *RULES.values()],
        [
            [
                district["name"],
                f"{district['rules']['walk_terrain']['people_total']:,.0f}",
                *(_percent(district["rules"][rule]["people_share"]) for rule in RULES),
            ]
            for district in districts
        ],
    )


def _worst_table(places: list[dict[str, Any]]) -> None:
    if not places:
        return
    click.echo("\nworst served, by terrain:")
    table(
        ["people", "mean walk", "where", "lon", "lat"],
        [
            [
                f"{place['people']:,.0f}",
                "no way" if place["minutes"] is None else f"{place['minutes']:.0f} min",
                _where(place),
                f"{place['lon']:.5f}",
                f"{place['lat']:.5f}",
            ]
            for place in places
        ],
    )


def _where(place: dict[str, Any]) -> str:
    """Name a place by what is known of it, each name once."""
    parts = dict.fromkeys((place["district"], place["name"], place["street"]))
    return " · ".join(part for part in parts if part) or "unnamed"


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{share:.1%}"


@click.group("map")
def map_() -> None:
    """The management map as a file."""


@map_.command("export")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def export(file: Path) -> None:
    """Write the management map to one HTML FILE that works without any server."""
    from app.web.map_pages import export_map  # noqa: PLC0415 - folium is slow to load

    with runtime() as harbor, progress() as tell:
        tell("drawing the map", 0.0)
        page = export_map(harbor)
        tell("drawing the map", 1.0)
    size_bytes = save_page(file, page)
    click.echo(f"{file}: {size_bytes / 1e6:.1f} MB")
