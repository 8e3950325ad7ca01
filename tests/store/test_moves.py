"""Random people make random moves by three doors, and a small model says what may succeed."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from psycopg import errors

from app.domain.actor import Actor
from app.domain.errors import HarborError
from app.domain.lifecycle import MOVES, ExitCode, Need, State
from app.service.moves import Document, With, make_move
from app.store.cluster import Cluster
from app.store.database import Connection
from tests.store.people import (
    PEOPLE,
    UNIONS,
    City,
    brought_to,
    enter,
    logins,
    one,
    own_database,
    roles_in,
    sees_whole,
    settle,
)

PLACELESS = (State.DRAFT, State.SUBMITTED, State.RETURNED)


@dataclass(frozen=True)
class Field:
    """What the random moves play on: a station of each state and union, and survivors."""

    city: City
    operator: Connection
    session: Callable[[str], Connection]
    stations: dict[tuple[State, str], int]
    documents: dict[str | None, int]
    survivors: dict[str, int]


@pytest.fixture(scope="module")
def field(cluster: Cluster) -> Iterator[Field]:
    with own_database(cluster, "moves") as url:
        city = settle(url)
        with psycopg.connect(url, autocommit=True) as operator, logins(city) as session:
            placed = {
                (state, union): brought_to(operator, city.unions[union], state)
                for state in State
                for union in UNIONS
            }
            documents = {
                union: one(
                    operator,
                    "INSERT INTO document (number, union_id) VALUES ('渝工〔2026〕1号', %s)"
                    " RETURNING id",
                    None if union is None else city.unions[union],
                )
                for union in (None, *UNIONS)
            }
            survivors = {
                "active": enter(operator, city.unions["south"], State.ACTIVE),
                "draft": enter(operator, city.unions["north"]),
            }
            yield Field(city, operator, session, placed, documents, survivors)


@dataclass(frozen=True)
class Attempt:
    """One attempt to move; ``document`` and ``survivor`` are names, absent if not brought."""

    origin: State
    target: State
    union: str
    person: str
    placed: bool
    kept: bool
    submitter: str | None
    reviewer: str | None
    reason: str | None
    until_days: int | None
    exit_code: ExitCode | None
    document: str | None
    survivor: str | None


@st.composite
def attempts(draw: st.DrawFn) -> Attempt:
    """Half of them along a move of the table, and most bring what is needed."""
    if draw(st.integers(0, 3)):
        move = draw(st.sampled_from(MOVES))
        origin, target = move.origin, move.target
        able = [p for p in PEOPLE if {r for r, _ in PEOPLE[p]} & set(move.roles)]
    else:
        origin, target = draw(st.sampled_from(State)), draw(st.sampled_from(State))
        able = list(PEOPLE)
    person = draw(st.one_of(st.sampled_from(able), st.sampled_from(list(PEOPLE))))
    steps = st.sampled_from([None, person, "north_clerk", "chief"])
    return Attempt(
        origin=origin,
        target=target,
        union=draw(st.one_of(st.just("north"), st.sampled_from(list(UNIONS)))),
        person=person,
        placed=origin not in PLACELESS or draw(st.integers(0, 3)) > 0,
        kept=draw(st.integers(0, 3)) > 0,
        submitter=draw(steps),
        reviewer=draw(steps),
        reason=draw(st.sampled_from(["装修", "装修", "装修", "  ", None])),
        until_days=draw(st.sampled_from([30, 30, 1, -2, None])),
        exit_code=draw(st.sampled_from([*ExitCode, None])),
        document=draw(st.sampled_from(["everywhere", "everywhere", None, *UNIONS])),
        survivor=draw(st.sampled_from(["active", "active", "draft", "self", None])),
    )


def may(attempt: Attempt) -> bool:
    """Whether a move is allowed: the whole model."""
    move = next(
        (m for m in MOVES if (m.origin, m.target) == (attempt.origin, attempt.target)), None
    )
    if move is None or not roles_in(attempt.person, attempt.union) & set(move.roles):
        return False
    was = {"submitter": attempt.submitter, "reviewer": attempt.reviewer}
    if any(was[step] == attempt.person for step in move.not_by):
        return False
    scope = None if attempt.document == "everywhere" else attempt.document
    if scope is not None and not sees_whole(attempt.person, scope):
        return False
    brought = {
        Need.PLACE: attempt.placed,
        Need.UNION: True,
        Need.KEEPER: attempt.kept,
        Need.REASON: bool((attempt.reason or "").strip()),
        Need.UNTIL: attempt.until_days is not None and attempt.until_days > 0,
        Need.EXIT_CODE: attempt.exit_code is not None,
        Need.DOCUMENT: attempt.document is not None,
        Need.SURVIVOR: attempt.survivor == "active",
    }
    return all(brought[need] for need in move.needs)


def prepared(field: Field, attempt: Attempt) -> int:
    """Give the station place, keeper and earlier steps as the attempt supposes."""
    station = field.stations[attempt.origin, attempt.union]
    people = field.city.people
    field.operator.execute(
        "UPDATE station SET submitted_by = %s, reviewed_by = %s, state_reason = '以前',"
        " state_until = '2099-01-01', document_id = %s,"
        " place = CASE WHEN %s THEN ST_SetSRID(ST_MakePoint(106.5, 29.5), 4326) END WHERE id = %s",
        (
            people.get(attempt.submitter or ""), people.get(attempt.reviewer or ""),
            field.documents[None], attempt.placed, station,
        ),
    )  # fmt: skip
    # one whose duty has ended counts for nothing
    field.operator.execute(
        "UPDATE keeper SET state = CASE WHEN %(kept)s THEN 'serving' ELSE 'ended' END,"
        " valid_to = CASE WHEN %(kept)s THEN NULL ELSE valid_from END WHERE station_id = %(id)s",
        {"kept": attempt.kept, "id": station},
    )
    return station


def columns(field: Field, attempt: Attempt, station: int) -> dict[str, object]:
    """What plain SQL sets: only what is brought."""
    survivors = {**field.survivors, "self": station}
    named = attempt.document and (None if attempt.document == "everywhere" else attempt.document)
    values: dict[str, object] = {
        "state": attempt.target.value,
        "state_reason": attempt.reason,
        "state_until": _day(attempt),
        "exit_code": attempt.exit_code and attempt.exit_code.value,
        "document_id": attempt.document and field.documents[named],
        "merged_into": attempt.survivor and survivors[attempt.survivor],
    }
    return {column: value for column, value in values.items() if value is not None}


def _day(attempt: Attempt) -> object:
    if attempt.until_days is None:
        return None
    return datetime.now(UTC).date() + timedelta(days=attempt.until_days)


def by_sql(connection: Connection, station: int, values: dict[str, object]) -> str | None:
    """Move by plain SQL; return the state it left, None if it was refused or nothing happened."""
    assignments = ", ".join(f"{column} = %({column})s" for column in values)
    try:
        with connection.transaction():
            row = connection.execute(
                f"UPDATE station SET {assignments} WHERE id = %(id)s RETURNING state",
                {**values, "id": station},
            ).fetchone()
    except (errors.InsufficientPrivilege, errors.CheckViolation):
        return None
    return None if row is None else str(row[0])


def door_of_the_shell(field: Field, attempt: Attempt, station: int) -> str | None:
    session = field.session(attempt.person)
    with session.transaction(force_rollback=True):
        return by_sql(session, station, columns(field, attempt, station))


def door_of_the_role(field: Field, attempt: Attempt, station: int) -> str | None:
    with field.operator.transaction(force_rollback=True):
        field.operator.execute("SET LOCAL ROLE harbor_staff")
        field.operator.execute(
            "SELECT set_config('harbor.user', %s, true)", (str(field.city.people[attempt.person]),)
        )
        return by_sql(field.operator, station, columns(field, attempt, station))


def door_of_the_service(field: Field, attempt: Attempt, station: int) -> str | None:
    revision = one(field.operator, "SELECT revision FROM station WHERE id = %s", station)
    document = None
    if attempt.document is not None:
        union = None if attempt.document == "everywhere" else field.city.unions[attempt.document]
        document = Document("渝工〔2026〕1号", union)
    survivors = {**field.survivors, "self": station, None: None}
    day = _day(attempt)
    brings = With(
        reason=attempt.reason or "",
        until=day,  # type: ignore[arg-type]
        exit_code=attempt.exit_code,
        document=document,
        survivor=survivors[attempt.survivor],
    )
    actor = Actor(field.city.people[attempt.person], request_id="r1")
    with field.operator.transaction(force_rollback=True):
        try:
            moved = make_move(
                field.operator, actor, station, attempt.target, revision=revision, brings=brings
            )
        except HarborError:
            return None
        return moved.state


DOORS = [door_of_the_shell, door_of_the_role, door_of_the_service]


@pytest.mark.parametrize("door", DOORS)
@settings(max_examples=max(300, settings.default.max_examples), deadline=None)
@given(attempt=attempts())
def test_what_the_model_forbids_never_succeeds_and_what_it_allows_does(
    field: Field, door: Callable[[Field, Attempt, int], str | None], attempt: Attempt
) -> None:
    station = prepared(field, attempt)
    before = one(field.operator, "SELECT revision FROM station WHERE id = %s", station)
    left = door(field, attempt, station)
    if may(attempt):
        assert left == attempt.target
    elif attempt.origin is attempt.target:
        # no move at all: whatever was brought is refused, or nothing was
        assert left in (None, attempt.origin)
    else:
        assert left is None
    assert one(field.operator, "SELECT revision FROM station WHERE id = %s", station) == before
