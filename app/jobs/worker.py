"""The process that works: from its start to a clean end."""

import asyncio
import os

import structlog

from app.jobs import wiring
from app.service.start import open_runtime
from app.settings import Settings

log = structlog.get_logger(__name__)


def serve(settings: Settings, *, parent: int | None = None) -> None:
    """Work until told to stop by SIGTERM or SIGINT.

    A job that is running then has some seconds; one that takes longer goes back.

    Args:
        parent: the process that started this one; end when it is gone, even if it was gone
            before this one came to look.
    """
    runtime = open_runtime(settings, watch=False)
    try:
        app = wiring.wire(runtime)
        log.info("worker.begun", pid=os.getpid())
        asyncio.run(wiring.work(app, alive=lambda: parent in (None, os.getppid())))
    except asyncio.CancelledError:
        pass
    finally:
        runtime.stop()
        log.info("worker.ended", pid=os.getpid())
