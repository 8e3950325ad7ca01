"""People to be served, from points and from rasters."""

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import rasterio
from rasterio import Affine

from app.domain.errors import InvalidInput, UnreadableFile
from app.files.demand import read_points

POINTS = "id,lon,lat,population,jobs\na,106.55,29.56,120,7\nb,106.56,29.57,0,3\n"


def written(path: Path, text: str) -> Path:
    path.write_text(text, "utf-8")
    return path


def raster(
    path: Path, values: npt.NDArray[np.float32], *, crs: str | None = "EPSG:4326",
    west: float = 106.0, north: float = 30.0, size: float = 0.1, nodata: float | None = None,
) -> Path:  # fmt: skip
    with rasterio.open(
        path, "w", driver="GTiff", height=values.shape[0], width=values.shape[1], count=1,
        dtype="float32", crs=crs, transform=Affine(size, 0, west, 0, -size, north), nodata=nodata,
    ) as file:  # fmt: skip
        file.write(values, 1)
    return path


def test_points_are_read_with_the_usual_columns(tmp_path: Path) -> None:
    points = read_points(written(tmp_path / "p.csv", POINTS))
    assert points.longitude.tolist() == [106.55, 106.56]
    assert points.weight.tolist() == [120, 0]
    assert (points.weight_name, points.in_wgs84) == ("population", False)
    assert points.numeric_columns == ("population", "jobs")
    assert points.dropped == {}


def test_another_column_may_be_the_weight_or_none(tmp_path: Path) -> None:
    path = written(tmp_path / "p.csv", POINTS)
    assert read_points(path, weight_column="jobs").weight.tolist() == [7, 3]
    assert read_points(path, unweighted=True).weight.tolist() == [1, 1]


@pytest.mark.parametrize("column", ["id", "schools"])
def test_a_weight_that_is_no_column_of_numbers_is_refused(tmp_path: Path, column: str) -> None:
    with pytest.raises(InvalidInput, match="such columns are: population, jobs"):
        read_points(written(tmp_path / "p.csv", POINTS), weight_column=column)


def test_an_ambiguous_weight_is_asked_for(tmp_path: Path) -> None:
    path = written(tmp_path / "p.csv", POINTS.replace("jobs", "people"))
    with pytest.raises(InvalidInput, match="could be population or people"):
        read_points(path)
    path = written(tmp_path / "p.csv", POINTS.replace("population", "riders"))
    with pytest.raises(InvalidInput, match="could be riders or jobs"):
        read_points(path)
    path = written(tmp_path / "p.csv", "lon,lat,kind\n106.5,29.5,cafe\n")
    with pytest.raises(InvalidInput, match="no column of numbers"):
        read_points(path)


def test_columns_of_other_names_are_taken_when_named(tmp_path: Path) -> None:
    path = written(tmp_path / "p.csv", "east;north;people\n106.5;29.5;3\n")
    with pytest.raises(InvalidInput, match="found east, north, people"):
        read_points(path)
    points = read_points(path, longitude_column="east", latitude_column="north")
    assert points.weight.tolist() == [3]


def test_unusable_rows_are_counted_by_reason(tmp_path: Path) -> None:
    rows = ["106.5,29.5,1", "106.5,29.5,-4", "106.5,29.5,", "106.5,29.5,nan", ",29.5,1",
            "506,29.5,1", "x,29.5,1", "106.5,29.5,2"]  # fmt: skip
    points = read_points(written(tmp_path / "p.csv", "lon,lat,people\n" + "\n".join(rows)))
    assert points.weight.tolist() == [1, 2]
    assert points.dropped == {
        "no place": 2, "place out of range": 1, "no weight": 2, "negative weight": 1,
    }  # fmt: skip


def test_a_file_with_no_usable_row_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="none of 1 is usable"):
        read_points(written(tmp_path / "p.csv", "lon,lat,people\n106.5,29.5,-1\n"))
    with pytest.raises(InvalidInput, match="no row below the header"):
        read_points(written(tmp_path / "p.csv", "lon,lat,people\n"))


def test_exchanged_longitude_and_latitude_are_noticed(tmp_path: Path) -> None:
    path = written(tmp_path / "p.csv", POINTS.replace("lon,lat", "lat,lon"))
    with pytest.raises(InvalidInput, match="swapped"):
        read_points(path)
    abroad = written(tmp_path / "q.csv", "lon,lat,people\n-30.0,-51.2,5\n")
    with pytest.raises(InvalidInput, match="swapped"):
        read_points(abroad, bounds=(-52, -31, -51, -29))


def test_cells_of_a_raster_become_points_at_their_centres(tmp_path: Path) -> None:
    values = np.array([[5, 0, -9], [np.nan, -200, 2.5]], dtype=np.float32)
    points = read_points(raster(tmp_path / "r.tif", values, nodata=-200))
    assert points.longitude == pytest.approx([106.05, 106.25])
    assert points.latitude == pytest.approx([29.95, 29.85])
    assert points.weight == pytest.approx([5, 2.5])
    assert points.dropped == {"no data": 2, "negative weight": 1}
    assert points.in_wgs84


def test_a_raster_in_metres_is_brought_to_wgs84(tmp_path: Path) -> None:
    path = raster(
        tmp_path / "r.tif",
        np.ones((1, 1), dtype=np.float32),
        crs="EPSG:32648", west=499_950.0, north=3_270_000.0, size=100.0,
    )  # fmt: skip
    points = read_points(path)
    assert points.longitude == pytest.approx([105.0])
    assert points.latitude == pytest.approx([29.56], abs=0.01)


def test_a_raster_is_read_in_windows_without_losing_a_cell(tmp_path: Path) -> None:
    values = np.arange(600 * 600, dtype=np.float32).reshape(600, 600)
    path = tmp_path / "r.tif"
    with rasterio.open(
        path, "w", driver="GTiff", height=600, width=600, count=1, dtype="float32", tiled=True,
        blockxsize=256, blockysize=256, crs="EPSG:4326",
        transform=Affine(0.001, 0, 106.0, 0, -0.001, 30.0),
    ) as file:  # fmt: skip
        file.write(values, 1)
    points = read_points(path)
    assert len(points.weight) == 600 * 600 - 1
    last = int(points.weight.argmax())
    assert points.longitude[last] == pytest.approx(106.5995)
    assert points.latitude[last] == pytest.approx(29.4005)


@pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")
def test_a_raster_without_a_reference_system_or_people_is_refused(tmp_path: Path) -> None:
    ones = np.ones((2, 2), dtype=np.float32)
    with pytest.raises(InvalidInput, match="reference system"):
        read_points(raster(tmp_path / "a.tif", ones, crs=None))
    with pytest.raises(InvalidInput, match="more than zero people"):
        read_points(raster(tmp_path / "b.tif", ones * 0))


def test_absurd_cells_of_a_raster_are_left_out_and_counted(tmp_path: Path) -> None:
    values = np.array([[5, 3e38], [np.inf, 7]], dtype=np.float32)
    points = read_points(raster(tmp_path / "a.tif", values))
    assert points.weight.tolist() == [5, 7]
    assert points.dropped == {"weight above 1,000,000,000": 2}


def test_a_damaged_or_absent_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "r.tif").write_bytes(b"II*\0 no raster")
    for name in ("r.tif", "none.tif", "none.csv"):
        with pytest.raises(UnreadableFile) as caught:
            read_points(tmp_path / name)
        assert name in str(caught.value)


def test_too_many_cells_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.files.raster.MAX_POINTS", 3)
    with pytest.raises(InvalidInput, match="cut the raster to the city"):
        read_points(raster(tmp_path / "r.tif", np.ones((2, 2), dtype=np.float32)))


def test_real_layers_are_read_whole(test_data: Path) -> None:
    cells = read_points(test_data / "chongqing/population_cells.csv")
    assert len(cells.weight) == 16_586
    hexagons = read_points(test_data / "osm/portoalegre_population_h3.csv")
    assert len(hexagons.weight) == 1_227
    assert hexagons.weight_name == "population"
    assert hexagons.numeric_columns == ("population", "schools", "jobs", "healthcare")
    heights = read_points(test_data / "osm/portoalegre_elevation.tif")
    assert -52 < heights.longitude.min() < heights.longitude.max() < -50
    assert heights.in_wgs84
