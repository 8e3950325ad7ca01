"""The outbox: notices that wait, are sent, or were seen."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from psycopg.types.json import Jsonb

from app.store.database import Connection


@dataclass(frozen=True, slots=True)
class Notice:
    """One notice to one person about one event."""

    id: int
    event: str
    kind: str
    recipient: str
    station_id: int | None
    says: Mapping[str, Any]
    made_at: datetime
    state: str
    attempts: int
    carrier: str
    answer: str
    seen_at: datetime | None


_SELECT = (
    "SELECT id, event, kind, recipient, station_id, says, made_at, state, attempts, carrier,"
    " answer, seen_at FROM notice"
)


def announce(
    connection: Connection,
    *,
    event: str,
    kind: str,
    station_id: int | None,
    union_id: int | None,
    roles: Sequence[str],
    user_ids: Sequence[int],
    keepers: bool,
    says: Mapping[str, Any],
) -> int:
    """Write a notice for everybody meant who has none of this event; return how many."""
    row = connection.execute(
        "SELECT announce_notice(%s, %s, %s, %s, %s::text[], %s::bigint[], %s, %s)",
        (event, kind, station_id, union_id, list(roles), list(user_ids), keepers,
         Jsonb(dict(says))),
    ).fetchone()  # fmt: skip
    return 0 if row is None else int(row[0])


def of_person(connection: Connection, *, user_id: int, most: int) -> list[Notice]:
    """Return a person's notices, the newest first."""
    rows = connection.execute(
        f"{_SELECT} WHERE recipient = %s ORDER BY made_at DESC, id DESC LIMIT %s",
        (f"user:{user_id}", most),
    ).fetchall()
    return [Notice(*row) for row in rows]


def unseen(connection: Connection, *, user_id: int) -> int:
    """Return how many notices a person has not seen."""
    row = connection.execute(
        "SELECT count(*) FROM notice WHERE recipient = %s AND seen_at IS NULL", (f"user:{user_id}",)
    ).fetchone()
    return 0 if row is None else int(row[0])


def see(connection: Connection, ids: Sequence[int]) -> int:
    """Mark the acting person's own notices as seen; return how many."""
    row = connection.execute("SELECT see_notices(%s::bigint[])", (list(ids),)).fetchone()
    return 0 if row is None else int(row[0])


# as unmask_calls() has it
_TO_CALL = (
    " WHERE recipient LIKE 'keeper:%%' AND state = ANY (%(states)s) AND station_id IN ("
    "SELECT s.id FROM station s WHERE s.union_id = ANY ((SELECT acting_unions_as("
    "'{union_staff,reviewer,inspector,city_admin}'))::bigint[]))"
)


def to_call(
    connection: Connection, *, states: Sequence[str], after_id: int, most: int
) -> list[Notice]:
    """Return notices of keepers that the acting person may ring up, the oldest first.

    Args:
        states: which were not delivered.
        after_id: the last notice of the part before.
    """
    rows = connection.execute(
        f"{_SELECT}{_TO_CALL} AND id > %(after)s ORDER BY id LIMIT %(most)s",
        {"states": list(states), "after": after_id, "most": most},
    ).fetchall()
    return [Notice(*row) for row in rows]


def count_to_call(connection: Connection, *, states: Sequence[str], after_id: int = 0) -> int:
    """Return how many notices there are to call about after one of them."""
    row = connection.execute(
        f"SELECT count(*) FROM notice{_TO_CALL} AND id > %(after)s",
        {"states": list(states), "after": after_id},
    ).fetchone()
    return 0 if row is None else int(row[0])


def note_call(connection: Connection, notice_id: int) -> bool:
    """Note that a keeper was rung up; false if there was nothing to note.

    A call that was noted already, by a double click or a colleague, is noted.
    """
    row = connection.execute("SELECT note_call(%s)", (notice_id,)).fetchone()
    if row is not None and row[0]:
        return True
    # asked afterwards: the first of two at once has committed by now
    row = connection.execute(
        "SELECT EXISTS (SELECT FROM notice WHERE id = %s AND recipient LIKE 'keeper:%%'"
        " AND state = 'sent' AND carrier = 'call')",
        (notice_id,),
    ).fetchone()
    return row is not None and bool(row[0])


def claim(connection: Connection, *, prefix: str, stale: timedelta) -> Notice | None:
    """Take the next notice that waits, or whose sender died, for sending; None if there is none.

    Two senders never take the same one.
    """
    row = connection.execute(
        "UPDATE notice SET state = 'sending', claimed_at = clock_timestamp(),"
        " attempts = attempts + 1 WHERE id = (SELECT id FROM notice"
        " WHERE recipient LIKE %(like)s AND due_at <= clock_timestamp() AND (state = 'waiting'"
        " OR (state = 'sending' AND claimed_at < clock_timestamp() - %(stale)s))"
        " ORDER BY due_at, id LIMIT 1 FOR UPDATE SKIP LOCKED)"
        " RETURNING id, event, kind, recipient, station_id, says, made_at, state, attempts,"
        " carrier, answer, seen_at",
        {"like": f"{prefix}:%", "stale": stale},
    ).fetchone()
    return None if row is None else Notice(*row)


def settle(
    connection: Connection,
    notice_id: int,
    *,
    state: str,
    carrier: str,
    answer: str,
    wait: timedelta | None = None,
) -> None:
    """Note what became of a notice that was taken; one that waits again is due later."""
    connection.execute(
        "UPDATE notice SET state = %(state)s, carrier = %(carrier)s, answer = %(answer)s,"
        " sent_at = CASE WHEN %(state)s = 'sent' THEN clock_timestamp() END,"
        " due_at = clock_timestamp() + coalesce(%(wait)s::interval, '0') WHERE id = %(id)s"
        " AND state = 'sending'",
        {"id": notice_id, "state": state, "carrier": carrier, "answer": answer[:500],
         "wait": wait},
    )  # fmt: skip


def deliver_to_desks(connection: Connection) -> int:
    """Note what staff find on their own page as delivered; return how many."""
    return connection.execute(
        "UPDATE notice SET state = 'sent', carrier = 'desk', sent_at = clock_timestamp()"
        " WHERE recipient LIKE 'user:%' AND state = 'waiting'"
    ).rowcount
