"""The database's own word on inspections: it judges as the domain does, and by whatever door."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.domain.lifecycle import State
from app.domain.six_haves import SIX_HAVES
from app.domain.standard import (
    Criterion,
    Finding,
    StandardVersion,
    StarRule,
    Verdict,
    judge,
)
from app.store import standards
from app.store.cluster import Cluster
from app.store.database import Connection
from tests.store.people import (
    City,
    brought_to,
    logins,
    one,
    own_database,
    roles_in,
    rows,
    sees_whole,
    settle,
)

Session = Callable[[str], Connection]
TODAY = datetime.now(UTC).date()
PERSONS = ("chief", "north_clerk", "north_judge", "north_inspector", "south_clerk", "south_judge",
           "city_judge", "planner", "auditor", "nobody")  # fmt: skip


@pytest.fixture(scope="module")
def city(cluster: Cluster) -> Iterator[City]:
    with own_database(cluster, "inspection_rights") as url:
        yield settle(url)


@pytest.fixture(scope="module")
def session(city: City) -> Iterator[Session]:
    with logins(city) as opened:
        yield opened


@pytest.fixture
def owner(city: City) -> Iterator[Connection]:
    with psycopg.connect(city.url, autocommit=True) as opened:
        yield opened


# Judging ------------------------------------------------------------------------------------------

CODES = tuple(f"c{i}" for i in range(7))
CRITERIA = st.lists(
    st.builds(
        lambda mandatory, weight, may: {
            "mandatory": mandatory, "weight": weight, "may_not_apply": may,
        },
        st.booleans(), st.integers(0, 40), st.booleans(),
    ),
    min_size=1, max_size=len(CODES),
)  # fmt: skip


@st.composite
def judged(draw: st.DrawFn) -> tuple[StandardVersion, dict[str, Verdict], dict[str, Verdict]]:
    """A standard, what an inspection found, and what a follow-up found of its failures."""
    criteria = tuple(
        Criterion(code=code, name=code, name_en="", **facts)
        for code, facts in zip(CODES, draw(CRITERIA), strict=False)
    )
    codes = [c.code for c in criteria]
    stars = tuple(
        StarRule(
            stars=count, least_score=draw(st.integers(0, 1000)) / 10,
            requires=tuple(draw(st.sets(st.sampled_from(codes), max_size=2))),
        )
        for count in draw(st.sets(st.integers(1, 5)))
    )  # fmt: skip
    version = StandardVersion(
        standard="drawn", version=1, name="抽样", name_en="", valid_from=date(2020, 1, 1),
        criteria=criteria, stars=stars,
    )  # fmt: skip
    verdicts = st.sampled_from([Verdict.FULFILLED, Verdict.FAILED])
    excused = st.sampled_from(list(Verdict))
    found = {c.code: draw(excused if c.may_not_apply else verdicts) for c in criteria}
    failed = [c for c in criteria if c.mandatory and found[c.code] is Verdict.FAILED]
    again = {c.code: draw(excused if c.may_not_apply else verdicts) for c in failed}
    return version, found, again


def enter_standard(connection: Connection, version: StandardVersion) -> int:
    standards.enter(connection, version.standard, version.name, "", version.every_months)
    made = standards.begin(connection, version.standard, source="", rectify_days=15)
    standards.write(
        connection, made, source="", rectify_days=15, criteria=version.criteria,
        stars=version.stars,
    )  # fmt: skip
    standards.release(connection, made, valid_from=version.valid_from)
    return made


def submit(
    connection: Connection, station: int, version: int, inspector: int,
    found: dict[str, Verdict], base: int | None = None,
) -> tuple[int, tuple[Any, ...]]:  # fmt: skip
    """Submit an inspection as the operator; return its id and what it came to."""
    id_ = one(
        connection,
        "INSERT INTO inspection (station_id, version_id, kind, base_id, inspector_id, inspected_on)"
        " VALUES (%s, %s, %s, %s, %s, %s) RETURNING id",
        station, version, "full" if base is None else "follow_up", base, inspector, TODAY,
    )  # fmt: skip
    for code, verdict in found.items():
        connection.execute(
            "INSERT INTO inspection_finding VALUES (%s, %s, %s, 'seen')",
            (id_, code, verdict.value),
        )
    connection.execute("UPDATE inspection SET state = 'submitted' WHERE id = %s", (id_,))
    return id_, rows(
        connection,
        "SELECT passed, score::float8, stars, failed, to_mend FROM inspection WHERE id = %s", id_,
    )[0]  # fmt: skip


def expected(version: StandardVersion, found: dict[str, Verdict]) -> tuple[Any, ...]:
    came_to = judge(version, {c: Finding(verdict=v, note="seen") for c, v in found.items()})
    return (
        came_to.passed, came_to.score, came_to.stars, list(came_to.failed), list(came_to.to_mend),
    )  # fmt: skip


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(judged())
def test_the_database_judges_as_the_domain_does_and_a_follow_up_counts_with_its_base(
    city: City,
    owner: Connection,
    case: tuple[StandardVersion, dict[str, Verdict], dict[str, Verdict]],
) -> None:
    version, found, again = case
    inspector = city.people["north_inspector"]
    with owner.transaction(force_rollback=True):
        station = brought_to(owner, city.unions["north"], State.ACTIVE)
        made = enter_standard(owner, version)
        id_, came_to = submit(owner, station, made, inspector, found)
        assert came_to == expected(version, found)
        state = one(owner, "SELECT state FROM station WHERE id = %s", station)
        assert state == ("active" if came_to[0] else "rectifying")
        if again:
            _, after = submit(owner, station, made, inspector, again, base=id_)
            assert after == expected(version, found | again)
            state = one(owner, "SELECT state FROM station WHERE id = %s", station)
            assert state == ("active" if after[0] else "rectifying")
            left = "SELECT count(*) FROM rectification WHERE station_id = %s AND state = 'open'"
            assert one(owner, left, station) == (0 if after[0] else 1)


def test_halves_of_a_tenth_are_rounded_up_by_both(city: City, owner: Connection) -> None:
    version = StandardVersion(
        standard="halves", version=1, name="半", name_en="", valid_from=date(2020, 1, 1),
        criteria=tuple(
            Criterion(code=code, name=code, name_en="", weight=weight)
            for code, weight in (("a", 1), ("b", 79))
        ),
    )  # fmt: skip
    found = {"a": Verdict.FULFILLED, "b": Verdict.FAILED}
    assert expected(version, found)[1] == 1.3
    with owner.transaction(force_rollback=True):
        station = brought_to(owner, city.unions["north"], State.ACTIVE)
        made = enter_standard(owner, version)
        assert submit(owner, station, made, city.people["chief"], found)[1][1] == 1.3


# Standards ---------------------------------------------------------------------------------------


def test_the_shipped_standard_is_in_the_database_as_the_code_has_it(owner: Connection) -> None:
    (stored,) = [v for v in standards.versions(owner) if v.standard == "six_haves"]
    assert stored.on(TODAY) == SIX_HAVES
    assert stored.state == "released"
    before = rows(owner, "SELECT xmin::text, id FROM standard_version ORDER BY id")
    standards.synchronise(owner)
    assert rows(owner, "SELECT xmin::text, id FROM standard_version ORDER BY id") == before


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE standard_version SET source = 'x'",
        "UPDATE standard_version SET state = 'draft'",
        "DELETE FROM standard_version",
        "UPDATE standard_criterion SET weight = 9",
        "DELETE FROM standard_criterion",
        "INSERT INTO standard_criterion (version_id, code, position, name)"
        " SELECT id, 'more', 99, 'x' FROM standard_version",
        "UPDATE standard_stars SET least_score = 1",
        "DELETE FROM standard_stars",
    ],
)
def test_a_released_version_never_changes_not_even_for_the_operator(
    owner: Connection, statement: str
) -> None:
    with pytest.raises(psycopg.errors.CheckViolation, match="never changes"):
        owner.execute(statement)  # type: ignore[arg-type]


def test_standards_are_written_by_an_admin_of_the_whole_city_alone(session: Session) -> None:
    add = (
        "INSERT INTO standard_version (standard, version, source)"
        " VALUES ('six_haves', 9, 'city') RETURNING id"
    )
    for person in ("north_alone", "north_clerk", "north_judge", "planner"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            session(person).execute(add)
    for person in ("chief", "deputy"):
        shell = session(person)
        with shell.transaction(force_rollback=True):
            id_ = one(shell, add)
            shell.execute("DELETE FROM standard_version WHERE id = %s", (id_,))
            id_ = one(shell, add)
            with pytest.raises(psycopg.errors.CheckViolation), shell.transaction():
                shell.execute(
                    "UPDATE standard_version SET state = 'released', valid_from = %s WHERE id = %s",
                    (TODAY, id_),
                )
            shell.execute(
                "INSERT INTO standard_criterion (version_id, code, position, name)"
                " VALUES (%s, 'door', 0, '门')",
                (id_,),
            )
            with pytest.raises(psycopg.errors.CheckViolation), shell.transaction():
                shell.execute(
                    "UPDATE standard_version SET state = 'released', valid_from = %s WHERE id = %s",
                    (TODAY - timedelta(days=3), id_),
                )
            shell.execute(
                "UPDATE standard_version SET state = 'released', valid_from = %s WHERE id = %s",
                (TODAY, id_),
            )
            assert one(shell, "SELECT version_in_force('six_haves', %s)", TODAY) == id_


# Rights in a shell -------------------------------------------------------------------------------

BEGIN = (
    "INSERT INTO inspection (station_id, version_id, inspector_id, inspected_on)"
    " VALUES (%s, version_in_force('six_haves', current_date), acting_user(), current_date)"
    " RETURNING id"
)
ANSWER = (
    "INSERT INTO inspection_finding (inspection_id, criterion, verdict, note)"
    " SELECT %s, code, 'fulfilled', '' FROM standard_criterion"
    " WHERE version_id = version_in_force('six_haves', current_date)"
)
WRITES = {
    "extension": (
        "INSERT INTO station_extension (station_id, until, reason)"
        " VALUES (%s, current_date + 90, '等配件')",
        {"inspector", "reviewer", "city_admin"},
    ),
    "listing": (
        "INSERT INTO map_listing (station_id, company, visible, checked_on)"
        " VALUES (%s, 'amap', true, current_date)",
        {"union_staff", "inspector", "reviewer", "city_admin"},
    ),
    "proposal": (
        "INSERT INTO exit_proposal (station_id, exit_code, reason) VALUES (%s, 'other', '少用')",
        {"union_staff", "inspector", "reviewer", "city_admin"},
    ),
    "inspection": (BEGIN, {"inspector", "reviewer", "city_admin"}),
}


@pytest.mark.parametrize("what", sorted(WRITES))
@pytest.mark.parametrize("person", PERSONS)
def test_who_writes_what_in_a_shell(
    city: City, owner: Connection, session: Session, person: str, what: str
) -> None:
    statement, roles = WRITES[what]
    station = brought_to(owner, city.unions["north"], State.RECTIFYING)
    shell = session(person)
    if roles_in(person, "north") & roles:
        with shell.transaction(force_rollback=True):
            shell.execute(statement, (station,))  # type: ignore[arg-type]
    else:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            shell.execute(statement, (station,))  # type: ignore[arg-type]


@pytest.mark.parametrize("person", PERSONS)
def test_what_was_found_is_seen_in_the_scope_of_the_union_and_no_further(
    city: City, owner: Connection, session: Session, person: str
) -> None:
    inspector = city.people["north_inspector"]
    (version,) = [v for v in standards.versions(owner) if v.standard == "six_haves"]
    weighted = StandardVersion(
        standard=f"seen_{person}", version=1, name="一", name_en="", valid_from=date(2020, 1, 1),
        criteria=(Criterion(code="a", name="a", name_en="", mandatory=True),),
    )  # fmt: skip
    station = brought_to(owner, city.unions["north"], State.ACTIVE)
    submit(owner, station, enter_standard(owner, weighted), inspector, {"a": Verdict.FAILED})
    assert version.state == "released"
    owner.execute(
        "INSERT INTO map_listing (station_id, company, visible, checked_on)"
        " VALUES (%s, 'amap', false, current_date)",
        (station,),
    )
    shell = session(person)
    sees = 1 if sees_whole(person, "north") else 0
    for table in ("inspection", "station_standing", "rectification", "map_listing"):
        assert one(
            shell, f"SELECT count(*) FROM {table} WHERE station_id = %s", station
        ) == sees, table  # fmt: skip
    for table in ("inspection_finding", "rectification_item"):
        key = "inspection_id" if table == "inspection_finding" else "rectification_id"
        other = "inspection" if table == "inspection_finding" else "rectification"
        parts = one(
            shell,
            f"SELECT count(*) FROM {table} WHERE {key} IN"
            f" (SELECT id FROM {other} WHERE station_id = %s)",
            station,
        )
        assert parts == sees, table
    assert (one(shell, "SELECT count(*) FROM inspection_people(%s)", station) > 0) == bool(sees)


def test_a_keeper_reads_what_was_found_at_his_own_station_and_writes_none_of_it(
    city: City, owner: Connection, session: Session
) -> None:
    own, other = (brought_to(owner, city.unions["north"], State.ACTIVE) for _ in range(2))
    standard = StandardVersion(
        standard="kept", version=1, name="一", name_en="", valid_from=date(2020, 1, 1),
        criteria=(Criterion(code="a", name="a", name_en="", mandatory=True),),
    )  # fmt: skip
    version = enter_standard(owner, standard)
    for station in (own, other):
        submit(owner, station, version, city.people["chief"], {"a": Verdict.FAILED})
    owner.execute(
        "INSERT INTO user_grant (user_id, role, station_id) VALUES (%s, 'keeper', %s)",
        (city.people["nobody"], own),
    )
    shell = session("nobody")
    for table in ("inspection", "rectification"):
        found = rows(shell, f"SELECT station_id FROM {table}")
        assert found == [(own,)], table
    for statement in (WRITES["proposal"][0], WRITES["extension"][0], BEGIN):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            shell.execute(statement, (own,))  # type: ignore[arg-type]
    owner.execute("DELETE FROM user_grant WHERE role = 'keeper'")


def test_in_a_shell_an_inspection_is_no_way_round_what_it_asks(
    city: City, owner: Connection, session: Session
) -> None:
    station = brought_to(owner, city.unions["north"], State.ACTIVE)
    shell = session("north_inspector")
    id_ = one(shell, BEGIN, station)
    with pytest.raises(psycopg.errors.CheckViolation, match="is not answered"):
        shell.execute("UPDATE inspection SET state = 'submitted' WHERE id = %s", (id_,))
    shell.execute(ANSWER, (id_,))
    with pytest.raises(psycopg.errors.CheckViolation, match="sign wants evidence"):
        shell.execute("UPDATE inspection SET state = 'submitted' WHERE id = %s", (id_,))
    for statement in (
        "UPDATE inspection SET passed = true WHERE id = %s",
        "UPDATE inspection SET stars = 5 WHERE id = %s",
        "UPDATE station SET verified = true WHERE id = (SELECT station_id FROM inspection"
        " WHERE id = %s)",
        "INSERT INTO rectification (station_id, deadline) SELECT station_id, current_date"
        " FROM inspection WHERE id = %s",
        "SELECT close_rectification(station_id, 'cleared') FROM inspection WHERE id = %s",
        "SELECT note_event('x', 'y', '{}') FROM inspection WHERE id = %s",
        "DELETE FROM inspection WHERE id = %s",
    ):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            shell.execute(statement, (id_,))  # type: ignore[arg-type]
    with pytest.raises(psycopg.errors.CheckViolation, match="not asked"):
        shell.execute("INSERT INTO inspection_finding VALUES (%s, 'sauna', 'fulfilled', '')",
                      (id_,))  # fmt: skip
    with pytest.raises(psycopg.errors.CheckViolation, match="of its own day"):
        shell.execute(BEGIN.replace("current_date)", "current_date - 9)"), (station,))
    assert one(owner, "SELECT verified FROM station WHERE id = %s", station) is False
    # another inspector neither sees nor touches the draft
    judge = session("north_judge")
    assert rows(judge, "SELECT id FROM inspection WHERE id = %s", id_) == []
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        judge.execute("INSERT INTO inspection_finding VALUES (%s, 'sign', 'failed', 'x')", (id_,))
    shell.execute("UPDATE inspection SET state = 'discarded' WHERE id = %s", (id_,))
    with pytest.raises(psycopg.errors.CheckViolation, match="stays as it is"):
        shell.execute("UPDATE inspection_finding SET note = 'late' WHERE inspection_id = %s",
                      (id_,))  # fmt: skip


def test_a_last_day_moves_through_its_one_door_alone(
    city: City, owner: Connection, session: Session
) -> None:
    station = brought_to(owner, city.unions["north"], State.ACTIVE)
    shell = session("north_judge")
    shell.execute(
        "UPDATE station SET state = 'suspended', state_reason = '装修', state_until = %s"
        " WHERE id = %s",
        (TODAY + timedelta(days=5), station),
    )
    later = TODAY + timedelta(days=9)
    with pytest.raises(psycopg.errors.CheckViolation, match="with a move alone"):
        shell.execute("UPDATE station SET state_until = %s WHERE id = %s", (later, station))
    extend = "INSERT INTO station_extension (station_id, until, reason) VALUES (%s, %s, %s)"
    shell.execute(extend, (station, later, "未完工"))
    found = rows(shell, "SELECT state_until, state_reason FROM station WHERE id = %s", station)
    assert found == [(later, "装修")]
    with pytest.raises(psycopg.errors.CheckViolation, match="with a move alone"):
        shell.execute(
            "UPDATE station SET state_until = %s WHERE id = %s",
            (TODAY + timedelta(days=30), station),
        )
    for statement in (
        "UPDATE station_extension SET applied = false WHERE station_id = %s",
        "INSERT INTO station_extension (station_id, until, reason, applied)"
        " VALUES (%s, current_date + 99, 'x', false)",
    ):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            shell.execute(statement, (station,))  # type: ignore[arg-type]
    with pytest.raises(psycopg.errors.CheckViolation, match="ends later"):
        shell.execute(extend, (station, TODAY + timedelta(days=7), "早一点"))


def test_an_award_is_given_and_withdrawn_by_the_city_under_a_document(
    city: City, owner: Connection, session: Session
) -> None:
    station = brought_to(owner, city.unions["north"], State.ACTIVE)
    paper = one(owner, "INSERT INTO document (number) VALUES ('渝工〔2026〕9号') RETURNING id")
    give = (
        "INSERT INTO station_award (station_id, year, kind, document_id, subsidy_yuan)"
        " VALUES (%s, 2026, 'demonstration', %s, 5000) RETURNING id"
    )
    for person in set(PERSONS) - {"chief"}:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            session(person).execute(give, (station, paper))
    shell = session("chief")
    with pytest.raises(psycopg.errors.NotNullViolation):
        shell.execute(give, (station, None))
    with pytest.raises(psycopg.errors.CheckViolation, match="earned 0 stars"):
        shell.execute(
            "INSERT INTO station_award (station_id, year, kind, stars, document_id)"
            " VALUES (%s, 2026, 'star', 1, %s)",
            (station, paper),
        )
    award = one(shell, give, station, paper)
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        shell.execute("DELETE FROM station_award WHERE id = %s", (award,))
    withdraw = "UPDATE station_award SET withdrawn_reason = '复核不符' WHERE id = %s"
    hidden = session("north_judge")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        hidden.execute(withdraw, (award,))
    shell.execute(withdraw, (award,))
    with pytest.raises(psycopg.errors.CheckViolation, match="withdrawn once"):
        shell.execute(withdraw, (award,))
