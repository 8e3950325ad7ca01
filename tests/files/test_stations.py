"""Lists of stations in and out again."""

import json
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.errors import InvalidInput
from app.domain.services import SERVICES
from app.domain.station import Door, HostKind, StationFacts
from app.files.rejects import write_rejects
from app.files.station_export import export_row, export_stations
from app.files.stations import read_stations
from app.files.tables import read_table

CSV = """\
站点名称,地址,所属区县,经度(GCJ-02),纬度(GCJ-02),服务项目,开放时间,联系人,联系电话,备注
桥头驿站,民权路1号,渝中区,106.5553,29.5602,饮水、厕所,24小时,某某,138****0000,新
山城驿站,中山路2号,渝中区,,,饮水,,,023-60000000,
,无名路,渝中区,106.5,29.5,,,,,
反向驿站,某路,渝中区,29.56,106.55,,,,,
"""


def test_a_list_in_chinese_is_read_row_by_row() -> None:
    file = read_stations(CSV.encode("gbk"), datum="gcj02", file_name="list.csv")
    assert [row.number for row in file.rows] == [2, 3, 4, 5]
    assert [row.number for row in file.accepted] == [2, 3]
    assert [row.errors[0].field for row in file.rejected] == ["name", "latitude"]
    assert (file.datum, file.encoding) == ("gcj02", "GB18030")
    facts = file.rows[0].facts
    assert facts is not None
    assert (facts.longitude, facts.latitude) == (106.5553, 29.5602)
    assert (facts.services, facts.hours) == (("toilet", "water"), "24/7")
    assert facts.area_name == "渝中区"


def test_personal_columns_are_counted_and_never_carried_on() -> None:
    file = read_stations(CSV.encode(), datum="gcj02")
    assert file.personal_columns == {"联系人": 1, "联系电话": 2}
    assert file.unused_columns == ("备注",)
    assert re.search(r"138\d{4}", repr(file)) is None
    assert "60000000" not in repr(file)
    assert file.rows[0].source["备注"] == "新"


def test_a_datum_that_is_not_named_is_asked_for() -> None:
    with pytest.raises(InvalidInput, match="wgs84, cgcs2000, gcj02, bd09") as caught:
        read_stations(CSV.encode(), datum=None)
    assert "state gcj02" in str(caught.value)
    without_places = "name,address\n甲,x\n".encode()
    assert read_stations(without_places, datum=None).datum is None


@pytest.mark.parametrize(("datum", "says"), [("wgs84", "state gcj02"), ("mars", "not known")])
def test_a_wrong_datum_is_refused(datum: str, says: str) -> None:
    with pytest.raises(InvalidInput, match=says):
        read_stations(CSV.encode(), datum=datum)


def test_two_datums_in_one_list_are_refused() -> None:
    with pytest.raises(InvalidInput, match="state two: bd09 and gcj02"):
        read_stations(b"name,lng_gcj02,lat_bd09\nA,106.5,29.5\n", datum="gcj02")


def test_missing_columns_are_named_with_what_was_found() -> None:
    with pytest.raises(InvalidInput) as caught:
        read_stations("地址,经度\nx,106\n".encode(), datum="gcj02", file_name="list.csv")
    assert [error.field for error in caught.value.errors] == ["name", "latitude"]
    assert "名称" in str(caught.value)
    assert "found 地址, 经度" in str(caught.value)


def test_a_header_without_rows_is_refused() -> None:
    with pytest.raises(InvalidInput, match="no row below it"):
        read_stations(b"name,address\n", datum="wgs84")


def test_english_columns_a_pair_and_a_column_for_each_service_are_known() -> None:
    header = "Name,Coordinates,Opening hours,Toilet,饮水,AED,Phone"
    text = f'{header}\nBridge,"106.55,29.56",24/7,yes,1,,5\n'
    file = read_stations(text.encode(), datum="wgs84")
    facts = file.rows[0].facts
    assert facts is not None
    assert facts.services == ("toilet", "water")
    assert facts.placed
    assert file.personal_columns == {"Phone": 1}


def test_an_unknown_code_of_a_service_rejects_its_row() -> None:
    file = read_stations(b"name,services\nA,water;sauna\nB,water\n", datum=None)
    assert [row.number for row in file.rejected] == [2]
    assert "sauna" in file.rejected[0].errors[0].message


def test_points_of_a_feature_collection_are_places_and_other_shapes_are_refused() -> None:
    features = [
        {"type": "Feature", "properties": {"name": "甲"},
         "geometry": {"type": "Point", "coordinates": [106.55, 29.56]}},
        {"type": "Feature", "properties": {"name": "乙"}, "geometry": None},
        {"type": "Feature", "properties": {"name": "丙"},
         "geometry": {"type": "Polygon", "coordinates": []}},
    ]  # fmt: skip
    content = json.dumps({"type": "FeatureCollection", "features": features}).encode()
    file = read_stations(content, datum="wgs84")
    placed = [row.facts.placed if row.facts else None for row in file.rows]
    assert placed == [True, False, None]
    assert "Polygon" in file.rejected[0].errors[0].message
    with pytest.raises(InvalidInput, match="is not named"):
        read_stations(content, datum=None)


@pytest.mark.parametrize("number", ["1" * 400, "-" + "9" * 4000, "1e400", "NaN", "true", '"29"'])
def test_a_point_without_sane_coordinates_rejects_its_row_alone(number: str) -> None:
    points = [f'{{"type": "Point", "coordinates": [{x}, 29.5]}}' for x in ("106.5", number)]
    features = ",".join(f'{{"properties": {{"name": "甲"}}, "geometry": {one}}}' for one in points)
    file = read_stations(f'{{"features": [{features}]}}'.encode(), datum="wgs84")
    assert [row.number for row in file.accepted] == [1]
    (row,) = file.rejected
    assert (row.errors[0].field, row.errors[0].zh) == ("geometry", "点的经纬度读不懂")


def test_a_row_that_repeats_another_is_pointed_out() -> None:
    text = "name,address,number\n甲,x,1\n甲,x,2\n乙,y,1\n"
    file = read_stations(text.encode(), datum=None)
    assert [[w.field for w in row.warnings] for row in file.rows] == [[], ["name"], ["number"]]
    assert "row 2" in file.rows[1].warnings[0].message


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_rejected_rows_are_written_with_their_reason(tmp_path: Path, ending: str) -> None:
    file = read_stations(CSV.encode(), datum="gcj02")
    path = tmp_path / f"rejects.{ending}"
    assert write_rejects(path, file.rejected, columns=file.columns) == 2
    table = read_table(path)
    assert table.columns == ("row", *file.columns, "reason")
    assert [row.values["row"] for row in table.rows] == ["4", "5"]
    # Chinese first, English beside it
    assert re.fullmatch(r"坐标不可用.*\(latitude: .*swapped.*", table.rows[1].values["reason"])
    assert list(tmp_path.iterdir()) == [path]
    # mended or not, it is a list that can be read again
    assert len(read_stations(path, datum="gcj02").rejected) == 2


def test_rejects_go_to_a_known_kind_of_file_in_a_folder_that_exists(tmp_path: Path) -> None:
    for path, says in ((tmp_path / "x.txt", "must end in"), (tmp_path / "no/x.csv", "not exist")):
        with pytest.raises(InvalidInput, match=says):
            write_rejects(path, [], columns=[])


WORD = st.text(st.sampled_from("桥头驿站路号AB12=+-@'\",; "), min_size=1, max_size=12).map(
    lambda text: " ".join(("站" + text).split())
)
FACTS = st.builds(
    StationFacts,
    name=st.one_of(WORD, WORD.map(lambda text: "=" + text)),
    name_en=st.sampled_from(["", "Bridge", "-Bridge"]),
    longitude=st.floats(73.5, 135).map(lambda value: round(value, 6)),
    latitude=st.floats(18, 53).map(lambda value: round(value, 6)),
    address=WORD,
    services=st.sets(st.sampled_from([service.code for service in SERVICES])).map(
        lambda codes: tuple(sorted(codes))
    ),
    hours=st.sampled_from([None, "24/7", "Mo-Fr 09:00-17:00; PH closed"]),
    hours_text=st.just("看门口"),
    door=st.sampled_from([None, *Door]),
    host_name=st.just("某某"),
    host_kind=st.sampled_from([None, *HostKind]),
    area_name=WORD,
    earlier_numbers=st.sampled_from([(), ("A-1",), ("A-1", "7")]),
)


@pytest.mark.parametrize("format", ["csv", "xlsx", "geojson"])
@given(stations=st.lists(FACTS, min_size=1, max_size=4))
@settings(max_examples=25, deadline=None)
def test_an_export_read_in_again_gives_the_same_stations(
    format: str, stations: list[StationFacts]
) -> None:
    content = export_stations([export_row(facts) for facts in stations], format=format)
    file = read_stations(content, datum="wgs84")
    assert [row.facts for row in file.rows] == stations


def test_a_formula_in_a_name_cannot_run_in_a_spreadsheet() -> None:
    row = export_row(StationFacts(name="=cmd|'/c calc'!A1"))
    text = export_stations([row], format="csv").decode("utf-8-sig")
    assert "'=cmd" in text
    with pytest.raises(InvalidInput, match="csv, xlsx, geojson"):
        export_stations([row], format="pdf")


def test_a_real_list_is_accounted_for_to_the_last_row(test_data: Path) -> None:
    path = test_data / "messy/zhengzhou_stations.csv"
    file = read_stations(path, datum="gcj02")
    facts = [row.facts for row in file.accepted if row.facts]
    assert (len(file.rows), len(facts)) == (82, 82)
    assert sum(one.placed for one in facts) == 18
    assert sum(not one.placed for one in facts) == 64
    assert sum(one.hours is not None for one in facts) == 22
    assert file.personal_columns == {"contact": 15}
    assert "****" not in repr(file)
    with pytest.raises(InvalidInput, match="columns state gcj02"):
        read_stations(path, datum="wgs84")
