"""Rectifications and what follows from an overdue one: extensions, steps, proposals to exit."""

from dataclasses import dataclass, replace
from datetime import date, datetime

from app.store.database import Connection


@dataclass(frozen=True, slots=True)
class Item:
    """A criterion that failed.

    Attributes:
        mended_by: the inspection that found it mended.
    """

    criterion: str
    name: str
    name_en: str
    note: str
    inspection_id: int
    mended_by: int | None


@dataclass(frozen=True, slots=True)
class Rectification:
    """An order to mend; without an inspection it was given by hand and has no items."""

    id: int
    station_id: int
    station_name: str
    station_code: str | None
    station_state: str
    union_id: int | None
    inspection_id: int | None
    reason: str
    deadline: date
    opened_at: datetime
    opened_by: int | None
    suspended_at: datetime | None
    state: str
    closed_at: datetime | None
    items: tuple[Item, ...] = ()


@dataclass(frozen=True, slots=True)
class Extension:
    """A last day that was put off."""

    id: int
    station_id: int
    state: str
    was: date | None
    until: date
    reason: str
    made_by: int | None
    made_at: datetime


@dataclass(frozen=True, slots=True)
class Proposal:
    """A proposal to let a station go; the watch proposes as nobody."""

    id: int
    station_id: int
    station_name: str
    station_code: str | None
    station_state: str
    rectification_id: int | None
    exit_code: str
    reason: str
    proposed_by: int | None
    proposed_at: datetime
    state: str
    decision: str


@dataclass(frozen=True, slots=True)
class RunOut:
    """A suspension whose last day has passed."""

    station_id: int
    name: str
    code: str | None
    until: date
    reason: str


@dataclass(frozen=True, slots=True)
class Step:
    """What is done about an overdue rectification, in days after its deadline.

    Attributes:
        for_days: how long a suspension lasts at first.
    """

    action: str
    after_days: int
    for_days: int | None


_SELECT = (
    "SELECT r.id, r.station_id, s.name, s.code, s.state, s.union_id, r.inspection_id, r.reason,"
    " r.deadline, r.opened_at, r.opened_by, r.suspended_at, r.state, r.closed_at"
    " FROM rectification r JOIN station s ON s.id = r.station_id"
)


def open_of(connection: Connection, station_id: int) -> Rectification | None:
    """Return the rectification of a station that is open."""
    found = _many(connection, "r.station_id = %s AND r.state = 'open'", station_id)
    return found[0] if found else None


def of_station(connection: Connection, station_id: int) -> list[Rectification]:
    """Return every rectification of a station, the newest first."""
    return _many(connection, "r.station_id = %s ORDER BY r.opened_at DESC", station_id)


def every_open(
    connection: Connection, *, overdue_on: date | None = None, most: int = 200
) -> list[Rectification]:
    """Return open ones, the most pressing first; with a day, those overdue on it."""
    return _many(
        connection,
        "r.state = 'open' AND (%s::date IS NULL OR r.deadline < %s)"
        " ORDER BY r.deadline, r.id LIMIT %s",
        overdue_on, overdue_on, most,
    )  # fmt: skip


def count_overdue(connection: Connection, on: date) -> int:
    """Return how many open rectifications are overdue on a day."""
    row = connection.execute(
        "SELECT count(*) FROM rectification WHERE state = 'open' AND deadline < %s", (on,)
    ).fetchone()
    return 0 if row is None else int(row[0])


def extend(connection: Connection, station_id: int, *, until: date, reason: str) -> int:
    """Put off the last day of a suspension or a rectification; return the extension's id."""
    row = connection.execute(
        "INSERT INTO station_extension (station_id, until, reason) VALUES (%s, %s, %s)"
        " RETURNING id",
        (station_id, until, reason),
    ).fetchone()
    return 0 if row is None else int(row[0])


def last_day(connection: Connection, station_id: int) -> date | None:
    """Return the last day of what a station is in now."""
    row = connection.execute(
        "SELECT state_until FROM station WHERE id = %s", (station_id,)
    ).fetchone()
    return None if row is None else row[0]


def extensions(connection: Connection, station_id: int) -> list[Extension]:
    """Return every extension at a station, the newest first."""
    rows = connection.execute(
        "SELECT id, station_id, state, was, until, reason, made_by, made_at FROM station_extension"
        " WHERE station_id = %s ORDER BY id DESC",
        (station_id,),
    ).fetchall()
    return [Extension(*row) for row in rows]


_PROPOSAL = (
    "SELECT p.id, p.station_id, s.name, s.code, s.state, p.rectification_id, p.exit_code, p.reason,"
    " p.proposed_by, p.proposed_at, p.state, p.decision"
    " FROM exit_proposal p JOIN station s ON s.id = p.station_id"
)


def propose_exit(
    connection: Connection, station_id: int, *, exit_code: str, reason: str
) -> int | None:
    """Propose to let a station go; None if it is proposed already."""
    row = connection.execute(
        "INSERT INTO exit_proposal (station_id, exit_code, reason) VALUES (%s, %s, %s)"
        " ON CONFLICT (station_id) WHERE state = 'open' DO NOTHING RETURNING id",
        (station_id, exit_code, reason),
    ).fetchone()
    return None if row is None else int(row[0])


def proposals(
    connection: Connection, *, station_id: int | None = None, most: int = 200
) -> list[Proposal]:
    """Return open proposals, the oldest first; of one station, all of them."""
    rows = connection.execute(
        f"{_PROPOSAL} WHERE CASE WHEN %(id)s::bigint IS NULL THEN p.state = 'open'"
        " ELSE p.station_id = %(id)s END ORDER BY p.proposed_at, p.id LIMIT %(most)s",
        {"id": station_id, "most": most},
    ).fetchall()
    return [Proposal(*row) for row in rows]


def proposal(connection: Connection, proposal_id: int) -> Proposal | None:
    """Return a proposal, None if the acting person does not see it."""
    row = connection.execute(f"{_PROPOSAL} WHERE p.id = %s", (proposal_id,)).fetchone()
    return None if row is None else Proposal(*row)


def decline(connection: Connection, proposal_id: int, *, decision: str) -> bool:
    """Decline an open proposal; return whether it was one."""
    done = connection.execute(
        "UPDATE exit_proposal SET state = 'declined', decision = %s"
        " WHERE id = %s AND state = 'open'",
        (decision, proposal_id),
    )
    return done.rowcount == 1


def run_out(connection: Connection, on: date, *, most: int = 200) -> list[RunOut]:
    """Return suspensions of the acting person's scope whose last day is before a day."""
    rows = connection.execute(
        "SELECT id, name, code, state_until, state_reason FROM station"
        " WHERE state = 'suspended' AND state_until < %s"
        " AND (union_id = ANY ((SELECT acting_unions())::bigint[]) OR (SELECT acts_everywhere())"
        " OR (SELECT acts_as_operator())) ORDER BY state_until, id LIMIT %s",
        (on, most),
    ).fetchall()
    return [RunOut(*row) for row in rows]


def steps(connection: Connection) -> list[Step]:
    """Return the steps in the order in which they are taken."""
    rows = connection.execute(
        "SELECT action, after_days, for_days FROM escalation_step ORDER BY after_days,"
        " array_position(ARRAY['remind', 'tell_keeper', 'tell_union', 'tell_city', 'suspend',"
        " 'propose_exit'], action)"
    ).fetchall()
    return [Step(*row) for row in rows]


def set_step(connection: Connection, action: str, *, after_days: int, for_days: int | None) -> bool:
    """Change when a step is taken; return whether there is such a step."""
    done = connection.execute(
        "UPDATE escalation_step SET after_days = %s, for_days = %s WHERE action = %s",
        (after_days, for_days, action),
    )
    return done.rowcount == 1


def take_step(connection: Connection, faults: Rectification, action: str) -> bool:
    """Note that a step is taken; return whether it is now, and not before."""
    done = connection.execute(
        "INSERT INTO rectification_step (rectification_id, deadline, action) VALUES (%s, %s, %s)"
        " ON CONFLICT DO NOTHING",
        (faults.id, faults.deadline, action),
    )
    return done.rowcount == 1


def ids_due(connection: Connection, *, deadline_until: date) -> list[int]:
    """Return the open rectifications with a deadline up to a day, the oldest first."""
    rows = connection.execute(
        "SELECT id FROM rectification WHERE state = 'open' AND deadline <= %s"
        " ORDER BY deadline, id",
        (deadline_until,),
    ).fetchall()
    return [int(row[0]) for row in rows]


def locked(connection: Connection, rectification_id: int) -> Rectification | None:
    """Return an open rectification with its station, which nobody else moves meanwhile."""
    connection.execute(
        "SELECT FROM station WHERE id = (SELECT station_id FROM rectification WHERE id = %s)"
        " FOR UPDATE",
        (rectification_id,),
    )
    found = _many(connection, "r.id = %s AND r.state = 'open'", rectification_id)
    return found[0] if found else None


def _many(connection: Connection, condition: str, *values: object) -> list[Rectification]:
    heads = connection.execute(f"{_SELECT} WHERE {condition}", values).fetchall()
    items: dict[int, list[Item]] = {int(head[0]): [] for head in heads}
    for of, *item in connection.execute(
        "SELECT t.rectification_id, t.criterion, t.name, t.name_en, t.note, t.inspection_id,"
        " t.mended_by FROM rectification_item t JOIN inspection i ON i.id = t.inspection_id"
        " LEFT JOIN standard_criterion c ON c.version_id = i.version_id AND c.code = t.criterion"
        " WHERE t.rectification_id = ANY(%s) ORDER BY c.position, t.criterion",
        (list(items),),
    ):
        items[of].append(Item(*item))
    return [replace(Rectification(*head), items=tuple(items[int(head[0])])) for head in heads]
