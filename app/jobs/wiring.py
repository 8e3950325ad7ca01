"""procrastinate around a runtime: its tasks, its clock, what happens to jobs of the dead."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import structlog
from procrastinate import App, JobContext, PsycopgConnector, RetryStrategy
from procrastinate import exceptions as queue_errors

from app.domain.errors import Unavailable
from app.jobs import nightly, tasks
from app.service.runtime import Runtime

QUEUE = "harbor"
# a worker that is not heard of for so long is dead, and its jobs are taken up again
HEARTBEAT_SECONDS, DEAD_SECONDS, SWEEP_SECONDS = 3.0, 15.0, 4.0
# how long a running job may go on when the worker is told to end
GRACE_SECONDS, FOREVER_SECONDS = 5.0, 1e9
# how often a job is tried while the database is away
TRIES = 10
# finished entries of the queue; what people see is kept apart
KEPT_HOURS = 72

log = structlog.get_logger(__name__)


def wire(runtime: Runtime) -> App:
    """Return procrastinate's application with every task of ours."""
    app = App(connector=PsycopgConnector(conninfo=runtime.database.url, min_size=1, max_size=4))
    for kind in tasks.kinds(runtime):
        _add_task(app, runtime, kind)
    for watch in nightly.known():
        _add_watch(app, runtime, watch)

    @app.periodic(cron="40 3 * * *")
    @app.task(name="nightly:forget_queue", queue=QUEUE, pass_context=True)
    async def forget(context: JobContext, timestamp: int) -> None:
        await app.job_manager.delete_old_jobs(
            KEPT_HOURS, include_failed=True, include_cancelled=True, include_aborted=True
        )

    return app


def _add_task(app: App, runtime: Runtime, kind: str) -> None:
    retry = RetryStrategy(max_attempts=TRIES, wait=2, retry_exceptions=[Unavailable])

    @app.task(name=kind, queue=QUEUE, retry=retry, pass_context=True)
    def perform(context: JobContext, job: int, user: int | None) -> None:
        tasks.perform(runtime, kind, job, stopping=context.should_abort)


def _add_watch(app: App, runtime: Runtime, watch: nightly.Watch) -> None:
    @app.periodic(cron=_cron(watch, runtime))
    @app.task(name=watch.name, queue=QUEUE, queueing_lock=watch.name, lock=watch.name)
    def perform(timestamp: int) -> None:
        nightly.perform(runtime, watch.name)


def _cron(watch: nightly.Watch, runtime: Runtime) -> str:
    """Write when an entry is due; the queue's clock is that of Greenwich."""
    if watch.minute is None:
        return "* * * * *"
    if watch.hour is None:
        return f"{watch.minute} * * * *"
    offset = datetime.now(runtime.settings.zone).utcoffset() or timedelta(0)
    local = datetime(2000, 1, 2, watch.hour, watch.minute, tzinfo=UTC)
    due = local - offset
    return f"{due.minute} {due.hour} * * *"


async def work(app: App, *, alive: Callable[[], bool], wait: bool = True) -> None:
    """Work until told to stop by a signal, or until nothing is left if ``wait`` is false.

    Args:
        alive: asked every second; the worker ends when it says no.
    """
    async with app.open_async():
        await sweep(app)
        working = asyncio.ensure_future(
            app.run_worker_async(
                queues=[QUEUE], wait=wait, concurrency=2, name="harbor",
                install_signal_handlers=wait,
                shutdown_graceful_timeout=GRACE_SECONDS if wait else FOREVER_SECONDS,
                update_heartbeat_interval=HEARTBEAT_SECONDS,
                stalled_worker_timeout=DEAD_SECONDS, fetch_job_polling_interval=5,
            )
        )  # fmt: skip
        beside = asyncio.ensure_future(_beside(app, working, alive, sweeping=wait))
        try:
            await working
        finally:
            beside.cancel()
            with suppress(asyncio.CancelledError):
                await beside


async def _beside(
    app: App, working: "asyncio.Future[None]", alive: Callable[[], bool], *, sweeping: bool
) -> None:
    swept = 0.0
    while not working.done():
        await asyncio.sleep(1)
        if not alive():
            log.info("worker.orphaned")
            working.cancel()
            return
        swept += 1
        # a worker that ends beats no more, and would take its own last job for a dead one's
        if sweeping and swept >= SWEEP_SECONDS:
            swept = 0
            await sweep(app)


async def sweep(app: App) -> int:
    """Put the jobs of dead workers back into the queue; return how many."""
    count = 0
    try:
        stalled = await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=DEAD_SECONDS)
        for job in stalled:
            await app.job_manager.retry_job(job)
            log.warning("job.taken_up_again", job=job.id, kind=job.task_name)
            count += 1
    except queue_errors.ConnectorException as error:
        log.warning("worker.sweep_failed", error=type(error).__name__)
    return count
