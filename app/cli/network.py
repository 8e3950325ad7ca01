"""``harbor network``: build, list, use, check."""

from pathlib import Path

import click

from app.cli.output import emit, progress, runtime, table
from app.service import network as networks

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def network() -> None:
    """The walking network: built from an OpenStreetMap extract."""


@network.command()
@click.argument("extract", type=FILE)
@click.option("--name", required=True, help="What it will be called.")
@click.option("--dem", "elevation", type=FILE, multiple=True, help="Elevation: .hgt or GeoTIFF.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def build(extract: Path, name: str, elevation: tuple[Path, ...], as_json: bool) -> None:
    """Build a walking network and its base map from EXTRACT (.osm.pbf)."""
    with runtime() as harbor, progress() as tell, harbor.connection() as connection:
        built = networks.build(
            connection, harbor.settings, extract, name=name, elevation=elevation, progress=tell
        )
    record, source, report = built.record, built.source, built.elevation
    if as_json:
        emit(
            {
                "name": record.name,
                "junctions": record.junctions,
                "edges": record.edges,
                "metres": round(record.metres),
                "in_use": built.in_use,
                "features": built.features,
                **record.facts,
            }
        )
        return
    click.echo(
        f"{record.name}: {source.streets.nodes:,} walkable nodes, {record.junctions:,} junctions,"
        f" {record.edges:,} edges, {record.metres / 1000:,.0f} km, {source.stairways:,} stairways;"
        f" base map of {built.features:,} features"
    )
    if source.cut_ways:
        click.echo(f"{source.cut_ways:,} ways are cut by the edge of the extract.")
    if built.broken_features:
        click.echo(f"{built.broken_features:,} broken shapes were left off the base map.")
    if report is not None and report.nodes_without:
        click.secho(
            f"Warning: the elevation covers {report.share_covered:.1%} of the nodes;"
            f" {report.nodes_without:,} nodes have no height, and {report.segments_without:,}"
            " segments are marked and walked as flat.",
            err=True,
        )
    if report is None:
        click.echo("No elevation was given: every street is walked as flat (--dem FILE).")
    if built.in_use:
        click.echo("It is in use.")
    else:
        click.echo(f"Put it to use with `harbor network use {name}`.")


@network.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON array.")
def list_(as_json: bool) -> None:
    """List the networks; * marks the one in use."""
    with runtime() as harbor, harbor.connection() as connection:
        records, in_use = networks.every(connection)
    if as_json:
        emit(
            [
                {
                    "name": record.name,
                    "in_use": record.name == in_use,
                    "junctions": record.junctions,
                    "edges": record.edges,
                    "metres": round(record.metres),
                    "bounds": record.bounds,
                    "built_at": record.built_at.isoformat(),
                    **record.facts,
                }
                for record in records
            ]
        )
        return
    if not records:
        click.echo("There is no network yet. Build one with `harbor network build`.")
        return
    table(
        ["", "name", "junctions", "km", "source", "built"],
        [
            [
                "*" if record.name == in_use else "",
                record.name,
                f"{record.junctions:,}",
                f"{record.metres / 1000:,.0f}",
                str(record.facts.get("source", "")),
                f"{record.built_at:%Y-%m-%d %H:%M}",
            ]
            for record in records
        ],
    )


@network.command()
@click.argument("name")
def use(name: str) -> None:
    """Measure every answer on network NAME from now on."""
    with runtime() as harbor, harbor.connection() as connection:
        networks.use(connection, name)
    click.echo(f"{name} is in use.")


@network.command()
@click.argument("name")
def check(name: str) -> None:
    """Compare every file of network NAME with its checksum."""
    with runtime() as harbor, harbor.connection() as connection:
        networks.check(connection, harbor.settings, name)
    click.echo(f"{name} is whole.")
