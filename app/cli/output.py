"""How commands speak: progress on the error stream, answers on the output, errors in full."""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from app import settings as app_settings
from app.service.errors import remedy
from app.service.runtime import Runtime
from app.service.start import open_runtime


class Moment(click.ParamType[datetime]):
    """A moment in ISO 8601; without a zone it is meant in the register's own."""

    name = "iso"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        """Read ``2026-05-01``, ``2026-05-01T22:00`` or the same with a zone."""
        try:
            return datetime.fromisoformat(str(value))
        except ValueError:
            self.fail(
                f"{value!r} is no moment; write it like 2026-05-01T22:00 or 2026-05-01T22:00+08:00",
                param,
                ctx,
            )


MOMENT = Moment()


def explain(error: Exception) -> None:
    """Say on the error stream what was attempted, what is wrong and what to do."""
    click.secho(f"harbor: {error}", err=True, fg="red" if sys.stderr.isatty() else None)
    for wrong in getattr(error, "errors", ()):
        if wrong.zh:
            click.echo(f"        {wrong.zh}", err=True)
    if text := remedy(error):
        click.echo(f"        {text}", err=True)


@contextmanager
def runtime() -> Iterator[Runtime]:
    """Open the database, migrated, for one command."""
    opened = open_runtime(app_settings.load(), watch=False)
    try:
        yield opened
    finally:
        opened.stop()


@contextmanager
def progress() -> Iterator[Callable[[str, float], None]]:
    """Show what is being done: a bar on a terminal, a line a step elsewhere."""
    if not sys.stderr.isatty():
        yield _lines()
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f}%"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        tasks: dict[str, Any] = {}

        def tell(doing: str, share: float) -> None:
            if doing not in tasks:
                for other in tasks.values():
                    bar.update(other, completed=1.0)
                tasks[doing] = bar.add_task(doing, total=1.0)
            bar.update(tasks[doing], completed=share)

        yield tell


def _lines() -> Callable[[str, float], None]:
    said: set[str] = set()

    def tell(doing: str, share: float) -> None:
        if doing not in said:
            said.add(doing)
            click.echo(f"… {doing}", err=True)

    return tell


def emit(value: object) -> None:
    """Print one JSON document."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2))


def table(headers: list[str], rows: list[list[str]]) -> None:
    """Print aligned columns; wide characters count double."""
    widths = [max(_width(row[i]) for row in [headers, *rows]) for i in range(len(headers))]
    for row in [headers, *rows]:
        cells = (cell + " " * (widths[i] - _width(cell)) for i, cell in enumerate(row))
        click.echo("  ".join(cells).rstrip())


def _width(text: str) -> int:
    return sum(2 if ord(mark) > 0x2E7F else 1 for mark in text)
