"""``harbor keepers``: erasing what is kept of former keepers."""

import click

from app.cli.output import emit, runtime
from app.service import keepers as service


@click.group()
def keepers() -> None:
    """The named persons in charge of stations."""


@keepers.command()
@click.option("--days", type=click.IntRange(0, 3650), help="Else HARBOR_KEEPER_ERASE_DAYS.")
@click.option("--dry-run", is_flag=True, help="Name who is due, and erase nobody.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def erase(days: int | None, dry_run: bool, as_json: bool) -> None:
    """Erase the values of those whose duty ended, or whose station left, long enough ago.

    The night does it by itself; after restoring a backup, do it at once. What a backup of
    before still opens falls silent with `harbor key rotate`.
    """
    with runtime() as harbor, harbor.connection() as connection:
        after = harbor.settings.keeper_erase_days if days is None else days
        found = service.erase_due(connection, days=after, really=not dry_run)
    if as_json:
        emit({"days": after, "erased": [] if dry_run else found, "due": found if dry_run else []})
        return
    if not found:
        click.echo("Nobody is due.")
        return
    said = "due" if dry_run else "erased"
    click.echo(f"{len(found)} {said}: keeper {', '.join(map(str, found))}.")
