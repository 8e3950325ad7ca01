"""Coverage of the made-up town against a slow count that shares none of its code."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
import shapely

from app.domain.errors import Conflict, InvalidInput, NotFound
from app.domain.lifecycle import FACTS, State
from app.service import area_import, coverage, demand_import
from app.service.coverage import CoverageQuestion
from app.service.present import coverage_json
from app.store import stations
from app.store.cluster import Cluster
from app.store.runs import CoverageRun
from tests.service import towns
from tests.service.slowly import ELLIPSOID, Slow, straight, walk_seconds
from tests.service.towns import DISTRICTS, SIDE, STATIONS, Town, at_block, town_people, town_streets

ZONE = ZoneInfo("Asia/Shanghai")
COUNTING = [s for s in STATIONS if FACTS[s[3]].counts]
RULES = ("radius_1km", "walk_official", "walk_terrain")
SHARES = ("people_share", "twice_share", "thrice_share")
LIMIT_SECONDS = 900.0
# a Sunday in March, no holiday
NIGHT = datetime(2026, 3, 15, 3, 0, tzinfo=ZONE)


@pytest.fixture(scope="module")
def town(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with towns.opened(cluster, tmp_path_factory.mktemp("coverage")) as opened:
        yield opened


@pytest.fixture
def own_town(cluster: Cluster, tmp_path: Path) -> Iterator[Town]:
    """A town that a test may change."""
    with towns.opened(cluster, tmp_path) as opened:
        yield opened


def measure(town: Town, **question: Any) -> CoverageRun:
    streets = town.runtime.snapshot().streets
    with town.runtime.connection() as connection:
        return coverage.measure(connection, streets, town.settings, CoverageQuestion(**question))


def repeat(town: Town, run: int) -> tuple[CoverageRun, bool]:
    streets = town.runtime.snapshot().streets
    with town.runtime.connection() as connection:
        return coverage.repeat(connection, streets, town.settings, run)


def places(chosen: list[Any]) -> list[tuple[float, float]]:
    return [at_block(s[1], s[2]) for s in chosen]


@cache
def slow(rule: str) -> Slow:
    return Slow(town_streets(), terrain=rule == "walk_terrain")


def slow_counts(rule: str, people: list[tuple[float, float]], chosen: list[Any]) -> np.ndarray:
    """Return how many stations each person is within the circle of."""
    if rule == "radius_1km":
        metres = [[straight(person, place) for place in places(chosen)] for person in people]
        return (np.array(metres) <= 1000).sum(axis=1)
    seconds = walk_seconds(slow(rule), people, places(chosen))
    # a walk this near to the limit could fall on either side
    assert np.abs(seconds - LIMIT_SECONDS).min() > 0.02
    return (seconds <= LIMIT_SECONDS).sum(axis=1)


def residents() -> tuple[list[tuple[float, float]], np.ndarray]:
    lon, lat, weight = town_people()
    return list(zip(lon.tolist(), lat.tolist(), strict=True)), weight


def inside(people: list[tuple[float, float]], west: float, east: float) -> np.ndarray:
    """Return who lives between two columns of blocks, by comparing degrees."""
    (left, top), (right, bottom) = at_block(west, 0), at_block(east, SIDE - 1.0)
    return np.array([left < x < right and bottom < y < top for x, y in people])


@pytest.mark.parametrize("rule", RULES)
def test_people_once_twice_and_thrice_are_those_counted_slowly(town: Town, rule: str) -> None:
    figures = measure(town).result["rules"][rule]
    people, weight = residents()
    here = inside(people, 0, SIDE - 1.0)
    count = slow_counts(rule, people, COUNTING)[here]
    whole = weight[here].sum()
    for depth, name in enumerate(SHARES, start=1):
        expected = weight[here][count >= depth].sum() / whole
        assert 0.02 < expected < 0.98
        assert figures[name] == pytest.approx(expected, abs=1e-6)
    assert figures["people"] == weight[here][count >= 1].sum()
    assert figures["people_total"] == whole


@pytest.mark.parametrize("rule", RULES)
def test_the_figures_of_a_district_are_those_counted_in_it(town: Town, rule: str) -> None:
    result = measure(town).result
    people, weight = residents()
    count = slow_counts(rule, people, COUNTING)
    for (code, name, west, east), found in zip(DISTRICTS, result["districts"], strict=True):
        here = inside(people, west, east)
        assert (found["adcode"], found["name"]) == (code, name)
        for depth, share in enumerate(SHARES, start=1):
            expected = weight[here & (count >= depth)].sum() / weight[here].sum()
            assert found["rules"][rule][share] == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("rule", RULES)
def test_districts_add_up_to_the_whole(town: Town, rule: str) -> None:
    result = measure(town).result
    whole = result["rules"][rule]
    parts = [district["rules"][rule] for district in result["districts"]]
    for name in ("people", "people_total"):
        assert sum(part[name] for part in parts) == pytest.approx(whole[name], abs=0.2)
    # each region's area is measured in squares of its own
    for name, total, nearly in (
        ("street_share", "street_km", 2e-3),
        ("area_share", "area_km2", 1e-2),
    ):
        assert sum(p[total] for p in parts) == pytest.approx(whole[total], rel=2e-3)
        reached = sum(p[name] * p[total] for p in parts)
        assert reached == pytest.approx(whole[name] * whole[total], rel=nearly)


def street_samples(rule: str, *, every_metres: float) -> tuple[np.ndarray, np.ndarray]:
    """Return metres and number of stations in reach of short pieces of all streets in scope."""
    streets, walker = town_streets(), slow(rule)
    stations = [walker.spot(*place) for place in places(COUNTING)]
    times = [walker.times_to(station) for station in stations if station is not None]
    metres, counts = [], []
    for i in range(streets.segments):
        a, b = int(streets.start[i]), int(streets.end[i])
        ends = np.array([[streets.longitude[n], streets.latitude[n]] for n in (a, b)])
        if not inside([tuple(ends.mean(axis=0))], 0, SIDE - 1.0)[0]:
            continue
        pieces = max(1, round(walker.metres[i] / every_metres))
        fraction = (np.arange(pieces) + 0.5) / pieces
        if rule == "radius_1km":
            spots = ends[0] + fraction[:, None] * (ends[1] - ends[0])
            away = [
                ELLIPSOID.inv(*spots.T, np.full(pieces, x), np.full(pieces, y))[2]
                for x, y in places(COUNTING)
            ]
            reached = np.array(away) <= 1000
        else:
            reached = (
                np.array(
                    [
                        walker.from_segment(i, fraction, station, time)
                        for station, time in zip(stations, times, strict=True)
                        if station is not None
                    ]
                )
                <= LIMIT_SECONDS
            )
        counts.append(reached.sum(axis=0))
        metres.append(np.full(pieces, walker.metres[i] / pieces))
    return np.concatenate(metres), np.concatenate(counts)


@pytest.mark.parametrize("rule", RULES)
def test_the_share_of_street_length_is_that_of_dense_samples(town: Town, rule: str) -> None:
    figures = measure(town).result["rules"][rule]
    metres, counts = street_samples(rule, every_metres=2.0)
    assert figures["street_km"] == pytest.approx(metres.sum() / 1000, rel=1e-4)
    for depth, name in enumerate(("street_share", "street_twice_share", "street_thrice_share"), 1):
        expected = metres[counts >= depth].sum() / metres.sum()
        assert expected > 0.02
        assert figures[name] == pytest.approx(expected, abs=1e-3)


@pytest.mark.parametrize("rule", RULES)
def test_the_share_of_area_is_that_of_places_thrown_at_random(town: Town, rule: str) -> None:
    figures = measure(town).result["rules"][rule]
    rng = np.random.default_rng(3)
    thrown = [at_block(*spot) for spot in rng.uniform(0, SIDE - 1.0, (4000, 2))]
    if rule == "radius_1km":
        counts = slow_counts(rule, thrown, COUNTING)
    else:
        seconds = walk_seconds(slow(rule), thrown, places(COUNTING))
        counts = (seconds <= LIMIT_SECONDS).sum(axis=1)
    for depth, name in enumerate(("area_share", "area_twice_share", "area_thrice_share"), 1):
        # three standard errors of 4,000 throws, and the grain of the squares
        assert figures[name] == pytest.approx((counts >= depth).mean(), abs=0.03)
    west, north = at_block(0, 0)
    east, south = at_block(SIDE - 1.0, SIDE - 1.0)
    square, _ = ELLIPSOID.geometry_area_perimeter(shapely.box(west, south, east, north))
    # all districts, as far as there are streets
    assert figures["area_km2"] == pytest.approx(abs(square) / 1e6, rel=0.01)


def test_a_scope_is_measured_by_itself(own_town: Town, tmp_path: Path) -> None:
    corners = [at_block(*c) for c in ((5, 5), (10, 5), (10, 10), (5, 10), (5, 5))]
    file = tmp_path / "scope.geojson"
    area = {"type": "Polygon", "coordinates": [corners]}
    file.write_text(json.dumps({"type": "Feature", "properties": {}, "geometry": area}))
    with own_town.runtime.connection() as connection:
        area_import.import_scope(
            connection, file, name="centre", title="中心", datum="wgs84", street_buffer_metres=0
        )
    run = measure(own_town)
    assert run.inputs["scope"] == "centre"
    people, weight = residents()
    (left, top), (right, bottom) = corners[0], corners[2]
    here = np.array([left < x < right and bottom < y < top for x, y in people])
    count = slow_counts("walk_official", people, COUNTING)
    figures = run.result["rules"]["walk_official"]
    assert figures["people_total"] == weight[here].sum()
    assert figures["people"] == weight[here & (count > 0)].sum()
    everything = measure(own_town, scope="all")
    assert everything.result["rules"]["walk_official"]["people_total"] > figures["people_total"]


def test_a_moment_counts_only_what_is_surely_open_then(town: Town) -> None:
    run = measure(town, at=NIGHT)
    open_then = [s for s in COUNTING if s[4] == "24/7"]
    assert run.inputs["stations"] == len(open_then) == 2
    assert run.inputs["stations_unknown"] == 1
    assert run.inputs["stations_closed"] == len(COUNTING) - 3
    people, weight = residents()
    here = inside(people, 0, SIDE - 1.0)
    for rule in RULES:
        count = slow_counts(rule, people, open_then)
        assert run.result["rules"][rule]["people"] == weight[here & (count > 0)].sum()


def test_services_narrow_the_stations_that_count(town: Town) -> None:
    run = measure(town, services=("toilet", "water"))
    chosen = [s for s in COUNTING if {"toilet", "water"} <= set(s[5])]
    assert run.inputs["stations"] == len(chosen) < len(COUNTING)
    people, weight = residents()
    here = inside(people, 0, SIDE - 1.0)
    count = slow_counts("walk_terrain", people, chosen)
    assert run.result["rules"]["walk_terrain"]["people"] == weight[here & (count > 0)].sum()


def test_fewer_minutes_shrink_the_radius_with_the_walk(town: Town) -> None:
    run = measure(town, minutes=7.5)
    assert run.inputs["radius_metres"] == 500.0
    people, weight = residents()
    here = inside(people, 0, SIDE - 1.0)
    metres = np.array([[straight(p, place) for place in places(COUNTING)] for p in people])
    near = (metres <= 500).any(axis=1)
    assert run.result["rules"]["radius_1km"]["people"] == weight[here & near].sum()


def test_the_register_as_it_was_gives_the_figures_of_then(own_town: Town) -> None:
    before = measure(own_town)
    then = datetime.now(UTC)
    gone = own_town.code("解放碑站")
    with own_town.runtime.connection() as connection, connection.transaction():
        found = stations.find(connection, code=gone)
        assert found is not None
        stations.move(connection, [found.id], State.EXITED)
    now = measure(own_town)
    assert now.inputs["stations"] == before.inputs["stations"] - 1
    assert now.result["rules"] != before.result["rules"]
    past = measure(own_town, as_of=then)
    assert past.result["rules"] == before.result["rules"]
    assert past.inputs["stations_digest"] == before.inputs["stations_digest"]
    long_ago = measure(own_town, as_of=datetime(2001, 1, 1, tzinfo=UTC))
    assert long_ago.inputs["stations"] == 0
    assert long_ago.result["rules"]["radius_1km"]["people_share"] == 0


def test_the_same_question_is_answered_by_the_same_run(own_town: Town) -> None:
    first = measure(own_town)
    assert measure(own_town).id == first.id
    assert measure(own_town, minutes=10.0).id != first.id
    assert measure(own_town).id == first.id
    with own_town.runtime.connection() as connection:
        assert coverage.latest(connection).id == first.id + 1
        assert coverage.find(connection, first.id).result == first.result


def test_many_who_ask_the_same_at_once_make_one_run(own_town: Town) -> None:
    with ThreadPoolExecutor(6) as pool:
        made = list(pool.map(lambda _: measure(own_town, minutes=9.0).id, range(6)))
    assert len(set(made)) == 1


def test_a_scope_beyond_the_streets_is_refused_and_one_partly_beyond_says_so(
    own_town: Town, tmp_path: Path
) -> None:
    (west, north), (east, south) = at_block(0, 0), at_block(10.0, 10.0)
    width = east - west
    for name, left in (("far", west + 5), ("half", west - width)):
        shape = shapely.box(left, south, left + 2 * width, north).__geo_interface__
        file = tmp_path / f"{name}.geojson"
        file.write_text(json.dumps({"type": "Feature", "properties": {}, "geometry": shape}))
        with own_town.runtime.connection() as connection:
            area_import.import_scope(
                connection, file, name=name, title=name, datum="wgs84", street_buffer_metres=0
            )
    with pytest.raises(Conflict, match="no street of the network"):
        measure(own_town, scope="far")
    run = measure(own_town, scope="half")
    assert 0.2 < run.inputs["scope_beyond_streets"] < 0.55
    # what lies beyond the streets is part of the whole, and is not covered by walking
    figures = run.result["rules"]["walk_official"]
    assert figures["area_share"] < 1 - run.inputs["scope_beyond_streets"] + 0.1
    assert figures["area_km2"] == pytest.approx(
        abs(ELLIPSOID.geometry_area_perimeter(shapely.box(west - width, south, east, north))[0])
        / 1e6,
        rel=0.01,
    )


def test_districts_that_changed_after_the_last_station_count(
    own_town: Town, tmp_path: Path
) -> None:
    before = measure(own_town)
    (west, north), (east, south) = at_block(-1, -1), at_block(SIDE + 1.0, SIDE + 1.0)
    shape = shapely.box(west, south, east, north).__geo_interface__
    feature = {"type": "Feature", "properties": {"adcode": "500199", "name": "新区"}}
    file = tmp_path / "merged.geojson"
    collection = {"type": "FeatureCollection", "features": [{**feature, "geometry": shape}]}
    file.write_text(json.dumps(collection))
    with own_town.runtime.connection() as connection:
        area_import.import_districts(
            connection,
            file,
            datum="wgs84",
            valid_from=datetime.now(own_town.settings.zone).date(),
            replace_all=True,
        )
    after = measure(own_town)
    assert len(before.result["districts"]) > 1
    assert [district["name"] for district in after.result["districts"]] == ["新区"]


def test_a_run_repeats_to_the_same_figures(town: Town) -> None:
    for question in ({}, {"at": NIGHT}, {"services": ("toilet",), "minutes": 12.5}):
        run = measure(town, **question)
        again, same = repeat(town, run.id)
        assert same
        assert again.id == run.id


def test_a_run_whose_layer_was_imported_anew_cannot_be_repeated(
    own_town: Town, tmp_path: Path
) -> None:
    run = measure(own_town)
    file = tmp_path / "people.csv"
    lon, lat = at_block(3.0, 3.0)
    file.write_text(f"lon,lat,people\n{lon},{lat},5\n")
    with own_town.runtime.connection() as connection:
        demand_import.import_demand(connection, file, layer="residents")
    with pytest.raises(Conflict, match="demand_digest") as caught:
        repeat(own_town, run.id)
    assert "harbor coverage" in caught.value.remedy
    assert measure(own_town).result["rules"]["radius_1km"]["people_total"] == 5


def test_a_run_whose_district_was_drawn_anew_cannot_be_repeated(
    own_town: Town, tmp_path: Path
) -> None:
    run = measure(own_town)
    (west, north), (east, south) = at_block(0, 0), at_block(7.0, 15.0)
    shape = shapely.box(west, south, east, north).__geo_interface__
    feature = {"type": "Feature", "properties": {"adcode": "500103", "name": "西区"}}
    file = tmp_path / "districts.geojson"
    collection = {"type": "FeatureCollection", "features": [{**feature, "geometry": shape}]}
    file.write_text(json.dumps(collection))
    with own_town.runtime.connection() as connection:
        area_import.import_districts(connection, file, datum="wgs84", valid_from=date(2000, 1, 1))
    with pytest.raises(Conflict, match="districts_digest"):
        repeat(own_town, run.id)


def test_a_run_can_be_repeated_after_stations_changed_because_it_names_its_day(
    own_town: Town,
) -> None:
    run = measure(own_town)
    own_town.run("UPDATE station SET services = '{}' WHERE state = 'active'")
    _, same = repeat(own_town, run.id)
    assert same


def test_the_worst_served_places_are_named_and_the_most_people_come_first(town: Town) -> None:
    run = measure(town)
    worst = run.result["worst"]
    people, weight = residents()
    here = inside(people, 0, SIDE - 1.0)
    uncovered = weight[here & (slow_counts("walk_terrain", people, COUNTING) == 0)].sum()
    counts = [place["people"] for place in worst]
    assert counts == sorted(counts, reverse=True)
    assert 0 < sum(counts) <= uncovered
    assert len(worst) == 10
    for place in worst:
        assert place["name"] in ("磁器口", "石桥铺")
        assert place["district"] in ("西区", "东区")
        assert place["minutes"] is None or place["minutes"] > 10


def test_the_walk_of_a_worst_served_place_is_the_mean_of_its_people(town: Town) -> None:
    place = measure(town).result["worst"][0]
    people, weight = residents()
    seconds = walk_seconds(slow("walk_terrain"), people, places(COUNTING)).min(axis=1)
    here = inside(people, 0, SIDE - 1.0) & (seconds > LIMIT_SECONDS)
    # every uncovered person nearer than the corner of a square of 500 m
    near = [
        i for i in np.flatnonzero(here)
        if straight(people[i], (place["lon"], place["lat"])) < 710
    ]  # fmt: skip
    walks = seconds[near][np.isfinite(seconds[near])] / 60
    assert walks.min() <= place["minutes"] <= walks.max()
    assert place["people"] <= weight[near].sum()


def test_a_coverage_answer_has_the_shape_that_scripts_rely_on(town: Town) -> None:
    answer = coverage_json(measure(town))
    assert json.loads(json.dumps(answer)) == answer
    assert {"run", "inputs", "rules", "districts"} <= set(answer)
    assert {"scope", "demand", "network", "at"} <= set(answer["inputs"])
    assert set(answer["rules"]) == set(RULES)
    figures = {
        "people", "people_share", "street_share", "area_share", "twice_share", "thrice_share",
    }  # fmt: skip
    for part in (answer, *answer["districts"]):
        for rule in RULES:
            assert figures <= set(part["rules"][rule])
    for district in answer["districts"]:
        assert {"adcode", "name", "rules"} <= set(district)


def test_a_circle_by_terrain_or_streets_is_never_larger_than_the_radius(town: Town) -> None:
    rules = measure(town).result["rules"]
    for name in SHARES:
        assert rules["walk_official"][name] <= rules["radius_1km"][name]


@pytest.mark.parametrize(
    ("question", "field"),
    [
        ({"minutes": 0.0}, "minutes"),
        ({"minutes": float("nan")}, "minutes"),
        ({"minutes": 121.0}, "minutes"),
        ({"services": ("sauna",)}, "services"),
        ({"at": datetime(9999, 12, 31, tzinfo=UTC)}, "at"),
        ({"as_of": datetime(1, 1, 2, tzinfo=UTC)}, "as_of"),
    ],
)
def test_a_question_that_cannot_be_measured_names_its_field(
    town: Town, question: dict[str, Any], field: str
) -> None:
    with pytest.raises(InvalidInput) as caught:
        measure(town, **question)
    assert [error.field for error in caught.value.errors] == [field]


@pytest.mark.parametrize("question", [{"scope": "nowhere"}, {"demand": "nobody"}])
def test_an_unknown_scope_or_layer_is_answered_with_those_that_are_known(
    town: Town, question: dict[str, str]
) -> None:
    with pytest.raises(NotFound) as caught:
        measure(town, **question)
    assert "Known" in caught.value.remedy


def test_an_unknown_run_is_said_to_be_unknown(town: Town) -> None:
    with pytest.raises(NotFound, match="no coverage run 4711"):
        repeat(town, 4711)


def test_a_station_that_no_street_is_near_serves_the_radius_alone(own_town: Town) -> None:
    before = measure(own_town)
    own_town.run("DELETE FROM demand_layer")
    far = at_block(-3.0, 7.0)
    own_town.run(
        "UPDATE station SET place = ST_SetSRID(ST_MakePoint(%s, %s), 4326) WHERE code = %s",
        *far,
        own_town.code("朝天门站"),
    )
    with pytest.raises(NotFound, match="no demand layer") as caught:
        measure(own_town)
    assert "harbor population import" in caught.value.remedy
    own_town.run(
        "INSERT INTO demand_layer (name, title, points, total, digest, longitude, latitude, weight)"
        " VALUES ('residents', 'r', 1, 1, 'one', %s, %s, %s)",
        *(np.array([v], "<f8").tobytes() for v in (*at_block(0.2, 7.0), 1.0)),
    )
    run = measure(own_town)
    assert run.result["stations_outside"] == 1
    assert before.result["stations_outside"] == 0
    people = {rule: run.result["rules"][rule]["people"] for rule in RULES}
    assert people == {"radius_1km": 1.0, "walk_official": 0.0, "walk_terrain": 0.0}
    assert run.result["worst"][0]["minutes"] is not None
