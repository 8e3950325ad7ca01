"""The made-up city: the same for a seed, of the wanted size, and one that could be true."""

import dataclasses
from collections import Counter
from datetime import date

import numpy as np
import pytest
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from app.domain.errors import InvalidInput
from app.domain.services import SERVICES
from app.domain.station import Door, HostKind
from app.service.demo.city import DemoCity, make_city
from app.service.demo.frame import CENTRE_LATITUDE, METRES_PER_DEGREE
from geo.basemap import Feature, Layer
from geo.streets import Access, Kind, StreetGraph

TODAY = date(2026, 3, 9)
SCALE = METRES_PER_DEGREE * np.array([np.cos(np.radians(CENTRE_LATITUDE)), 1.0])


@pytest.fixture(scope="module")
def city() -> DemoCity:
    return make_city(today=TODAY)


@pytest.fixture(scope="module")
def features(city: DemoCity) -> list[Feature]:
    return list(city.features)


def ends(graph: StreetGraph) -> np.ndarray:
    places = np.column_stack([graph.longitude, graph.latitude])
    return np.stack([places[graph.start], places[graph.end]], axis=1)


def lengths(graph: StreetGraph) -> np.ndarray:
    run = np.diff(ends(graph), axis=1)[:, 0] * SCALE
    return np.hypot(run[:, 0], run[:, 1])


def slopes(graph: StreetGraph) -> np.ndarray:
    climb = graph.height[graph.end].astype(float) - graph.height[graph.start]
    return np.abs(climb) / lengths(graph)


def junctions(graph: StreetGraph) -> int:
    degree = np.bincount(np.concatenate([graph.start, graph.end]), minlength=graph.nodes)
    return int((degree != 2).sum())


def same(one: object, other: object) -> bool:
    """Compare two values field by field, arrays by their bytes."""
    if isinstance(one, np.ndarray):
        assert isinstance(other, np.ndarray)
        return one.dtype == other.dtype and one.tobytes() == other.tobytes()
    if dataclasses.is_dataclass(one) and not isinstance(one, type):
        return type(one) is type(other) and all(
            same(getattr(one, field.name), getattr(other, field.name))
            for field in dataclasses.fields(one)
        )
    if isinstance(one, tuple):
        assert isinstance(other, tuple)
        return len(one) == len(other) and all(map(same, one, other))
    return bool(one == other)


PARTS = ("streets", "districts", "unions", "scope", "demand", "stations")


def test_the_same_seed_makes_the_same_city_to_the_last_byte() -> None:
    one, other = (make_city(seed=5, junctions=2_000, stations=60, today=TODAY) for _ in range(2))
    assert [name for name in PARTS if not same(getattr(one, name), getattr(other, name))] == []
    assert list(one.features) == list(other.features)


def test_another_seed_makes_another_city() -> None:
    one = make_city(seed=1, junctions=1_000, stations=30, today=TODAY)
    other = make_city(seed=2, junctions=1_000, stations=30, today=TODAY)
    assert not same(one.streets, other.streets)
    assert [s.facts.name for s in one.stations] != [s.facts.name for s in other.stations]


@pytest.mark.parametrize(
    ("wanted", "seed"), [(1_000, 1), (1_000, 2), (1_500, 3), (6_000, 4), (60_000, 5)]
)
def test_junctions_come_out_within_fifteen_per_cent(wanted: int, seed: int) -> None:
    graph = make_city(seed=seed, junctions=wanted, stations=10, today=TODAY).streets
    assert 0.85 * wanted <= junctions(graph) <= 1.15 * wanted
    assert_sound(graph)


def test_the_usual_city_has_the_usual_size(city: DemoCity) -> None:
    assert 25_500 <= junctions(city.streets) <= 34_500
    assert len(city.stations) == 600
    assert_sound(city.streets)


def assert_sound(graph: StreetGraph) -> None:
    count = graph.nodes
    links = coo_array((np.ones(graph.segments), (graph.start, graph.end)), (count, count))
    _, label = connected_components(links, directed=False)
    assert np.bincount(label).max() >= 0.95 * count
    degree = np.bincount(np.concatenate([graph.start, graph.end]), minlength=count)
    assert degree.min() >= 1
    low, high = np.minimum(graph.start, graph.end), np.maximum(graph.start, graph.end)
    assert len(np.unique(np.column_stack([low, high]), axis=0)) == graph.segments
    assert len(np.unique(np.column_stack([graph.longitude, graph.latitude]), axis=0)) == count
    assert lengths(graph).min() > 0
    assert lengths(graph).max() <= 200
    assert np.isfinite(graph.height).all()
    assert ((graph.access & Access.BOTH) == Access.BOTH).all()
    assert not (graph.access[graph.kind == Kind.STEPS] & Access.RIDE_BOTH).any()
    assert graph.name.max() < len(graph.names) == len(set(graph.names))
    assert graph.name.min() == -1


def test_only_bridges_and_tunnels_cross_the_water(city: DemoCity, features: list[Feature]) -> None:
    graph = city.streets
    water = shapely.union_all(
        [shapely.from_wkb(one.geometry) for one in features if one.layer == Layer.WATER]
    )
    shapely.prepare(water)
    wet = shapely.intersects(water, shapely.linestrings(ends(graph)))
    assert set(np.unique(graph.kind[wet])) == {Kind.BRIDGE}


def test_a_bridge_lies_high_over_the_water_on_nodes_of_its_own(city: DemoCity) -> None:
    graph = city.streets
    bridge = graph.kind == Kind.BRIDGE
    degree = np.bincount(np.concatenate([graph.start, graph.end]), minlength=graph.nodes)
    deck = np.intersect1d(graph.start[bridge], graph.end[bridge])
    assert (degree[deck] == 2).mean() > 0.9
    assert graph.height[deck].min() > 180
    assert (graph.kind == Kind.TUNNEL).any()


def test_stairs_are_steep_and_streets_are_not(city: DemoCity) -> None:
    graph = city.streets
    slope = slopes(graph)
    stairs = graph.kind == Kind.STEPS
    assert stairs.sum() > 2_000
    assert slope[stairs].min() > 0.099
    assert slope[graph.kind == Kind.STREET].max() < 0.155
    assert slope[graph.kind == Kind.PATH].max() < 0.265
    climb = np.abs(graph.height[graph.end] - graph.height[graph.start])
    assert np.abs(graph.steps[stairs] * 0.16 - climb[stairs]).max() < 0.2
    assert (graph.steps[~stairs] == 0).all()
    assert {Kind.LIFT, Kind.ESCALATOR} <= set(np.unique(graph.kind))


def test_the_city_has_hills(city: DemoCity) -> None:
    low, high = np.percentile(city.streets.height, [1, 99])
    assert low > 165
    assert high - low > 120


def test_features_are_valid_shapes_of_every_layer_but_streets(features: list[Feature]) -> None:
    shapes = shapely.from_wkb([one.geometry for one in features])
    assert shapely.is_valid(shapes).all()
    assert not shapely.is_empty(shapes).any()
    assert not shapely.has_z(shapes).any()
    assert {one.layer for one in features} == set(Layer) - {Layer.STREET}
    kinds = {one.kind for one in features}
    assert {"river", "lake", "park", "forest", "residential", "rail", "suburb", "bank"} <= kinds


def test_nine_districts_share_the_city_without_gap_or_overlap(city: DemoCity) -> None:
    others = [
        make_city(seed=seed, junctions=junctions, stations=0, today=TODAY)
        for seed, junctions in ((1, 1_000), (2, 1_000), (5, 2_000), (7, 12_000))
    ]
    for some in (city, *others):
        assert_partition(some)


def assert_partition(city: DemoCity) -> None:
    before = [one for one in city.districts if one.valid_from == city.districts[0].valid_from]
    after = [one for one in city.districts if one.valid_to is None]
    assert (len(before), len(after), len(city.districts)) == (9, 8, 10)
    whole = shapely.union_all([one.shape for one in before])
    for some in (before, after):
        shapes = [one.shape for one in some]
        assert all(one.is_valid and not one.is_empty for one in shapes)
        assert sum(one.area for one in shapes) == pytest.approx(whole.area, rel=1e-9)
        assert shapely.union_all(shapes).symmetric_difference(whole).area < 1e-12
    assert isinstance(whole, shapely.Polygon)
    assert len(whole.interiors) == 0


def test_two_districts_with_a_common_boundary_merge_in_the_course_of_the_history(
    city: DemoCity,
) -> None:
    gone = [one for one in city.districts if one.valid_to is not None]
    (merged,) = [one for one in city.districts if one.valid_from == gone[0].valid_to]
    assert len(gone) == 2
    assert len(merged.shape.geoms) == 1
    assert 0 < (TODAY - merged.valid_from).days < 548
    unions = {one.code: one for one in city.unions}
    for one in city.districts:
        assert (unions[one.adcode].valid_from, unions[one.adcode].valid_to) == (
            one.valid_from,
            one.valid_to,
        )
    assert Counter(one.kind for one in city.unions) == {
        "city": 1,
        "district": 10,
        "industrial": 1,
    }


def test_people_live_on_land_in_whole_numbers(city: DemoCity, features: list[Feature]) -> None:
    rivers = shapely.union_all(
        [shapely.from_wkb(one.geometry) for one in features if one.kind == "river"]
    )
    assert [one.name for one in city.demand] == ["residents", "outdoor_workers"]
    for one in city.demand:
        assert (one.weight == np.round(one.weight)).all()
        assert one.weight.min() >= 1
        assert not shapely.contains_xy(rivers, one.longitude, one.latitude).any()
    residents = float(city.demand[0].weight.sum())
    assert 30 <= residents / junctions(city.streets) <= 40


def test_the_scope_names_areas_and_main_streets(city: DemoCity) -> None:
    scope = city.scope
    assert scope.areas.is_valid
    assert 0.02 < scope.areas.area / sum(one.shape.area for one in city.districts) < 0.3
    assert 10 <= len(scope.street_names) == len(set(scope.street_names))
    assert set(scope.street_names) <= set(city.streets.names)


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({"junctions": 999}, "junctions"),
        ({"junctions": 3_000_001}, "junctions"),
        ({"stations": -1}, "stations"),
        ({"seed": -1}, "seed"),
    ],
)
def test_a_number_out_of_range_is_refused(options: dict[str, int], field: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        make_city(**options, today=TODAY)  # type: ignore[arg-type]
    assert [error.field for error in caught.value.errors] == [field]


def test_the_city_says_that_it_is_made_up(city: DemoCity) -> None:
    assert "虚构" in city.label
    assert "made up" in city.label_en
    assert all(one.source == "made up" for one in city.demand)


def test_every_service_door_and_host_occurs_even_among_few(city: DemoCity) -> None:
    few = make_city(seed=3, junctions=1_000, stations=30, today=TODAY)
    for some in (city.stations, few.stations):
        facts = [one.facts for one in some]
        assert {code for one in facts for code in one.services} == {one.code for one in SERVICES}
        assert set(Door) <= {one.door for one in facts}
        assert {one.host_kind for one in facts} == set(HostKind)
