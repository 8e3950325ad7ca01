"""Inspections at work: what they ask, what follows from them, and who may make them."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from app.domain.errors import Conflict, ForbiddenHere, InvalidInput, NotFound
from app.domain.lifecycle import State
from app.domain.six_haves import SIX_HAVES
from app.domain.standard import Verdict
from app.service import inspections, map_listings, rectification, standards
from app.service.inspections import Answer, AnswersChanged
from app.service.moves import With, make_move
from app.store import inspections as kept
from app.store.cluster import Cluster
from app.store.rights import acting_as, refusals
from tests.service.inspecting import GOOD, fill_in, inspect, put_photos, today
from tests.service.town_hall import Hall, open_hall
from tests.store.people import one, rows


@pytest.fixture(scope="module")
def hall(cluster: Cluster) -> Iterator[Hall]:
    with open_hall(cluster, "hall_inspections") as opened:
        yield opened


def state_of(hall: Hall, station: int) -> tuple[object, ...]:
    return rows(
        hall.connection, "SELECT state, verified, state_until FROM station WHERE id = %s", station
    )[0]


def test_a_station_that_has_everything_is_verified_and_earns_its_stars(hall: Hall) -> None:
    station = hall.station("north", State.ACTIVE)
    assert state_of(hall, station)[:2] == ("active", False)
    done = inspect(hall, "north_inspector", station)
    assert (done.inspection.passed, done.inspection.score, done.inspection.stars) == (
        True, Decimal("100.0"), 5,
    )  # fmt: skip
    assert state_of(hall, station)[:2] == ("active", True)
    standing = rows(
        hall.connection,
        "SELECT passed, stars, due_on FROM station_standing WHERE station_id = %s", station,
    )  # fmt: skip
    due = one(hall.connection, "SELECT (%s::date + interval '12 months')::date", today())
    assert standing == [(True, 5, due)]
    assert not one(hall.connection, "SELECT count(*) FROM rectification WHERE station_id = %s",
                   station)  # fmt: skip


def test_a_failed_mandatory_criterion_orders_rectification_with_its_deadline(hall: Hall) -> None:
    station = hall.station("north", State.ACTIVE)
    failing = {"sign": "没有标识牌", "wifi": "没有信号"}
    done = inspect(hall, "north_inspector", station, failing=failing)
    assert (done.inspection.passed, done.inspection.failed, done.inspection.to_mend) == (
        False, ["sign"], ["sign", "wifi"],
    )  # fmt: skip
    deadline = today() + timedelta(days=15)
    assert done.station_state is State.RECTIFYING
    assert state_of(hall, station) == ("rectifying", True, deadline)
    past = rectification.of_station(hall.connection, hall.actor("north_clerk"), station)
    (faults,) = past.rectifications
    assert (faults.state, faults.deadline) == ("open", deadline)
    assert [(item.criterion, item.note) for item in faults.items] == [("sign", "没有标识牌")]
    told = rows(
        hall.connection,
        "SELECT kind FROM notice WHERE station_id = %s AND recipient = %s",
        station, f"user:{hall.city.people['north_clerk']}",
    )  # fmt: skip
    assert told == [("rectification.opened",)]


def test_a_criterion_of_its_own_deadline_gives_that_and_the_strictest_counts(hall: Hall) -> None:
    by_map = hall.station("north", State.ACTIVE)
    inspect(hall, "north_inspector", by_map, failing={"map": "地图上没有"})
    assert state_of(hall, by_map)[2] == today() + timedelta(days=30)
    both = hall.station("north", State.ACTIVE)
    inspect(hall, "north_inspector", both, failing={"map": "地图上没有", "rules": "没有上墙"})
    assert state_of(hall, both)[2] == today() + timedelta(days=15)


def test_a_follow_up_asks_the_failed_criteria_alone_and_clears_them(hall: Hall) -> None:
    station = hall.station("north", State.ACTIVE)
    failing = {"sign": "掉了", "rules": "没有", "microwave": "坏了"}
    inspect(hall, "north_inspector", station, failing=failing)
    with pytest.raises(Conflict, match="有标识、有制度"):
        make_move(
            hall.connection, hall.actor("chief"), station, State.ACTIVE,
            revision=hall.revision(station), brings=With(reason="算了"),
        )  # fmt: skip
    half = inspect(hall, "north_judge", station, failing={"rules": "还是没有"}, follow_up=True)
    assert (half.station_state, half.inspection.failed) == (State.RECTIFYING, ["rules"])
    draft = fill_in(hall, "north_inspector", station, follow_up=True)
    sheet = inspections.sheet(hall.connection, hall.actor("north_inspector"), draft)
    assert [c.code for c in sheet.criteria] == ["rules"]
    done = inspections.submit(hall.connection, hall.actor("north_inspector"), draft, {})
    # the microwave is still broken: 92 of 100 points, four stars or five
    assert (done.station_state, done.inspection.score, done.inspection.stars) == (
        State.ACTIVE, Decimal("92.0"), 5,
    )  # fmt: skip
    past = rectification.of_station(hall.connection, hall.actor("north_judge"), station)
    (faults,) = past.rectifications
    assert faults.state == "cleared"
    assert [item.mended_by is not None for item in faults.items] == [True, True]


def test_a_full_inspection_lists_anew_what_fails_while_faults_are_open(hall: Hall) -> None:
    station = hall.station("north", State.ACTIVE)
    inspect(hall, "north_inspector", station, failing={"sign": "掉了"})
    deadline = state_of(hall, station)[2]
    inspect(hall, "north_inspector", station, failing={"rules": "没有"})
    past = rectification.of_station(hall.connection, hall.actor("north_judge"), station)
    (faults,) = past.rectifications
    assert {i.criterion: i.mended_by is None for i in faults.items} == {
        "sign": False, "rules": True,
    }  # fmt: skip
    assert (faults.state, faults.deadline) == ("open", deadline)
    inspect(hall, "north_inspector", station)
    assert state_of(hall, station)[0] == "active"


def test_an_order_by_hand_is_cleared_by_hand_or_by_a_full_inspection(hall: Hall) -> None:
    for by_hand in (True, False):
        station = hall.station("north", State.ACTIVE)
        make_move(
            hall.connection, hall.actor("north_inspector"), station, State.RECTIFYING, revision=1,
            brings=With(reason="无热水", until=today() + timedelta(days=3)),
        )  # fmt: skip
        opened = rows(
            hall.connection,
            "SELECT reason, deadline, inspection_id FROM rectification WHERE station_id = %s",
            station,
        )
        assert opened == [("无热水", today() + timedelta(days=3), None)]
        if by_hand:
            make_move(
                hall.connection, hall.actor("north_inspector"), station, State.ACTIVE, revision=2,
                brings=With(reason="已修好"),
            )  # fmt: skip
        else:
            inspect(hall, "north_inspector", station)
        closed = "SELECT state FROM rectification WHERE station_id = %s"
        assert rows(hall.connection, closed, station) == [("cleared",)]
        assert state_of(hall, station)[0] == "active"


def test_what_is_missing_is_said_at_once_in_both_languages_and_nothing_is_closed(
    hall: Hall,
) -> None:
    station = hall.station("north", State.ACTIVE)
    actor = hall.actor("north_inspector")
    id_ = inspections.begin(hall.connection, actor, station, day=today())
    answers = dict.fromkeys(SIX_HAVES.codes - {"water"}, GOOD)
    answers |= {"charging": Answer(Verdict.FAILED, " "), "wifi": Answer(Verdict.NOT_APPLICABLE)}
    with pytest.raises(InvalidInput) as caught:
        inspections.submit(hall.connection, actor, id_, answers)
    told = {error.field: error.zh for error in caught.value.errors}
    assert told["water"] == "渴可喝水:还没有填"
    assert told["charging"] == "手机充电:请写明问题"
    assert told["wifi"] == "无线网络:此项不能免除"
    assert told["sign"] == "有标识:需要照片"
    assert told["map"] == "有地图:需要照片或地图收录记录"
    assert set(told) == {"water", "charging", "wifi", "sign", "layout", "facilities", "rules",
                         "map", "aed"}  # fmt: skip
    assert state_of(hall, station)[:2] == ("active", False)


def test_a_record_of_a_map_stands_for_a_photo_if_it_says_the_same(hall: Hall) -> None:
    station = hall.station("north", State.ACTIVE)
    actor = hall.actor("north_inspector")
    id_ = inspections.begin(hall.connection, actor, station, day=today())
    inspections.save(hall.connection, actor, id_, dict.fromkeys(SIX_HAVES.codes, GOOD))
    put_photos(
        hall.connection, actor, id_,
        [c.code for c in SIX_HAVES.criteria if c.evidence and c.code != "map"],
    )  # fmt: skip
    map_listings.check(hall.connection, actor, station, "amap", visible=False, day=today())
    with pytest.raises(InvalidInput, match="the record that shows it"):
        inspections.submit(hall.connection, actor, id_, {})
    map_listings.check(hall.connection, actor, station, "baidu", visible=True, day=today())
    assert inspections.submit(hall.connection, actor, id_, {}).inspection.passed


def begun_before(hall: Hall, inspection: int, days: int) -> None:
    """Let an inspection have begun so many days earlier."""
    with hall.connection.transaction():
        hall.connection.execute("SET LOCAL session_replication_role = replica")
        hall.connection.execute(
            "UPDATE inspection SET inspected_on = inspected_on - %s WHERE id = %s",
            (days, inspection),
        )


def test_a_look_at_a_map_proves_what_was_so_about_the_day_of_the_inspection(hall: Hall) -> None:
    station = hall.station("north", State.ACTIVE)
    actor = hall.actor("north_inspector")
    id_ = inspections.begin(hall.connection, actor, station, day=today())
    inspections.save(hall.connection, actor, id_, dict.fromkeys(SIX_HAVES.codes, GOOD))
    put_photos(
        hall.connection, actor, id_,
        [c.code for c in SIX_HAVES.criteria if c.evidence and c.code != "map"],
    )  # fmt: skip
    days = inspections.sheet(hall.connection, actor, id_).inspection.record_days
    long_ago = today() - timedelta(days=days + 1)
    map_listings.check(hall.connection, actor, station, "amap", visible=True, day=long_ago)
    with pytest.raises(InvalidInput, match="the record that shows it"):
        inspections.submit(hall.connection, actor, id_, {})
    gap = "SELECT inspection_gap(%s)"
    assert one(hall.connection, gap, id_) == "map wants evidence"
    map_listings.check(
        hall.connection, actor, station, "amap", visible=True, day=today() - timedelta(days=days)
    )
    assert one(hall.connection, gap, id_) is None
    assert inspections.submit(hall.connection, actor, id_, {}).inspection.passed


def test_a_draft_of_long_ago_is_not_submitted_by_any_door(hall: Hall) -> None:
    station = hall.station("north", State.ACTIVE)
    actor = hall.actor("north_inspector")
    id_ = fill_in(hall, "north_inspector", station)
    days = inspections.sheet(hall.connection, actor, id_).inspection.submit_days
    begun_before(hall, id_, days + 1)
    assert inspections.sheet(hall.connection, actor, id_).inspection.stale
    with pytest.raises(Conflict, match="more than 7 days ago") as caught:
        inspections.submit(hall.connection, actor, id_, {})
    assert "请作废后重新检查" in caught.value.zh
    with (
        pytest.raises(Conflict, match="submitted within 7 days"),
        acting_as(hall.connection, actor),
        refusals("submit it"),
    ):
        kept.close(hall.connection, id_, state="submitted")
    begun_before(hall, id_, -1)
    assert inspections.submit(hall.connection, actor, id_, {}).inspection.passed


def test_answers_that_build_on_older_ones_are_not_written_over_newer_ones(hall: Hall) -> None:
    station = hall.station("north", State.ACTIVE)
    actor = hall.actor("north_inspector")
    id_ = inspections.begin(hall.connection, actor, station, day=today())
    empty = inspections.sheet(hall.connection, actor, id_).revision
    newer = inspections.save(hall.connection, actor, id_, {"sign": GOOD}, revision=empty)
    assert newer.revision != empty
    with pytest.raises(AnswersChanged) as caught:
        inspections.save(
            hall.connection, actor, id_, {"sign": Answer(Verdict.FAILED, "旧")}, revision=empty
        )
    assert caught.value.sheet.revision == newer.revision
    assert caught.value.sheet.findings["sign"].verdict == "fulfilled"
    again = inspections.save(
        hall.connection, actor, id_, {"sign": Answer(None, "")}, revision=newer.revision
    )
    assert again.revision == empty, "the same answers, the same revision"


def test_a_draft_goes_on_where_it_was_left_and_is_nobody_elses(hall: Hall) -> None:
    station = hall.station("north", State.ACTIVE)
    actor, other = hall.actor("north_inspector"), hall.actor("north_judge")
    id_ = inspections.begin(hall.connection, actor, station, day=today())
    inspections.save(hall.connection, actor, id_, {"sign": Answer(None, "写了一半")}, remark="雨天")
    assert inspections.begin(hall.connection, actor, station, day=today()) == id_
    sheet = inspections.sheet(hall.connection, actor, id_)
    assert (sheet.findings["sign"].note, sheet.inspection.remark) == ("写了一半", "雨天")
    assert inspections.begin(hall.connection, other, station, day=today()) != id_
    with pytest.raises(NotFound):
        inspections.sheet(hall.connection, other, id_)
    with pytest.raises(NotFound):
        inspections.save(hall.connection, other, id_, {"sign": GOOD})
    inspections.discard(hall.connection, actor, id_)
    with pytest.raises(Conflict) as gone:
        inspections.save(hall.connection, actor, id_, {"sign": GOOD})
    assert "已经提交或作废" in gone.value.zh


def test_who_submitted_a_station_does_not_inspect_it(hall: Hall) -> None:
    station = hall.station("north", State.DRAFT)
    steps = [("north_alone", State.SUBMITTED), ("north_judge", State.REVIEWED)]
    for revision, (person, target) in enumerate(steps, start=1):
        make_move(hall.connection, hall.actor(person), station, target, revision=revision)
    hall.connection.execute(
        "UPDATE station SET state = 'active', code = '500112990018' WHERE id = %s", (station,)
    )
    with pytest.raises(ForbiddenHere) as caught:
        inspections.begin(hall.connection, hall.actor("north_alone"), station, day=today())
    assert caught.value.zh == "站点由您提交,须由他人检查。"
    assert inspect(hall, "north_judge", station).inspection.passed


@pytest.mark.parametrize("person", ["north_clerk", "south_judge", "planner", "auditor"])
def test_without_the_role_in_the_scope_nobody_inspects(hall: Hall, person: str) -> None:
    station = hall.station("north", State.ACTIVE)
    with pytest.raises(ForbiddenHere):
        inspections.begin(hall.connection, hall.actor(person), station, day=today())
    found = inspections.beginning(hall.connection, hall.actor(person), station, day=today())
    assert found.hindrance[0].startswith("检查需要")


def test_a_draft_of_a_station_is_not_inspected_and_a_suspended_one_stays_shut(hall: Hall) -> None:
    with pytest.raises(ForbiddenHere, match="draft"):
        inspections.begin(
            hall.connection, hall.actor("north_judge"), hall.station("north", State.DRAFT),
            day=today(),
        )  # fmt: skip
    station = hall.station("north", State.SUSPENDED)
    assert inspect(hall, "north_judge", station).station_state is State.SUSPENDED
    done = inspect(hall, "north_judge", station, failing={"rules": "没有"})
    assert done.station_state is State.SUSPENDED
    cleared = inspect(hall, "north_judge", station, follow_up=True)
    assert (cleared.inspection.passed, cleared.station_state) == (True, State.SUSPENDED)


def test_an_inspection_goes_by_the_version_of_its_day_and_a_follow_up_by_that_of_its_base(
    hall: Hall,
) -> None:
    station = hall.station("north", State.ACTIVE)
    inspect(hall, "north_inspector", station, failing={"sign": "掉了"})
    chief, day = hall.actor("chief"), today()
    draft = standards.open_draft(hall.connection, chief, "six_haves")
    stored = standards.show(hall.connection, chief, draft)
    stricter = replace(
        stored.on(day), criteria=tuple(c for c in stored.criteria if c.code != "map")
    )
    standards.save_draft(hall.connection, chief, draft, stricter, revision=stored.revision)
    tomorrow = day + timedelta(days=1)
    released = standards.release(
        hall.connection, chief, draft, valid_from=tomorrow, today=day
    )  # fmt: skip
    assert (released.version, released.state, released.valid_from) == (2, "released", tomorrow)
    assert released.ended_on is None
    again = inspections.begin(
        hall.connection, hall.actor("north_judge"), station, day=tomorrow, follow_up=True
    )
    fresh = hall.station("north", State.ACTIVE)
    later = inspections.begin(hall.connection, hall.actor("north_judge"), fresh, day=tomorrow)
    judge = hall.actor("north_judge")
    versions = [inspections.sheet(hall.connection, judge, id_).version for id_ in (again, later)]
    assert [version.version for version in versions] == [1, 2]
    assert "map" not in versions[1].codes
    with pytest.raises(Conflict, match="never changes"):
        standards.save_draft(hall.connection, chief, draft, stricter, revision=9)


def test_work_lists_what_was_never_inspected_first_and_ones_own_drafts(hall: Hall) -> None:
    station = hall.station("west", State.ACTIVE, name="西区未检站")
    inspected = hall.station("west", State.ACTIVE, name="西区已检站")
    inspect(hall, "city_judge", inspected)
    draft = inspections.begin(hall.connection, hall.actor("city_judge"), station, day=today())
    west = hall.actor("south_judge")
    found = inspections.work(hall.connection, west, day=today())
    assert [due.name for due in found.due] == ["西区未检站"]
    assert found.drafts == ()
    assert [one.station_name for one in found.latest] == ["西区已检站"]
    assert found.people[found.latest[0].inspector_id] == "Person city_judge"
    year = today() + timedelta(days=370)
    later = inspections.work(hall.connection, west, day=year)
    assert [due.name for due in later.due] == ["西区未检站", "西区已检站"]
    mine = inspections.work(hall.connection, hall.actor("city_judge"), day=today())
    assert draft in [one.id for one in mine.drafts]
