"""``harbor network``: build, list, use, check, and the corrections of every build."""

from pathlib import Path

import click

from app.cli.output import emit, progress, runtime, table
from app.service import corrections
from app.service import network as networks
from app.service.street_source import LineOptions

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
OUT = click.Path(dir_okay=False, path_type=Path)
MOST_NOTE = 40


@click.group()
def network() -> None:
    """The walking network: built from an OpenStreetMap extract or a city's own lines."""


@network.command()
@click.argument("source", metavar="FILE", type=FILE)
@click.option("--name", required=True, help="What it will be called.")
@click.option("--dem", "elevation", type=FILE, multiple=True, help="Elevation: .hgt or GeoTIFF.")
@click.option("--water", type=FILE, help="Of lines: a layer of water that nobody walks across.")
@click.option("--columns", type=FILE, help="Of lines: what columns and words mean, JSON or TOML.")
@click.option("--layer", help="Of lines: the layer, where the file holds several.")
@click.option("--crs", help="Of lines: what they are in, as EPSG:4545, if the file does not say.")
@click.option("--datum", help="Of lines: gcj02 or bd09, where the degrees are shifted.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def build(
    source: Path,
    name: str,
    elevation: tuple[Path, ...],
    columns: Path | None,
    water: Path | None,
    layer: str | None,
    crs: str | None,
    datum: str | None,
    as_json: bool,
) -> None:
    """Build a walking network and its base map from FILE.

    FILE is an OpenStreetMap extract (.osm.pbf), or a city's own lines (.gpkg, .shp, .geojson).
    All corrections of the register are applied; each that no longer matches is named.
    """
    lines = LineOptions(layer=layer, columns=columns, water=water, crs=crs, datum=datum)
    with runtime() as harbor, progress() as tell, harbor.connection() as connection:
        built = networks.build(
            connection,
            harbor.settings,
            source,
            name=name,
            lines=lines,
            elevation=elevation,
            progress=tell,
        )
    _report(built, as_json=as_json)


def _report(built: networks.Built, *, as_json: bool) -> None:
    record, report = built.record, built.elevation
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
        f"{record.name}: {record.facts['nodes']:,} nodes, {record.junctions:,} junctions,"
        f" {record.edges:,} edges, {record.metres / 1000:,.0f} km,"
        f" {built.source.stairways:,} stairways;"
        f" base map of {built.features:,} features"
    )
    for remark in built.source.remarks:
        click.echo(remark)
    _report_corrections(built)
    if built.broken_features:
        click.echo(f"{built.broken_features:,} broken shapes were left off the base map.")
    if report is not None and report.nodes_without:
        click.secho(
            f"Warning: the elevation covers {report.share_covered:.1%} of the nodes;"
            f" {report.nodes_without:,} nodes have no height, and {report.segments_without:,}"
            " segments are marked and walked as flat.",
            err=True,
        )
    if report is None and built.flat:
        click.echo("No elevation was given: every street is walked as flat (--dem FILE).")
    if built.in_use:
        click.echo("It is in use.")
    else:
        click.echo(f"Put it to use with `harbor network use {record.name}`.")


def _report_corrections(built: networks.Built) -> None:
    if not built.corrections:
        return
    applied = sum(one.applied for one in built.corrections)
    click.echo(f"{applied:,} of {len(built.corrections):,} corrections applied.")
    for one in built.corrections:
        if not one.applied:
            click.secho(
                f"Warning: {one.id} ({one.action}) no longer matches: {one.reason}", err=True
            )
        elif one.reason:
            click.echo(f"{one.id} ({one.action}): {one.reason}")


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
        ["", "name", "junctions", "km", "source", "corrections", "built"],
        [
            [
                "*" if record.name == in_use else "",
                record.name,
                f"{record.junctions:,}",
                f"{record.metres / 1000:,.0f}",
                str(record.facts.get("source", "")),
                _share_applied(record.facts.get("corrections")),
                f"{record.built_at:%Y-%m-%d %H:%M}",
            ]
            for record in records
        ],
    )


def _share_applied(told: object) -> str:
    if not isinstance(told, dict):
        return ""
    applied = int(told["applied"])
    return f"{applied} of {applied + len(told['not_matching'])}"


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


@network.group("corrections")
def corrections_() -> None:
    """What the streets' source gets wrong: applied at every build."""


@corrections_.command("import")
@click.argument("file", type=FILE)
@click.option(
    "--datum",
    default="wgs84",
    show_default=True,
    help="What the coordinates refer to: wgs84, cgcs2000, gcj02 or bd09.",
)
@click.option("--replace", is_flag=True, help="Remove the corrections the file does not hold.")
def import_(file: Path, datum: str, replace: bool) -> None:
    """Import corrections from FILE (GeoJSON); one of a known id is replaced."""
    with runtime() as harbor, harbor.connection() as connection:
        report = corrections.import_corrections(connection, file, datum=datum, replace_all=replace)
    click.echo(
        f"{report.corrections:,} corrections: {report.new:,} new,"
        f" {report.corrections - report.new:,} replaced, {report.removed:,} removed;"
        f" {report.total:,} in all, applied from the next `harbor network build` on"
    )
    for warning in report.warnings:
        click.secho(f"Warning: {warning}", err=True)


@corrections_.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON array.")
def list_corrections(as_json: bool) -> None:
    """List the corrections by id."""
    with runtime() as harbor, harbor.connection() as connection:
        listed = corrections.described(connection)
    if as_json:
        emit(listed)
        return
    if not listed:
        click.echo("There is no correction. Import some with `harbor network corrections import`.")
        return
    table(
        ["id", "action", "what", "at", "since", "note"],
        [
            [
                one["id"],
                one["action"],
                ", ".join(f"{key} {one[key]}" for key in corrections.SAYS if key in one),
                f"{one['lon']:.6f}, {one['lat']:.6f}",
                one.get("since", ""),
                one["note"][:MOST_NOTE],
            ]
            for one in listed
        ],
    )


@corrections_.command("export")
@click.argument("file", type=OUT)
@click.option("--datum", default="wgs84", show_default=True, help="wgs84, cgcs2000, gcj02 or bd09.")
def export(file: Path, datum: str) -> None:
    """Export all corrections to FILE (.geojson)."""
    with runtime() as harbor, harbor.connection() as connection:
        count = corrections.export(connection, file, datum=datum)
    click.echo(f"{file}: {count:,} corrections in {datum}")
