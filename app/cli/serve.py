"""``harbor serve``: the web server."""

import click

from app import settings as app_settings
from app.cli.demo import tell_logins
from app.cli.output import progress
from app.domain.errors import Conflict
from app.service import logs
from app.service.demo import load as demo_city
from app.service.demo import staff
from app.service.runtime import Runtime
from app.service.start import open_runtime
from app.settings import Settings
from app.web.server import check_port
from app.web.server import serve as serve_forever

DEMO_SEED, DEMO_JUNCTIONS, DEMO_STATIONS = 7, 30_000, 600


@click.command()
@click.option("--prepare", is_flag=True, help="Load the demo city if the register is empty.")
def serve(prepare: bool) -> None:
    """Serve Harbor's pages and API."""
    settings = app_settings.load()
    logs.configure(settings)
    check_port(settings)
    _bring_up(settings, prepare=prepare)
    serve_forever(
        settings, announce=lambda address: click.secho(f"Harbor serves on {address}", bold=True)
    )


def _bring_up(settings: Settings, *, prepare: bool) -> None:
    """Start and migrate the database, and fill an empty register if asked to."""
    runtime = open_runtime(settings, watch=False)
    try:
        if prepare:
            _fill(runtime)
    finally:
        runtime.stop()


def _fill(runtime: Runtime) -> None:
    """Load the demo city into an empty register, unless another server does so meanwhile."""
    with runtime.connection() as connection:
        if demo_city.is_outdated(connection, runtime.settings):
            click.echo("The demo city is of an earlier version: making it anew.")
            demo_city.clear(connection, runtime.settings)
        if not demo_city.is_empty(connection):
            return
        click.echo("The register is empty: loading the demo city (once, about a minute).")
        try:
            with progress() as tell:
                demo_city.load(
                    connection,
                    runtime.settings,
                    runtime.vault,
                    seed=DEMO_SEED,
                    junctions=DEMO_JUNCTIONS,
                    stations_wanted=DEMO_STATIONS,
                    progress=tell,
                )
        except Conflict:
            if demo_city.is_empty(connection):
                raise
            return
        tell_logins(staff.give_logins(connection))
