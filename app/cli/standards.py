"""``harbor standards``: what stations are inspected by."""

from datetime import UTC, datetime
from pathlib import Path

import click

from app.cli.output import MOMENT, emit, runtime, table
from app.service import standards as service

SOURCE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def standards() -> None:
    """Standards of construction and their versions."""


@standards.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_(as_json: bool) -> None:
    """List every version of every standard."""
    with runtime() as harbor, harbor.connection() as connection:
        today = datetime.now(UTC).astimezone(harbor.settings.zone).date()
        views = service.listing(connection, None, day=today)
    if as_json:
        emit(
            [
                {
                    "standard": view.version.standard,
                    "version": view.version.version,
                    "name": view.version.name,
                    "state": view.version.state,
                    "valid_from": _iso(view.version.valid_from),
                    "ended_on": _iso(view.version.ended_on),
                    "criteria": len(view.version.criteria),
                    "in_force": view.in_force,
                }
                for view in views
            ]
        )
        return
    table(
        ["standard", "version", "name", "from", "criteria", ""],
        [
            [
                view.version.standard,
                str(view.version.version),
                view.version.name,
                _iso(view.version.valid_from) or "",
                str(len(view.version.criteria)),
                "in force" if view.in_force else view.version.state,
            ]
            for view in views
        ],
    )


@standards.command("import")
@click.argument("file", type=SOURCE)
@click.option("--valid-from", type=MOMENT, help="Release it from this day on; else it is a draft.")
def import_(file: Path, valid_from: datetime | None) -> None:
    """Take a JSON file as the next version of its standard."""
    with runtime() as harbor, harbor.connection() as connection:
        today = datetime.now(UTC).astimezone(harbor.settings.zone).date()
        with connection.transaction():
            made = service.import_file(
                connection, None, file.read_bytes(), name=file.name, today=today
            )
            if valid_from is not None:
                made = service.release(
                    connection, None, made.id, valid_from=valid_from.date(), today=today
                )
    until = f"holds from {made.valid_from}" if made.valid_from else "is a draft, to be released"
    click.echo(
        f"{made.standard} version {made.version} with {len(made.criteria)} criteria {until}."
    )


@standards.command()
@click.argument("standard", metavar="CODE[@VERSION]")
@click.option("--json", "as_json", is_flag=True, help="Print what can be imported again.")
def show(standard: str, as_json: bool) -> None:
    """Show a version of a standard: the last one, unless it is named."""
    code, _, number = standard.partition("@")
    if number and not number.isdecimal():
        raise click.BadParameter(f"{number!r} is no version; write it like six_haves@1")
    with runtime() as harbor, harbor.connection() as connection:
        today = datetime.now(UTC).astimezone(harbor.settings.zone).date()
        found = service.find(connection, code, int(number) if number else None)
    if as_json:
        click.echo(service.document(found, today=today).decode().rstrip())
        return
    click.echo(f"{found.name} {found.name_en}, version {found.version} ({found.state})")
    if found.valid_from:
        click.echo(f"from {found.valid_from}, inspected every {found.every_months} months")
    table(
        ["criterion", "name", "points", ""],
        [
            [
                c.code,
                c.name,
                str(c.weight or ""),
                ", ".join(
                    word
                    for word, holds in (
                        ("mandatory", c.mandatory),
                        ("photo", c.evidence),
                        ("may not apply", c.may_not_apply),
                    )
                    if holds
                ),
            ]
            for c in found.criteria
        ],
    )
    for rule in found.stars:
        requires = f" with {', '.join(rule.requires)}" if rule.requires else ""
        click.echo(f"{'*' * rule.stars:<5}  from {rule.least_score:g} points{requires}")


def _iso(day: object) -> str | None:
    return None if day is None else str(day)
