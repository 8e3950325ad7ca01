"""The way to one station, on the made-up town."""

import itertools
from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from app.domain.errors import InvalidInput, NotFound
from app.service.nearest import nearest
from app.service.present import route_json
from app.service.question import Question
from app.service.route import Route, Wish, route
from app.store.cluster import Cluster
from geo.datum import from_wgs84, to_wgs84
from geo.streets import Kind
from tests.service import towns
from tests.service.towns import STATIONS, Town, at_block, town_people

HERE = at_block(7.0, 7.0)
NOON = datetime(2026, 3, 15, 12, 0, tzinfo=ZoneInfo("Asia/Shanghai"))


@pytest.fixture(scope="module")
def town(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with towns.opened(cluster, tmp_path_factory.mktemp("route")) as opened:
        yield opened


def lead(town: Town, to: str, place: tuple[float, float] = HERE, **options: str) -> Route:
    wish = Wish(longitude=place[0], latitude=place[1], to=to, **options)
    return route(town.runtime.snapshot(), town.settings, wish)


@pytest.mark.parametrize("mode", ["walk", "ebike"])
def test_a_route_is_the_way_that_the_list_promised(town: Town, mode: str) -> None:
    lon, lat, _ = town_people(12)
    checked, kinds = 0, set()
    for place in [(x, y) for x, y in zip(lon, lat, strict=True) if at_block(0, 0)[0] < x]:
        asked = Question(longitude=place[0], latitude=place[1], k=8, mode=mode, at=NOON)
        for found in nearest(town.runtime.snapshot(), town.settings, asked).stations:
            way = lead(town, str(found.station.code), place, mode=mode)
            assert way.seconds == pytest.approx(found.way.seconds, abs=0.05)
            assert way.metres == pytest.approx(found.way.metres, abs=0.05)
            assert way.ascent == pytest.approx(found.way.ascent, abs=0.05)
            legs = [part.leg for part in way.parts]
            assert sum(leg.seconds for leg in legs) == pytest.approx(way.seconds, abs=0.1)
            assert sum(leg.metres for leg in legs) == pytest.approx(way.metres, abs=0.1)
            assert sum(leg.descent for leg in legs) == pytest.approx(way.descent, abs=0.1)
            walked = [part.leg.seconds for part in way.parts if part.mode == "walk"]
            assert sum(walked) == pytest.approx(found.way.walk_seconds, abs=0.1)
            assert legs[0].coordinates[0] == pytest.approx(place, abs=1e-7)
            end = found.station.longitude, found.station.latitude
            assert legs[-1].coordinates[-1] == pytest.approx(end, abs=1e-7)
            for one, other in itertools.pairwise(legs):
                assert one.coordinates[-1] == pytest.approx(other.coordinates[0], abs=1e-7)
            kinds |= {leg.kind for leg in legs}
            checked += 1
    assert checked > 40
    # who rides passes no stairs here
    assert {Kind.STREET, Kind.BRIDGE, None} <= kinds
    assert (Kind.STEPS in kinds) is (mode == "walk")


def test_a_ride_ends_where_the_ebike_is_left(town: Town) -> None:
    modes = [part.mode for part in lead(town, town.code("七星岗站"), mode="ebike").parts]
    assert modes.count("park") == 1
    assert modes.index("park") == modes.count("ride") > 0
    assert modes[-1] == "walk"


@pytest.mark.parametrize("datum", ["gcj02", "bd09"])
def test_a_route_speaks_the_datum_it_was_asked_in(town: Town, datum: str) -> None:
    code = town.code("较场口站")
    told = route_json(lead(town, code, from_wgs84(*HERE, datum=datum), datum=datum), datum=datum)
    plain = route_json(lead(town, code))
    for one, other in zip(told["parts"], plain["parts"], strict=True):
        for there, here in zip(one["coordinates"], other["coordinates"], strict=True):
            assert to_wgs84(*there, datum=datum) == pytest.approx(here, abs=1e-6)


def test_what_cannot_be_reached_or_is_not_public_is_said(town: Town) -> None:
    gone = town.code(STATIONS[8][0])
    with pytest.raises(NotFound, match=gone):
        lead(town, gone)
    with pytest.raises(InvalidInput):
        lead(town, "500103000099")
    with pytest.raises(InvalidInput, match="mode"):
        lead(town, town.code("较场口站"), mode="boat")
