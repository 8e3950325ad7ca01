"""``harbor districts|scopes|population|demand|stations``: files into the register and out."""

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path

import click

from app.cli.output import emit, runtime
from app.domain.errors import HarborError
from app.service import (
    area_import,
    demand_import,
    list_template,
    page_export,
    plaques,
    station_export,
    station_import,
)
from app.service.station_import import ImportReport

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
OUT = click.Path(dir_okay=False, path_type=Path)
DATUM = click.option(
    "--datum",
    required=True,
    help="What the coordinates refer to: wgs84, cgcs2000, gcj02 or bd09.",
)
MOST_SHOWN = 20


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


@click.group()
def stations() -> None:
    """Stations: lists in and out."""


@stations.command("import")
@click.argument("file", type=FILE)
@click.option("--datum", help="wgs84, cgcs2000, gcj02 or bd09; needed where rows have a place.")
@click.option("--dry-run", is_flag=True, help="Say what would happen and change nothing.")
@click.option("--rejects", type=OUT, help="Write rows that stay out to this .xlsx or .csv.")
@click.option("--document", help="Number of the document that orders the cut-over (文号).")
@click.option("--area-code", help="Six digits the new numbers begin with.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def import_stations(
    file: Path,
    datum: str | None,
    dry_run: bool,
    rejects: Path | None,
    document: str | None,
    area_code: str | None,
    as_json: bool,
) -> None:
    """Import stations from FILE (CSV, XLSX, GeoJSON)."""
    with runtime() as harbor, harbor.connection() as connection:
        report = station_import.import_stations(
            connection,
            harbor.settings,
            file,
            datum=datum,
            dry_run=dry_run,
            rejects=rejects,
            document_number=document,
            area_code=area_code,
            vault=harbor.vault,
        )
    if as_json:
        emit(_as_json(report))
    else:
        _describe(report, rejects)
    if report.useless:
        raise HarborError(
            f"Could not import {file.name}: every one of its {report.rows} rows was rejected, so"
            " nothing was changed.",
            remedy="Mend the rows by the reasons above, and import the list again.",
        )


def _as_json(report: ImportReport) -> dict[str, object]:
    return {
        "dry_run": report.dry_run,
        "rows": report.rows,
        "active": report.active,
        "waiting": report.waiting,
        "present": len(report.present),
        "rejected": [
            {"row": row.number, "errors": [[e.field, e.message] for e in row.errors]}
            for row in report.rejected
        ],
        "far_from_streets": [row.number for row in report.far],
        "hours_read": report.hours_read,
        "hours_unread": report.hours_unread,
        "unused_columns": list(report.source.unused_columns),
        "personal_columns": dict(report.source.personal_columns),
        "people": {
            "waiting": report.people.waiting,
            "refused": report.people.refused,
            "notes": [[row, note.field, note.message] for row, note in report.people_notes],
        },
    }


def _describe(report: ImportReport, rejects: Path | None) -> None:
    would = "would be " if report.dry_run else ""
    click.echo(
        f"{report.rows} rows: {report.active} {would}active (not yet verified),"
        f" {report.waiting} {would}drafts, {len(report.present)} already in the register or"
        f" earlier in the list, {len(report.rejected)} rejected"
    )
    if report.hours_read or report.hours_unread:
        click.echo(
            f"opening hours: {report.hours_read} read, {report.hours_unread} kept as text only"
        )
    for column, count in report.source.personal_columns.items():
        click.echo(f"column {column!r} holds people's data in {count} rows")
    if report.people.waiting or report.people.refused:
        click.echo(
            f"people: {report.people.waiting} {would}kept sealed until staff complete them,"
            f" {report.people.refused} cannot be kept"
        )
    if report.source.unused_columns:
        click.echo(f"columns not used: {', '.join(report.source.unused_columns)}")
    _warn(report.source.warnings)
    lines = [
        f"row {row.number}: {error.field}: {error.message}"
        for row in report.rejected
        for error in row.errors
    ]
    lines += [f"row {row.number}: no street of the network is near it" for row in report.far]
    lines += [
        f"row {row.number}: {warning.field}: {warning.message}"
        for row in report.source.accepted
        for warning in row.warnings
    ]
    lines += [f"row {row}: {note.field}: {note.message}" for row, note in report.people_notes]
    for line in lines[:MOST_SHOWN]:
        click.echo(line, err=True)
    if len(lines) > MOST_SHOWN:
        click.echo(f"… and {len(lines) - MOST_SHOWN} more", err=True)
    if rejects is not None and (report.rejected or report.present):
        click.echo(f"rows that stayed out, with their reasons: {rejects}")
    elif report.rejected:
        click.echo("Write them to a file with --rejects OUT.xlsx", err=True)


@stations.command("template")
@click.argument("file", type=OUT)
def station_template(file: Path) -> None:
    """Write an empty list with drop-downs, an example row and help to FILE (.xlsx)."""
    with runtime() as harbor, harbor.connection() as connection:
        list_template.write(connection, harbor.settings, file)
    click.echo(f"{file}: fill it in and bring it back with `harbor stations import {file.name}`")


@stations.command("export")
@click.argument("file", type=OUT)
@click.option("--datum", required=True, help="wgs84, cgcs2000, gcj02 or bd09.")
def export_stations(file: Path, datum: str) -> None:
    """Export all stations to FILE (.csv, .xlsx, .geojson)."""
    with runtime() as harbor, harbor.connection() as connection:
        count = station_export.export(connection, file, datum=datum)
    click.echo(f"{file}: {count} stations in {datum}")


@stations.command("plaques")
@click.argument("file", type=OUT)
@click.option("--union", "union_code", help="The code of one union; all stations if not given.")
def print_plaques(file: Path, union_code: str | None) -> None:
    """Write the plaques of public stations to FILE (.pdf), one a page."""
    with runtime() as harbor, harbor.connection() as connection:
        content, count = plaques.of_union(connection, harbor.settings, union_code)
    page_export.save(file, content)
    click.echo(f"{file}: {count} plaques")
