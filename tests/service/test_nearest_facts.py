"""Closures and seasons in a rider's answers, from memory alone."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from psycopg.types.json import Jsonb

from app.domain.hours import OpenState, Reason
from app.service.nearest import Answer, nearest
from app.service.offers import in_season, offers_of
from app.service.present import answer_json
from app.service.question import Question
from app.store.cluster import Cluster
from app.store.stations import StationRecord
from tests.service import towns
from tests.service.towns import Town, at_block

HERE = at_block(7.0, 7.0)
ZONE = ZoneInfo("Asia/Shanghai")
NEAR, SECOND = "解放碑站", "较场口站"
SUMMER = datetime(2027, 7, 14, 12, 0, tzinfo=ZONE)
WINTER = datetime(2027, 1, 13, 12, 0, tzinfo=ZONE)


@pytest.fixture(scope="module")
def shared(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with towns.opened(cluster, tmp_path_factory.mktemp("facts")) as opened:
        yield opened


@pytest.fixture
def town(shared: Town) -> Town:
    shared.run("DELETE FROM station_closure")
    shared.run("UPDATE station SET service_details = '{}' WHERE service_details <> '{}'")
    shared.runtime.refresh()
    return shared


def ask(town: Town, at: datetime, **options: object) -> Answer:
    question = Question(longitude=HERE[0], latitude=HERE[1], at=at, **options)  # type: ignore[arg-type]
    return nearest(town.runtime.snapshot(), town.settings, question)


def detail(town: Town, name: str, **details: object) -> None:
    town.run("UPDATE station SET service_details = %s WHERE name = %s", Jsonb(details), name)
    town.runtime.refresh()


def close(town: Town, name: str, begins: datetime, ends: datetime) -> None:
    town.run(
        "INSERT INTO station_closure (station_id, begins, ends, reason)"
        " SELECT id, %s, %s, '停电检修' FROM station WHERE name = %s",
        begins, ends, name,
    )  # fmt: skip
    town.runtime.refresh()


def names(answer: Answer) -> list[str]:
    return [found.station.name for found in answer.stations]


def test_a_closed_station_is_closed_with_its_reason_until_its_end(town: Town) -> None:
    ends = SUMMER + timedelta(days=2)
    close(town, NEAR, SUMMER - timedelta(days=1), ends)
    found = ask(town, SUMMER, k=1).stations[0]
    assert found.station.name == NEAR
    assert (found.opening.state, found.opening.reason) == (OpenState.CLOSED, Reason.CLOSURE)
    assert (found.opening.note, found.opening.opens_at) == ("停电检修", ends)
    written = answer_json(ask(town, SUMMER, k=1))["stations"][0]
    assert (written["open"], written["reason"], written["note"]) == (
        "closed",
        "closure",
        "停电检修",
    )
    for choice in ("now", "arrival"):
        assert NEAR not in names(ask(town, SUMMER, k=50, open=choice))
    after = ask(town, ends, k=1).stations[0]
    assert (after.station.name, after.opening.state) == (NEAR, OpenState.OPEN)


def test_a_closure_that_begins_on_the_way_counts_at_the_arrival(town: Town) -> None:
    way = ask(town, SUMMER, k=1).stations[0].way.seconds
    close(town, NEAR, SUMMER + timedelta(seconds=way / 2), SUMMER + timedelta(days=1))
    assert NEAR in names(ask(town, SUMMER, k=50, open="now"))
    assert NEAR not in names(ask(town, SUMMER, k=50, open="arrival"))


def test_a_filter_counts_what_is_on_site_and_in_season(town: Town) -> None:
    detail(town, NEAR, toilet={"where": "on_site", "from": "06-01", "to": "09-30"})
    assert NEAR in names(ask(town, SUMMER, k=50, services=("toilet",)))
    winter = ask(town, WINTER, k=50, services=("toilet",))
    assert NEAR not in names(winter)
    assert len(winter.stations) == len(ask(town, SUMMER, k=50, services=("toilet",)).stations) - 1
    # without the filter it is there, and says what one finds today
    near = next(f for f in ask(town, WINTER, k=50).stations if f.station.name == NEAR)
    assert set(near.services) == {"seat", "water"}
    near = next(f for f in ask(town, SUMMER, k=50).stations if f.station.name == NEAR)
    assert set(near.services) == {"seat", "toilet", "water"}


def test_the_nearest_one_elsewhere_is_no_service_of_the_station(town: Town) -> None:
    before = names(ask(town, SUMMER, k=50, services=("charging",)))
    detail(town, NEAR, charging={"where": "nearest", "note": "对面"})
    assert names(ask(town, SUMMER, k=50, services=("charging",))) == before
    assert NEAR not in before


def test_a_season_is_that_of_the_arrival_not_of_the_question(town: Town) -> None:
    detail(town, NEAR, toilet={"where": "on_site", "from": "06-01", "to": "09-30"})
    detail(town, SECOND, toilet={"where": "on_site", "from": "10-01", "to": "05-31"})
    midnight = datetime(2027, 6, 1, tzinfo=ZONE)
    way = next(f.way.seconds for f in ask(town, SUMMER, k=50).stations if f.station.name == NEAR)
    just_before = midnight - timedelta(seconds=way / 2)
    found = names(ask(town, just_before, k=50, services=("toilet",)))
    # both are reached after midnight: the summer's is in season, the winter's is over
    assert NEAR in found
    assert SECOND not in found
    assert NEAR not in names(
        ask(town, midnight - timedelta(seconds=2 * way), k=50, services=("toilet",))
    )


def test_enough_are_found_although_the_nearest_are_out_of_season(town: Town) -> None:
    for name in (NEAR, SECOND, "上清寺站"):
        detail(town, name, toilet={"where": "on_site", "from": "06-01", "to": "06-01"})
    found = ask(town, datetime(2027, 6, 2, 0, 1, tzinfo=ZONE), k=2, services=("toilet",))
    assert len(found.stations) == 2
    on_the_eve = ask(town, datetime(2027, 5, 31, 12, tzinfo=ZONE), k=2, services=("toilet",))
    assert len(on_the_eve.stations) == 2
    assert not {NEAR, SECOND, "上清寺站"} & set(names(on_the_eve))


def test_answers_need_no_database(town: Town) -> None:
    close(town, NEAR, SUMMER, SUMMER + timedelta(days=1))
    snapshot = town.runtime.snapshot()
    question = Question(longitude=HERE[0], latitude=HERE[1], at=SUMMER, services=("toilet",))
    expected = nearest(snapshot, town.settings, question)
    with psycopg.connect(town.url) as connection:
        # whoever reads a station or a closure waits until the test ends
        connection.execute("LOCK TABLE station, station_closure, station_photo")
        assert nearest(snapshot, town.settings, question) == expected
    assert expected.stations[0].opening.reason is Reason.CLOSURE


DAYS = st.dates(date(2027, 1, 1), date(2028, 12, 31))


@given(
    st.lists(st.tuples(st.booleans(), st.none() | st.tuples(DAYS, DAYS)), max_size=8),
    DAYS,
)
def test_the_arrays_say_what_each_season_says(
    given_stations: list[tuple[bool, tuple[date, date] | None]], day: date
) -> None:
    records = [
        StationRecord(
            number, None, "active", True, "x", "", 106.5, 29.5, "",
            ("toilet",) if has else (), None, "", None, "", None, "", None, None, SUMMER,
            service_details={} if season is None else {
                "toilet": {"where": "on_site", "from": f"{season[0]:%m-%d}",
                           "to": f"{season[1]:%m-%d}"}
            },
        )
        for number, (has, season) in enumerate(given_stations)
    ]  # fmt: skip
    offers = offers_of(records)
    held = [["toilet" in in_season(record, d) for record in records]
            for d in (day, day + timedelta(days=1))]  # fmt: skip
    wanted = offers.wanted(("toilet",), day)
    assert wanted is not None
    assert wanted.tolist() == [a or b for a, b in zip(*held, strict=True)]
    assert [offers.holds(n, ("toilet",), day) for n in range(len(records))] == held[0]
    assert not any(offers.wanted(("aed",), day))  # type: ignore[arg-type]
