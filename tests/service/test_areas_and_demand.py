"""Districts with dates, scopes, and people to be served, into the register."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
import shapely

from app.domain.errors import Conflict, InvalidInput, UnreadableFile
from app.service.area_import import import_districts, import_scope
from app.service.demand_import import import_demand
from app.store import areas, demand, register
from app.store.database import Connection
from tests.service.slowly import ELLIPSOID, straight

# WGS-84, of places everybody can look up
KNOWN_PLACES = {
    "渝中区": ("解放碑", 106.577, 29.557),
    "渝北区": ("江北机场", 106.6417, 29.7192),
    "大足区": ("大足石刻宝顶山", 105.705, 29.701),
    "奉节县": ("白帝城", 109.570, 31.044),
}
START, MERGER = date(1997, 6, 18), date(2025, 11, 6)


def collection(path: Path, *features: tuple[dict[str, Any], object]) -> Path:
    listed = [
        {"type": "Feature", "properties": values, "geometry": shapely.geometry.mapping(shape)}
        for values, shape in features
    ]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": listed}))
    return path


def district(path: Path, *codes: str, east: float = 107.0) -> Path:
    """Write square districts side by side, one a degree."""
    return collection(
        path,
        *(
            ({"adcode": code, "name": f"区{code}"}, shapely.box(east + i - 1, 29, east + i, 30))
            for i, code in enumerate(codes)
        ),
    )


def district_at(connection: Connection, lon: float, lat: float, *, day: date) -> list[str]:
    rows = connection.execute(
        "SELECT name FROM district WHERE valid_from <= %(on)s AND (valid_to IS NULL OR"
        " valid_to > %(on)s) AND ST_Contains(geometry, ST_SetSRID(ST_MakePoint(%(x)s, %(y)s),"
        " 4326))",
        {"on": day, "x": lon, "y": lat},
    ).fetchall()
    return [name for (name,) in rows]


def test_the_districts_of_chongqing_land_where_they_belong(
    connection: Connection, test_data: Path
) -> None:
    file = test_data / "chongqing" / "districts_gcj02.geojson"
    report = import_districts(connection, file, datum="gcj02", valid_from=START)
    assert (len(report.districts), report.new, report.ended) == (38, 38, ())
    assert connection.execute("SELECT count(*) FROM district").fetchone() == (38,)
    invalid = {
        feature["properties"]["name"]
        for feature in json.loads(file.read_text())["features"]
        if not shapely.geometry.shape(feature["geometry"]).is_valid
    }
    assert {name for name, _ in report.repaired} == invalid
    assert all("repaired, its area changed by" in problem for _, problem in report.repaired)
    for name, (_, lon, lat) in KNOWN_PLACES.items():
        assert district_at(connection, lon, lat, day=START) == [name]


def test_a_file_in_gcj02_moves_by_what_the_datum_moves(
    connection: Connection, test_data: Path
) -> None:
    file = test_data / "chongqing" / "districts_gcj02.geojson"
    middles = {}
    for datum, day in (("gcj02", START), ("wgs84", MERGER)):
        import_districts(connection, file, datum=datum, valid_from=day)
        middles[datum] = {
            d.name: shapely.from_wkb(d.geometry).centroid.coords[0]
            for d in areas.districts(connection, as_of=day)
        }
    for name, shifted in middles["wgs84"].items():
        assert 300 < straight(shifted, middles["gcj02"][name]) < 900


def test_a_district_of_a_later_date_closes_the_earlier_one(
    connection: Connection, tmp_path: Path
) -> None:
    import_districts(
        connection, district(tmp_path / "old", "500105", "500112"), datum="wgs84", valid_from=START
    )
    report = import_districts(
        connection,
        district(tmp_path / "new", "500105", east=107.5),
        datum="wgs84",
        valid_from=MERGER,
    )
    assert (report.new, report.ended) == (1, ())
    assert district_at(connection, 106.2, 29.5, day=date(2025, 11, 5)) == ["区500105"]
    assert district_at(connection, 106.2, 29.5, day=MERGER) == []
    assert set(district_at(connection, 107.4, 29.5, day=MERGER)) == {"区500105", "区500112"}


def test_a_whole_new_set_ends_the_districts_it_does_not_name(
    connection: Connection, tmp_path: Path
) -> None:
    import_districts(
        connection, district(tmp_path / "old", "500105", "500112"), datum="wgs84", valid_from=START
    )
    report = import_districts(
        connection,
        district(tmp_path / "new", "500157"),
        datum="wgs84",
        valid_from=MERGER,
        replace_all=True,
    )
    assert sorted(report.ended) == ["500105", "500112"]
    assert [d.adcode for d in areas.districts(connection, as_of=MERGER)] == ["500157"]
    assert len(areas.districts(connection, as_of=START)) == 2


def test_an_earlier_import_that_comes_later_does_not_overlap_the_later_one(
    connection: Connection, tmp_path: Path
) -> None:
    file = district(tmp_path / "any", "500105")
    import_districts(connection, file, datum="wgs84", valid_from=MERGER)
    import_districts(connection, file, datum="wgs84", valid_from=START)
    for day, begins in ((START, START), (MERGER, MERGER)):
        assert [d.valid_from for d in areas.districts(connection, as_of=day)] == [begins]


def test_codes_that_no_number_can_begin_with_are_refused_row_by_row(
    connection: Connection, tmp_path: Path
) -> None:
    file = district(tmp_path / "towns", "500105", "500105001000", "010101")
    with pytest.raises(InvalidInput, match="not six digits") as caught:
        import_districts(connection, file, datum="wgs84", valid_from=START)
    assert [error.field for error in caught.value.errors] == ["row 2", "row 3"]
    assert register.read(connection).kind == "empty"


def test_a_bow_tie_is_repaired_and_reported(connection: Connection, tmp_path: Path) -> None:
    bow_tie = shapely.Polygon([(106, 29), (107, 30), (107, 29), (106, 30)])
    file = collection(tmp_path / "tie", ({"adcode": "500105", "name": "江北区"}, bow_tie))
    report = import_districts(connection, file, datum="wgs84", valid_from=START)
    [(name, problem)] = report.repaired
    assert (name, "Self-intersection" in problem) == ("江北区", True)
    assert district_at(connection, 106.1, 29.5, day=START) == ["江北区"]


def scope_file(path: Path) -> Path:
    return collection(
        path,
        ({}, shapely.box(106.50, 29.50, 106.51, 29.51)),
        ({}, shapely.LineString([(106.52, 29.50), (106.52, 29.51)])),
    )


def test_a_scope_is_its_areas_and_what_lies_beside_its_streets(
    connection: Connection, tmp_path: Path
) -> None:
    report = import_scope(
        connection,
        scope_file(tmp_path / "scope"),
        name="main-urban",
        title="主城",
        datum="wgs84",
        street_buffer_metres=150,
    )
    assert (report.areas, report.streets) == (1, 1)
    [record] = areas.scopes(connection)
    region = shapely.from_wkb(record.region)
    square, _ = ELLIPSOID.geometry_area_perimeter(shapely.box(106.50, 29.50, 106.51, 29.51))
    street = straight((106.52, 29.50), (106.52, 29.51))
    whole, _ = ELLIPSOID.geometry_area_perimeter(shapely.orient_polygons(region))
    expected = abs(square) + street * 300 + np.pi * 150**2
    assert whole == pytest.approx(expected, rel=0.01)
    beside = ELLIPSOID.fwd(106.52, 29.505, 90, 140)[:2]
    assert region.contains(shapely.Point(beside))
    assert not region.contains(shapely.Point(ELLIPSOID.fwd(106.52, 29.505, 90, 160)[:2]))


def test_a_scope_cannot_take_the_name_of_everything(connection: Connection, tmp_path: Path) -> None:
    for name in ("all", "Main", ""):
        with pytest.raises(InvalidInput, match="small letters"):
            import_scope(
                connection,
                scope_file(tmp_path / "scope"),
                name=name,
                title="",
                datum="wgs84",
                street_buffer_metres=0,
            )
    assert areas.scopes(connection) == []


def test_points_of_a_table_become_a_layer(connection: Connection, tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    file.write_text("lon,lat,people\n106.5,29.5,10\n106.6,29.6,2.5\n,29.6,7\n106.6,29.6,-1\n")
    report = import_demand(connection, file, layer="residents", title="居民")
    assert (report.points, report.total, report.weight_name) == (2, 12.5, "people")
    assert report.dropped == {"no place": 1, "negative weight": 1}
    stored = demand.read(connection, "residents")
    assert stored is not None
    assert stored.longitude.tolist() == [106.5, 106.6]
    assert stored.weight.tolist() == [10, 2.5]
    assert (stored.facts.points, stored.facts.total, stored.facts.title) == (2, 12.5, "居民")


def test_a_layer_in_gcj02_is_moved(connection: Connection, tmp_path: Path) -> None:
    file = tmp_path / "shops.csv"
    file.write_text("lon,lat\n116.38404722455657,39.91334545536069\n")
    import_demand(connection, file, layer="shops", datum="gcj02", unweighted=True)
    stored = demand.read(connection, "shops")
    assert stored is not None
    place = (float(stored.longitude[0]), float(stored.latitude[0]))
    assert straight(place, (116.377817, 39.911954)) < 1
    assert stored.weight.tolist() == [1]


def raster(path: Path, *, crs: str | None = "EPSG:3857") -> Path:
    """Write 2 by 3 cells of 1 km: three with people, one empty, one unknown, one negative."""
    values = np.array([[5, 0, 7], [-9999, 3, -2]], np.float32)
    # in Web Mercator, whose metres are not metres on the ground
    shape = rasterio.Affine(1000, 0, 11_850_000, 0, -1000, 3_450_000)
    with rasterio.open(
        path, "w", driver="GTiff", width=3, height=2, count=1, dtype="float32", crs=crs,
        transform=shape, nodata=-9999,
    ) as out:  # fmt: skip
        out.write(values, 1)
    return path


def test_the_cells_of_a_raster_become_points_in_their_middles(
    connection: Connection, tmp_path: Path
) -> None:
    report = import_demand(connection, raster(tmp_path / "people.tif"), layer="residents")
    assert (report.points, report.total, report.weight_name) == (3, 15.0, "band 1")
    assert report.dropped["negative weight"] == 1
    stored = demand.read(connection, "residents")
    assert stored is not None
    middles = np.add([[500, -500], [2500, -500], [1500, -1500]], [11_850_000, 3_450_000])
    radius = 6_378_137.0
    lon = np.degrees(middles[:, 0] / radius)
    lat = np.degrees(2 * np.arctan(np.exp(middles[:, 1] / radius)) - np.pi / 2)
    assert np.allclose(stored.longitude, lon, atol=1e-9)
    assert np.allclose(stored.latitude, lat, atol=1e-9)
    assert stored.weight.tolist() == [5, 7, 3]


def test_a_layer_of_the_same_name_is_replaced_whole(connection: Connection, tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    digests = []
    for weight in (5, 6):
        file.write_text(f"lon,lat,people\n106.5,29.5,{weight}\n")
        import_demand(connection, file, layer="residents")
        stored = demand.read(connection, "residents")
        assert stored is not None
        assert stored.weight.tolist() == [weight]
        digests.append(stored.facts.digest)
    assert len(demand.layers(connection)) == 1
    assert digests[0] != digests[1]


def test_a_layer_that_cannot_be_used_changes_nothing(
    connection: Connection, tmp_path: Path
) -> None:
    swapped, cut = tmp_path / "swapped.csv", tmp_path / "cut.tif"
    swapped.write_text("lon,lat,people\n29.5,106.5,1\n29.6,106.6,2\n")
    cut.write_bytes(raster(tmp_path / "whole.tif").read_bytes()[:40])
    bare = raster(tmp_path / "bare.tif", crs=None)
    for file, error, words in (
        (swapped, InvalidInput, "swapped"),
        (cut, UnreadableFile, "GeoTIFF"),
        (bare, InvalidInput, "reference system"),
    ):
        with pytest.raises(error, match=words):
            import_demand(connection, file, layer="residents")
    with pytest.raises(InvalidInput, match="small letters"):
        import_demand(connection, swapped, layer="Big Layer")
    assert demand.layers(connection) == []
    assert register.read(connection).kind == "empty"


def test_a_demo_register_takes_neither_areas_nor_people(
    connection: Connection, tmp_path: Path
) -> None:
    register.claim(connection, "demo", seed=1)
    people = tmp_path / "people.csv"
    people.write_text("lon,lat,people\n106.5,29.5,1\n")
    attempts = (
        lambda: import_districts(
            connection, district(tmp_path / "d", "500105"), datum="wgs84", valid_from=START
        ),
        lambda: import_scope(
            connection,
            scope_file(tmp_path / "s"),
            name="centre",
            title="",
            datum="wgs84",
            street_buffer_metres=0,
        ),
        lambda: import_demand(connection, people, layer="residents"),
    )
    for attempt in attempts:
        with pytest.raises(Conflict, match="never mixed") as caught:
            attempt()
        assert "harbor demo clear" in caught.value.remedy
    assert areas.districts(connection, as_of=MERGER) == []
    assert (areas.scopes(connection), demand.layers(connection)) == ([], [])
