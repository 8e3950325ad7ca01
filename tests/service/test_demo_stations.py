"""Stations of the made-up city: legal histories, true numbers, believable facts."""

from datetime import UTC, date, datetime, timedelta

import opening_hours
import pytest
import shapely

from app.domain import number
from app.domain.lifecycle import INITIAL, State, check_move
from app.service.demo.city import DemoCity, make_city
from app.service.demo.history import HISTORY_DAYS, ZONE

TODAY = date(2026, 3, 9)


@pytest.fixture(scope="module")
def city() -> DemoCity:
    return make_city(junctions=12_000, stations=600, today=TODAY)


def test_every_state_occurs_even_among_few(city: DemoCity) -> None:
    few = make_city(seed=2, junctions=1_000, stations=20, today=TODAY)
    for some in (city.stations, few.stations):
        assert {one.history[-1].state for one in some} == set(State)
    active = sum(one.history[-1].state == State.ACTIVE for one in city.stations)
    assert 0.6 < active / len(city.stations) < 0.85


def test_histories_make_legal_moves_only_and_move_on_in_time(city: DemoCity) -> None:
    begin = datetime.combine(TODAY - timedelta(days=HISTORY_DAYS), datetime.min.time(), ZONE)
    end = datetime.combine(TODAY, datetime.min.time(), ZONE)
    for station in city.stations:
        assert station.history[0].state in INITIAL
        assert begin <= station.history[0].valid_from
        assert station.history[-1].valid_from < end
        for one, following in zip(station.history, station.history[1:], strict=False):
            assert one.valid_from < following.valid_from
            assert one.verified <= following.verified
            if one.state == following.state:
                assert following.verified > one.verified
            else:
                check_move(one.state, following.state)


def test_moves_that_need_a_reason_give_one(city: DemoCity) -> None:
    needs = {State.RETURNED, State.SUSPENDED, State.RECTIFYING, State.EXITED, State.MERGED}
    versions = [version for one in city.stations for version in one.history]
    assert all(version.reason for version in versions if version.state in needs)
    assert not any(version.reason for version in versions if version.state == State.ACTIVE)


def test_a_number_is_valid_unique_and_held_by_all_that_were_ever_active(city: DemoCity) -> None:
    codes = [one.code for one in city.stations if one.code]
    assert len(set(codes)) == len(codes)
    assert [number.check(code) for code in codes] == codes
    for one in city.stations:
        assert (one.code is not None) == any(v.state == State.ACTIVE for v in one.history)
    serials: dict[str, list[int]] = {}
    for code in codes:
        serials.setdefault(code[:6], []).append(int(code[6:11]))
    assert all(sorted(some) == list(range(1, len(some) + 1)) for some in serials.values())


def test_a_number_names_the_union_of_its_day_and_the_record_todays(city: DemoCity) -> None:
    unions = {one.code: one for one in city.unions}
    kept = 0
    for one in city.stations:
        assert unions[one.union_code].valid_to is None
        if one.code is None:
            continue
        first = next(v.valid_from for v in one.history if v.state == State.ACTIVE).date()
        issuer = unions[one.code[:6]]
        assert issuer.valid_from <= first
        assert issuer.valid_to is None or first < issuer.valid_to
        kept += issuer.valid_to is not None
    assert kept > 0


def test_a_merged_station_leads_to_one_that_is_active_and_no_other_does(city: DemoCity) -> None:
    for one in city.stations:
        if one.history[-1].state == State.MERGED:
            assert one.merged_into is not None
            survivor = city.stations[one.merged_into]
            assert survivor.history[-1].state == State.ACTIVE
            assert survivor.history[0].valid_from < one.history[-1].valid_from
        else:
            assert one.merged_into is None


def test_only_drafts_wait_for_a_place_and_all_others_lie_in_a_district(city: DemoCity) -> None:
    today = shapely.union_all([one.shape for one in city.districts if one.valid_to is None])
    water = shapely.union_all(
        [shapely.from_wkb(one.geometry) for one in city.features if one.layer == "water"]
    )
    unplaced = [one for one in city.stations if not one.facts.placed]
    assert unplaced
    assert {one.history[-1].state for one in unplaced} == {State.DRAFT}
    assert all(one.facts.address for one in city.stations)
    points = shapely.points(
        [(s.facts.longitude, s.facts.latitude) for s in city.stations if s.facts.placed]
    )
    assert shapely.contains(today, points).all()
    assert not shapely.intersects(water, points).any()


def test_hours_can_be_read_and_take_many_forms(city: DemoCity) -> None:
    hours = {one.facts.hours for one in city.stations}
    assert None in hours
    assert len(hours) >= 10
    noon = datetime(2026, 3, 11, 12, 30, tzinfo=UTC).replace(tzinfo=None)
    states = set()
    for text in hours - {None}:
        assert text is not None
        states.add(str(opening_hours.OpeningHours(text).state(noon)))
    assert len(states) >= 2
    for part in ("24/7", "PH off", "12:00,13:00", "18:00-02:00", "Jun-Sep"):
        assert any(part in text for text in hours if text)


def test_names_on_plaques_are_unique_and_say_harbour(city: DemoCity) -> None:
    names = [one.facts.name for one in city.stations]
    assert len(set(names)) == len(names)
    assert all(name.endswith("港湾") for name in names)
    assert len({one.facts.name_en for one in city.stations}) >= 0.97 * len(names)
