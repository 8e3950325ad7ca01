"""Heights of streets from elevation models drawn for the test."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
import rasterio
from numpy.typing import NDArray
from rasterio.crs import CRS
from rasterio.transform import Affine
from rasterio.warp import transform

from geo.elevation import sample, with_heights
from geo.errors import ElevationOutside, InvalidValue, SourceUnreadable
from geo.osm import read_streets
from geo.streets import Access, Kind, Rank, StreetGraph

WEST, NORTH = 106.5, 29.6
CELL = 0.0005
SIZE = 100
METRES_EAST, METRES_NORTH = 96_900.0, 110_860.0

Doubles = NDArray[np.float64]


def plane(longitude: Doubles, latitude: Doubles) -> Doubles:
    """A tilted plane, which bilinear interpolation gives back exactly."""
    return 300.0 + 2000.0 * (longitude - WEST) - 1000.0 * (latitude - NORTH)


def grid(west: float, north: float, cell: float) -> Affine:
    """Place the outer corner of the first pixel."""
    return Affine(cell, 0.0, west, 0.0, -cell, north)


def write_tiff(
    path: Path,
    heights: NDArray[np.generic],
    *,
    crs: CRS | None = CRS.from_epsg(4326),  # noqa: B008
    corner: Affine | None = None,
    nodata: float | None = None,
    point: bool = False,
) -> Path:
    place = grid(WEST, NORTH, CELL) if corner is None else corner
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        height=heights.shape[0],
        width=heights.shape[1],
        count=1,
        dtype=heights.dtype,
        crs=crs,
        transform=place,
        nodata=nodata,
    ) as raster:
        if point:
            raster.update_tags(AREA_OR_POINT="Point")
        raster.write(heights, 1)
    return path


def centres() -> tuple[Doubles, Doubles]:
    """Longitude and latitude of the pixel centres of a default raster, (SIZE, SIZE) each."""
    step = (np.arange(SIZE) + 0.5) * CELL
    longitude, latitude = np.meshgrid(WEST + step, NORTH - step)
    return longitude, latitude


def points_inside(count: int = 400) -> tuple[Doubles, Doubles]:
    random = np.random.default_rng(7)
    margin, width = CELL, (SIZE - 2) * CELL
    longitude = WEST + margin + width * random.random(count)
    return longitude, NORTH - margin - width * random.random(count)


def write_plane(path: Path, **options: object) -> Path:
    return write_tiff(path, plane(*centres()).astype(np.float32), **options)  # type: ignore[arg-type]


def line(
    east: Sequence[float], kind: Kind | Sequence[Kind] = Kind.STREET, *, north: float = -2500.0
) -> StreetGraph:
    """A street from west to east through points given in metres from the raster's corner."""
    count = len(east)
    kinds = [kind] * (count - 1) if isinstance(kind, Kind) else list(kind)
    return graph(
        [(x, north) for x in east], list(zip(range(count - 1), range(1, count), kinds, strict=True))
    )


def graph(
    nodes: Sequence[tuple[float, float]], segments: Sequence[tuple[int, int, Kind]]
) -> StreetGraph:
    place = np.array(nodes, dtype=np.float64)
    count = len(segments)
    return StreetGraph(
        longitude=WEST + place[:, 0] / METRES_EAST,
        latitude=NORTH + place[:, 1] / METRES_NORTH,
        height=np.full(len(nodes), np.nan, dtype=np.float32),
        start=np.array([segment[0] for segment in segments], dtype=np.int32),
        end=np.array([segment[1] for segment in segments], dtype=np.int32),
        kind=np.array([segment[2] for segment in segments], dtype=np.uint8),
        rank=np.full(count, Rank.RESIDENTIAL, dtype=np.uint8),
        access=np.full(count, Access.BOTH, dtype=np.uint8),
        name=np.full(count, -1, dtype=np.int32),
        steps=np.zeros(count, dtype=np.int32),
        incline=np.full(count, np.nan, dtype=np.float32),
        wait=np.zeros(count, dtype=np.uint8),
        names=(),
    )


def write_profile(path: Path, height: Callable[[Doubles], Doubles]) -> Path:
    """Write terrain that varies along the east alone, in metres from the raster's corner."""
    longitude, _ = centres()
    return write_tiff(path, height((longitude - WEST) * METRES_EAST).astype(np.float32))


def climb(heights: NDArray[np.float32]) -> float:
    return float(np.abs(np.diff(heights.astype(np.float64))).sum())


@pytest.mark.parametrize("point", [False, True])
def test_a_plane_is_sampled_exactly_between_pixel_centres(tmp_path: Path, point: bool) -> None:
    path = write_plane(tmp_path / "plane.tif", point=point)
    longitude, latitude = points_inside()
    heights = sample([path], longitude=longitude, latitude=latitude)
    assert heights.dtype == np.float32
    assert np.abs(heights - plane(longitude, latitude)).max() < 1e-3


def test_a_raster_in_metres_is_sampled_where_it_lies(tmp_path: Path) -> None:
    # UTM zone 48 north; its central meridian is 105 E
    longitude, latitude = points_inside()
    east, north = transform("EPSG:4326", "EPSG:32648", longitude, latitude)
    left, top, cell = min(east) - 100, max(north) + 100, 30.0
    rows, columns = int((top - min(north)) / cell) + 4, int((max(east) - left) / cell) + 4
    x = left + (np.arange(columns) + 0.5) * cell
    y = top - (np.arange(rows) + 0.5) * cell
    heights = (0.01 * (x - left) + 0.02 * (top - y[:, None])).astype(np.float32)
    path = write_tiff(
        tmp_path / "utm.tif",
        heights,
        crs=CRS.from_epsg(32648),
        corner=grid(left, top, cell),
    )
    expected = 0.01 * (np.array(east) - left) + 0.02 * (top - np.array(north))
    found = sample([path], longitude=longitude, latitude=latitude)
    assert np.abs(found - expected).max() < 1e-3


def test_a_shuttle_tile_is_sampled_at_its_points(tmp_path: Path) -> None:
    # 1201 points from 106 to 107 E and 30 to 29 N, both ends included
    step = np.arange(1201)
    heights = (step[None, :] + 2 * step[:, None]).astype(">i2")
    heights[600, 600] = -32768
    path = tmp_path / "N29E106.hgt"
    path.write_bytes(heights.tobytes())
    column = np.array([0.0, 1200.0, 300.25, 600.0, 600.5, 602.0])
    row = np.array([0.0, 1200.0, 100.5, 600.0, 600.5, 602.0])
    found = sample([path], longitude=106 + column / 1200, latitude=30 - row / 1200)
    assert found == pytest.approx([0, 3600, 501.25, np.nan, np.nan, 1806], abs=1e-3, nan_ok=True)


def test_points_outside_have_no_height(tmp_path: Path) -> None:
    path = write_plane(tmp_path / "plane.tif")
    width = SIZE * CELL
    beyond = CELL / 4
    longitude = np.array([WEST - beyond, WEST + width + beyond, WEST + 1e-9, WEST + width / 2, 0.0])
    latitude = np.array([NORTH - width / 2] * 3 + [NORTH + beyond, 0.0])
    found = sample([path], longitude=longitude, latitude=latitude)
    assert np.isnan(found).tolist() == [True, True, False, True, True]


@pytest.mark.parametrize(
    ("void", "nodata"), [(-9999.0, -9999.0), (-32768.0, None), (0.0, 0.0), (-3.4e38, None)]
)
def test_a_void_spoils_only_what_it_touches(
    tmp_path: Path, void: float, nodata: float | None
) -> None:
    heights = plane(*centres()).astype(np.float32)
    heights[50, 50] = void
    path = write_tiff(tmp_path / "void.tif", heights, nodata=nodata)
    # the centres of the void, of its neighbour, of one further, and a point between the first two
    column = np.array([50.0, 51.0, 52.0, 50.5])
    longitude = WEST + (column + 0.5) * CELL
    latitude = np.full(4, NORTH - 50.5 * CELL)
    found = sample([path], longitude=longitude, latitude=latitude)
    # a point at a centre is placed within rounding, so its neighbour may have a trace of weight
    assert np.isnan(found[[0, 3]]).all()
    assert found[2] == pytest.approx(plane(longitude, latitude)[2], abs=1e-3)


def test_zero_is_a_height_unless_declared_otherwise(tmp_path: Path) -> None:
    path = write_tiff(tmp_path / "sea.tif", np.zeros((SIZE, SIZE), dtype=np.uint8))
    longitude, latitude = points_inside(5)
    assert sample([path], longitude=longitude, latitude=latitude).tolist() == [0.0] * 5


def test_the_first_model_with_a_value_counts(tmp_path: Path) -> None:
    first = plane(*centres()).astype(np.float32)
    first[:, 50:] = -9999
    second = np.full((SIZE, SIZE), 7.0, dtype=np.float32)
    paths = [
        write_tiff(tmp_path / "first.tif", first, nodata=-9999),
        write_tiff(tmp_path / "second.tif", second),
    ]
    longitude = WEST + np.array([20.0, 80.0]) * CELL
    latitude = np.full(2, NORTH - 30 * CELL)
    found = sample(paths, longitude=longitude, latitude=latitude)
    assert found == pytest.approx([plane(longitude, latitude)[0], 7.0], abs=1e-3)


def test_a_tall_raster_is_read_in_strips_without_a_seam(tmp_path: Path) -> None:
    rows = 5000
    heights = np.repeat(np.arange(rows, dtype=np.float32)[:, None], 3, axis=1)
    cell = 1e-5
    path = write_tiff(tmp_path / "tall.tif", heights, corner=grid(WEST, NORTH, cell))
    row = np.linspace(0, rows - 1, 3000)
    latitude = NORTH - (row + 0.5) * cell
    found = sample([path], longitude=np.full(3000, WEST + 1.5 * cell), latitude=latitude)
    assert np.abs(found - row).max() < 1e-2


def test_files_that_are_no_elevation_are_named(tmp_path: Path) -> None:
    text = tmp_path / "readme.tif"
    text.write_text("not a raster")
    cut = tmp_path / "N29E106.hgt"
    cut.write_bytes(bytes(1000))
    half = write_plane(tmp_path / "half.tif")
    half.write_bytes(half.read_bytes()[:20_000])
    nowhere = write_tiff(tmp_path / "nowhere.tif", np.zeros((4, 4), dtype=np.float32), crs=None)
    longitude, latitude = points_inside(50)
    for path, reason in [
        (text, "not an elevation raster"),
        (cut, "not an elevation raster"),
        (half, "damaged or cut short"),
        (nowhere, "coordinate system"),
        (tmp_path / "absent.tif", "no such file"),
    ]:
        with pytest.raises(SourceUnreadable, match=reason) as error:
            sample([path], longitude=longitude, latitude=latitude)
        assert error.value.path == str(path)


def test_a_model_that_covers_half_marks_the_rest(tmp_path: Path) -> None:
    path = write_plane(tmp_path / "plane.tif")
    width_metres = SIZE * CELL * METRES_EAST
    east = np.linspace(0.5 * width_metres, 1.5 * width_metres, 101)
    streets, report = with_heights(line(east), [path])
    known = ~np.isnan(streets.height)
    # the last node inside lies on the edge, give or take rounding
    assert 50 <= known.sum() <= 51
    assert known[:50].all()
    unknown = (streets.access & Access.HEIGHT_UNKNOWN) > 0
    assert unknown.tolist() == (~(known[:-1] & known[1:])).tolist()
    assert ((streets.access & Access.BOTH) == Access.BOTH).all()
    assert report.nodes_without == (~known).sum()
    assert report.segments_without == unknown.sum()
    assert report.share_covered == pytest.approx(known.mean())
    assert (
        np.abs(streets.height[:50] - plane(streets.longitude, streets.latitude)[:50]).max() < 1.01
    )


def test_a_model_elsewhere_is_refused(tmp_path: Path) -> None:
    path = write_plane(tmp_path / "plane.tif")
    with pytest.raises(ElevationOutside, match=r"plane\.tif covers no part"):
        with_heights(line([-9000.0, -8900.0]), [path])


def test_a_negative_tolerance_is_refused(tmp_path: Path) -> None:
    path = write_plane(tmp_path / "plane.tif")
    with pytest.raises(InvalidValue, match="noise_metres"):
        with_heights(line([0.0, 100.0]), [path], noise_metres=-1)


def test_the_streets_handed_in_stay_as_they_are(tmp_path: Path) -> None:
    streets = line([100.0, 200.0, 9e5])
    with_heights(streets, [write_plane(tmp_path / "plane.tif")])
    assert np.isnan(streets.height).all()
    assert streets.access.tolist() == [Access.BOTH, Access.BOTH]


def test_a_noisy_flat_street_has_no_climb(tmp_path: Path) -> None:
    random = np.random.default_rng(11)
    noisy = (200 + random.uniform(-0.95, 0.95, (SIZE, SIZE))).astype(np.float32)
    path = write_tiff(tmp_path / "noisy.tif", noisy)
    street = line(np.arange(100.0, 4700.0, 12.0))
    raw, _ = with_heights(street, [path], noise_metres=0)
    damped, _ = with_heights(street, [path])
    assert climb(raw.height) > 30
    assert climb(damped.height) < 0.5


def test_a_true_hill_keeps_its_height(tmp_path: Path) -> None:
    # 20 m up over 100 m, then as steeply down, under half a metre of noise
    random = np.random.default_rng(5)

    def hill(east: Doubles) -> Doubles:
        rise = np.clip(20.0 - 0.2 * np.abs(east - 2000.0), 0.0, None)
        return 200.0 + rise + random.uniform(-0.5, 0.5, east.shape)

    path = write_profile(tmp_path / "hill.tif", hill)
    east = np.arange(1500.0, 2501.0, 10.0)
    raw, _ = with_heights(line(east), [path], noise_metres=0)
    damped, _ = with_heights(line(east), [path])
    assert np.abs(damped.height - raw.height).max() <= 1.0 + 1e-4
    height = float(damped.height.max() - damped.height.min())
    assert height == pytest.approx(float(raw.height.max() - raw.height.min()), abs=2.0)
    # up and down once, and nothing else
    assert climb(damped.height) == pytest.approx(2 * height, abs=0.5)


def test_a_bridge_over_a_valley_keeps_level(tmp_path: Path) -> None:
    path = write_profile(
        tmp_path / "valley.tif", lambda x: 200.0 - 80.0 * (np.abs(x - 2000.0) < 500.0)
    )
    east = np.arange(1000.0, 3001.0, 50.0)
    bridge = [Kind.BRIDGE if 1400 <= x < 2600 else Kind.STREET for x in east[:-1]]
    streets, report = with_heights(line(east, bridge), [path])
    assert np.abs(streets.height - 200.0).max() < 0.1
    below, _ = with_heights(line(east), [path])
    assert below.height.min() < 125.0
    assert report.spanned_nodes == 23


def test_a_tunnel_through_a_hill_runs_evenly_between_its_mouths(tmp_path: Path) -> None:
    path = write_profile(
        tmp_path / "hill.tif",
        lambda x: 200.0 + 0.01 * x + 90.0 * (np.abs(x - 2000.0) < 500.0),
    )
    east = np.array([1000.0, 1200.0, 1400.0, 1450.0, 1800.0, 2300.0, 2600.0, 2800.0])
    kinds = [Kind.STREET] * 2 + [Kind.TUNNEL] * 4 + [Kind.STREET]
    streets, _ = with_heights(line(east, kinds), [path], noise_metres=0)
    assert np.abs(streets.height - (200.0 + 0.01 * east)).max() < 0.1


def test_a_forked_bridge_balances_its_slopes(tmp_path: Path) -> None:
    # arms of 100, 100 and 200 m from the fork to ends at 200, 200 and 240 m
    path = write_profile(
        tmp_path / "fork.tif",
        lambda x: np.where(x > 2150, 240.0, np.where(np.abs(x - 2000) < 60, 90.0, 200.0)),
    )
    nodes = [(2000.0, -2500.0), (1900.0, -2500.0), (2200.0, -2500.0), (1900.0, -2500.0 + 1e-3)]
    nodes += [(1800.0, -2500.0), (2300.0, -2500.0), (1800.0, -2400.0)]
    segments = [(0, 1, Kind.BRIDGE), (0, 2, Kind.BRIDGE), (0, 3, Kind.BRIDGE)]
    segments += [(1, 4, Kind.STREET), (2, 5, Kind.STREET), (3, 6, Kind.STREET)]
    streets, _ = with_heights(graph(nodes, segments), [path], noise_metres=0)
    expected = (200 / 100 + 200 / 100 + 240 / 200) / (1 / 100 + 1 / 100 + 1 / 200)
    assert streets.height[0] == pytest.approx(expected, abs=0.1)


def test_stairs_down_from_a_bridge_do_not_pull_it_down(tmp_path: Path) -> None:
    path = write_profile(
        tmp_path / "valley.tif", lambda x: 200.0 - 50.0 * (np.abs(x - 2000.0) < 500.0)
    )
    nodes = [(1000.0, -2500.0), (1400.0, -2500.0), (2000.0, -2500.0), (2600.0, -2500.0)]
    nodes += [(3000.0, -2500.0), (2000.0, -2520.0), (2000.0, -2600.0)]
    segments = [(0, 1, Kind.STREET), (1, 2, Kind.BRIDGE), (2, 3, Kind.BRIDGE)]
    segments += [(3, 4, Kind.STREET), (2, 5, Kind.STEPS), (5, 6, Kind.PATH)]
    streets, _ = with_heights(graph(nodes, segments), [path])
    assert streets.height[2] == pytest.approx(200.0, abs=0.1)
    assert streets.height[5] == pytest.approx(150.0, abs=0.1)


def test_a_footbridge_between_stairs_hangs_from_their_tops(tmp_path: Path) -> None:
    path = write_profile(
        tmp_path / "road.tif", lambda x: 200.0 - 10.0 * (np.abs(x - 2000.0) < 60.0)
    )
    east = [1780.0, 1790.0, 1800.0, 2000.0, 2200.0, 2210.0, 2220.0]
    kinds = [Kind.PATH, Kind.STEPS, Kind.BRIDGE, Kind.BRIDGE, Kind.STEPS, Kind.PATH]
    streets, report = with_heights(line(east, kinds), [path])
    assert streets.height[3] == pytest.approx(200.0, abs=0.1)
    assert report.spanned_nodes == 1


def test_a_bridge_over_a_void_is_known_from_its_ends(tmp_path: Path) -> None:
    heights = np.full((SIZE, SIZE), 200.0, dtype=np.float32)
    heights[:, 38:45] = -9999
    path = write_tiff(tmp_path / "river.tif", heights, nodata=-9999)
    east = np.arange(1500.0, 2501.0, 50.0)
    bridge = [Kind.BRIDGE if 1700 <= x < 2300 else Kind.STREET for x in east[:-1]]
    streets, report = with_heights(line(east, bridge), [path])
    assert np.abs(streets.height - 200.0).max() < 0.1
    assert report.segments_without == 0


def test_porto_alegre_misses_what_its_model_misses(test_data: Path) -> None:
    streets = read_streets(test_data / "osm/portoalegre.osm.pbf").streets
    path = test_data / "osm/portoalegre_elevation.tif"
    found, report = with_heights(streets, [path])
    assert 0.02 < 1 - report.share_covered < 0.04
    assert report.nodes_without == np.isnan(found.height).sum()
    assert report.lowest_metres >= 0.0
    assert 200.0 < report.highest_metres < 255.0
    raw = sample([path], longitude=streets.longitude, latitude=streets.latitude)
    street = streets.kind == Kind.STREET
    rises = [
        np.nansum(np.abs(heights[streets.end[street]] - heights[streets.start[street]]))
        for heights in (raw, found.height)
    ]
    assert 0.6 < rises[1] / rises[0] < 0.9
