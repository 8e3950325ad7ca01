"""A city's own layers: written with pyogrio as an office would, read as streets."""

import json
import warnings
from collections import Counter
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyproj import Transformer

from geo.datum import from_wgs84
from geo.errors import CrsUnusable, InvalidValue, NoUsableLines, SourceUnreadable, UnknownDatum
from geo.lines import LineColumns, LineStreets, Valued, read_columns, read_lines
from geo.network import contract
from geo.plane import segment_metres
from geo.streets import WAIT_PARTS, Access, Kind, Rank, StreetGraph
from tests.geo import plans
from tests.geo.plans import CELL_METRES, place

DRIVERS = {".gpkg": "GPKG", ".shp": "ESRI Shapefile", ".geojson": "GeoJSON"}
Line = Sequence[tuple[float, ...]]


def cells(*places: tuple[float, ...]) -> shapely.LineString:
    """Return a line through cells 50 m apart; a third number is a height."""
    return shapely.LineString([(*place(p[0], p[1]), *p[2:]) for p in places])


def write(
    path: Path,
    lines: Sequence[Any],
    *,
    crs: str | None = "EPSG:4490",
    layer: str | None = None,
    append: bool = False,
    encoding: str | None = None,
    **columns: Sequence[Any],
) -> Path:
    """Write a layer of lines, given in degrees, brought to ``crs``."""
    if crs not in (None, "EPSG:4490", "EPSG:4326"):
        change = Transformer.from_crs("EPSG:4490", crs, always_xy=True)
        lines = shapely.transform(
            np.array(lines, object), lambda p: np.column_stack(change.transform(p[:, 0], p[:, 1]))
        )
    values = [np.array(column) for column in columns.values()]
    values = [v if v.dtype.kind in "if" else v.astype(object) for v in values]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that there is no reference system is what is tested
        pyogrio.raw.write(
            path,
            np.array(shapely.to_wkb(lines), object),
            values,
            list(columns),
            geometry_type="Unknown" if path.suffix == ".gpkg" else "LineString",
            crs=crs,
            driver=DRIVERS[path.suffix],
            layer=layer,
            append=append,
            encoding=encoding,
        )
    return path


def metres(streets: StreetGraph) -> dict[Kind, int]:
    """Return the metres of every kind."""
    a, b = streets.start, streets.end
    length = segment_metres(
        streets.longitude[a], streets.latitude[a], streets.longitude[b], streets.latitude[b]
    )
    return {
        Kind(kind): round(length[streets.kind == kind].sum()) for kind in np.unique(streets.kind)
    }


def degrees_of_nodes(streets: StreetGraph) -> list[int]:
    """Return how many segments meet at each node, sorted."""
    return sorted(np.bincount(np.concatenate((streets.start, streets.end))).tolist())


CROSS = [cells((0, 0), (2, 0)), cells((2, 0), (4, 0)), cells((2, 0), (2, 2))]


@pytest.mark.parametrize("ending", list(DRIVERS))
def test_lines_of_every_format_meet_at_their_ends(tmp_path: Path, ending: str) -> None:
    crs = "EPSG:4326" if ending == ".geojson" else "EPSG:4490"
    file = write(
        tmp_path / f"streets{ending}", CROSS, crs=crs,
        类型=["主干道", "人行天桥", "梯坎"], 名称=["中山路", "", "十八梯"], 级数=[0, 0, 60],
    )  # fmt: skip
    read = read_lines(file)
    streets = read.streets
    assert metres(streets) == {Kind.STREET: 100, Kind.BRIDGE: 100, Kind.STEPS: 100}
    assert degrees_of_nodes(streets) == [1, 1, 1, 3]
    assert streets.rank.tolist() == [Rank.PRIMARY, Rank.PATH, Rank.STEPS]
    assert streets.steps.tolist() == [0, 0, 60]
    assert [streets.names[i] if i >= 0 else "" for i in streets.name] == ["中山路", "", "十八梯"]
    # riders on the main road alone
    assert streets.access.tolist() == [Access.ALL, Access.BOTH, Access.BOTH]
    assert read.stairways == 1
    assert (read.report.rows, read.report.lines) == (3, 3)
    assert read.report.columns == {"kind": "类型", "name": "名称", "steps": "级数"}
    assert read.report.reasons() == ()
    assert np.isnan(streets.height).all()


@pytest.mark.parametrize("crs", ["EPSG:4544", "EPSG:4545", "EPSG:4523", "EPSG:4524", "EPSG:3857"])
def test_a_gauss_krueger_zone_lies_where_the_degrees_do(tmp_path: Path, crs: str) -> None:
    flat = read_lines(write(tmp_path / "degrees.gpkg", CROSS)).streets
    for ending in (".gpkg", ".shp"):
        zone = read_lines(write(tmp_path / f"zone{ending}", CROSS, crs=crs, kind=["支路"] * 3))
        assert zone.streets.longitude == pytest.approx(flat.longitude, abs=1e-8)
        assert zone.streets.latitude == pytest.approx(flat.latitude, abs=1e-8)
        assert degrees_of_nodes(zone.streets) == [1, 1, 1, 3]


def test_a_layer_without_a_reference_system_asks_for_one(tmp_path: Path) -> None:
    for ending in (".gpkg", ".shp"):
        file = write(tmp_path / f"none{ending}", CROSS, crs=None, n=[1, 2, 3])
        with pytest.raises(CrsUnusable, match="state it, for example EPSG:4490") as caught:
            read_lines(file)
        assert caught.value.value is None
        assert read_lines(file, crs="EPSG:4490").streets.segments == 3


def test_degrees_that_are_said_to_be_metres_and_metres_said_to_be_degrees_are_refused(
    tmp_path: Path,
) -> None:
    degrees = write(tmp_path / "degrees.gpkg", CROSS)
    with pytest.raises(CrsUnusable, match=r"in metres, but holds degrees \(106\.5"):
        read_lines(degrees, crs="EPSG:4545")
    zoned = write(tmp_path / "zoned.gpkg", CROSS, crs="EPSG:4524")
    with pytest.raises(CrsUnusable, match=r"zone 36 of CGCS2000 \(EPSG:4524\)"):
        read_lines(zoned, crs="EPSG:4490")
    with pytest.raises(CrsUnusable, match=r"zone 36 of CGCS2000 \(EPSG:4524\)"):
        read_lines(zoned, crs="EPSG:4545")
    plain = write(tmp_path / "plain.gpkg", CROSS, crs="EPSG:4545")
    with pytest.raises(CrsUnusable, match="state the projection it is in"):
        read_lines(plain, crs="EPSG:4490")
    # northing before easting, as survey tables are written
    change = Transformer.from_crs("EPSG:4490", "EPSG:4545", always_xy=True)
    turned = [
        shapely.LineString(np.column_stack(change.transform(*np.array(line.coords).T)[::-1]))
        for line in CROSS
    ]
    file = write(tmp_path / "turned.gpkg", turned)
    with pytest.raises(CrsUnusable, match=r"far from where that system is used .* axes"):
        read_lines(file, crs="EPSG:4545")
    with pytest.raises(CrsUnusable, match="the reference system EPSG:1 is not known"):
        read_lines(plain, crs="EPSG:1")
    with pytest.raises(CrsUnusable, match="no transformation from Xian 1980"):
        read_lines(degrees, crs="EPSG:4610")


def test_latitude_before_longitude_is_seen(tmp_path: Path) -> None:
    turned = [shapely.LineString([(y, x) for x, y in line.coords]) for line in CROSS]
    with pytest.raises(CrsUnusable, match="swap them"):
        read_lines(write(tmp_path / "turned.gpkg", turned))


def test_shifted_degrees_are_brought_back_if_the_operator_says_so(tmp_path: Path) -> None:
    true = read_lines(write(tmp_path / "true.gpkg", CROSS)).streets
    shifted = [
        shapely.LineString(np.column_stack(from_wgs84(*np.array(line.coords).T, datum="gcj02")))
        for line in CROSS
    ]
    file = write(tmp_path / "shifted.gpkg", shifted)
    assert np.abs(read_lines(file).streets.longitude - true.longitude).min() > 1e-3
    assert read_lines(file, datum="gcj02").streets.longitude == pytest.approx(
        true.longitude, abs=1e-8
    )
    with pytest.raises(UnknownDatum):
        read_lines(file, datum="mars")


def test_ends_half_a_metre_apart_meet_and_those_further_do_not(tmp_path: Path) -> None:
    near, far = 0.4 / CELL_METRES, 0.6 / CELL_METRES
    for gap, nodes in ((near, [1, 1, 2]), (far, [1, 1, 1, 1])):
        file = write(tmp_path / "gap.gpkg", [cells((0, 0), (2, 0)), cells((2 + gap, 0), (4, 0))])
        read = read_lines(file)
        assert degrees_of_nodes(read.streets) == nodes
        assert read.report.joined == (1 if gap == near else 0)
        file.unlink()
    file = write(tmp_path / "wide.gpkg", [cells((0, 0), (2, 0)), cells((2.1, 0), (4, 0))])
    assert degrees_of_nodes(read_lines(file, join_metres=6).streets) == [1, 1, 2]
    for wrong in (-1, float("nan"), 51):
        with pytest.raises(InvalidValue, match="join_metres"):
            read_lines(file, join_metres=wrong)


def test_an_end_joins_a_vertex_of_another_line_and_a_crossing_without_one_does_not(
    tmp_path: Path,
) -> None:
    main = cells((0, 0), (2, 0), (4, 0))
    on_vertex = cells((2, 0.004), (2, 2))
    file = write(tmp_path / "tee.gpkg", [main, on_vertex])
    assert degrees_of_nodes(read_lines(file).streets) == [1, 1, 1, 3]
    crossing = cells((1, -1), (1, 1))
    file = write(tmp_path / "crossing.gpkg", [main, crossing])
    assert degrees_of_nodes(read_lines(file).streets) == [1, 1, 1, 1, 2]
    shared = cells((2, -1), (2, 0), (2, 1))
    file = write(tmp_path / "shared.gpkg", [main, shared])
    assert degrees_of_nodes(read_lines(file).streets) == [1, 1, 1, 1, 4]
    # vertices inside both lines, 25 cm apart: no end, no junction
    beside = cells((2, -1), (2, 0.005), (2, 1))
    file = write(tmp_path / "beside.gpkg", [main, beside])
    assert degrees_of_nodes(read_lines(file).streets) == [1, 1, 1, 1, 2, 2]


def test_an_overpass_joins_its_ramp_and_not_the_street_below(tmp_path: Path) -> None:
    # the ramp climbs to (2, 0), where the deck begins just above a street's end
    lines = [cells((0, 0), (2, 0)), cells((2, 0), (4, 0)), cells((2, 2), (2, 0))]
    file = write(tmp_path / "levels.gpkg", lines, f_zlev=[0.0, 1.0, 0.0], t_zlev=[1.0, 1.0, np.nan])
    streets = read_lines(file).streets
    assert degrees_of_nodes(streets) == [1, 1, 1, 1, 2]
    # with a level for the whole of each line, in words
    file = write(tmp_path / "level.gpkg", lines, 层级=["地面", "二层", "二层"])
    assert degrees_of_nodes(read_lines(file).streets) == [1, 1, 1, 1, 2]
    # a vertex inside a line that changes its level joins nothing
    lines = [cells((0, 0), (2, 0), (4, 0)), cells((2, 0), (2, 2))]
    file = write(tmp_path / "change.gpkg", lines, level_start=[0, 0], level_end=[1, 0])
    assert degrees_of_nodes(read_lines(file).streets) == [1, 1, 1, 1, 2]


def test_lines_of_several_parts_share_their_steps_and_their_wait(tmp_path: Path) -> None:
    parts = shapely.MultiLineString([cells((0, 0), (2, 0)), cells((2, 0), (2, 1), (2, 2))])
    file = write(tmp_path / "parts.gpkg", [parts, parts], kind=["steps", "lift"], steps=[80, 7],
                 level=["1", "2"])  # fmt: skip
    streets = read_lines(file).streets
    assert Counter(streets.kind.tolist()) == {Kind.STEPS: 3, Kind.LIFT: 3}
    assert streets.steps[streets.kind == Kind.STEPS].tolist() == [40, 20, 20]
    assert int(streets.steps.sum()) == 80
    assert int(streets.wait.astype(int).sum()) == WAIT_PARTS
    assert degrees_of_nodes(streets) == [1, 1, 1, 1, 2, 2, 2, 2]


def test_heights_come_from_the_columns_else_from_the_third_coordinate(tmp_path: Path) -> None:
    lines = [cells((0, 0, 200), (1, 0, 210), (4, 0, 220)), cells((4, 0, 220), (4, 4, 260))]
    streets = read_lines(write(tmp_path / "z.gpkg", lines)).streets
    assert streets.height.tolist() == [200, 210, 220, 260]
    assert not (streets.access & Access.HEIGHT_UNKNOWN).any()
    columns = {"height_start": [100.0, np.nan], "height_end": [140.0, np.nan]}
    streets = read_lines(write(tmp_path / "columns.gpkg", lines, **columns)).streets
    assert streets.height == pytest.approx([100, 110, 140, 260], abs=0.01)
    half = [cells((0, 0), (4, 0)), cells((4, 0), (4, 4))]
    streets = read_lines(write(tmp_path / "half.gpkg", half, **columns)).streets
    assert streets.height[:2] == pytest.approx([100, 140])
    assert np.isnan(streets.height[2])
    unknown = streets.access & Access.HEIGHT_UNKNOWN != 0
    assert unknown.tolist() == [False, True]
    # an export that fills in noughts has measured nothing
    flat = [cells((0, 0, 0), (4, 0, 0))]
    assert np.isnan(read_lines(write(tmp_path / "flat.gpkg", flat)).streets.height).all()


def test_what_cannot_be_kept_is_counted_by_reason(tmp_path: Path) -> None:
    point = shapely.Point(*place(0, 0))
    spot = cells((0, 0), (0, 0))
    lines = [CROSS[0], None, shapely.LineString(), point, spot, CROSS[1], CROSS[2], CROSS[2],
             CROSS[2]]  # fmt: skip
    kinds = ["street", "street", "street", "street", "street", "沟渠", "沟渠", "高速公路", None]
    read = read_lines(write(tmp_path / "mixed.gpkg", lines, kind=kinds))
    report = read.report
    assert (report.rows, report.lines, report.empty) == (9, 2, 2)
    assert (report.invalid, report.short) == (1, 1)
    assert report.unknown == {"kind": {"沟渠": 2}}
    assert report.closed == {"高速公路": 1}
    assert report.reasons() == (
        "2 rows without a geometry",
        "1 rows that hold no line of numbers",
        "1 lines without a length",
        "kind '沟渠' is not known (2 rows)",
        "kind '高速公路' is closed (1 rows)",
    )
    assert metres(read.streets) == {Kind.STREET: 200}


def test_a_line_with_a_coordinate_that_is_no_number_is_left_out(tmp_path: Path) -> None:
    with np.errstate(invalid="ignore"):
        broken = shapely.LineString([place(0, 0), (np.nan, 29.5), place(4, 0)])
    read = read_lines(write(tmp_path / "nan.gpkg", [broken, CROSS[0]]))
    assert (read.report.invalid, read.streets.segments) == (1, 1)


def test_the_citys_own_words_are_explained_in_a_mapping(tmp_path: Path) -> None:
    file = write(
        tmp_path / "own.shp", [*CROSS, *CROSS],
        LX=["甲", "乙", "丙", "丁", "", "丁"], MC=["一路"] * 6, FX=[1, 2, 3, 9, 1, 1],
        QX=["不许", "可", "可", "可", "顺行", ""], KD=[32.0, 1, 1, 8, 2, 14],
        TJS=["23级", "", "", "", "", ""],
    )  # fmt: skip
    mapping = {
        "kind": {
            "column": "lx",
            "values": {"甲": "steps", "乙": "bridge", "丙": "closed"},
            "empty": "path",
            "unknown": "street",
        },
        "name": "MC",
        "direction": {"column": "FX", "values": {"1": "both", "2": "forward", "3": "backward"}},
        "ride": {"column": "QX", "values": {"不许": "closed"}},
        "width": "KD",
        "steps": "TJS",
    }
    toml = """
name = "MC"
width = "KD"
steps = "TJS"
[kind]
column = "lx"
empty = "path"
unknown = "street"
values = { "甲" = "steps", "乙" = "bridge", "丙" = "closed" }
[direction]
column = "FX"
values = { "1" = "both", "2" = "forward", "3" = "backward" }
[ride]
column = "QX"
values = { "不许" = "closed" }
"""
    (tmp_path / "columns.json").write_text(json.dumps(mapping), encoding="utf-8")
    (tmp_path / "columns.toml").write_text(toml, encoding="utf-8")
    columns = read_columns(tmp_path / "columns.toml")
    assert columns == read_columns(tmp_path / "columns.json")
    read = read_lines(file, columns=columns)
    streets = read.streets
    kinds = [Kind.STEPS, Kind.BRIDGE, Kind.STREET, Kind.STREET, Kind.PATH, Kind.STREET]
    # 丙 is closed to walkers, and open to riders
    assert streets.kind.tolist() == kinds
    walk, ride = Access.BOTH, Access.RIDE_BOTH
    assert streets.access.tolist() == [
        walk, Access.FORWARD | ride, ride, walk | ride, walk | Access.RIDE_FORWARD, walk | ride,
    ]  # fmt: skip
    assert streets.rank.tolist()[3:] == [Rank.RESIDENTIAL, Rank.PATH, Rank.TERTIARY]
    assert streets.steps.tolist() == [23, 0, 0, 0, 0, 0]
    assert read.report.unknown == {"kind": {"丁": 2}, "direction": {"9": 1}}


@pytest.mark.parametrize(
    ("text", "error", "words"),
    [
        ('{"kind": {"values": {"x": "ladder"}}}', InvalidValue, "kind of 'x' is 'ladder'"),
        ('{"kinds": "LX"}', InvalidValue, "columns is 'kinds'; expected one of kind, rank"),
        ('{"name": {"column": "MC"}}', InvalidValue, "expected the name of a column"),
        ('{"kind": {"colum": "MC"}}', InvalidValue, "columns.kind is 'colum'"),
        ('{"kind": {"values": "MC"}}', InvalidValue, "expected a table of words"),
        ('{"kind": {"column": 3}}', InvalidValue, "expected text"),
        ("[1]", InvalidValue, "a table of roles"),
        ("{", SourceUnreadable, "it is no JSON"),
    ],
)
def test_a_mapping_of_no_use_is_named(
    tmp_path: Path, text: str, error: type[Exception], words: str
) -> None:
    file = tmp_path / "columns.json"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(error) as caught:
        read_columns(file)
    assert words in str(caught.value)


def test_a_column_or_layer_that_is_not_there_is_named_with_what_is(tmp_path: Path) -> None:
    file = write(tmp_path / "two.gpkg", CROSS, layer="roads", LX=["a", "b", "c"])
    with pytest.raises(InvalidValue, match="a column of the layer: LX"):
        read_lines(file, columns=LineColumns(name="MC"))
    write(file, [shapely.Point(*place(0, 0))], layer="trees", append=False, n=[1])
    with pytest.raises(InvalidValue, match=r"a layer of two\.gpkg: roads, trees"):
        read_lines(file, layer="paths")
    with pytest.raises(InvalidValue, match=r"one of the layers of two\.gpkg: roads, trees"):
        read_lines(file)
    assert read_lines(file, layer="roads", columns=LineColumns(kind="")).streets.segments == 3


def test_a_table_in_gb18030_is_read_without_being_told(tmp_path: Path) -> None:
    file = write(tmp_path / "gbk.shp", CROSS, encoding="GB18030", kind=["梯坎", "支路", "步道"])
    file.with_suffix(".cpg").unlink()
    assert read_lines(file).streets.kind.tolist() == [Kind.STEPS, Kind.STREET, Kind.PATH]


def damaged(folder: Path) -> dict[str, Path]:
    whole = write(folder / "whole.gpkg", CROSS * 200, n=list(range(600))).read_bytes()
    for name, content in (("cut.gpkg", whole[: len(whole) // 2]), ("empty.gpkg", b""),
                          ("other.gpkg", b"name,address\n" * 50), ("cut.geojson", b'{"type": "Fea'),
                          ):  # fmt: skip
        (folder / name).write_bytes(content)
    short = write(folder / "short.shp", CROSS, n=[1, 2, 3])
    short.write_bytes(short.read_bytes()[:-20])
    alone = write(folder / "alone.shp", CROSS, n=[1, 2, 3])
    alone.with_suffix(".dbf").unlink()
    names = ("cut.gpkg", "empty.gpkg", "other.gpkg", "cut.geojson", "short.shp", "alone.shp",
             "absent.gpkg")  # fmt: skip
    return {name: folder / name for name in names}


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("cut.gpkg", "damaged or cut short"),
        ("empty.gpkg", "the file is empty"),
        ("other.gpkg", "not recognized"),
        ("cut.geojson", "cannot read"),
        ("short.shp", "cut short: "),
        ("alone.shp", ".dbf file is not beside it"),
        ("absent.gpkg", "no such file"),
    ],
)
def test_a_damaged_file_is_refused_by_name(tmp_path: Path, name: str, words: str) -> None:
    file = damaged(tmp_path)[name]
    with pytest.raises(SourceUnreadable) as caught:
        read_lines(file)
    assert words in str(caught.value)
    assert str(file) in str(caught.value)


def test_a_layer_without_a_usable_line_says_why(tmp_path: Path) -> None:
    with pytest.raises(NoUsableLines, match="holds no street"):
        read_lines(write(tmp_path / "empty.gpkg", [], kind=np.array([], object)))
    with pytest.raises(NoUsableLines, match=r"kind '沟渠' is not known \(3 rows\)"):
        read_lines(write(tmp_path / "ditches.gpkg", CROSS, kind=["沟渠"] * 3))
    with pytest.raises(InvalidValue, match="at least one file"):
        read_lines([])


def test_several_files_join_each_other(tmp_path: Path) -> None:
    files = [
        write(tmp_path / f"{i}.gpkg", [line], kind=["支路"], name=[f"{i}路"])
        for i, line in enumerate(CROSS)
    ]
    read = read_lines(files)
    assert degrees_of_nodes(read.streets) == [1, 1, 1, 3]
    assert read.streets.names == ("0路", "1路", "2路")
    assert (read.report.rows, read.report.lines) == (3, 3)


def test_the_ends_of_a_ring_meet_and_a_short_link_stays_a_link(tmp_path: Path) -> None:
    ring = cells((0, 0), (4, 0), (4, 4), (0, 4), (0, 0.008))
    file = write(tmp_path / "ring.gpkg", [ring])
    assert degrees_of_nodes(read_lines(file).streets) == [2, 2, 2, 2]
    link = 0.3 / CELL_METRES
    lines = [cells((0, 0), (2, 0)), cells((2, 0), (2 + link, 0)), cells((2 + link, 0), (4, 0))]
    streets = read_lines(write(tmp_path / "link.gpkg", lines)).streets
    assert (degrees_of_nodes(streets), streets.segments) == ([1, 1, 2, 2], 3)


def as_lines(graph: StreetGraph) -> list[shapely.LineString]:
    where = np.column_stack((graph.longitude, graph.latitude))
    return [shapely.LineString(where[[a, b]]) for a, b in zip(graph.start, graph.end, strict=True)]


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    plans.streets(), st.sampled_from(["EPSG:4490", "EPSG:4545"]), st.sampled_from([".gpkg", ".shp"])
)
def test_lines_to_streets_to_network_keeps_every_metre(
    tmp_path: Path, graph: StreetGraph, crs: str, ending: str
) -> None:
    folder = tmp_path / f"{len(list(tmp_path.iterdir()))}"
    folder.mkdir()
    file = write(folder / f"any{ending}", as_lines(graph), crs=crs, n=list(range(graph.segments)))
    read = read_lines(file)
    used = np.unique(np.concatenate((graph.start, graph.end)))
    assert read.streets.nodes == len(used)
    assert read.streets.segments == graph.segments
    before = plans.length_metres(graph)
    assert plans.length_metres(read.streets) == pytest.approx(before, rel=1e-6)
    assert contract(read.streets).metres == pytest.approx(before, rel=1e-5)
    same(read, read_lines(file))


def same(one: LineStreets, other: LineStreets) -> None:
    assert one.report == other.report
    for item in fields(StreetGraph):
        value = getattr(one.streets, item.name)
        again = getattr(other.streets, item.name)
        assert value == again if item.name == "names" else value.tobytes() == again.tobytes()


def test_a_valued_column_may_go_by_a_usual_name(tmp_path: Path) -> None:
    file = write(tmp_path / "usual.gpkg", CROSS, 道路类型=["坎", "坎", "支路"])
    columns = LineColumns(kind=Valued(values={"坎": "steps"}))
    assert metres(read_lines(file, columns=columns).streets) == {Kind.STREET: 100, Kind.STEPS: 200}
