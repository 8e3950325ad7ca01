"""District areas from the three kinds of file."""

import json
import warnings
from pathlib import Path

import numpy as np
import pyogrio
import pytest
import shapely
from shapely.geometry import MultiPolygon, Polygon, box, mapping

from app.domain.errors import InvalidInput, UnreadableFile
from app.files.districts import read_districts, repaired

BOWTIE = Polygon([(0, 0), (2, 2), (2, 0), (0, 2)])


def collection(path: Path, *features: tuple[dict[str, object], object]) -> Path:
    listed = [
        {"type": "Feature", "properties": properties, "geometry": geometry and mapping(geometry)}
        for properties, geometry in features
    ]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": listed}), "utf-8")
    return path


def layer(path: Path, geometries: list[Polygon], crs: str | None, **options: str) -> Path:
    count = len(geometries)
    with warnings.catch_warnings():
        # a layer without a reference system is what one test is about
        warnings.simplefilter("ignore", UserWarning)
        pyogrio.raw.write(
            path,
            np.array(shapely.to_wkb(geometries), dtype=object),
            [
                np.array([500101 + n for n in range(count)]),
                np.array(["渝中区", "江北区"][:count], dtype=object),
            ],
            ["adcode", "name"],
            geometry_type="Polygon",
            crs=crs,
            **options,
        )
    return path


def test_a_feature_collection_is_read_with_code_as_text(tmp_path: Path) -> None:
    path = collection(
        tmp_path / "d.geojson",
        ({"adcode": 500103, "name": "渝中区", "name_en": "Yuzhong"}, box(106, 29, 107, 30)),
        ({"adcode": 500105.0, "name": "江北区"}, MultiPolygon([box(107, 29, 108, 30)])),
    )
    rows = read_districts(path)
    found = [(row.number, row.adcode, row.name, row.name_en, row.problems) for row in rows]
    assert found == [(1, "500103", "渝中区", "Yuzhong", ()), (2, "500105", "江北区", "", ())]
    assert all(isinstance(row.geometry, MultiPolygon) for row in rows)


def test_an_invalid_polygon_is_repaired_and_says_so() -> None:
    mended, problems = repaired(BOWTIE)
    assert mended.is_valid
    assert mended.area == pytest.approx(2.0)
    assert problems[0].startswith("Self-intersection")
    sound, none = repaired(box(0, 0, 1, 1))
    assert (sound.area, none) == (1.0, ())


def test_the_change_of_area_is_stated() -> None:
    # the square's double winding counts twice before, once after
    wound = Polygon([(0, 0), (1, 0), (1, 1), (0, 1), (0, 0), (1, 0), (1, 1), (0, 1)])
    mended, said = repaired(wound)
    assert mended.is_valid
    change = (mended.area - wound.area) / wound.area * 100
    assert f"its area changed by {change:+.4f} %" in said[0]
    assert change != 0
    spike = Polygon([(0, 0), (2, 0), (2, 2), (1, 2), (1, 3), (1, 2), (0, 2)])
    mended, said = repaired(spike)
    assert mended.area == pytest.approx(4.0)
    assert "+0.0000 %" in said[0]


def test_geopackage_and_shapefile_are_read(tmp_path: Path) -> None:
    squares = [box(106, 29, 107, 30), box(107, 29, 108, 30)]
    for name in ("d.gpkg", "d.shp"):
        rows = read_districts(layer(tmp_path / name, squares, "EPSG:4490"))
        assert [(row.adcode, row.name) for row in rows] == [
            ("500101", "渝中区"),
            ("500102", "江北区"),
        ]
        assert rows[1].geometry.equals(squares[1])


def test_a_shapefile_in_gbk_without_a_note_of_it_is_read(tmp_path: Path) -> None:
    path = layer(tmp_path / "d.shp", [box(106, 29, 107, 30)], "EPSG:4326", encoding="GBK")
    path.with_suffix(".cpg").unlink()
    assert read_districts(path)[0].name == "渝中区"


def test_metres_are_brought_to_degrees_of_their_own_datum(tmp_path: Path) -> None:
    # CGCS2000, three-degree zone with central meridian 105 E
    square = box(500_000, 3_270_000, 510_000, 3_280_000)
    row = read_districts(layer(tmp_path / "d.gpkg", [square], "EPSG:4544"))[0]
    west, south, east, north = row.geometry.bounds
    assert west == pytest.approx(105.0, abs=1e-4)
    assert east == pytest.approx(105.103, abs=2e-3)
    assert 29 < south < north < 30


def test_metres_without_a_reference_system_are_refused(tmp_path: Path) -> None:
    path = layer(tmp_path / "d.gpkg", [box(500_000, 3_270_000, 510_000, 3_280_000)], None)
    with pytest.raises(InvalidInput, match="holds no degrees"):
        read_districts(path)


def test_every_bad_row_is_named_and_nothing_is_taken(tmp_path: Path) -> None:
    square = box(106, 29, 107, 30)
    path = collection(
        tmp_path / "d.geojson",
        ({"adcode": 1, "name": "甲"}, square),
        ({"adcode": 1, "name": "乙"}, square),
        ({"adcode": 3, "name": ""}, square),
        ({"adcode": 4, "name": "丁"}, None),
        ({"adcode": 5, "name": "戊"}, square.exterior),
        ({"adcode": 6, "name": "己"}, box(29, 106, 30, 107)),
    )
    with pytest.raises(InvalidInput) as caught:
        read_districts(path)
    said = {error.field: error.message for error in caught.value.errors}
    assert list(said) == ["row 2", "row 3", "row 4", "row 5", "row 6"]
    assert "row 1 already" in said["row 2"]
    assert "without an area" in said["row 5"]
    assert "swapped" in said["row 6"]


def test_columns_of_other_names_are_asked_for_and_taken(tmp_path: Path) -> None:
    path = collection(tmp_path / "d.json", ({"id": "a1", "titel": "Altstadt"}, box(8, 49, 9, 50)))
    with pytest.raises(InvalidInput, match="found id, titel"):
        read_districts(path)
    row = read_districts(path, code_column="id", name_column="titel")[0]
    assert (row.adcode, row.name) == ("a1", "Altstadt")


@pytest.mark.parametrize(
    ("name", "content"),
    [("d.geojson", b'{"type": "FeatureCollection", "features": [{"type"'), ("d.gpkg", b"nothing"),
     ("d.geojson", b'{"features": [{"properties": {"adcode": 1, "name": "x"}, '
      b'"geometry": {"type": "Polygon", "coordinates": [1]}}]}')],
    ids=["cut", "no geopackage", "wrong coordinates"],
)  # fmt: skip
def test_a_damaged_file_is_refused(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(UnreadableFile) as caught:
        read_districts(tmp_path / name)
    assert name in str(caught.value)


def test_an_absent_file_is_named(tmp_path: Path) -> None:
    for name in ("none.geojson", "none.gpkg"):
        with pytest.raises(UnreadableFile, match="Could not open none"):
            read_districts(tmp_path / name)


def test_the_six_invalid_districts_of_chongqing_are_named_and_mended(test_data: Path) -> None:
    rows = read_districts(test_data / "chongqing/districts_gcj02.geojson")
    assert len(rows) == 38
    mended = [row.name for row in rows if row.problems]
    assert mended == ["九龙坡区", "长寿区", "合川区", "铜梁区", "潼南区", "奉节县"]
    assert all(row.geometry.is_valid and not row.geometry.is_empty for row in rows)
