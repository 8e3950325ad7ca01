"""``harbor districts|scopes|population|demand``: files into the register."""

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path

import click

from app.cli.output import runtime
from app.service import area_import, demand_import

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
DATUM = click.option(
    "--datum",
    required=True,
    help="What the coordinates refer to: wgs84, cgcs2000, gcj02 or bd09.",
)


@click.group()
def districts() -> None:
    """Districts, with the date they are valid from."""


@districts.command("import")
@click.argument("file", type=FILE)
@DATUM
@click.option(
    "--from",
    "valid_from",
    type=click.DateTime(["%Y-%m-%d"]),
    help="The day these districts begin; 1949-10-01 if not given.",
)
@click.option("--replace-all", is_flag=True, help="End earlier districts the file does not name.")
def import_districts(
    file: Path, datum: str, valid_from: datetime | None, replace_all: bool
) -> None:
    """Import districts from FILE (GeoJSON, GeoPackage, Shapefile)."""
    begins = valid_from.date() if valid_from else date(1949, 10, 1)
    with runtime() as harbor, harbor.connection() as connection:
        report = area_import.import_districts(
            connection, file, datum=datum, valid_from=begins, replace_all=replace_all
        )
    click.echo(
        f"{len(report.districts)} districts from {begins}: {report.new} new,"
        f" {len(report.districts) - report.new} replaced, {len(report.ended)} earlier ones ended"
    )
    for name, problem in report.repaired:
        click.echo(f"repaired {name}: {problem}")
    _warn(report.warnings)


@click.group()
def scopes() -> None:
    """Scopes: the centre areas and main streets the circle is measured in."""


@scopes.command("import")
@click.argument("file", type=FILE)
@DATUM
@click.option("--name", required=True, help="What commands call it, for example main-urban.")
@click.option("--title", default="", help="What pages call it.")
@click.option("--title-en", default="", help="The same in English.")
@click.option(
    "--street-buffer",
    default=150.0,
    show_default=True,
    help="Metres beside a main street that belong to the scope.",
)
def import_scope(
    file: Path, datum: str, name: str, title: str, title_en: str, street_buffer: float
) -> None:
    """Import a scope from FILE (GeoJSON polygons and lines)."""
    with runtime() as harbor, harbor.connection() as connection:
        report = area_import.import_scope(
            connection,
            file,
            name=name,
            title=title,
            title_en=title_en,
            datum=datum,
            street_buffer_metres=street_buffer,
        )
    click.echo(f"scope {name}: {report.areas} areas, {report.streets} main streets")
    _warn(report.warnings)


@click.group()
def population() -> None:
    """People who live somewhere: the layer that stands in for outdoor workers."""


@click.group()
def demand() -> None:
    """People to be served, in named layers."""


def _import_layer(file: Path, **options: object) -> None:
    with runtime() as harbor, harbor.connection() as connection:
        report = demand_import.import_demand(connection, file, **options)  # type: ignore[arg-type]
    click.echo(
        f"layer {report.layer}: {report.points:,} points, {report.total:,.0f} in all,"
        f" by {report.weight_name}"
    )
    for reason, count in report.dropped.items():
        click.secho(f"Warning: {count:,} left out: {reason}", err=True)
    _warn(report.warnings)


def _warn(warnings: Sequence[str]) -> None:
    for warning in warnings:
        click.secho(f"Warning: {warning}", err=True)


@population.command("import")
@click.argument("file", type=FILE)
@click.option("--layer", default="residents", show_default=True)
@click.option("--title", default="居民", show_default=True)
@click.option("--title-en", default="Residents", show_default=True)
@click.option("--source", default="", help="Who counted, and when.")
@click.option("--weight", "weight_column", help="The column of people.")
@click.option("--datum", default="wgs84", show_default=True)
def import_population(file: Path, **options: object) -> None:
    """Import people from FILE (CSV points, GeoTIFF)."""
    _import_layer(file, **options)


@demand.command("import")
@click.argument("file", type=FILE)
@click.option("--layer", required=True, help="What commands call it, for example restaurants.")
@click.option("--title", default="", help="What pages call it.")
@click.option("--title-en", default="", help="The same in English.")
@click.option("--unit", default="people", show_default=True)
@click.option("--source", default="", help="Who counted, and when.")
@click.option("--weight", "weight_column", help="The column to count by.")
@click.option("--unweighted", is_flag=True, help="Every point counts 1.")
@click.option("--datum", default="wgs84", show_default=True)
def import_demand(file: Path, **options: object) -> None:
    """Import a demand layer from FILE (CSV points, GeoTIFF)."""
    _import_layer(file, **options)
