"""``harbor stations``: lists in and out, and taken back."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import click

from app.cli.output import emit, progress, runtime
from app.domain.errors import HarborError
from app.service import (
    import_undoing,
    list_import,
    list_template,
    page_export,
    plaques,
    station_export,
)
from app.service.jobs import Tell
from app.service.list_import import Report, Wishes, repeated

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
OUT = click.Path(dir_okay=False, path_type=Path)
MOST_SHOWN = 20


@click.group()
def stations() -> None:
    """Stations: lists in and out."""


@stations.command("import")
@click.argument("file", type=FILE)
@click.option("--datum", default="", help="wgs84, cgcs2000, gcj02 or bd09; for coordinates.")
@click.option("--union", default="", metavar="CODE", help="The union that the rows belong to.")
@click.option(
    "--as", "become", type=click.Choice(["drafts", "cut-over"]),
    help="Cut-over: rows with a place become active, not yet verified. It takes --document, and"
    " --document alone means it; else all rows become drafts.",
)  # fmt: skip
@click.option("--document", default="", help="Number of the document that orders it (文号).")
@click.option(
    "--likely", type=click.Choice(["enter", "skip"]), default=None,
    help="What becomes of rows that may repeat a station; look at them with --dry-run first.",
)  # fmt: skip
@click.option("--dry-run", is_flag=True, help="Say what would happen and change nothing.")
@click.option("--rejects", type=OUT, help="Write rows that stay out to this .xlsx or .csv.")
@click.option("--yes", is_flag=True, help="Take the hours as they are read, without asking.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def import_stations(
    file: Path, datum: str, union: str, become: str | None, document: str, likely: str | None,
    dry_run: bool, rejects: Path | None, yes: bool, as_json: bool,
) -> None:  # fmt: skip
    """Import stations from FILE (CSV, XLSX, GeoJSON), by the steps of the wizard.

    Without --union a row goes to the union that it names, else to that of the district it lies
    in, else to the city's.
    """
    wishes = Wishes(
        datum=datum, union=union, cut_over=become == "cut-over" or bool(document and not become),
        document=document, likely=likely or "", dry_run=dry_run, rejects=rejects,
    )  # fmt: skip
    asks = sys.stdin.isatty() and not (yes or dry_run or as_json)
    with runtime() as harbor, harbor.connection() as connection, _telling("Importing") as tell:
        if asks:
            rehearsal = replace(wishes, dry_run=True, rejects=None)
            _confirm(list_import.import_list(connection, harbor, file, rehearsal, tell=tell))
        report = list_import.import_list(connection, harbor, file, wishes, tell=tell)
    if as_json:
        emit(_as_json(report))
    else:
        _describe(report)
    _complain(report, file.name)


@contextmanager
def _telling(doing: str) -> Iterator[Tell]:
    """Show how far a long work of the console is, as commands show it."""
    with progress() as say:
        yield lambda zh, en, share: say(doing, share)


def _confirm(report: Report) -> None:
    """Let the person at the terminal confirm the readings of hours."""
    if report.hours:
        _tell_hours(report, click.echo)
        click.confirm("Are these readings of opening hours right?", abort=True)


def _complain(report: Report, name: str) -> None:
    """Raise what keeps a list from being entered, after its rows were told."""
    if report.useless:
        raise HarborError(
            f"Could not import {name}: every one of its {len(report.rows)} rows was rejected, so"
            " nothing was changed.",
            remedy="Mend the rows by the reasons above, and import the list again.",
        )
    if report.undecided and not report.wishes.dry_run:
        raise HarborError(
            f"Could not import {name}: {len(report.undecided)} of its rows may repeat a station"
            " or another row, so nothing was changed.",
            remedy="Look at them, and say --likely enter, or --likely skip.",
        )


def _as_json(report: Report) -> dict[str, object]:
    waiting, refused = report.people
    return {
        "dry_run": report.wishes.dry_run,
        "batch": report.batch,
        "rows": len(report.rows),
        "active": len(report.active),
        "waiting": len(report.entering) - len(report.active),
        "present": len(report.present),
        "likely": [
            {"row": row.content.number, "choice": row.choice,
             "repeats": [repeated(row, twin) for twin in row.content.twins]}
            for row in report.likely
        ],
        "rejected": [
            {"row": row.content.number,
             "errors": [[one.field, one.message] for one in row.content.errors]}
            for row in report.rejected
        ],
        "unions": report.unions,
        **{mark: [row.content.number for row in report.rows if mark in row.marks]
           for mark in ("district", "water")},
        "far_from_streets": [row.content.number for row in report.rows if "far" in row.marks],
        "hours": [
            {"text": one.text, "rule": one.rule, "read_as": one.words[1], "rows": one.rows}
            for one in report.hours
        ],
        "hours_read": sum(one.rows for one in report.hours if one.rule),
        "hours_unread": sum(one.rows for one in report.hours if not one.rule),
        "unused_columns": list(report.unused),
        "personal_columns": dict(report.personal),
        "people": {
            "waiting": waiting, "refused": refused,
            "notes": [[row.content.number, note.field, note.message]
                      for row in report.rows for note in row.content.people_notes],
        },
    }  # fmt: skip


def _describe(report: Report) -> None:
    would = "would be " if report.wishes.dry_run else ""
    click.echo(
        f"{len(report.rows)} rows: {len(report.active)} {would}active (not yet verified),"
        f" {len(report.entering) - len(report.active)} {would}drafts, {len(report.present)} already"
        f" in the register or earlier in the list, {len(report.likely)} may repeat one,"
        f" {len(report.rejected)} rejected"
    )
    for union, count in report.unions.items():
        click.echo(f"  {count} for {union or 'no union: the register has none yet'}")
    _tell_hours(report, click.echo)
    for column, count in report.personal.items():
        click.echo(f"column {column!r} holds people's data in {count} rows")
    waiting, refused = report.people
    if waiting or refused:
        click.echo(
            f"people: {waiting} {would}kept sealed until staff complete them,"
            f" {refused} cannot be kept"
        )
    if report.unused:
        click.echo(f"columns not used: {', '.join(report.unused)}")
    for note in report.notes:
        click.secho(f"Warning: {note}", err=True)
    _tell_rows(report)
    if report.batch is not None:
        click.echo(f"batch {report.batch}: `harbor stations undo {report.batch}` takes it back")
    if report.wishes.rejects is not None and report.left:
        click.echo(f"rows that stayed out, with their reasons: {report.wishes.rejects}")
    elif report.left:
        click.echo("Write the rows that stay out to a file with --rejects OUT.xlsx", err=True)


def _tell_hours(report: Report, say: Callable[[str], None]) -> None:
    """Show each way in which the list writes hours, as it is read."""
    if not report.hours:
        return
    read = sum(one.rows for one in report.hours if one.rule)
    unread = sum(one.rows for one in report.hours) - read
    say(f"opening hours: {read} read, {unread} kept as text only")
    for one in report.hours[:MOST_SHOWN]:
        say(f"  {one.text!r} in {one.rows} rows: {one.words[1] if one.rule else 'not understood'}")
    if len(report.hours) > MOST_SHOWN:
        say(f"  … and {len(report.hours) - MOST_SHOWN} more; --json has them all")


def _tell_rows(report: Report) -> None:
    """Name the rows that are wrong or odd, on the error stream."""
    lines = []
    for row in report.rows:
        content = row.content
        said = [f"{one.field}: {one.message}" for one in content.errors]
        said += [repeated(row, twin) for twin in content.twins]
        said += [
            f"{one.field}: {one.message}" for one in (*content.warnings, *content.people_notes)
        ]
        lines += [f"row {content.number}: {one}" for one in said]
    for line in lines[:MOST_SHOWN]:
        click.echo(line, err=True)
    if len(lines) > MOST_SHOWN:
        click.echo(f"… and {len(lines) - MOST_SHOWN} more; --json has them all", err=True)


@stations.command("undo")
@click.argument("batch", type=int)
@click.option("--reason", default="", help="Why, as every discarded draft will say.")
@click.option("--document", default="", help="By which stations of a cut-over exit (文号).")
def undo_batch(batch: int, reason: str, document: str) -> None:
    """Take back BATCH as one, while nothing of it was changed since."""
    with runtime() as harbor, harbor.connection() as connection, _telling("Undoing") as tell:
        found = import_undoing.undo_now(
            connection, batch, reason=reason, document=document, tell=tell
        )
    click.echo(
        f"batch {batch} undone: {found.drafts} drafts discarded, {found.active} stations let go,"
        f" {len(found.edits)} drafts as they were, {len(found.requests)} change requests withdrawn"
    )


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
