"""``harbor db``: the database's commands."""

import dataclasses
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from app import settings
from app.service import database

FILE = click.Path(dir_okay=False, path_type=Path)


@click.group("db")
def db() -> None:
    """Start, stop, migrate, look at, back up and restore the database."""


@db.command()
def up() -> None:
    """Start the private database, making it if there is none."""
    with _working("Starting the database"):
        url = database.up(settings.load())
    click.echo(f"The database answers at {url}")


@db.command()
def down() -> None:
    """Stop the private database."""
    was_running = database.down(settings.load())
    click.echo("The database is stopped." if was_running else "The database was not running.")


@db.command()
def migrate() -> None:
    """Apply the migrations that are pending."""
    with _working("Migrating"):
        applied = database.migrate(settings.load())
    click.echo("\n".join(f"applied {name}" for name in applied) or "Nothing was pending.")


@db.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def status(as_json: bool) -> None:
    """Say where the database is and at which migration. Exit code 1 if it is down."""
    found = database.status(settings.load())
    if as_json:
        click.echo(json.dumps(dataclasses.asdict(found), ensure_ascii=False))
        return
    click.echo(f"{found.cluster} database at {found.url}")
    click.echo(f"PostgreSQL {found.postgres}, PostGIS {found.postgis or 'missing'}")
    click.echo(f"migration {found.migration or 'none'}")
    if found.pending:
        click.echo(f"pending: {', '.join(found.pending)}; run `harbor db migrate`")


@db.command()
@click.argument("file", type=FILE)
def backup(file: Path) -> None:
    """Write the whole database into FILE."""
    with _working(f"Writing {file}"):
        size_bytes = database.backup(settings.load(), file)
    click.echo(f"{file}: {size_bytes:,} bytes")


@db.command()
@click.argument("file", type=FILE)
@click.option("--replace", is_flag=True, help="Replace a register that holds stations.")
def restore(file: Path, replace: bool) -> None:
    """Put the backup FILE in the place of the register, wholly or not at all."""
    with _working(f"Restoring {file}"):
        database.restore(settings.load(), file, replace=replace)
    click.echo(f"{file} is restored.")


@contextmanager
def _working(text: str) -> Iterator[None]:
    """Show on a terminal that something goes on, and for how long."""
    if not sys.stderr.isatty():
        yield
        return
    columns = SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn()
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        progress.add_task(text, total=None)
        yield
