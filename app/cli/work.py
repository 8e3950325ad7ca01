"""``harbor work``: background jobs."""

import click

from app import settings as app_settings
from app.service import logs


@click.command()
@click.option("--beside", type=int, hidden=True, help="End with the process of this id.")
def work(beside: int | None) -> None:
    """Do background jobs: imports, nightly checks.

    `harbor serve` starts one by itself unless HARBOR_WORK=false.
    """
    # a command that works on nothing starts without the queue's library
    from app.jobs.worker import serve  # noqa: PLC0415

    settings = app_settings.load()
    logs.configure(settings)
    serve(settings, parent=beside)
