"""``harbor key``: what is sealed under which key, and their change."""

import sys
from dataclasses import asdict

import click

from app.cli.output import emit, progress, runtime, table
from app.service import keys


@click.group()
def key() -> None:
    """The keys of sealed values, which lie outside the database."""


@key.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def status(as_json: bool) -> None:
    """Say what lies under which key, and whether it opens; exit 1 if something does not.

    Keys are named by their ids. No key and no value is shown.
    """
    with runtime() as harbor, harbor.connection() as connection:
        found = keys.use(connection, harbor.vault)
        broken = keys.check(connection, harbor.vault)
        held = [
            {"key": one.hex(), "seals": one == harbor.vault.current_key}
            for one in harbor.vault.key_ids
        ]
    lost = sum(one.values for one in found if not one.known)
    if as_json:
        emit({"keys": held, "use": [asdict(one) for one in found], "lost": lost, "broken": broken})
    else:
        rows = [
            [one.table, one.key, str(one.values), _said(known=one.known, current=one.current)]
            for one in found
        ]
        table(["table", "key", "values", ""], rows)
        if len(held) > 1:
            click.echo("A change of keys is not finished: run harbor key rotate.")
        if lost:
            click.echo(f"{lost} values lie under keys that the key file does not hold.")
        if broken:
            click.echo(f"{broken} values do not open though their key is there.")
    if lost or broken:
        sys.exit(1)


@key.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def rotate(as_json: bool) -> None:
    """Change the keys: seal everything anew, then drop the old ones.

    One that was cut short goes on where it was. Afterwards no older backup opens a keeper or
    a second factor: make a new one, and destroy copies of the old key file.
    """
    with runtime() as harbor, harbor.connection() as connection, progress() as tell:
        done = keys.rotate(connection, harbor.vault, tell)
    if as_json:
        emit(asdict(done))
    else:
        if done.resumed:
            click.echo("Went on with a change that was not finished.")
        click.echo(f"{done.resealed} values are sealed anew; {len(done.dropped)} keys dropped.")
        if done.lost:
            click.echo(f"{done.lost} values lie under keys that the key file does not hold.")
        click.echo("Make a backup now: older ones open no keeper and no second factor any more.")
    if done.broken:
        click.echo(
            f"{done.broken} values do not open, so their key was kept. See harbor key status.",
            err=True,
        )
        sys.exit(1)


def _said(*, known: bool, current: bool) -> str:
    return "seals now" if current else "opens" if known else "not in the key file"
