"""Tasks that people ask for, by the kind of the job."""

from collections.abc import Callable

from app.domain.actor import Actor
from app.service import import_entering, import_reading, import_undoing, jobs
from app.service.jobs import Job, Tell
from app.service.plan import reports, siting, turning
from app.service.runtime import Runtime

Work = Callable[[Job, Actor, Tell], None]


def kinds(runtime: Runtime) -> dict[str, Work]:
    """Return what is done for each kind of job."""

    def read(job: Job, actor: Actor, tell: Tell) -> None:
        import_reading.read(runtime, actor, _subject(job), tell)

    def enter(job: Job, actor: Actor, tell: Tell) -> None:
        import_entering.enter(runtime, actor, _subject(job), tell)

    def undo(job: Job, actor: Actor, tell: Tell) -> None:
        import_undoing.undo(runtime, actor, _subject(job), tell)

    def report(job: Job, actor: Actor, tell: Tell) -> None:
        reports.make(runtime, actor, _subject(job), tell)

    def site(job: Job, actor: Actor, tell: Tell) -> None:
        siting.make(runtime, actor, _subject(job), tell)

    def drafts(job: Job, actor: Actor, tell: Tell) -> None:
        turning.make(runtime, actor, _subject(job), tell)

    return {
        "import.read": read,
        "import.enter": enter,
        "import.undo": undo,
        reports.KIND: report,
        siting.KIND: site,
        turning.KIND: drafts,
    }


def _subject(job: Job) -> int:
    if job.subject is None:
        raise ValueError(f"job {job.id} names no subject")
    return job.subject


def perform(runtime: Runtime, kind: str, job_id: int, *, stopping: Callable[[], bool]) -> None:
    """Do one job of a kind."""
    jobs.perform(runtime, job_id, kinds(runtime)[kind], stopping=stopping)
