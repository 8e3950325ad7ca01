"""``harbor demo``: the made-up city."""

import click

from app.cli.output import progress, runtime
from app.service.demo import load as demo_city


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
            seed=seed,
            junctions=junctions,
            stations_wanted=stations,
            progress=tell,
        )
    click.echo(
        f"demo city, seed {report.seed}: {report.junctions:,} junctions,"
        f" {report.stations:,} stations. Everything in it is made up."
    )


@demo.command()
def clear() -> None:
    """Take the demo city out of the register."""
    with runtime() as harbor, harbor.connection() as connection:
        demo_city.clear(connection, harbor.settings)
    click.echo("The register is empty.")
