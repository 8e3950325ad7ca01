"""Stations that a list changes: what belongs together, what is refused, what is taken back."""

from collections.abc import Iterator

import psycopg
import pytest

from app.domain.errors import Conflict, ForbiddenHere, NotFound
from app.domain.lifecycle import State
from app.files.tables import read_table
from app.service import edits, import_rows, import_staging, import_undoing
from app.store import batches
from app.store.cluster import Cluster
from app.store.rights import acting_as
from tests.service.lists import Desk, cleared, csv_of, open_desk
from tests.store.people import brought_to

HEADER = ("名称", "地址", "经度", "纬度", "开放时间", "服务项目")
ACTIVE = ("较场口驿站", "较场口1号", 106.577, 29.557, "24小时", "")
DRAFT = ("七星岗驿站", "七星岗2号", "", "", "9点到17点", "")
NEW = ("观音桥驿站", "观音桥3号", "", "", "", "")


@pytest.fixture(scope="module")
def whole(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with open_desk(cluster, "undoing", tmp_path_factory.mktemp("undoing")) as opened:
        yield opened


@pytest.fixture
def desk(whole: Desk) -> Desk:
    """The desk of a city with an active station and a draft, and no list."""
    north = cleared(whole).city.unions["north"]
    with whole.runtime.connection() as connection:
        brought_to(connection, north, State.ACTIVE, name=ACTIVE[0], address=ACTIVE[1])
        brought_to(connection, north, State.DRAFT, name=DRAFT[0], address=DRAFT[1])
    return whole


def updated(desk: Desk, *rows: tuple[object, ...], person: str = "north_clerk") -> int:
    """Bring a list of which every row that is there already changes the station."""
    list_id = desk.bring(person, csv_of(HEADER, *rows))
    desk.read(person, list_id, datum="gcj02")
    known = [row.content.number for row in desk.page(person, list_id).rows if row.content.twins]
    with desk.runtime.connection() as connection:
        import_rows.choose(connection, desk.actor(person), list_id, "update", numbers=known)
    desk.enter(person, list_id)
    assert desk.job() == ("done", "")
    return list_id


def requests(desk: Desk) -> list[tuple[str, str]]:
    return desk.run("SELECT state, decision FROM change_request ORDER BY id")


def hours(desk: Desk) -> tuple[object, ...]:
    return desk.run("SELECT hours, hours_text FROM station WHERE state = 'draft'")[0]


def test_undoing_gives_back_drafts_and_withdraws_requests(desk: Desk) -> None:
    list_id = updated(desk, ACTIVE, DRAFT, NEW)
    assert hours(desk) == ("09:00-17:00", "9点到17点")
    with desk.runtime.connection() as connection:
        found = import_undoing.look(connection, desk.actor("north_clerk"), desk.batch(list_id))
    assert (found.drafts, len(found.edits), len(found.requests), found.changed) == (1, 1, 1, ())
    desk.undo("north_clerk", list_id, reason="传错了")
    assert desk.job() == ("done", "")
    assert requests(desk) == [("withdrawn", "")]
    assert hours(desk) == (None, "")
    assert desk.one("SELECT state FROM station WHERE name = '观音桥驿站'") == "discarded"


def test_a_draft_that_somebody_edited_since_is_not_written_over(desk: Desk) -> None:
    list_id = updated(desk, DRAFT)
    desk.run("UPDATE station SET address = '搬走了' WHERE state = 'draft'")
    with pytest.raises(Conflict, match="七星岗驿站"):
        desk.undo("north_clerk", list_id, reason="传错了")
    assert hours(desk) == ("09:00-17:00", "9点到17点")


def test_what_was_accepted_is_not_taken_back_and_what_was_refused_is_nothing(desk: Desk) -> None:
    for verdict in ("refuse", "accept"):
        list_id = updated(desk, (*ACTIVE[:4], "24小时" if verdict == "refuse" else "8点到9点", ""))
        request = desk.one("SELECT id FROM change_request WHERE state = 'open'")
        with desk.runtime.connection() as connection:
            judge = desk.actor("north_judge")
            if verdict == "refuse":
                edits.refuse(connection, judge, request, reason="不实")
                desk.undo("north_clerk", list_id, reason="传错了")
                assert desk.job() == ("done", "")
            else:
                edits.accept(connection, judge, request)
                with pytest.raises(Conflict, match=r"accepted.*较场口驿站"):
                    desk.undo("north_clerk", list_id, reason="传错了")


@pytest.mark.parametrize("person", ["north_judge", "chief"])
def test_who_judges_in_the_scope_undoes_a_batch_whose_list_is_gone(desk: Desk, person: str) -> None:
    list_id = updated(desk, ACTIVE, DRAFT, NEW)
    batch = desk.batch(list_id)
    with desk.runtime.connection() as connection:
        import_staging.discard(connection, desk.actor("north_clerk"), list_id)
        assert [one.id for one in import_undoing.latest(connection, desk.actor(person))] == [batch]
        import_undoing.ask(connection, desk.actor(person), batch, reason="整批有误")
    desk.work()
    assert desk.job() == ("done", "")
    assert hours(desk) == (None, "")
    assert requests(desk) == [("refused", "撤销导入:整批有误")]
    assert desk.one("SELECT undone_by FROM import_batch") == desk.city.people[person]
    last = "SELECT actor_id FROM station_version ORDER BY valid_from DESC LIMIT 1"
    assert desk.one(last) == desk.city.people[person]


def test_others_of_the_scope_and_other_scopes_undo_nothing(desk: Desk) -> None:
    batch = desk.batch(updated(desk, NEW))
    for person, refusal in (("north_second", ForbiddenHere), ("south_clerk", NotFound)):
        with desk.runtime.connection() as connection, pytest.raises(refusal):
            import_undoing.ask(connection, desk.actor(person), batch, reason="不喜欢")
    # nor may a reviewer do with it what staff do, before or after it is undone
    with desk.runtime.connection() as connection:
        judge = desk.actor("north_judge")
        import_undoing.ask(connection, judge, batch, reason="整批有误")
        with pytest.raises(psycopg.errors.InsufficientPrivilege), acting_as(connection, judge):
            batches.discard_drafts(
                connection, [desk.one("SELECT id FROM station WHERE name = '观音桥驿站'")],
                reason="未经撤销",
            )  # fmt: skip


def test_hours_places_and_services_are_written_with_what_belongs_to_them(desk: Desk) -> None:
    desk.run(
        "UPDATE station SET hours = '24/7', hours_text = '24小时', services = '{seat}',"
        " source_datum = 'wgs84', source_longitude = 1, source_latitude = 2, service_details ="
        """ '{"water": {"where": "nearest"}, "seat": {"where": "on_site", "note": "二楼"}}'"""
        " WHERE state = 'draft'"
    )
    updated(desk, (*DRAFT[:2], 106.58, 29.56, "随缘", "饮水、歇脚、纳凉(就近)"))
    assert hours(desk) == (None, "随缘")
    found = desk.run(
        "SELECT source_datum, source_longitude, source_latitude, place IS NOT NULL, services,"
        " service_details FROM station WHERE state = 'draft'"
    )
    assert found == [
        ("gcj02", 106.58, 29.56, True, ["seat", "water"],
         {"cooling": {"where": "nearest"}, "seat": {"where": "on_site", "note": "二楼"}}),
    ]  # fmt: skip


def test_a_refused_update_stays_out_with_its_reason_and_a_made_one_does_not(desk: Desk) -> None:
    station = desk.one("SELECT id FROM station WHERE state = 'active'")
    with desk.runtime.connection() as connection:
        edits.ask_for_change(
            connection, desk.actor("north_second"), station, {"address": "别处"},
            revision=desk.one("SELECT revision FROM station WHERE id = %s", station), reason="搬迁",
        )  # fmt: skip
    list_id = updated(desk, ACTIVE, DRAFT, NEW)
    counts = desk.staged("north_clerk", list_id).counts
    assert (counts["changed"], counts["changes_refused"], counts["left"]) == (1, 1, 1)
    with desk.runtime.connection() as connection:
        _, sheet = import_rows.rejected_sheet(
            connection, desk.runtime, desk.actor("north_clerk"), list_id
        )
    (told,) = [row.values["未导入原因"] for row in read_table(sheet).rows]
    assert told.startswith("更新未成:这个站点已有一份变更申请待审")
    assert "another change request is open" in told


def test_two_rows_do_not_change_one_station(desk: Desk) -> None:
    list_id = updated(desk, DRAFT, (*DRAFT[:4], "8点到9点", ""))
    refused = desk.run("SELECT number, refused FROM staged_row WHERE refused <> ''")
    assert refused == [(3, "表中前面已有一行更新了同一个站点。")]
    assert desk.staged("north_clerk", list_id).counts["changed"] == 1
    assert hours(desk) == ("09:00-17:00", "9点到17点")
