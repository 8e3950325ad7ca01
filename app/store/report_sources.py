"""Where reports come from, for as long as a salt lives: marks, and how much each sent."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.store.database import Connection

# a salt marks for one turn and compares for a second: it lives a day
TURN = timedelta(hours=12)
_EPOCH = datetime.fromisoformat("2000-01-01T00:00:00+00:00")
_SALT_BYTES = 32


@dataclass(frozen=True, slots=True, repr=False)
class Salt:
    """A salt of a turn."""

    id: int
    salt: bytes


def salts(connection: Connection, now: datetime) -> list[Salt]:
    """Return the salts that live, the one that marks now first; it is made at need."""
    begins = _EPOCH + (now - _EPOCH) // TURN * TURN
    connection.execute(
        "INSERT INTO report_salt (begins, salt) SELECT %(begins)s, %(salt)s WHERE NOT EXISTS"
        " (SELECT FROM report_salt WHERE begins = %(begins)s) ON CONFLICT DO NOTHING",
        {"begins": begins, "salt": secrets.token_bytes(_SALT_BYTES)},
    )
    rows = connection.execute(
        "SELECT id, salt FROM report_salt WHERE begins BETWEEN %s AND %s ORDER BY begins DESC",
        (begins - TURN, begins),
    ).fetchall()
    return [Salt(*row) for row in rows]


def destroy_salts(connection: Connection, now: datetime) -> int:
    """Destroy the salts whose day is over, with every mark made under them; return how many."""
    over = {"over": now - 2 * TURN}
    connection.execute(
        "UPDATE report SET salt_id = NULL, source_network = NULL, source_device = NULL"
        " WHERE salt_id IN (SELECT id FROM report_salt WHERE begins <= %(over)s)",
        over,
    )
    return connection.execute("DELETE FROM report_salt WHERE begins <= %(over)s", over).rowcount


def tally(connection: Connection, salt_id: int, mark: bytes, now: datetime) -> int:
    """Count one more from a source in this hour of the clock; return how many it are by now."""
    row = connection.execute(
        "INSERT INTO report_tally AS t (mark, hour, salt_id, sent)"
        " VALUES (%s, date_trunc('hour', %s::timestamptz), %s, 1)"
        " ON CONFLICT (mark, hour) DO UPDATE SET sent = t.sent + 1 RETURNING sent",
        (mark, now, salt_id),
    ).fetchone()
    return 0 if row is None else int(row[0])


def sent(connection: Connection, marks: list[bytes]) -> int:
    """Return how much a source sent since its oldest salt began, by its marks under all salts."""
    row = connection.execute(
        "SELECT coalesce(sum(sent), 0) FROM report_tally WHERE mark = ANY(%s)", (marks,)
    ).fetchone()
    return 0 if row is None else int(row[0])


def plaque_secret(connection: Connection) -> bytes:
    """Return the secret that proofs of plaques are made of; the operator's alone."""
    row = connection.execute("SELECT secret FROM plaque_secret").fetchone()
    if row is None:  # pragma: no cover - the migration put it there
        raise LookupError("there is no secret of plaques")
    return bytes(row[0])
