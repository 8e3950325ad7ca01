"""Work in the background as people see it: what was asked, how far it is, how it ended."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from app.store.database import Connection


@dataclass(frozen=True, slots=True)
class Job:
    """A piece of work.

    Attributes:
        kind: what is done, the name of its task.
        subject: the id of what it is about.
        user_id: whose rights it has.
        request_id: the request that asked for it.
        state: waiting, working, done, failed or cancelled.
        doing, doing_en: the step it is at, in words.
        share: how much is done, 0 to 1.
        attempts: how often it was begun.
        cancel_asked: whether somebody wants it to stop.
        problem, problem_en: why it failed.
    """

    id: int
    kind: str
    subject: int | None
    user_id: int | None
    request_id: str
    state: str
    doing: str
    doing_en: str
    share: float
    attempts: int
    made_at: datetime
    begun_at: datetime | None
    ended_at: datetime | None
    cancel_asked: bool
    problem: str
    problem_en: str

    @property
    def over(self) -> bool:
        """Whether nothing more will happen."""
        return self.state in ("done", "failed", "cancelled")


_SELECT = (
    "SELECT id, kind, subject, user_id, coalesce(request_id, ''), state, doing, doing_en, share,"
    " attempts, made_at, begun_at, ended_at, cancel_asked_at IS NOT NULL, problem, problem_en"
    " FROM background_job"
)


def ask(connection: Connection, kind: str, subject: int | None) -> int | None:
    """Ask for work as the acting person, in their transaction; None if it is under way."""
    row = connection.execute(
        "INSERT INTO background_job (kind, subject) VALUES (%s, %s)"
        " ON CONFLICT (kind, subject) WHERE state IN ('waiting', 'working') DO NOTHING"
        " RETURNING id",
        (kind, subject),
    ).fetchone()
    return None if row is None else int(row[0])


def get(connection: Connection, job_id: int) -> Job | None:
    """Return a job that the acting person may see."""
    row = connection.execute(f"{_SELECT} WHERE id = %s", (job_id,)).fetchone()
    return None if row is None else Job(*row)


def newest(connection: Connection, kinds: list[str], subject: int) -> Job | None:
    """Return the newest job of some kinds about one thing."""
    row = connection.execute(
        f"{_SELECT} WHERE kind = ANY(%s) AND subject = %s ORDER BY id DESC LIMIT 1",
        (kinds, subject),
    ).fetchone()
    return None if row is None else Job(*row)


def ask_to_stop(connection: Connection, job_id: int) -> bool:
    """Note that the acting person wants a job to stop; return whether it was not over."""
    row = connection.execute(
        "UPDATE background_job SET cancel_asked_at = clock_timestamp()"
        " WHERE id = %s AND state IN ('waiting', 'working') RETURNING id",
        (job_id,),
    ).fetchone()
    return row is not None


def unwanted(connection: Connection, kind: str, subject: int) -> bool:
    """Say whether the acting person's work about something was asked to stop.

    Until the transaction ends nobody else asks it to.
    """
    row = connection.execute(
        "SELECT cancel_asked_at IS NOT NULL FROM background_job"
        " WHERE kind = %s AND subject = %s ORDER BY id DESC LIMIT 1 FOR UPDATE",
        (kind, subject),
    ).fetchone()
    return row is not None and bool(row[0])


def begin(connection: Connection, job_id: int) -> Job | None:
    """Note that a job is begun, as the operator; None if it is over or gone."""
    row = connection.execute(
        "UPDATE background_job SET state = 'working', begun_at = clock_timestamp(), share = 0,"
        " attempts = attempts + 1, doing = '', doing_en = ''"
        " WHERE id = %s AND state IN ('waiting', 'working') RETURNING id",
        (job_id,),
    ).fetchone()
    return None if row is None else get(connection, job_id)


def tell(connection: Connection, job_id: int, *, doing: str, doing_en: str, share: float) -> bool:
    """Note how far a job is, as the operator; return whether it was asked to stop."""
    row = connection.execute(
        "UPDATE background_job SET doing = %s, doing_en = %s, share = %s WHERE id = %s"
        " RETURNING cancel_asked_at IS NOT NULL",
        (doing, doing_en, min(max(share, 0.0), 1.0), job_id),
    ).fetchone()
    return row is not None and bool(row[0])


def end(
    connection: Connection, job_id: int, state: str, *, problem: str = "", problem_en: str = ""
) -> None:
    """Note how a job ended, as the operator."""
    connection.execute(
        "UPDATE background_job SET state = %(state)s, ended_at = clock_timestamp(),"
        " share = CASE %(state)s WHEN 'done' THEN 1 ELSE share END, problem = %(zh)s,"
        " problem_en = %(en)s WHERE id = %(id)s AND state IN ('waiting', 'working')",
        {"state": state, "zh": problem[:500], "en": problem_en[:500], "id": job_id},
    )


def forget(connection: Connection, *, older_than: timedelta) -> int:
    """Remove jobs that ended long ago, as the operator; return how many."""
    return connection.execute(
        "DELETE FROM background_job WHERE ended_at < clock_timestamp() - %s", (older_than,)
    ).rowcount
