"""What of an OpenStreetMap extract is drawn under our maps."""

from collections import Counter
from pathlib import Path

import pytest
import shapely

from geo.basemap import Feature, Layer
from geo.errors import SourceUnreadable
from geo.osm_basemap import Features, read_features
from tests.geo.osm_files import place, write_extract

#  d---------c
#  |  h---g  |
#  |  |   |  |
#  |  e---f  |
#  a---------b
SQUARE = {"a": (0.0, 0.0), "b": (300.0, 0.0), "c": (300.0, 300.0), "d": (0.0, 300.0)}
HOLE = {"e": (100.0, 100.0), "f": (200.0, 100.0), "g": (200.0, 200.0), "h": (100.0, 200.0)}
NODES = SQUARE | HOLE


def read(folder: Path, *arguments: object, **options: object) -> list[Feature]:
    return list(read_all(folder, *arguments, **options)[1])


def read_all(folder: Path, *arguments: object, **options: object) -> tuple[Features, list[Feature]]:
    path = write_extract(folder / "plan.osm.pbf", *arguments, **options)  # type: ignore[arg-type]
    features = read_features(path)
    return features, list(features)


def drawn(features: list[Feature]) -> list[tuple[Layer, str, int]]:
    return [(feature.layer, feature.kind, feature.min_zoom) for feature in features]


def box(west: float, south: float, east: float, north: float) -> shapely.Polygon:
    return shapely.box(*place(west, south), *place(east, north))


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ({"natural": "water"}, (Layer.WATER, "lake", 11)),
        ({"natural": "water", "water": "river"}, (Layer.WATER, "river", 11)),
        ({"waterway": "riverbank"}, (Layer.WATER, "river", 11)),
        ({"landuse": "reservoir"}, (Layer.WATER, "reservoir", 11)),
        ({"leisure": "garden"}, (Layer.LANDUSE, "park", 11)),
        ({"landuse": "forest"}, (Layer.LANDUSE, "wood", 11)),
        ({"leisure": "pitch"}, (Layer.LANDUSE, "grass", 11)),
        ({"landuse": "farmland"}, (Layer.LANDUSE, "farmland", 11)),
        ({"landuse": "residential"}, (Layer.LANDUSE, "residential", 11)),
        ({"landuse": "retail"}, (Layer.LANDUSE, "commercial", 11)),
        ({"landuse": "industrial"}, (Layer.LANDUSE, "industrial", 11)),
        ({"amenity": "grave_yard"}, (Layer.LANDUSE, "cemetery", 11)),
        ({"building": "yes"}, (Layer.BUILDING, "building", 15)),
    ],
    ids=str,
)
def test_a_closed_way_is_an_area(
    tmp_path: Path, tags: dict[str, str], expected: tuple[Layer, str, int]
) -> None:
    # 300 m wide: two pixels at zoom 10, four at zoom 11
    features = read(tmp_path, NODES, [("abcda", tags)])
    assert drawn(features) == [expected]
    assert shapely.from_wkb(features[0].geometry).equals(box(0, 0, 300, 300))


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ({"waterway": "river"}, (Layer.WATER, "river", 8)),
        ({"waterway": "stream"}, (Layer.WATER, "stream", 13)),
        ({"waterway": "canal"}, (Layer.WATER, "canal", 11)),
        ({"railway": "rail"}, (Layer.RAILWAY, "rail", 10)),
        ({"railway": "rail", "service": "siding"}, (Layer.RAILWAY, "rail", 14)),
        ({"railway": "subway"}, (Layer.RAILWAY, "subway", 12)),
        ({"railway": "tram"}, (Layer.RAILWAY, "tram", 14)),
        ({"highway": "motorway"}, (Layer.STREET, "motorway", 8)),
        ({"highway": "primary_link"}, (Layer.STREET, "primary", 10)),
        ({"highway": "living_street"}, (Layer.STREET, "residential", 13)),
        ({"highway": "service", "access": "private"}, (Layer.STREET, "service", 14)),
        ({"highway": "footway"}, (Layer.STREET, "path", 15)),
        ({"highway": "steps"}, (Layer.STREET, "steps", 15)),
    ],
    ids=str,
)
def test_a_way_is_a_line(
    tmp_path: Path, tags: dict[str, str], expected: tuple[Layer, str, int]
) -> None:
    features = read(tmp_path, NODES, [("abc", tags | {"name": "嘉陵江"})])
    assert drawn(features) == [expected]
    assert features[0].name == "嘉陵江"
    line = shapely.LineString([place(*NODES[letter]) for letter in "abc"])
    assert shapely.from_wkb(features[0].geometry).equals_exact(line)


@pytest.mark.parametrize(
    "tags",
    [
        {"waterway": "stream", "tunnel": "culvert"},
        {"railway": "abandoned"},
        {"highway": "proposed"},
        {"building": "no"},
        {"boundary": "administrative"},
        {"place": "city"},
    ],
    ids=str,
)
def test_what_is_not_there_to_be_seen_is_not_drawn(tmp_path: Path, tags: dict[str, str]) -> None:
    assert read(tmp_path, NODES, [("abcda", tags)]) == []


def test_places_and_premises_are_points(tmp_path: Path) -> None:
    tags = {
        "a": {"place": "suburb", "name": "渝中"},
        "b": {"amenity": "post_office"},
        "c": {"place": "suburb"},
        "d": {"shop": "supermarket", "name": "超市"},
    }
    features = read(tmp_path, NODES, node_tags=tags)
    assert [
        (*item, feature.name) for item, feature in zip(drawn(features), features, strict=True)
    ] == [
        (Layer.PLACE, "suburb", 12, "渝中"),
        (Layer.PREMISES, "post_office", 16, ""),
        (Layer.PREMISES, "supermarket", 16, "超市"),
    ]
    assert shapely.from_wkb(features[0].geometry).equals(shapely.Point(place(0, 0)))


def test_a_building_with_a_bank_is_both(tmp_path: Path) -> None:
    # an L whose centroid lies outside
    nodes = {"a": (0.0, 0.0), "b": (90.0, 0.0), "c": (90.0, 9.0), "d": (9.0, 9.0)}
    nodes |= {"e": (9.0, 90.0), "f": (0.0, 90.0)}
    tags = {"building": "yes", "amenity": "bank", "name": "银行"}
    features = read(tmp_path, nodes, [("abcdefa", tags)])
    assert drawn(features) == [
        (Layer.BUILDING, "building", 15),
        (Layer.PREMISES, "bank", 16),
    ]
    outline, point = (shapely.from_wkb(feature.geometry) for feature in features)
    assert not outline.contains(outline.centroid)
    assert outline.contains(point)


def test_a_multipolygon_keeps_its_island(tmp_path: Path) -> None:
    ways = [("abc", {}), ("cda", {}), ("efghe", {})]
    members = [(0, "outer"), (1, "outer"), (2, "inner")]
    tags = {"type": "multipolygon", "natural": "water", "name": "湖"}
    features, found = read_all(tmp_path, NODES, ways, relations=[(members, tags)])
    assert drawn(found) == [(Layer.WATER, "lake", 11)]
    expected = box(0, 0, 300, 300).difference(box(100, 100, 200, 200))
    assert shapely.from_wkb(found[0].geometry).equals(expected)
    assert features.broken == 0


def test_a_broken_multipolygon_is_skipped_and_counted(tmp_path: Path) -> None:
    ways = [("abc", {}), ("efghe", {"landuse": "grass"})]
    tags = {"type": "multipolygon", "natural": "water"}
    features, found = read_all(tmp_path, NODES, ways, relations=[([(0, "outer")], tags)])
    assert drawn(found) == [(Layer.LANDUSE, "grass", 13)]
    assert features.broken == 1


def test_a_line_is_drawn_as_far_as_the_extract_goes(tmp_path: Path) -> None:
    nodes = {letter: (10.0 * number, 0.0) for number, letter in enumerate("abcdef")}
    ways = [("abcdef", {"waterway": "river"}), ("ca", {"highway": "path"})]
    features, found = read_all(tmp_path, nodes, ways, absent="c")
    assert drawn(found) == [(Layer.WATER, "river", 8)]
    assert shapely.get_num_geometries(shapely.from_wkb(found[0].geometry)) == 2
    assert features.broken == 1


@pytest.mark.parametrize(
    ("size_metres", "zoom"), [(20_000.0, 8), (5_000.0, 8), (1_000.0, 10), (100.0, 13), (9.0, 14)]
)
def test_water_shows_from_the_zoom_at_which_it_is_wide_enough(
    tmp_path: Path, size_metres: float, zoom: int
) -> None:
    nodes = {letter: (x and size_metres, y and size_metres) for letter, (x, y) in SQUARE.items()}
    assert read(tmp_path, nodes, [("abcda", {"natural": "water"})])[0].min_zoom == zoom


#     |       |          land to the left of a coastline: a-b runs north, so the
#     b       |          sea is east of it; e-h-g-f is an island, drawn anticlockwise
COAST = NODES | {"s": (50.0, -500.0), "t": (50.0, 500.0)}
COASTLINE = {"natural": "coastline"}
BOX = (-50.0, -50.0, 350.0, 350.0)


def test_sea_lies_to_the_right_of_a_coastline(tmp_path: Path) -> None:
    ways = [("st", COASTLINE), ("efghe", COASTLINE)]
    found = read(tmp_path, COAST, ways, box=BOX)
    assert drawn(found) == [(Layer.WATER, "sea", 0)]
    expected = box(50, -50, 350, 350).difference(box(100, 100, 200, 200))
    sea = shapely.from_wkb(found[0].geometry)
    assert sea.symmetric_difference(expected).area < 1e-5 * expected.area


def test_sea_changes_sides_with_the_direction_of_the_coastline(tmp_path: Path) -> None:
    found = read(tmp_path, COAST, [("ts", COASTLINE)], box=BOX)
    sea = shapely.from_wkb(found[0].geometry)
    assert sea.contains(shapely.Point(place(0, 0)))
    assert not sea.contains(shapely.Point(place(300, 0)))


def test_a_coastline_that_loses_its_nodes_is_led_to_the_box(tmp_path: Path) -> None:
    nodes = COAST | {"u": (50.0, 250.0), "v": (50.0, 0.0)}
    found = read(tmp_path, nodes, [("svut", COASTLINE)], box=BOX, absent="st")
    sea = shapely.from_wkb(found[0].geometry)
    assert sea.symmetric_difference(box(50, -50, 350, 350)).area < 1e-5 * sea.area


def test_a_coastline_that_ends_in_the_middle_gives_no_sea(tmp_path: Path) -> None:
    nodes = COAST | {"u": (50.0, 150.0)}
    features, found = read_all(tmp_path, nodes, [("su", COASTLINE)], box=BOX)
    assert found == []
    assert features.broken == 1


def test_coastlines_that_contradict_each_other_give_no_sea(tmp_path: Path) -> None:
    nodes = COAST | {"u": (250.0, -500.0), "v": (250.0, 500.0)}
    features, found = read_all(tmp_path, nodes, [("st", COASTLINE), ("uv", COASTLINE)], box=BOX)
    assert found == []
    assert features.broken == 1


def test_a_truncated_extract_is_refused_before_anything_is_drawn(tmp_path: Path) -> None:
    whole = write_extract(tmp_path / "f.osm.pbf", NODES, [("abcda", {"natural": "water"})])
    path = tmp_path / "cut.osm.pbf"
    path.write_bytes(whole.read_bytes()[:-1])
    with pytest.raises(SourceUnreadable, match="cut short"):
        read_features(path)


def test_liechtenstein_shows_the_rhine_and_its_land(test_data: Path) -> None:
    told: list[float] = []
    path = test_data / "osm/liechtenstein.osm.pbf"
    reading = read_features(path, progress=lambda _, share: told.append(share))
    features = list(reading)
    shapes = shapely.from_wkb([feature.geometry for feature in features])
    assert shapely.is_valid(shapes).all()
    assert not shapely.is_empty(shapes).any()
    assert not shapely.has_z(shapes).any()
    layers = Counter(feature.layer for feature in features)
    assert 8_500 < layers[Layer.BUILDING] < 9_500
    assert layers[Layer.LANDUSE] > 500
    assert layers[Layer.PREMISES] >= 90
    assert layers[Layer.STREET] > 4_000
    assert layers[Layer.RAILWAY] > 20
    rhine = [
        feature for feature in features if feature.layer is Layer.WATER and feature.name == "Rhein"
    ]
    assert rhine
    assert min(feature.min_zoom for feature in rhine) == 8
    assert {feature.name for feature in features if feature.kind == "village"} >= {"Triesen"}
    assert told == sorted(told)
    assert told[-1] == 1.0


def test_helsinki_has_its_sea(test_data: Path) -> None:
    features = list(read_features(test_data / "osm/helsinki.osm.pbf"))
    sea = shapely.union_all(
        [shapely.from_wkb(feature.geometry) for feature in features if feature.kind == "sea"]
    )
    # the bay of Kaisaniemi and the strait east of it; then the land between, and the station
    assert sea.contains(shapely.Point(24.9435, 60.1776))
    assert sea.contains(shapely.Point(24.9530, 60.1774))
    assert not sea.contains(shapely.Point(24.9475, 60.1777))
    assert not sea.contains(shapely.Point(24.9414, 60.1718))
