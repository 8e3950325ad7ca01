"""The rider's question, answered on the made-up town."""

import json
import math
from collections.abc import Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from app.domain.errors import InvalidInput, Unavailable
from app.domain.lifecycle import State
from app.domain.opening import opening
from app.service.nearest import Answer, nearest
from app.service.present import answer_json
from app.service.question import Question
from app.service.runtime import Runtime
from app.store.cluster import Cluster
from geo.datum import from_wgs84, to_wgs84
from geo.errors import InvalidValue, OutsideNetwork
from tests.service import towns
from tests.service.slowly import Slow, straight, walk_seconds
from tests.service.towns import STATIONS, Town, at_block, town_people, town_streets

HERE = at_block(7.0, 7.0)
ZONE = ZoneInfo("Asia/Shanghai")
PUBLIC = [s for s in STATIONS if s[3] is not State.EXITED]
# a Sunday in March, no holiday
NIGHT = datetime(2026, 3, 15, 3, 0, tzinfo=ZONE)
NOON = datetime(2026, 3, 15, 12, 0, tzinfo=ZONE)


@pytest.fixture(scope="module")
def town(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with towns.opened(cluster, tmp_path_factory.mktemp("nearest")) as opened:
        yield opened


def ask(town: Town, place: tuple[float, float] = HERE, **options: object) -> Answer:
    question = Question(longitude=place[0], latitude=place[1], **options)  # type: ignore[arg-type]
    return nearest(town.runtime.snapshot(), town.settings, question)


def names(answer: Answer) -> list[str]:
    return [found.station.name for found in answer.stations]


@pytest.mark.parametrize("pace", ["official", "terrain"])
def test_walks_agree_with_a_slow_search_on_every_node_and_come_in_strict_order(
    town: Town, pace: str
) -> None:
    lon, lat, _ = town_people()
    slow = Slow(town_streets(), terrain=pace == "terrain")
    people = [
        (x, y) for x, y in zip(lon[:60], lat[:60], strict=True) if slow.spot(x, y) is not None
    ]
    assert len(people) > 40
    expected = walk_seconds(slow, people, [at_block(s[1], s[2]) for s in PUBLIC])
    for person, row in zip(people, expected, strict=True):
        found = ask(town, person, k=50, pace=pace).stations
        seconds = [f.way.seconds for f in found]
        assert seconds == sorted(seconds)
        assert np.allclose(seconds, sorted(row), atol=0.1, rtol=0)
        by_name = {f.station.name: f for f in found}
        for station, walk in zip(PUBLIC, row, strict=True):
            answer = by_name[station[0]]
            assert answer.way.seconds == pytest.approx(walk, abs=0.1)
            metres = straight(person, at_block(station[1], station[2]))
            assert answer.straight_metres == pytest.approx(metres, abs=0.1)
            # the access legs are straight, so the way is never shorter than the line
            assert answer.way.metres >= answer.straight_metres - 0.1


def test_by_ebike_the_order_is_that_of_the_whole_trip_and_far_stations_are_quicker(
    town: Town,
) -> None:
    walked = {f.station.name: f.way for f in ask(town, k=50).stations}
    found = ask(town, k=50, mode="ebike").stations
    assert {f.station.name for f in found} == set(walked)
    seconds = [f.way.seconds for f in found]
    assert seconds == sorted(seconds)
    for f in found:
        # a minute to park, and five on foot at most
        assert f.way.seconds >= 60 + f.way.walk_seconds
        assert f.way.walk_seconds <= 300
        assert f.way.metres >= f.way.walk_metres
    farthest = max(walked, key=lambda name: walked[name].seconds)
    trip = next(f.way for f in found if f.station.name == farthest)
    assert trip.seconds < walked[farthest].seconds / 2


def test_a_station_that_left_or_waits_for_a_place_is_not_found(town: Town) -> None:
    assert set(names(ask(town, k=50))) == {s[0] for s in PUBLIC}


def test_only_stations_with_all_services_are_found_in_the_order_they_had(town: Town) -> None:
    everyone = names(ask(town, k=50))
    both = [s[0] for s in PUBLIC if {"toilet", "water"} <= set(s[5])]
    assert names(ask(town, k=50, services=("toilet", "water"))) == [
        name for name in everyone if name in both
    ]
    assert 0 < len(both) < len(everyone)
    assert names(ask(town, services=("aed",))) == []


def test_the_number_of_stations_is_kept_to_however_many_are_closed(town: Town) -> None:
    everyone = names(ask(town, k=50))
    for k in (1, 3, 8, 50):
        assert names(ask(town, k=k)) == everyone[:k]
    open_at_night = names(ask(town, k=50, open="arrival", at=NIGHT))
    assert names(ask(town, k=2, open="arrival", at=NIGHT)) == open_at_night[:2]


def test_arrival_leaves_out_what_is_surely_closed_and_keeps_what_nobody_knows(
    town: Town,
) -> None:
    found = ask(town, k=50, open="arrival", at=NIGHT)
    states = {f.station.name: f.opening.state.value for f in found.stations}
    assert states == {"解放碑站": "open", "七星岗站": "open", "临江门站": "unknown"}
    everyone = {f.station.name: f.opening.state.value for f in ask(town, k=50, at=NIGHT).stations}
    assert everyone["朝天门站"] == everyone["较场口站"] == "closed"


def test_a_suspended_station_is_shown_closed_whatever_its_hours_say(town: Town) -> None:
    found = {f.station.name: f.opening for f in ask(town, k=50, at=NOON).stations}
    assert found["菜园坝站"].state.value == "closed"
    assert found["菜园坝站"].reason.value == "suspended"
    assert "菜园坝站" not in names(ask(town, k=50, open="now", at=NOON))


def test_a_door_that_shuts_on_the_way_is_open_now_and_closed_on_arrival(town: Town) -> None:
    walk = next(f for f in ask(town, k=50).stations if f.station.name == "较场口站").way
    assert walk.seconds > 120
    late = datetime(2026, 3, 15, 19, 59, tzinfo=ZONE)
    assert "较场口站" in names(ask(town, k=50, open="now", at=late))
    assert "较场口站" not in names(ask(town, k=50, open="arrival", at=late))
    assert "较场口站" in names(ask(town, k=50, open="arrival", at=NOON))


def test_no_walk_is_longer_than_asked(town: Town) -> None:
    everyone = ask(town, k=50).stations
    limit = (everyone[2].way.seconds + everyone[3].way.seconds) / 2 / 60
    assert names(ask(town, k=50, max_minutes=limit)) == [f.station.name for f in everyone[:3]]


@pytest.mark.parametrize("datum", ["wgs84", "cgcs2000", "gcj02", "bd09"])
def test_an_answer_speaks_the_datum_it_was_asked_in(town: Town, datum: str) -> None:
    plain = answer_json(ask(town, k=3))
    place = from_wgs84(*HERE, datum=datum)
    asked = answer_json(ask(town, place, k=3, datum=datum), datum=datum)
    assert (asked["origin"]["lon"], asked["origin"]["lat"]) == pytest.approx(place, abs=1e-6)
    for mine, theirs in zip(asked["stations"], plain["stations"], strict=True):
        assert mine["code"] == theirs["code"]
        assert mine["walk_seconds"] == pytest.approx(theirs["walk_seconds"], abs=0.2)
        back = to_wgs84(mine["lon"], mine["lat"], datum=datum)
        assert straight(back, (theirs["lon"], theirs["lat"])) < 0.1
    moved = straight(place, HERE)
    assert (moved > 300) == (datum in ("gcj02", "bd09"))


def test_an_answer_is_plain_json(town: Town) -> None:
    answer = answer_json(ask(town, k=50, at=NOON))
    assert json.loads(json.dumps(answer)) == answer


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({"k": 0}, "k"),
        ({"k": -1}, "k"),
        ({"k": 51}, "k"),
        ({"services": ("toilet", "sauna")}, "services"),
        ({"open": "maybe"}, "open"),
        ({"max_minutes": 0.0}, "max_minutes"),
        ({"max_minutes": math.nan}, "max_minutes"),
        ({"max_minutes": math.inf}, "max_minutes"),
        ({"pace": "gallop"}, "pace"),
        ({"at": datetime(9999, 12, 31, tzinfo=ZONE)}, "at"),
        ({"at": datetime(1, 1, 1, tzinfo=ZONE)}, "at"),
    ],
)
def test_what_is_wrong_with_a_question_is_named(
    town: Town, options: dict[str, object], field: str
) -> None:
    with pytest.raises(InvalidInput) as caught:
        ask(town, **options)
    assert [error.field for error in caught.value.errors] == [field]


def test_everything_wrong_with_a_question_is_named_at_once(town: Town) -> None:
    with pytest.raises(InvalidInput) as caught:
        ask(town, k=0, services=("sauna",), open="maybe")
    assert {error.field for error in caught.value.errors} == {"k", "services", "open"}


@pytest.mark.parametrize("place", [(29.48, 106.52), (106.52, 106.52)])
def test_a_place_that_cannot_be_one_is_refused(town: Town, place: tuple[float, float]) -> None:
    with pytest.raises((InvalidInput, InvalidValue), match=r"swap|degrees from"):
        ask(town, place)


def test_exchanged_longitude_and_latitude_are_recognised(town: Town) -> None:
    with pytest.raises(InvalidInput, match=r"swap them: longitude 106\.\d+, latitude 29\.\d+"):
        ask(town, (HERE[1], HERE[0]))


@pytest.mark.parametrize("place", [(math.nan, 29.5), (106.5, math.inf), (200.0, 29.5)])
def test_coordinates_that_are_no_degrees_are_refused(
    town: Town, place: tuple[float, float]
) -> None:
    with pytest.raises(InvalidValue, match="expected degrees"):
        ask(town, place)


def test_a_point_outside_is_told_how_far_the_nearest_street_is(town: Town) -> None:
    place = at_block(-8.0, 8.0)
    spot = Slow(town_streets(), terrain=False).spot(*place, limit=10_000)
    assert spot is not None
    with pytest.raises(OutsideNetwork, match="the limit is 500 m") as caught:
        ask(town, place)
    assert caught.value.nearest_metres == pytest.approx(spot.metres, rel=1e-3)
    with pytest.raises(OutsideNetwork, match=r"more than 1,\d\d\d km away") as caught:
        ask(town, (100.0, 20.0))
    assert caught.value.nearest_metres is None


def test_without_a_network_the_answer_says_how_to_get_one(runtime: Runtime) -> None:
    question = Question(longitude=106.5, latitude=29.5)
    with pytest.raises(Unavailable, match="no walking network") as caught:
        nearest(runtime.snapshot(), runtime.settings, question)
    assert "harbor network build" in caught.value.remedy


def test_a_station_that_shuts_soon_after_the_arrival_is_brief_and_left_out_of_arrivals(
    town: Town,
) -> None:
    place, name = at_block(8.1, 8.3), "较场口站"  # open until 20:00, some steps away
    (there,) = [f for f in ask(town, place, k=8, at=NOON).stations if f.station.name == name]
    walk = timedelta(seconds=there.way.seconds)
    shuts = NOON.replace(hour=20)
    for left, brief in ((timedelta(minutes=10), False), (timedelta(minutes=9, seconds=59), True)):
        leaves = shuts - left - walk
        (found,) = [f for f in ask(town, place, k=8, at=leaves).stations if f.station.name == name]
        assert (found.opening.state.value, found.brief) == ("open", brief)
        arrivals = names(ask(town, place, k=8, at=leaves, open="arrival"))
        assert (name in arrivals) is not brief
        assert name in names(ask(town, place, k=8, at=leaves, open="now"))


def test_what_nothing_within_the_limit_has_is_offered_from_farther_away(town: Town) -> None:
    wanted = ("toilet", "charging")
    near = ask(town, at_block(2.4, 11.8), services=wanted, max_minutes=5)
    assert near.stations == ()
    assert near.missing is not None
    assert near.missing.services == wanted
    assert near.missing.found is not None
    assert near.missing.found.station.name == "上清寺站"
    (far,) = ask(town, at_block(2.4, 11.8), services=wanted).stations
    assert far == near.missing.found


def test_needs_that_no_station_has_are_named(town: Town) -> None:
    def nowhere(*services: str, **options: object) -> tuple[str, ...]:
        missing = ask(town, services=services, **options).missing
        assert missing is not None
        assert missing.found is None
        return missing.services

    assert nowhere("toilet", "hot_meal") == ("hot_meal",)
    assert nowhere("hot_meal", "first_aid") == ("hot_meal", "first_aid")
    # each is somewhere, but nowhere together
    assert nowhere("charging", "seat") == ("charging", "seat")
    # the only one is shut at night
    assert nowhere("charging", open="arrival", at=NIGHT) == ("charging",)
    assert ask(town, services=("toilet",)).missing is None
    assert ask(town, max_minutes=0.01).missing is None


def test_a_station_is_placed_for_chinese_maps_too(town: Town) -> None:
    for datum in ("wgs84", "bd09"):
        answer = answer_json(ask(town, from_wgs84(*HERE, datum=datum), datum=datum), datum=datum)
        for station in answer["stations"]:
            here = to_wgs84(station["lon"], station["lat"], datum=datum)
            assert to_wgs84(*station["gcj02"], datum="gcj02") == pytest.approx(here, abs=1e-6)
            assert all(round(value, 7) == value for value in station["gcj02"])


@pytest.mark.parametrize("open_", ["now", "arrival"])
def test_looking_at_open_stations_first_finds_what_looking_at_all_of_them_does(
    town: Town, open_: str
) -> None:
    lon, lat, _ = town_people()
    for index, (x, y) in enumerate(zip(lon[:40], lat[:40], strict=True)):
        at = NIGHT + timedelta(minutes=37 * index)
        try:
            every = ask(town, (x, y), k=50, at=at).stations
        except OutsideNetwork:
            continue
        kept = [
            f.station.name for f in every
            if open_at(town, f.station.hours, f.station.state, at if open_ == "now" else at
                       + timedelta(seconds=f.way.seconds)) != "closed"
            and not (open_ == "arrival" and f.brief)
        ]  # fmt: skip
        assert names(ask(town, (x, y), k=2, at=at, open=open_)) == kept[:2]


def open_at(town: Town, hours: str | None, state: str, at: datetime) -> str:
    calendar = town.runtime.snapshot().calendar
    return opening(State(state), hours, at, zone=ZONE, calendar=calendar).state.value
