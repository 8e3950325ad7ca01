"""Long work in the background: asked for in the transaction of who asks, seen while it runs."""

from collections.abc import Callable
from datetime import timedelta

import structlog

from app.domain.actor import Actor
from app.domain.errors import Conflict, HarborError, NotFound, Unavailable
from app.service.runtime import Runtime
from app.store import jobs
from app.store.database import Connection
from app.store.jobs import Job
from app.store.rights import acting_as

__all__ = [
    "Cancelled", "Job", "Tell", "ask", "cancel", "check_wanted", "forget_old", "give_up", "look",
    "perform",
]  # fmt: skip

KEPT = timedelta(days=30)
# begun so often without an end, it is what kills the worker
MOST_ATTEMPTS = 4

# what is being done, in Chinese and English, and the share that is done
Tell = Callable[[str, str, float], None]

log = structlog.get_logger(__name__)


class Cancelled(HarborError):
    """Somebody asked the work to stop; nothing of it is kept."""


def ask(connection: Connection, kind: str, subject: int) -> int:
    """Ask for work inside the transaction of who acts, and return the job's id.

    The job exists if and only if that transaction is committed, and has the rights
    of the acting person, whoever the caller says that is.

    Args:
        kind: the name of the task.
        subject: the id of what it is about; nothing else travels with a job.

    Raises:
        Conflict: if the same work is under way.
    """
    asked = jobs.ask(connection, kind, subject)
    if asked is None:
        raise Conflict(
            "The same work is under way already.",
            remedy="Wait until it is done.",
            zh="同一任务正在进行,请等它完成。",
        )
    return asked


def look(connection: Connection, actor: Actor, kinds: list[str], subject: int) -> Job | None:
    """Return the newest job of some kinds about one thing, None if there is none in sight."""
    with acting_as(connection, actor):
        return jobs.newest(connection, kinds, subject)


def cancel(connection: Connection, actor: Actor, job_id: int) -> None:
    """Ask one's own job to stop; it undoes what it did so far.

    Raises:
        NotFound: if there is no such job of the person.
        Conflict: if it is over.
    """
    with acting_as(connection, actor):
        if jobs.get(connection, job_id) is None:
            raise NotFound(f"There is no job {job_id} of yours.", zh="没有这个任务。")
        if not jobs.ask_to_stop(connection, job_id):
            raise Conflict(
                "The work is over; there is nothing to stop.", zh="任务已经结束,无法取消。"
            )


def check_wanted(connection: Connection, kind: str, subject: int) -> None:
    """Check as the acting person, in the transaction that keeps the work, that it is wanted.

    Who asks it to stop from now on waits for that transaction, and finds the work done.

    Raises:
        Cancelled: if somebody asked it to stop.
    """
    if jobs.unwanted(connection, kind, subject):
        raise _cancelled()


def perform(
    runtime: Runtime,
    job_id: int,
    work: Callable[[Job, Actor, Tell], None],
    *,
    stopping: Callable[[], bool] = bool,
) -> None:
    """Do a job as the person who asked for it, and note how it goes and ends.

    What is noted is seen at once, on a connection beside that of the work. A job
    that is over does nothing: a worker may have died between its end and the
    queue's. An error that a person can do something about ends it; any other one
    ends it too, and is raised on for the log.

    Args:
        work: does the job; it reports through what it is handed, which ends it when
            somebody asks.
        stopping: says that this worker is to end; the job is left for the next one.

    Raises:
        Unavailable: if the job is to be tried again.
    """
    with runtime.connection() as connection:
        job = jobs.begin(connection, job_id)
        if job is not None and job.attempts > MOST_ATTEMPTS:
            give_up(connection, job)
            job = None
    if job is None:
        return
    try:
        work(job, _actor(job), _teller(runtime, job_id, stopping))
    except Cancelled:
        _end(runtime, job_id, "cancelled")
    except Unavailable:
        # the database is away or busy: the queue tries again
        raise
    except HarborError as error:
        log.warning("job.refused", job=job_id, kind=job.kind, error=type(error).__name__)
        problem = f"{error} {error.remedy}".strip()
        _end(runtime, job_id, "failed", problem=error.zh or problem, problem_en=problem)
    except Exception:
        _end(
            runtime, job_id, "failed", problem="系统出错,没有改动任何数据。",
            problem_en="Something went wrong here; nothing was changed.",
        )  # fmt: skip
        raise
    else:
        _end(runtime, job_id, "done")


def give_up(connection: Connection, job: Job) -> None:
    """End a job that was begun too often."""
    log.error("job.given_up", job=job.id, kind=job.kind, attempts=job.attempts)
    jobs.end(
        connection, job.id, "failed", problem="多次中断,已停止重试;没有改动任何数据。",
        problem_en="It was interrupted too often and is not tried again; nothing was changed.",
    )  # fmt: skip


def forget_old(connection: Connection) -> int:
    """Remove jobs that ended long ago; return how many."""
    return jobs.forget(connection, older_than=KEPT)


def _actor(job: Job) -> Actor:
    # rights are looked up anew: a person who lost a role since does no more with it
    return Actor(job.user_id or 0, request_id=job.request_id)


def _teller(runtime: Runtime, job_id: int, stopping: Callable[[], bool]) -> Tell:
    def tell(doing: str, doing_en: str, share: float) -> None:
        if stopping():
            raise Unavailable(
                "The worker is ending; the next one takes the job up again.",
                zh="后台正在重启,稍后会接着做。",
            )
        with runtime.connection() as connection:
            stop = jobs.tell(connection, job_id, doing=doing, doing_en=doing_en, share=share)
        if stop:
            raise _cancelled()

    return tell


def _cancelled() -> Cancelled:
    return Cancelled("The work was cancelled; nothing was changed.")


def _end(runtime: Runtime, job_id: int, state: str, **problem: str) -> None:
    with runtime.connection() as connection:
        jobs.end(connection, job_id, state, **problem)
