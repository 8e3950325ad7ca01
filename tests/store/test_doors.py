"""Side doors to locked facts, to papers that were decided by, and to what the register ships."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import psycopg
import pytest
from psycopg import errors

from app.domain.lifecycle import State
from app.domain.six_haves import SHIPPED
from app.store import register
from app.store.cluster import Cluster
from app.store.database import Connection
from tests.store.people import City, enter, logins, one, own_database, rows, settle

REFUSED = (errors.InsufficientPrivilege, errors.CheckViolation)


@dataclass(frozen=True)
class Doors:
    """A city, the operator, and sessions of the people's own."""

    city: City
    operator: Connection
    session: Callable[[str], Connection]


@pytest.fixture(scope="module")
def doors(cluster: Cluster) -> Iterator[Doors]:
    with own_database(cluster, "doors") as url:
        city = settle(url)
        with psycopg.connect(url, autocommit=True) as operator, logins(city) as session:
            yield Doors(city, operator, session)


def file(connection: Connection, union: int, name: str) -> int:
    """Store a scan as whoever the session is."""
    return int(one(
        connection,
        "INSERT INTO stored_file (name, media_type, content, union_id)"
        " VALUES (%s, 'application/pdf', %s, %s) RETURNING id",
        name, name.encode(), union,
    ))  # fmt: skip


def document(connection: Connection, union: int, number: str) -> int:
    """Record a document as whoever the session is."""
    return int(one(
        connection, "INSERT INTO document (number, union_id) VALUES (%s, %s) RETURNING id",
        number, union,
    ))  # fmt: skip


GIVE = "UPDATE document SET file_id = %s WHERE id = %s"


@pytest.mark.parametrize("person", ["north_auditor", "auditor", "north_inspector", "north_clerk"])
def test_the_scan_that_was_decided_by_is_exchanged_by_nobody(doors: Doors, person: str) -> None:
    north = doors.city.unions["north"]
    paper = document(doors.operator, north, f"渝工〔2026〕{person}")
    first, other = (file(doors.operator, north, name) for name in ("first.pdf", "other.pdf"))
    doors.operator.execute(GIVE, (first, paper))
    with pytest.raises(REFUSED):
        doors.session(person).execute(GIVE, (other, paper))
    assert one(doors.operator, "SELECT file_id FROM document WHERE id = %s", paper) == first


def test_a_scan_is_given_once_by_who_stored_it_and_may_decide(doors: Doors) -> None:
    north = doors.city.unions["north"]
    paper = document(doors.operator, north, "渝工〔2026〕没有扫描件")
    foreign = file(doors.operator, north, "foreign.pdf")
    inspector, clerk = doors.session("north_inspector"), doors.session("north_clerk")
    with pytest.raises(errors.InsufficientPrivilege):
        inspector.execute(GIVE, (file(inspector, north, "mine.pdf"), paper))
    with pytest.raises(errors.InsufficientPrivilege):
        clerk.execute(GIVE, (foreign, paper))
    with clerk.transaction(force_rollback=True):
        scan = file(clerk, north, "scan.pdf")
        clerk.execute(GIVE, (scan, paper))
        with pytest.raises(errors.CheckViolation), clerk.transaction():
            clerk.execute(GIVE, (None, paper))
        with pytest.raises(errors.CheckViolation), clerk.transaction():
            clerk.execute(GIVE, (file(clerk, north, "second.pdf"), paper))
        assert one(clerk, "SELECT file_id FROM document WHERE id = %s", paper) == scan


def test_nobody_merges_a_draft_of_their_own_into_locked_facts(doors: Doors) -> None:
    # staff, reviewer and admin at once: a change request would take another person too
    north, alone = doors.city.unions["north"], doors.session("north_alone")
    active = enter(doors.operator, north, State.ACTIVE, name="批准的名称")
    with alone.transaction(force_rollback=True):
        draft = one(
            alone,
            "INSERT INTO station (state, name, union_id) VALUES ('draft', '自己写的', %s)"
            " RETURNING id",
            north,
        )
        merge = "SELECT merge_stations(%s, %s, %s::text[], '重复')"
        with pytest.raises(errors.InsufficientPrivilege), alone.transaction():
            alone.execute(merge, (active, draft, ["name"]))
        # without facts there is nothing to approve
        assert one(alone, merge, active, draft, [])
        assert one(alone, "SELECT name FROM station WHERE id = %s", active) == "批准的名称"


def test_a_draft_that_others_wrote_is_merged_into_locked_facts(doors: Doors) -> None:
    north, judge = doors.city.unions["north"], doors.session("north_alone")
    active = enter(doors.operator, north, State.ACTIVE, name="批准的名称")
    clerk = doors.session("north_clerk")
    draft = one(
        clerk,
        "INSERT INTO station (state, name, union_id) VALUES ('draft', '同事写的', %s) RETURNING id",
        north,
    )
    with judge.transaction(force_rollback=True):
        judge.execute("SELECT merge_stations(%s, %s, ARRAY['name'], '重复')", (active, draft))
        assert one(judge, "SELECT name FROM station WHERE id = %s", active) == "同事写的"


BATCH = (
    "INSERT INTO import_batch (file_name, file_digest, union_id, cut_over, document_id)"
    " VALUES ('list.xlsx', %s, %s, true, %s) RETURNING id"
)
BEGIN = (
    "INSERT INTO station (state, name, union_id, batch_id, place) VALUES ('active', '现有站', %s,"
    " %s, ST_SetSRID(ST_MakePoint(106.5, 29.5), 4326)) RETURNING id"
)


def test_a_cut_over_that_is_whole_lets_nothing_more_in_unreviewed(doors: Doors) -> None:
    north, admin = doors.city.unions["north"], doors.session("north_alone")
    with admin.transaction(force_rollback=True):
        batch = one(admin, BATCH, "whole", north, document(admin, north, "割接1号"))
        one(admin, BEGIN, north, batch)
        admin.execute("UPDATE import_batch SET counts = '{\"active\": 1}' WHERE id = %s", (batch,))
        with pytest.raises(errors.InsufficientPrivilege), admin.transaction():
            admin.execute(BEGIN, (north, batch))


def test_a_cut_over_goes_by_no_document_of_another_union(doors: Doors) -> None:
    paper = document(doors.operator, doors.city.unions["south"], "别家的文件")
    with pytest.raises(errors.InsufficientPrivilege):
        doors.session("north_alone").execute(BATCH, ("foreign", doors.city.unions["north"], paper))


def test_a_batch_is_not_called_undone_while_its_stations_are_there(doors: Doors) -> None:
    north, admin = doors.city.unions["north"], doors.session("north_alone")
    with admin.transaction(force_rollback=True):
        batch = one(admin, BATCH, "there", north, document(admin, north, "割接2号"))
        one(admin, BEGIN, north, batch)
        undo = "UPDATE import_batch SET undone_at = clock_timestamp() WHERE id = %s"
        with pytest.raises(errors.CheckViolation), admin.transaction():
            admin.execute(undo, (batch,))


def test_in_a_shell_nobody_asks_for_work_or_claims_the_register(doors: Doors) -> None:
    clerk = doors.session("north_clerk")
    # of one thing only one job is under way, so this would hold up a colleague's list
    with pytest.raises(errors.InsufficientPrivilege):
        clerk.execute("INSERT INTO background_job (kind, subject) VALUES ('import.enter', 1)")
    assert one(clerk, "SELECT claim_register()") == "empty"
    assert register.read(doors.operator).kind == "empty"


def test_functions_that_pass_by_the_policies_name_their_schemas_and_their_callers(
    doors: Doors,
) -> None:
    ours = (
        "FROM pg_proc p WHERE p.pronamespace = 'public'::regnamespace AND p.prosecdef AND NOT"
        " EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')"
    )
    loose = rows(
        doors.operator,
        f"SELECT p.proname {ours} AND NOT coalesce(p.proconfig, '{{}}')"
        " @> ARRAY['search_path=public, pg_temp']",
    )
    assert loose == []
    # who acts, and what the acting person alone may see: nothing for who is nobody
    harmless = {
        "acting_user", "acting_request", "acting_roles", "acting_unions", "acts_as_operator",
        "acts_everywhere", "acts_for_city", "keeps_station", "kept_stations", "my_kept_stations",
        "tends_station", "version_in_force", "station_people", "inspection_people", "see_notices",
        "note_call", "record_event", "announce_notice", "register_today",
    }  # fmt: skip
    public = rows(
        doors.operator,
        f"SELECT p.proname {ours} AND p.prorettype <> 'trigger'::regtype"
        " AND has_function_privilege('harbor_public', p.oid, 'EXECUTE')",
    )
    assert {row[0] for row in public} - harmless == set()


def test_what_is_shipped_survives_that_everything_is_taken_out(connection: Connection) -> None:
    counted = "SELECT (SELECT count(*) FROM standard_criterion), (SELECT count(*) FROM role)"
    before = rows(connection, counted)
    assert before[0][0] > 0
    register.empty(connection)
    assert rows(connection, counted) == before
    released = rows(
        connection, "SELECT standard, version FROM standard_version WHERE state = 'released'"
    )
    assert set(released) == {(one.standard, one.version) for one in SHIPPED}
    assert one(connection, "SELECT count(*) FROM application_login") > 0
