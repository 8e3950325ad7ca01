"""A list from the file to the register: read, decided about, entered whole, undone as one."""

import io
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import openpyxl
import psycopg
import pytest
import shapely

from app.domain.errors import Conflict, ForbiddenHere, InvalidInput, NotFound
from app.domain.lifecycle import State
from app.files.tables import read_table
from app.service import import_contacts, import_entering, import_rows, import_staging, jobs
from app.service.moves import submit_all
from app.store import areas
from app.store.cluster import Cluster
from app.store.rights import acting_as
from tests.service.lists import Desk, cleared, csv_of, open_desk
from tests.store.dumps import dumped
from tests.store.people import brought_to

HEADER = ("名称", "地址", "经度", "纬度", "开放时间", "负责人姓名", "负责人手机", "负责人单位")
ONE = ("较场口驿站", "较场口1号", 106.577, 29.557, "24小时", "诸葛明", "13900001234", "某银行")
TWO = ("七星岗驿站", "七星岗2号", "", "", "", "", "", "")
OLD = ("名称", "地址", "经度", "纬度", "原编号")


@pytest.fixture(scope="module")
def whole(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with open_desk(cluster, "wizard", tmp_path_factory.mktemp("wizard")) as opened:
        yield opened


@pytest.fixture
def desk(whole: Desk) -> Desk:
    """The desk of a city with no list and no station."""
    return cleared(whole)


def entered(desk: Desk, *rows: tuple[object, ...], person: str = "north_clerk",
            header: tuple[str, ...] = HEADER, **more: object) -> int:  # fmt: skip
    """Bring, read and enter a list."""
    list_id = desk.bring(person, csv_of(header, *rows))
    desk.read(person, list_id, datum="wgs84", **more)  # type: ignore[arg-type]
    desk.enter(person, list_id)
    return list_id


def states(desk: Desk) -> list[tuple[str, int]]:
    return desk.run("SELECT state, count(*) FROM station GROUP BY state ORDER BY state")


def test_the_list_of_another_city_goes_through_the_wizard(desk: Desk, test_data: Path) -> None:
    content = (test_data / "messy" / "zhengzhou_stations.csv").read_bytes()
    brought = desk.bring("north_clerk", content, name="zhengzhou_stations.csv")
    columns = desk.columns("north_clerk", brought)
    assert (columns.datum, columns.meanings["contact"]) == ("gcj02", "keeper_phone")
    desk.read("north_clerk", brought, datum="gcj02", consented_on="2026-05-01")
    page = desk.page("north_clerk", brought)
    assert (page.tallies["all"], page.tallies["unplaced"], page.tallies["people"]) == (82, 64, 15)
    with desk.runtime.connection() as connection:
        hours = import_rows.hours(connection, desk.runtime, desk.actor("north_clerk"), brought)
    assert sum(one.rows for one in hours) == 22
    assert all(one.rule is not None and "不明" not in one.words[0] for one in hours)
    read = {one.text: one.rule for one in hours}
    assert read["周一至周五 08:30-12:00,13:00-17:30"] == "Mo-Fr 08:30-12:00,13:00-17:30"
    assert read["24小时"] == "24/7"
    assert read["工作日开放"] == "Mo-Fr unknown; PH closed"
    desk.enter("north_clerk", brought)
    assert states(desk) == [("draft", 82)]
    assert desk.one("SELECT count(*) FROM station WHERE place IS NULL") == 64
    assert desk.one("SELECT count(hours) FROM station") == 22
    counts = desk.staged("north_clerk", brought).counts
    # 15 cells, of which one holds two numbers: 9 whole ones in 8 cells, 7 masked
    assert (counts["people_waiting"], counts["people_refused"], counts["keepers"]) == (9, 7, 0)
    assert desk.run("SELECT DISTINCT union_id FROM station") == [(desk.city.unions["north"],)]


def test_masked_and_joined_phones_are_told_apart_row_by_row(desk: Desk, test_data: Path) -> None:
    content = (test_data / "messy" / "zhengzhou_stations.csv").read_bytes()
    brought = desk.bring("north_clerk", content)
    desk.read("north_clerk", brought, datum="gcj02")
    rows = desk.page("north_clerk", brought, shown="people").rows
    assert len(rows) == 15
    masked = [one for row in rows for one in row.people if one.problem is not None]
    assert {one.problem.zh for one in masked if one.problem} == {"号码被打码,不完整;请补充完整号码"}
    joined = [row for row in rows if len(row.people) == 2]
    assert [row.content.number for row in joined] == [29]


def test_a_person_of_whom_all_is_known_becomes_a_keeper_under_a_key_of_their_own(
    desk: Desk,
) -> None:
    entered(desk, ONE, TWO, consented_on="2026-05-01")
    assert desk.job() == ("done", "")
    assert desk.run("SELECT state, key_id IS NOT NULL, consented_on::text FROM keeper") == [
        ("serving", True, "2026-05-01")
    ]
    assert desk.one("SELECT count(*) FROM import_contact") == 0


def test_drafts_of_a_list_are_submitted_in_bulk_if_it_names_their_keepers(desk: Desk) -> None:
    lacking = ("观音桥驿站", "观音桥1号", 106.531, 29.571, "", "欧阳修远", "13900005678", "")
    entered(desk, ONE, lacking, consented_on="2026-05-01")
    ids = dict(desk.run("SELECT name, id FROM station"))
    clerk = desk.actor("north_clerk")
    with desk.runtime.connection() as connection:
        (waiting,) = import_contacts.of_station(
            connection, desk.runtime.vault, clerk, ids["观音桥驿站"]
        )
        done = submit_all(connection, clerk, dict.fromkeys(ids.values(), 1), keep_going=True)
        assert [moved.id for moved in done.moved] == [ids["较场口驿站"]]
        (refused,) = done.refused.values()
        assert isinstance(refused, InvalidInput)
        assert [error.field for error in refused.errors] == ["keeper"]
        # once what is missing is known, it goes the same way
        import_contacts.complete(
            connection, desk.runtime.vault, clerk, waiting.id, employer="某物流",
            today=date(2026, 6, 1),
        )  # fmt: skip
        moved = submit_all(connection, clerk, {ids["观音桥驿站"]: 1}).moved
    assert [one.state for one in moved] == ["submitted"]


def test_a_dump_of_the_database_holds_no_name_and_no_phone_of_a_list_in_clear(
    desk: Desk,
) -> None:
    waits = ("观音桥驿站", "观音桥1号", "", "", "", "欧阳修远", "13900005678", "")
    list_id = desk.bring("north_clerk", csv_of(HEADER, ONE, waits))
    desk.read("north_clerk", list_id, datum="wgs84")
    assert "13900005678" not in dumped(desk.city.url)
    desk.enter("north_clerk", list_id)
    text = dumped(desk.city.url)
    assert "观音桥驿站" in text
    for secret in ("13900005678", "13900001234", "诸葛明", "欧阳修远"):
        assert secret not in text
        assert secret.encode().hex() not in text


def test_who_lost_the_role_meanwhile_enters_nothing(desk: Desk) -> None:
    list_id = desk.bring("north_clerk", csv_of(HEADER, ONE))
    desk.read("north_clerk", list_id, datum="wgs84")
    clerk = desk.actor("north_clerk")
    with desk.runtime.connection() as connection:
        import_entering.ask(connection, clerk, list_id, hours_confirmed=True)
    desk.run("UPDATE user_grant SET valid_to = clock_timestamp() WHERE user_id = %s", clerk.user_id)
    try:
        desk.work()
        assert desk.job()[0] == "failed"
        assert states(desk) == []
    finally:
        desk.run("UPDATE user_grant SET valid_to = NULL WHERE user_id = %s", clerk.user_id)


def test_a_job_exists_only_if_the_transaction_that_asked_for_it_does(desk: Desk) -> None:
    list_id = desk.bring("north_clerk", csv_of(HEADER, ONE))
    with psycopg.connect(desk.city.url, autocommit=True) as connection:
        with connection.transaction(force_rollback=True):
            plan = import_staging.Plan(columns={"名称": "name"})
            import_staging.ask_to_read(
                connection, desk.actor("north_clerk"), list_id, plan,
                union_id=desk.city.unions["north"],
            )  # fmt: skip
            found = connection.execute("SELECT count(*) FROM procrastinate_jobs").fetchone()
            assert found == (1,)
        assert desk.one("SELECT count(*) FROM procrastinate_jobs") == 0
        assert desk.one("SELECT count(*) FROM background_job") == 0


def test_a_job_carries_ids_alone_and_acts_as_who_asked(desk: Desk) -> None:
    entered(desk, ONE)
    # what the clock asks for may come in between
    args = desk.run("SELECT args FROM procrastinate_jobs WHERE NOT args ? 'timestamp' ORDER BY id")
    assert [set(row[0]) for row in args] == [{"job", "user"}] * 2
    clerk = desk.city.people["north_clerk"]
    assert {row[0]["user"] for row in args} == {clerk}
    assert desk.run("SELECT DISTINCT actor_id, request_id FROM station_version") == [
        (clerk, "request of north_clerk")
    ]
    assert desk.run("SELECT user_id FROM audit_event WHERE action = 'stations.import'")[-1] == (
        clerk,
    )


def test_the_same_list_is_taken_once_until_it_is_undone(desk: Desk) -> None:
    first = entered(desk, ONE)
    again = desk.bring("north_second", csv_of(HEADER, ONE))
    desk.read("north_second", again, datum="wgs84")
    with pytest.raises(InvalidInput) as caught:
        desk.enter("north_second", again)
    assert {error.field for error in caught.value.errors} >= {"file"}
    desk.undo("north_clerk", first, reason="传错了")
    desk.read("north_second", again, datum="wgs84")
    desk.enter("north_second", again)
    assert states(desk) == [("discarded", 1), ("draft", 1)]


def test_an_undone_batch_leaves_no_person_behind(desk: Desk) -> None:
    waits = ("观音桥驿站", "观音桥1号", "", "", "", "", "13900005678", "")
    list_id = entered(desk, ONE, waits, consented_on="2026-05-01")
    assert desk.one("SELECT count(*) FROM import_contact") == 1
    desk.undo("north_clerk", list_id, reason="重复导入")
    assert desk.job() == ("done", "")
    assert states(desk) == [("discarded", 2)]
    assert desk.one("SELECT count(*) FROM import_contact") == 0
    assert desk.one("SELECT count(*) FROM keeper_key") == 0
    assert desk.one("SELECT count(*) FROM keeper WHERE state = 'serving'") == 0
    with pytest.raises(Conflict, match="undone"):
        desk.undo("north_clerk", list_id, reason="再来一次")


@pytest.mark.parametrize("what", ["edited", "submitted", "keeper"])
def test_a_batch_of_which_something_was_changed_is_not_undone(desk: Desk, what: str) -> None:
    list_id = entered(desk, ONE, TWO)
    station = desk.one("SELECT id FROM station WHERE name = '较场口驿站'")
    if what == "edited":
        desk.run("UPDATE station SET address = '搬走了' WHERE id = %s", station)
    elif what == "submitted":
        desk.run("UPDATE station SET state = 'submitted' WHERE id = %s", station)
    else:
        contact = desk.one("SELECT id FROM import_contact WHERE station_id = %s", station)
        with desk.runtime.connection() as connection:
            import_contacts.complete(
                connection, desk.runtime.vault, desk.actor("north_clerk"), contact,
                consented_on=date(2026, 5, 1),
            )  # fmt: skip
    with pytest.raises(Conflict, match="较场口驿站"):
        desk.undo("north_clerk", list_id, reason="传错了")
    assert "discarded" not in dict(states(desk))


def test_a_cut_over_enters_existing_stations_as_active_with_numbers_in_a_row(desk: Desk) -> None:
    rows = [(f"港湾{i}", f"{i}号", 106.5 + i / 500, 29.5, f"旧-{i}") for i in range(3)]
    list_id = entered(
        desk, *rows, ("无处", "某处", "", "", ""), person="chief", header=OLD, cut_over=True,
        document="渝工办〔2026〕7号",
    )  # fmt: skip
    assert desk.job() == ("done", "")
    found = desk.run(
        "SELECT s.code, s.state, s.verified, d.number, s.approved_by FROM station s"
        " LEFT JOIN document d ON d.id = s.document_id ORDER BY s.batch_row"
    )
    chief = desk.city.people["chief"]
    assert [row[0] and row[0][:11] for row in found] == [
        "50011200001", "50011200002", "50011200003", None,
    ]  # fmt: skip
    assert [row[1:] for row in found] == [
        *[("active", False, "渝工办〔2026〕7号", chief)] * 3, ("draft", False, None, None),
    ]  # fmt: skip
    assert desk.run("SELECT value FROM station_alias ORDER BY value") == [
        ("旧-0",), ("旧-1",), ("旧-2",),
    ]  # fmt: skip
    # its stations are public: they are not discarded but exit, by a document
    with pytest.raises(InvalidInput) as caught:
        desk.undo("chief", list_id, reason="整批有误")
    assert [error.field for error in caught.value.errors] == ["document"]
    desk.undo("chief", list_id, reason="整批有误", document="渝工办〔2026〕8号")
    assert desk.job() == ("done", "")
    assert states(desk) == [("discarded", 1), ("exited", 3)]
    assert desk.run("SELECT DISTINCT exit_code FROM station WHERE state = 'exited'") == [("other",)]
    assert desk.one("SELECT last_serial FROM number_counter") == 3


def test_a_cut_over_is_for_the_citys_admin_alone(desk: Desk) -> None:
    list_id = desk.bring("north_clerk", csv_of(OLD, ("甲", "1号", 106.5, 29.5, "")))
    desk.read("north_clerk", list_id, datum="wgs84", cut_over=True, document="某文")
    desk.enter("north_clerk", list_id)
    assert desk.job()[0] == "failed"
    assert states(desk) == []
    assert desk.one("SELECT count(*) FROM import_batch") == 0


@pytest.mark.parametrize("person", ["north_clerk", "chief", "south_clerk"])
def test_nobody_enters_a_station_as_active_by_hand(desk: Desk, person: str) -> None:
    with (
        desk.runtime.connection() as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
        acting_as(connection, desk.actor(person)),
    ):
        connection.execute(
            "INSERT INTO station (state, name, place, union_id) VALUES"
            " ('active', '假站', ST_SetSRID(ST_MakePoint(106.5, 29.5), 4326), %s)",
            (desk.city.unions["north"],),
        )


def test_a_batch_of_somebody_else_takes_no_station(desk: Desk) -> None:
    entered(desk, ONE)
    batch = desk.one("SELECT id FROM import_batch")
    with (
        desk.runtime.connection() as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege, match="one's own"),
        acting_as(connection, desk.actor("north_second")),
    ):
        connection.execute(
            "INSERT INTO station (state, name, union_id, batch_id)"
            " VALUES ('draft', '混入', %s, %s)",
            (desk.city.unions["north"], batch),
        )


def test_nobody_writes_the_queue_and_nobody_asks_for_work_in_anothers_name(desk: Desk) -> None:
    chief = desk.city.people["chief"]
    for statement, values in (
        ("INSERT INTO procrastinate_jobs (queue_name, task_name, args)"
         " VALUES ('harbor', 'import.enter', '{}')", ()),
        ("SELECT * FROM procrastinate_jobs", ()),
        ("INSERT INTO background_job (kind, subject, user_id) VALUES ('import.enter', 1, %s)",
         (chief,)),
        ("INSERT INTO staged_row (import_id, number, position, sealed, severity)"
         " VALUES (1, 1, 1, '', 'clean')", ()),
    ):  # fmt: skip
        with (
            desk.runtime.connection() as connection,
            pytest.raises(psycopg.errors.InsufficientPrivilege),
            acting_as(connection, desk.actor("north_clerk")),
        ):
            connection.execute(statement, values)  # type: ignore[arg-type]


def test_a_job_by_the_clock_is_not_asked_for_by_a_person(desk: Desk) -> None:
    with (
        desk.runtime.connection() as connection,
        pytest.raises(psycopg.errors.CheckViolation),
        acting_as(connection, desk.actor("chief")),
    ):
        jobs.ask(connection, "nightly:erase_keepers", 1)


def test_rows_that_name_their_union_go_to_it_and_strange_ones_stay_out(desk: Desk) -> None:
    header = ("名称", "所属工会")
    rows = [("甲", "north"), ("乙", "500108"), ("丙", "不存在的工会"), ("丁", "")]
    list_id = desk.bring("chief", csv_of(header, *rows), union=None)
    desk.read("chief", list_id, union=None)
    said = {
        row.content.number: [error.zh for error in row.content.errors]
        for row in desk.page("chief", list_id).rows
    }
    assert said == {
        2: [],
        3: [],
        4: ["“不存在的工会”不是您可以录入的工会"],
        5: ["没有写明所属工会"],
    }
    desk.enter("chief", list_id)
    unions = desk.city.unions
    assert desk.run("SELECT name, union_id FROM station ORDER BY batch_row") == [
        ("甲", unions["north"]), ("乙", unions["south"]),
    ]  # fmt: skip


def test_places_in_the_wrong_district_are_flagged(desk: Desk) -> None:
    with desk.runtime.connection() as connection:
        areas.upsert_districts(
            connection,
            [(code, name, "", shapely.to_wkb(shapely.box(west, 29.0, west + 0.5, 30.0)),
              date(2000, 1, 1), None)
             for code, name, west in (("500112", "北区", 106.0), ("500108", "南区", 106.5))],
            source="drawn",
        )  # type: ignore[list-item]  # fmt: skip
    header = ("名称", "地址", "区县", "经度", "纬度")
    rows = [("甲", "一路", "北区", 106.2, 29.5), ("乙", "二路", "北区", 106.7, 29.5),
            ("丙", "三路", "北区", 107.7, 29.5)]  # fmt: skip
    list_id = desk.bring("north_clerk", csv_of(header, *rows))
    desk.read("north_clerk", list_id, datum="wgs84")
    shown = desk.page("north_clerk", list_id, shown="places").rows
    assert [(row.content.number, row.content.warnings[0].zh) for row in shown] == [
        (3, "位置在南区,而表里写的是“北区”"), (4, "这个位置不在任何区县内"),
    ]  # fmt: skip


def test_an_existing_station_is_changed_by_a_request_and_a_draft_at_once(desk: Desk) -> None:
    north = desk.city.unions["north"]
    with desk.runtime.connection() as connection:
        brought_to(connection, north, State.ACTIVE, name="较场口驿站", address="较场口1号")
        brought_to(connection, north, State.DRAFT, name="七星岗驿站", address="七星岗2号")
    list_id = desk.bring("north_clerk", csv_of(HEADER, ONE, (*TWO[:4], "9点到17点", "", "", "")))
    desk.read("north_clerk", list_id, datum="wgs84")
    page = desk.page("north_clerk", list_id)
    assert [row.choice for row in page.rows] == ["skip", "skip"]
    with desk.runtime.connection() as connection:
        import_rows.choose(connection, desk.actor("north_clerk"), list_id, "update", numbers=[2, 3])
    desk.enter("north_clerk", list_id)
    assert desk.job() == ("done", "")
    assert desk.one("SELECT changes ->> 'hours' FROM change_request WHERE state = 'open'") == "24/7"
    assert desk.run("SELECT hours FROM station WHERE state = 'draft'") == [("09:00-17:00",)]
    assert desk.one("SELECT count(*) FROM station") == 2
    people = {f"user:{id_}": name for name, id_ in desk.city.people.items()}
    told = desk.run(
        "SELECT kind, recipient FROM notice WHERE split_part(event, ':', -1) = ("
        "SELECT max(split_part(event, ':', 2)::integer) FROM notice"
        " WHERE kind = 'import.done')::text"
    )
    assert {(event, people[who]) for event, who in told} == {
        ("import.done", "north_clerk"), ("change.requested", "north_judge"),
        ("change.requested", "north_alone"), ("change.requested", "city_judge"),
    }  # fmt: skip


def test_formulas_macros_and_hidden_sheets_are_told_and_never_run(desk: Desk) -> None:
    book = openpyxl.Workbook()
    hidden = book.active
    assert hidden is not None
    hidden.title, hidden.sheet_state = "草稿箱", "hidden"
    hidden.append(["名称", "地址"])
    hidden.append(["不该读", "不该读"])
    sheet = book.create_sheet("名单")
    sheet.append(["名称", "地址"])
    sheet.append(["=1+1", "一路"])
    sheet.append(["=cmd|' /C calc'!A0", "二路"])
    sheet.append(["@SUM(A1)", "三路"])
    sheet["A4"].data_type = "s"
    content = io.BytesIO()
    book.save(content)
    list_id = desk.bring("north_clerk", content.getvalue(), name="名单.xlsx")
    columns = desk.columns("north_clerk", list_id)
    assert columns.preview.sheets == (("草稿箱", True), ("名单", False))
    assert columns.preview.sheet == "名单"
    desk.read("north_clerk", list_id)
    page = desk.page("north_clerk", list_id)
    # what was never calculated has no value, and nothing is calculated here
    assert [row.severity for row in page.rows] == ["error", "error", "warning"]
    assert any("公式" in zh for zh, _ in page.staged.plan["notes"])
    desk.enter("north_clerk", list_id)
    with desk.runtime.connection() as connection:
        _, rejected = import_rows.rejected_sheet(
            connection, desk.runtime, desk.actor("north_clerk"), list_id
        )
    assert len(read_table(rejected).rows) == 2
    assert desk.run("SELECT name FROM station") == [("@SUM(A1)",)]


def test_text_like_a_formula_comes_back_harmless_in_the_sheet_of_rejected_rows(
    desk: Desk,
) -> None:
    list_id = desk.bring("north_clerk", csv_of(("名称", "地址"), ("", "=HYPERLINK(1)")))
    desk.read("north_clerk", list_id)
    with desk.runtime.connection() as connection:
        _, content = import_rows.rejected_sheet(
            connection, desk.runtime, desk.actor("north_clerk"), list_id
        )
    sheet = openpyxl.load_workbook(io.BytesIO(content)).active
    assert sheet is not None
    assert [cell.data_type for row in sheet.iter_rows(min_row=2) for cell in row if cell.value] == [
        "n", "s", "s",
    ]  # fmt: skip
    assert sheet["C2"].value == "'=HYPERLINK(1)"


def test_a_list_in_gbk_is_read(desk: Desk) -> None:
    content = csv_of(("名称", "地址"), ("嘉陵江畔驿站", "滨江路1号"), encoding="gbk")
    list_id = desk.bring("north_clerk", content)
    assert desk.columns("north_clerk", list_id).preview.table.encoding == "GB18030"
    desk.read("north_clerk", list_id)
    assert desk.page("north_clerk", list_id).rows[0].content.source["名称"] == "嘉陵江畔驿站"


def test_only_who_brought_a_list_sees_it_by_whatever_door(desk: Desk) -> None:
    list_id = desk.bring("north_clerk", csv_of(HEADER, ONE))
    desk.read("north_clerk", list_id, datum="wgs84")
    for person in ("north_second", "chief", "auditor"):
        with pytest.raises(NotFound):
            desk.staged(person, list_id)
        with (
            desk.runtime.connection() as connection,
            acting_as(connection, desk.actor(person)),
        ):
            found = connection.execute("SELECT count(*) FROM staged_row").fetchone()
            assert found == (0,)


def test_lists_are_brought_by_who_enters_stations(desk: Desk) -> None:
    for person in ("north_judge", "south_clerk", "auditor"):
        with pytest.raises(ForbiddenHere):
            desk.bring(person, csv_of(HEADER, ONE))


def test_a_list_is_forgotten_when_its_time_is_over(desk: Desk) -> None:
    list_id = entered(desk, ONE, TWO)
    left = desk.bring("north_clerk", csv_of(HEADER, ONE))
    desk.run("UPDATE staged_import SET expires_at = clock_timestamp() - interval '1 s'")
    desk.run("UPDATE import_contact SET expires_at = clock_timestamp() - interval '1 s'")
    with desk.runtime.connection() as connection:
        assert import_staging.forget_expired(connection) == 3
    for gone in (list_id, left):
        with pytest.raises(NotFound):
            desk.staged("north_clerk", gone)
    assert states(desk) == [("draft", 2)]


def test_an_entered_list_keeps_no_file_and_no_person(desk: Desk) -> None:
    entered(desk, ONE, ("", "坏行", "", "", "", "欧阳修远", "13900005678", ""))
    assert desk.run("SELECT content FROM staged_import") == [(None,)]
    assert desk.one("SELECT count(personal) FROM staged_row") == 0


def test_what_is_there_by_name_and_address_is_skipped_unless_somebody_says_otherwise(
    desk: Desk,
) -> None:
    entered(desk, ONE)
    list_id = desk.bring("north_clerk", csv_of(HEADER, ONE, TWO, TWO))
    desk.read("north_clerk", list_id, datum="wgs84")
    rows = desk.page("north_clerk", list_id).rows
    assert [(row.choice, "present" in row.marks) for row in rows] == [
        ("skip", True), ("enter", False), ("skip", True),
    ]  # fmt: skip
    assert rows[2].content.twins[0].row == 3
