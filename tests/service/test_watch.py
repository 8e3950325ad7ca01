"""Deadlines: put off, overdue, escalated night by night, up to a proposal to exit."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import pytest

from app.domain.errors import Conflict, ForbiddenHere, InvalidInput
from app.domain.lifecycle import ExitCode, State
from app.service import awards, map_listings, rectification, watch
from app.service.awards import STAR
from app.service.moves import Document, With, make_move
from app.settings import Settings
from app.store.cluster import Cluster
from tests.service.inspecting import inspect, today
from tests.service.town_hall import Hall, open_hall
from tests.store.people import one, rows

PAPER = Document("渝工〔2026〕7号")
KEEPER_TOLD = ["remind", "tell_keeper", "tell_union", "tell_city"]


@pytest.fixture(scope="module")
def settled(cluster: Cluster) -> Iterator[Hall]:
    with open_hall(cluster, "hall_watch") as opened:
        yield opened


@pytest.fixture
def hall(settled: Hall) -> Iterator[Hall]:
    """A city in which no test finds what another one left."""
    with settled.connection.transaction(force_rollback=True):
        yield settled


def night(hall: Hall, settings: Settings, days: int) -> dict[str, int]:
    """The watch of a night so many days from now, at one in the morning there."""
    moment = datetime.combine(today() + timedelta(days=days), time(1), settings.zone)
    return watch.nightly(hall.connection, settings, moment.astimezone(UTC))


def taken(counts: dict[str, int]) -> dict[str, int]:
    return {action: count for action, count in counts.items() if count}


def until(hall: Hall, station: int) -> date:
    found = one(hall.connection, "SELECT state_until FROM station WHERE id = %s", station)
    assert isinstance(found, date)
    return found


def test_an_overdue_rectification_escalates_to_suspension_and_a_proposal_to_exit(
    hall: Hall, settings: Settings
) -> None:
    station = hall.station("north", State.ACTIVE, name="洪崖洞站")
    hall.connection.execute("INSERT INTO keeper (station_id) VALUES (%s)", (station,))
    inspect(hall, "north_inspector", station, failing={"sign": "掉了"})
    assert taken(night(hall, settings, 11)) == {}
    assert taken(night(hall, settings, 12)) == {"remind": 1}
    assert taken(night(hall, settings, 15)) == {}
    assert taken(night(hall, settings, 16)) == {"tell_keeper": 1, "overdue": 1}
    # two nights were missed
    assert taken(night(hall, settings, 23)) == {"tell_union": 1, "tell_city": 1, "overdue": 1}
    assert taken(night(hall, settings, 23)) == {"overdue": 1}
    last = night(hall, settings, 30)
    assert taken(last) == {"suspend": 1, "propose_exit": 1, "overdue": 1}
    assert taken(night(hall, settings, 30)) == {"overdue": 1}
    told = rows(
        hall.connection,
        "SELECT split_part(event, ':', 1), recipient FROM notice WHERE station_id = %s"
        " AND event LIKE 'rectification.%%' ORDER BY id", station,
    )  # fmt: skip
    people = hall.city.people
    assert {e for e, r in told if r.startswith("keeper:")} == {
        "rectification.remind", "rectification.tell_keeper"}  # fmt: skip
    assert ("rectification.tell_union", f"user:{people['north_clerk']}") in told
    assert ("rectification.tell_city", f"user:{people['chief']}") in told
    assert not any(r == f"user:{people['south_clerk']}" for _, r in told)
    state, reason, ends = rows(
        hall.connection, "SELECT state, state_reason, state_until FROM station WHERE id = %s",
        station,
    )[0]  # fmt: skip
    assert (state, ends) == ("suspended", today() + timedelta(days=60))
    assert reason.startswith("整改逾期 15 天")
    assert "有标识" in reason
    found = rectification.tasks(
        hall.connection, hall.actor("chief"), day=today() + timedelta(days=30)
    )
    assert [p.station_name for p in found.proposals] == ["洪崖洞站"]
    assert found.proposals[0].exit_code == ExitCode.FAULTS_NOT_MENDED
    assert [one.station_id for one in found.overdue] == [station]
    audit = rows(
        hall.connection,
        "SELECT action, user_id, details ->> 'rectification' FROM audit_event"
        " WHERE subject = %s AND action = 'station.suspend'", f"station {station}",
    )  # fmt: skip
    assert audit == [("station.suspend", None, str(found.overdue[0].id))]
    moved = make_move(
        hall.connection, hall.actor("chief"), station, State.EXITED,
        revision=hall.revision(station),
        brings=With(reason="逾期未整改", exit_code=ExitCode.FAULTS_NOT_MENDED, document=PAPER),
    )  # fmt: skip
    assert moved.state == "exited"
    ended = "SELECT state FROM rectification WHERE station_id = %s"
    assert rows(hall.connection, ended, station) == [("exited",)]
    assert rows(hall.connection, ended.replace("rectification", "exit_proposal"), station) == [
        ("accepted",)
    ]
    assert taken(night(hall, settings, 40)) == {}


def test_mended_after_the_suspension_it_opens_again_and_the_proposal_lapses(
    hall: Hall, settings: Settings
) -> None:
    station = hall.station("north", State.ACTIVE)
    inspect(hall, "north_inspector", station, failing={"rules": "没有"})
    assert night(hall, settings, 30)["suspend"] == 1
    with pytest.raises(Conflict, match="有制度"):
        make_move(
            hall.connection, hall.actor("north_clerk"), station, State.ACTIVE,
            revision=hall.revision(station), brings=With(reason="开吧"),
        )  # fmt: skip
    done = inspect(hall, "north_judge", station, follow_up=True)
    assert (done.station_state, done.inspection.stars) == (State.ACTIVE, 5)
    assert rows(
        hall.connection, "SELECT state FROM exit_proposal WHERE station_id = %s", station
    ) == [("lapsed",)]
    run_out = night(hall, settings, 90)
    assert (run_out["run_out"], run_out["overdue"]) == (0, 0)


def test_a_deadline_is_put_off_with_a_reason_and_escalation_begins_anew(
    hall: Hall, settings: Settings
) -> None:
    station = hall.station("north", State.ACTIVE)
    inspect(hall, "north_inspector", station, failing={"rules": "没有"})
    assert night(hall, settings, 16)["tell_keeper"] == 1
    judge, clerk = hall.actor("north_judge", "req-9"), hall.actor("north_clerk")
    new = today() + timedelta(days=25)
    with pytest.raises(ForbiddenHere):
        rectification.extend(hall.connection, clerk, station, until=new, reason="等配件")
    with pytest.raises(InvalidInput) as caught:
        rectification.extend(
            hall.connection, judge, station, until=until(hall, station), reason=" "
        )
    assert [error.field for error in caught.value.errors] == ["until", "reason"]
    revision = hall.revision(station)
    rectification.extend(hall.connection, judge, station, until=new, reason="等配件")
    assert (until(hall, station), hall.revision(station)) == (new, revision + 1)
    past = rectification.of_station(hall.connection, judge, station)
    assert past.rectifications[0].deadline == new
    assert [(e.was, e.until, e.reason) for e in past.extensions] == [
        (today() + timedelta(days=15), new, "等配件")
    ]
    event = rows(
        hall.connection,
        "SELECT user_id, request_id, details ->> 'reason' FROM audit_event"
        " WHERE action = 'station.extend' AND subject = %s", f"station {station}",
    )  # fmt: skip
    assert event == [(hall.city.people["north_judge"], "req-9", "等配件")]
    assert taken(night(hall, settings, 24)) == {"remind": 1}
    assert taken(night(hall, settings, 26)) == {"tell_keeper": 1, "overdue": 1}


def test_a_suspension_is_extended_by_who_may_suspend_and_run_out_is_work(
    hall: Hall, settings: Settings
) -> None:
    station = hall.station("north", State.ACTIVE, name="装修站")
    clerk = hall.actor("north_clerk")
    soon = today() + timedelta(days=2)
    make_move(hall.connection, clerk, station, State.SUSPENDED, revision=1,
              brings=With(reason="装修", until=soon))  # fmt: skip
    later = today() + timedelta(days=9)
    rectification.extend(hall.connection, clerk, station, until=later, reason="未完工")
    assert until(hall, station) == later
    counts = night(hall, settings, 10)
    assert counts["run_out"] == 1
    state = one(hall.connection, "SELECT state FROM station WHERE id = %s", station)
    assert state == "suspended"
    day = today() + timedelta(days=10)
    for person, names in (("north_judge", ["装修站"]), ("south_judge", [])):
        found = rectification.tasks(hall.connection, hall.actor(person), day=day)
        assert [r.name for r in found.run_out] == names
    active = hall.station("north", State.ACTIVE)
    with pytest.raises(Conflict, match="no last day"):
        rectification.extend(hall.connection, clerk, active, until=later, reason="?")


def test_a_person_proposes_an_exit_and_the_city_declines_it_with_a_reason(hall: Hall) -> None:
    station = hall.station("north", State.ACTIVE)
    clerk, chief = hall.actor("north_clerk"), hall.actor("chief")
    made = rectification.propose_exit(
        hall.connection, clerk, station, exit_code=ExitCode.LITTLE_USED, reason="一年没有人来"
    )
    with pytest.raises(Conflict, match="already"):
        rectification.propose_exit(
            hall.connection, clerk, station, exit_code=ExitCode.OTHER, reason="再提"
        )
    with pytest.raises(ForbiddenHere):
        rectification.decline_exit(hall.connection, clerk, made, reason="不")
    with pytest.raises(ForbiddenHere):
        rectification.propose_exit(
            hall.connection, hall.actor("south_clerk"), station,
            exit_code=ExitCode.OTHER, reason="别人的",
        )  # fmt: skip
    assert rectification.decline_exit(hall.connection, chief, made, reason="再看半年") == station
    with pytest.raises(Conflict):
        rectification.decline_exit(hall.connection, chief, made, reason="再看半年")
    told = rows(hall.connection, "SELECT recipient FROM notice WHERE kind = 'exit.proposed'")
    assert (f"user:{hall.city.people['chief']}",) in told


def test_steps_of_escalation_are_data_that_the_city_changes(hall: Hall, settings: Settings) -> None:
    chief = hall.actor("chief")
    sooner = {"suspend": 2, "propose_exit": 4}
    with pytest.raises(ForbiddenHere):
        rectification.set_escalation(
            hall.connection, hall.actor("north_alone"), sooner, suspend_days=10
        )
    with pytest.raises(InvalidInput) as caught:
        rectification.set_escalation(
            hall.connection, chief, {"suspend": 0, "remind": -99}, suspend_days=0
        )
    assert {e.field for e in caught.value.errors} == {"suspend", "remind", "for_days"}
    rectification.set_escalation(hall.connection, chief, sooner, suspend_days=10)
    steps = {s.action: (s.after_days, s.for_days)
             for s in rectification.escalation(hall.connection, chief)}  # fmt: skip
    assert steps["suspend"] == (2, 10)
    station = hall.station("north", State.ACTIVE)
    inspect(hall, "north_inspector", station, failing={"rules": "没有"})
    assert taken(night(hall, settings, 17)) == {"tell_keeper": 1, "suspend": 1, "overdue": 1}
    assert until(hall, station) == today() + timedelta(days=27)
    assert taken(night(hall, settings, 19)) == {
        "tell_union": 1, "propose_exit": 1, "overdue": 1,
    }  # fmt: skip


def test_one_that_fails_does_not_keep_the_others_from_their_steps(
    hall: Hall, settings: Settings
) -> None:
    stations = [hall.station("north", State.ACTIVE, name=name) for name in ("甲站", "乙站", "丙站")]
    for station in stations:
        hall.connection.execute("INSERT INTO keeper (station_id) VALUES (%s)", (station,))
        inspect(hall, "north_inspector", station, failing={"sign": "掉了"})
    hall.connection.execute(
        "CREATE FUNCTION break_one() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        " RAISE EXCEPTION 'broken' USING ERRCODE = 'check_violation'; END $$"
    )
    broken = one(hall.connection, "SELECT id FROM rectification WHERE station_id = %s", stations[0])
    hall.connection.execute(
        "CREATE TRIGGER break_one BEFORE INSERT ON rectification_step FOR EACH ROW"
        f" WHEN (NEW.rectification_id = {int(str(broken))}) EXECUTE FUNCTION break_one()"
    )
    assert taken(night(hall, settings, 12)) == {"remind": 2, "failed": 1}
    hall.connection.execute("DROP TRIGGER break_one ON rectification_step")
    assert taken(night(hall, settings, 12)) == {"remind": 1}


def test_stars_follow_from_the_last_inspection_and_stay_in_the_record_after_an_exit(
    hall: Hall,
) -> None:
    station = hall.station("north", State.ACTIVE)
    chief = hall.actor("chief")
    give = {"year": 2026, "document": PAPER}
    with pytest.raises(InvalidInput, match="earned 0"):
        awards.give(hall.connection, chief, station, kind=STAR, stars=3, **give)
    inspect(hall, "north_inspector", station, failing={"aed": "没有"})
    assert awards.of_station(hall.connection, chief, station).proposed == 4
    with pytest.raises(InvalidInput, match="earned 4"):
        awards.give(hall.connection, chief, station, kind=STAR, stars=5, **give)
    with pytest.raises(InvalidInput) as caught:
        awards.give(hall.connection, chief, station, kind="best", year=None,
                    document=Document(" "), subsidy_yuan=Decimal(-1))  # fmt: skip
    assert [e.field for e in caught.value.errors] == ["year", "kind", "document", "subsidy_yuan"]
    with pytest.raises(ForbiddenHere):
        awards.give(hall.connection, hall.actor("north_judge"), station, kind=STAR, stars=4, **give)
    awards.give_stars(hall.connection, chief, [station], **give)
    awards.give(hall.connection, chief, station, kind="most_beautiful",
                subsidy_yuan=Decimal("5000"), **give)  # fmt: skip
    with pytest.raises(Conflict, match="already"):
        awards.give(hall.connection, chief, station, kind="most_beautiful", **give)
    first = awards.of_station(hall.connection, chief, station).awards
    assert {(a.kind, a.stars, a.document, a.withdrawn_at) for a in first} == {
        (STAR, 4, PAPER.number, None), ("most_beautiful", None, PAPER.number, None),
    }  # fmt: skip
    star = next(a for a in first if a.kind == STAR)
    assert awards.withdraw(hall.connection, chief, star.id, reason="复核不符") == station
    make_move(
        hall.connection, chief, station, State.EXITED, revision=hall.revision(station),
        brings=With(reason="拆迁", exit_code=ExitCode.PREMISES_GONE, document=PAPER),
    )  # fmt: skip
    left = awards.of_station(hall.connection, chief, station).awards
    assert {(a.kind, a.withdrawn_reason) for a in left} == {
        (STAR, "复核不符"), ("most_beautiful", "站点退出"),
    }  # fmt: skip


def test_an_id_on_a_map_finds_the_station_until_it_is_another(hall: Hall) -> None:
    station = hall.station("north", State.ACTIVE)
    clerk = hall.actor("north_clerk")
    days = {"submitted_on": today(), "visible": True, "checked_on": today()}
    map_listings.record(hall.connection, clerk, station, "amap", external_id="B0FFTEST01", **days)
    find = "SELECT station_id FROM station_alias WHERE kind = 'external' AND value = %s"
    assert rows(hall.connection, find, "B0FFTEST01") == [(station,)]
    map_listings.record(hall.connection, clerk, station, "amap", external_id="B0FFTEST02", **days)
    assert rows(hall.connection, find, "B0FFTEST01") == []
    assert rows(hall.connection, find, "B0FFTEST02") == [(station,)]
    with pytest.raises(InvalidInput) as caught:
        map_listings.record(
            hall.connection, clerk, station, "amap", submitted_on=None, visible=True,
            checked_on=None,
        )  # fmt: skip
    assert caught.value.errors[0].field == "checked_on"
    with pytest.raises(ForbiddenHere):
        map_listings.record(hall.connection, hall.actor("south_clerk"), station, "amap", **days)
    seen = map_listings.of_station(hall.connection, clerk, station)
    assert [(r.company, r.visible) for r in seen.records] == [
        ("amap", True), ("baidu", None), ("tencent", None), ("tianditu", None),
    ]  # fmt: skip
