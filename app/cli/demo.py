"""``harbor demo``: the made-up city."""

import click

from app.cli.output import progress, runtime
from app.service.demo import load as demo_city
from app.service.demo import staff
from app.service.demo.staff import DemoLogin


@click.group()
def demo() -> None:
    """A made-up hill city, for trying things out; never mixed with real data."""


@demo.command()
@click.option("--seed", default=7, show_default=True, help="Another seed, another city.")
@click.option("--junctions", default=30_000, show_default=True, help="1,000 to 3,000,000.")
@click.option("--stations", default=600, show_default=True, help="0 to 50,000.")
def load(seed: int, junctions: int, stations: int) -> None:
    """Load the demo city into an empty register."""
    with runtime() as harbor, progress() as tell, harbor.connection() as connection:
        report = demo_city.load(
            connection,
            harbor.settings,
            harbor.vault,
            seed=seed,
            junctions=junctions,
            stations_wanted=stations,
            progress=tell,
        )
        logins = staff.give_logins(connection)
    click.echo(
        f"demo city, seed {report.seed}: {report.junctions:,} junctions,"
        f" {report.stations:,} stations. Everything in it is made up."
    )
    tell_logins(logins)


@demo.command("staff")
def give_staff() -> None:
    """Give the demo's people new passwords, and print them."""
    with runtime() as harbor, harbor.connection() as connection:
        logins = staff.give_logins(connection)
    tell_logins(logins)


def tell_logins(logins: list[DemoLogin]) -> None:
    """Print logins; there is no second time."""
    click.echo("Log in under /login as one of these; the passwords are not shown again:")
    for one in logins:
        click.echo(f"  {one.name:<15} {one.password}   {one.full_name}")
    click.echo("`harbor demo staff` makes new ones.")


@demo.command()
def clear() -> None:
    """Take the demo city out of the register."""
    with runtime() as harbor, harbor.connection() as connection:
        demo_city.clear(connection, harbor.settings)
    click.echo("The register is empty.")
