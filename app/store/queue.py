"""What waits for a person at the desk, by kind: how much there is, and what comes first."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from app.store.database import Connection

# nothing here is prepared: a plan for any unions would be a bad one for most
MANY = 1000


@dataclass(frozen=True, slots=True)
class Scope:
    """Where the acting person has which part; ids of unions.

    Attributes:
        user_id: the person.
        staff: who enters and submits.
        review: who reviews.
        approve: who approves, names and lets go.
        tend: who writes in whatever role.
    """

    user_id: int
    staff: list[int]
    review: list[int]
    approve: list[int]
    tend: list[int]


@dataclass(frozen=True, slots=True)
class Waiting:
    """One thing that waits.

    Attributes:
        station_id, name, code, state: the station it is about.
        other: the name of a second one, for a pair; else empty.
        at: since when it waits.
        due: the day by which it should have been done, None if there is none.
    """

    station_id: int
    name: str
    code: str | None
    state: str
    other: str
    at: datetime | None
    due: date | None


@dataclass(frozen=True, slots=True)
class _Kind:
    """How one kind of waiting things is asked for; the station is the alias ``s``."""

    asks: str
    order: str
    at: str = "s.state_since"
    due: str = "NULL::date"
    other: str = "''"


_PUBLIC = "s.state IN (SELECT t.state FROM station_state t WHERE t.public)"

KINDS: dict[str, _Kind] = {
    "overdue": _Kind(
        "rectification r JOIN station s ON s.id = r.station_id WHERE r.state = 'open'"
        " AND r.deadline < %(today)s AND s.union_id = ANY(%(tend)s)",
        "r.deadline", at="r.opened_at", due="r.deadline",
    ),
    "returned": _Kind(
        "station s WHERE s.state = 'returned'"
        " AND (s.submitted_by = %(user_id)s OR s.union_id = ANY(%(staff)s))",
        "s.submitted_by = %(user_id)s DESC NULLS LAST, s.state_since",
    ),
    "run_out": _Kind(
        "station s WHERE s.state = 'suspended' AND s.state_until < %(today)s"
        " AND s.union_id = ANY(%(tend)s)",
        "s.state_until", due="s.state_until",
    ),
    "exits": _Kind(
        "exit_proposal p JOIN station s ON s.id = p.station_id WHERE p.state = 'open'"
        " AND s.union_id = ANY(%(approve)s)",
        "p.proposed_at", at="p.proposed_at",
    ),
    "review": _Kind(
        "station s WHERE s.state = 'submitted' AND s.union_id = ANY(%(review)s)"
        " AND s.submitted_by IS DISTINCT FROM %(user_id)s",
        "s.state_since",
    ),
    "approval": _Kind(
        "station s WHERE s.state = 'reviewed' AND s.union_id = ANY(%(approve)s)"
        " AND s.submitted_by IS DISTINCT FROM %(user_id)s"
        " AND s.reviewed_by IS DISTINCT FROM %(user_id)s",
        "s.state_since",
    ),
    "changes": _Kind(
        "change_request c JOIN station s ON s.id = c.station_id WHERE c.state = 'open'"
        " AND s.union_id = ANY(%(review)s) AND c.requested_by IS DISTINCT FROM %(user_id)s",
        "c.requested_at", at="c.requested_at",
    ),
    "reports": _Kind(
        "report r JOIN station s ON s.id = r.station_id WHERE r.closed_at IS NULL"
        " AND s.union_id = ANY(%(tend)s)",
        "r.made_at", at="r.made_at",
    ),
    "inspections": _Kind(
        "inspection i JOIN station s ON s.id = i.station_id WHERE i.state = 'draft'"
        " AND i.inspector_id = %(user_id)s",
        "i.begun_at", at="i.begun_at",
    ),
    "confirm": _Kind(
        "station s WHERE coalesce(s.confirmed_at, s.state_since) < %(confirmed_before)s"
        f" AND s.union_id = ANY(%(tend)s) AND {_PUBLIC}",
        "coalesce(s.confirmed_at, s.state_since)", at="coalesce(s.confirmed_at, s.state_since)",
    ),
    "unplaced": _Kind(
        "station s WHERE s.place IS NULL AND s.state IN ('draft', 'returned')"
        " AND s.union_id = ANY(%(staff)s)",
        "s.id",
    ),
    "drafts": _Kind(
        "station s WHERE s.state = 'draft' AND s.union_id = ANY(%(staff)s) AND s.id IN ("
        "SELECT v.station_id FROM station_version v WHERE v.version = 1"
        " AND v.actor_id = %(user_id)s)",
        "s.changed_at DESC", at="s.changed_at",
    ),
    "duplicates": _Kind(
        "duplicate_pair d JOIN station s ON s.id = d.first_id"
        " JOIN station o ON o.id = d.second_id WHERE d.state = 'proposed'"
        " AND (s.union_id = ANY(%(tend)s) OR o.union_id = ANY(%(tend)s))",
        "d.score DESC, d.id", at="d.found_at", other="o.name",
    ),
}  # fmt: skip
# without a part of this kind in any union there is nothing to ask
_NEEDS: dict[str, str] = {
    "overdue": "tend", "run_out": "tend", "exits": "approve", "review": "review",
    "approval": "approve", "changes": "review", "confirm": "tend", "unplaced": "staff",
    "drafts": "staff", "duplicates": "tend", "reports": "tend",
}  # fmt: skip


def scope(connection: Connection, user_id: int) -> Scope:
    """Return where the acting person has which part."""
    row = connection.execute(
        "SELECT acting_unions_as('{union_staff,city_admin}'),"
        " acting_unions_as('{reviewer,city_admin}'), acting_unions_as('{city_admin}'),"
        " acting_unions_as('{union_staff,reviewer,inspector,city_admin}')"
    ).fetchone()
    staff, review, approve, tend = row if row is not None else ([], [], [], [])
    return Scope(user_id, staff, review, approve, tend)


def waiting(
    connection: Connection,
    kind: str,
    scope: Scope,
    *,
    today: date,
    confirmed_before: datetime,
    most: int,
) -> tuple[int, list[Waiting]]:
    """Return how many things of a kind wait for the acting person, and the first of them.

    Nobody counts further than to :data:`MANY`, which stands for it and more.
    """
    if not _concerns(kind, scope):
        return 0, []
    asked, values = KINDS[kind], _values(scope, today, confirmed_before)
    rows = connection.execute(
        f"SELECT s.id, s.name, s.code, s.state, {asked.other}, {asked.at}, {asked.due}"
        f" FROM {asked.asks} ORDER BY {asked.order}, s.id LIMIT %(most)s",
        {**values, "most": most},
        prepare=False,
    ).fetchall()
    total = len(rows)
    if total == most:
        total = counts(connection, (kind,), scope, today=today, confirmed_before=confirmed_before)[
            kind
        ]
    return total, [Waiting(*row) for row in rows]


def counts(
    connection: Connection,
    kinds: tuple[str, ...],
    scope: Scope,
    *,
    today: date,
    confirmed_before: datetime,
    most: int = MANY,
) -> dict[str, int]:
    """Return how many things of each kind wait for the acting person, up to ``most``."""
    asked = [kind for kind in kinds if _concerns(kind, scope)]
    if not asked:
        return dict.fromkeys(kinds, 0)
    columns = ", ".join(
        f"(SELECT count(*) FROM (SELECT FROM {KINDS[kind].asks} LIMIT %(most)s) AS waiting)"
        for kind in asked
    )
    values = {**_values(scope, today, confirmed_before), "most": most}
    row = connection.execute(f"SELECT {columns}", values, prepare=False).fetchone()
    found: dict[str, Any] = dict(zip(asked, row or (), strict=True))
    return {kind: int(found.get(kind, 0)) for kind in kinds}


def _concerns(kind: str, scope: Scope) -> bool:
    return kind not in _NEEDS or bool(getattr(scope, _NEEDS[kind]))


def _values(scope: Scope, today: date, confirmed_before: datetime) -> dict[str, Any]:
    return {
        "user_id": scope.user_id, "staff": scope.staff, "review": scope.review,
        "approve": scope.approve, "tend": scope.tend, "today": today,
        "confirmed_before": confirmed_before,
    }  # fmt: skip
