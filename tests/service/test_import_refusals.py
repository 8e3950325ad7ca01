"""What imports refuse or warn of, so that nothing absurd is counted afterwards."""

import json
import math
from datetime import date
from pathlib import Path

import pytest
import shapely

from app.domain.errors import InvalidInput, UnreadableFile
from app.service.area_import import ScopeReport, import_districts, import_scope
from app.service.demand_import import DemandReport, import_demand
from app.service.list_import import Report, repeated
from app.service.station_export import export
from app.settings import Settings
from app.store import demand, networks, register
from app.store.database import Connection
from tests.service.test_station_import import enter

START = date(1997, 6, 18)
ALPS = (9.4, 47.0, 9.7, 47.3)


@pytest.fixture
def in_the_alps(connection: Connection) -> Connection:
    """A register whose network in use lies far from China."""
    networks.save(
        connection, name="alps", digest="0" * 32, junctions=2, edges=1, metres=100.0, bounds=ALPS,
        facts={},
    )  # fmt: skip
    register.use_network(connection, "alps")
    return connection


def written(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def stations(connection: Connection, settings: Settings, path: Path, text: str) -> Report:
    return enter(connection, settings, written(path, text))


def states(connection: Connection) -> list[tuple[str, str]]:
    rows = connection.execute("SELECT name, state FROM station ORDER BY id").fetchall()
    return [(str(name), str(state)) for name, state in rows]


def people(connection: Connection, path: Path, text: str) -> DemandReport:
    return import_demand(connection, written(path, text), layer="residents")


def scope(
    connection: Connection, path: Path, *, west: float, south: float, buffer: float = 0.0
) -> ScopeReport:
    area = shapely.box(west, south, west + 0.1, south + 0.1)
    return import_scope(
        connection,
        written(path, json.dumps(shapely.geometry.mapping(area))),
        name="centre",
        title="",
        datum="wgs84",
        street_buffer_metres=buffer,
    )


def feature(west: float, south: float) -> str:
    area = shapely.box(west, south, west + 0.1, south + 0.1)
    properties = {"adcode": "500103", "name": "渝中区"}
    geometry = shapely.geometry.mapping(area)
    return json.dumps({"type": "Feature", "properties": properties, "geometry": geometry})


def test_a_list_of_which_every_row_is_rejected_changes_nothing_and_can_be_tried_again(
    connection: Connection, settings: Settings, tmp_path: Path
) -> None:
    text = "name,longitude,latitude\n甲,900,29\n,106.5,29.5\n"
    rejects = tmp_path / "rejects.csv"
    for _ in range(2):
        file = written(tmp_path / "bad.csv", text)
        report = enter(connection, settings, file, rejects=rejects)
        assert report.useless
        assert len(report.rejected) == 2
    assert len(rejects.read_text("utf-8-sig").splitlines()) == 3
    assert register.read(connection).kind == "empty"
    for table in ("station", "import_batch", "audit_event WHERE action = 'stations.import'"):
        assert connection.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)  # type: ignore[arg-type]


def test_a_row_that_repeats_another_of_its_list_is_not_entered(
    connection: Connection, settings: Settings, tmp_path: Path
) -> None:
    text = "name,address,longitude,latitude\n甲,1号,106.5,29.5\n乙,2号,106.6,29.5\n" + (
        "甲,1号,106.5,29.5\n甲,3号,106.7,29.5\n"
    )
    report = stations(connection, settings, tmp_path / "twice.csv", text)
    assert (len(report.active), len(report.rows)) == (3, 4)
    assert [
        (row.content.number, repeated(row, row.content.twins[0])) for row in report.present
    ] == [(4, "row 2 is the same: 甲")]
    assert [name for name, _ in states(connection)] == ["甲", "乙", "甲"]


@pytest.mark.parametrize("column", ["state", "状态"])
def test_of_a_list_with_states_only_active_stations_and_drafts_are_taken_over(
    connection: Connection, settings: Settings, tmp_path: Path, column: str
) -> None:
    rows = ("active", "在用", "", "draft", "草稿", "exited", "暂停开放", "rectifying", "停用")
    lines = [f"站{i},{state},106.{i},29.5" for i, state in enumerate(rows)]
    text = "\n".join([f"name,{column},longitude,latitude", *lines])
    report = stations(connection, settings, tmp_path / "states.csv", text)
    assert [state for _, state in states(connection)] == ["active"] * 3 + ["draft"] * 2
    assert (len(report.active), len(report.entering)) == (3, 5)
    assert [
        (row.content.number, row.content.errors[0].message.split(";")[0]) for row in report.rejected
    ] == [
        (7, "is exited"), (8, "is suspended"), (9, "is rectifying"), (10, "is '停用'"),
    ]  # fmt: skip


def test_an_exited_station_that_is_exported_does_not_come_back_as_active(
    connection: Connection, settings: Settings, tmp_path: Path
) -> None:
    text = "name,longitude,latitude\n甲,106.5,29.5\n乙,106.6,29.5\n"
    stations(connection, settings, tmp_path / "two.csv", text)
    connection.execute("UPDATE station SET state = 'exited' WHERE name = '甲'")
    out = tmp_path / "out.csv"
    export(connection, out, datum="wgs84")
    # as if it were another register: nothing is known there
    listed = out.read_text("utf-8-sig").replace("甲", "丙").replace("乙", "丁")
    report = enter(connection, settings, written(tmp_path / "again.csv", listed), likely="enter")
    assert (len(report.active), len(report.rejected)) == (1, 1)
    assert report.rejected[0].content.errors[0].message == (
        "is exited; only active stations and drafts are taken over"
    )


@pytest.mark.parametrize("content", ['甲,"1号,106.5,29.5\n乙,2号,106.6,29.5\n', '"甲\n乙",1,2,3\n'])
def test_a_quote_that_is_not_closed_makes_no_station(
    connection: Connection, settings: Settings, tmp_path: Path, content: str
) -> None:
    file = tmp_path / "quote.csv"
    try:
        report = stations(connection, settings, file, f"name,address,longitude,latitude\n{content}")
        said = report.rejected[0].content.errors[0].message
    except (InvalidInput, UnreadableFile) as error:
        said = str(error)
    assert "row" in said
    assert "not closed" in said
    assert states(connection) == []


def test_absurd_weights_are_left_out_and_counted(connection: Connection, tmp_path: Path) -> None:
    text = "lon,lat,people\n106.5,29.5,12\n106.6,29.5,1e308\n106.7,29.5,1e9\n106.8,29.5,inf\n"
    report = people(connection, tmp_path / "people.csv", text)
    assert report.total == 1_000_000_012
    assert report.dropped == {"no weight": 1, "weight above 1,000,000,000": 1}
    with pytest.raises(InvalidInput, match="weight above 1,000,000,000 in 1"):
        people(connection, tmp_path / "absurd.csv", "lon,lat,people\n106.5,29.5,1e308\n")


def test_a_file_of_negative_weights_alone_is_refused_in_words(
    connection: Connection, tmp_path: Path
) -> None:
    with pytest.raises(InvalidInput, match="none of 1 is usable: negative weight in 1") as caught:
        people(connection, tmp_path / "minus.csv", "lon,lat,people\n106.5,29.5,-4\n")
    assert "{" not in str(caught.value)


def test_a_text_among_the_weights_is_named_with_its_row(
    connection: Connection, tmp_path: Path
) -> None:
    text = "lon,lat,people\n106.5,29.5,4\n\n106.6,29.5,many\n"
    with pytest.raises(InvalidInput, match="row 4 holds 'many'"):
        people(connection, tmp_path / "text.csv", text)


@pytest.mark.parametrize("width", [-5.0, 5000.1, math.nan, math.inf])
def test_a_strip_beside_streets_is_of_0_to_5000_metres(
    connection: Connection, tmp_path: Path, width: float
) -> None:
    with pytest.raises(InvalidInput, match="metres from 0 to 5,000"):
        scope(connection, tmp_path / "s.geojson", west=106.5, south=29.5, buffer=width)
    assert register.read(connection).kind == "empty"


def test_swapped_areas_and_people_are_refused_by_the_network_in_use(
    in_the_alps: Connection, tmp_path: Path
) -> None:
    with pytest.raises(InvalidInput, match="swap"):
        people(in_the_alps, tmp_path / "people.csv", "lon,lat,people\n47.1,9.5,3\n")
    with pytest.raises(InvalidInput, match="swap"):
        scope(in_the_alps, tmp_path / "s.geojson", west=47.1, south=9.5)
    file = written(tmp_path / "d.geojson", feature(47.1, 9.5))
    with pytest.raises(InvalidInput, match="swap"):
        import_districts(in_the_alps, file, datum="wgs84", valid_from=START)
    assert demand.layers(in_the_alps) == []


def test_a_district_given_latitude_first_is_refused_without_any_network(
    connection: Connection, tmp_path: Path
) -> None:
    file = written(tmp_path / "d.geojson", feature(29.5, 89.0))
    with pytest.raises(InvalidInput, match="swap"):
        import_districts(connection, file, datum="wgs84", valid_from=START)


def test_what_lies_far_from_the_streets_in_use_is_taken_with_a_warning(
    in_the_alps: Connection, tmp_path: Path
) -> None:
    text = "lon,lat,people\n106.5,29.5,3\n106.6,29.5,3\n9.5,47.1,3\n"
    warned = [*people(in_the_alps, tmp_path / "people.csv", text).warnings]
    assert "67 % of the points lie outside the streets of network alps" in warned[0]
    warned += scope(in_the_alps, tmp_path / "s.geojson", west=106.5, south=29.5).warnings
    file = written(tmp_path / "d.geojson", feature(106.5, 29.5))
    warned += import_districts(in_the_alps, file, datum="wgs84", valid_from=START).warnings
    assert len(warned) == 3
    assert all("network alps" in warning for warning in warned)


def test_what_lies_on_the_streets_in_use_is_taken_in_silence(
    in_the_alps: Connection, tmp_path: Path
) -> None:
    text = "lon,lat,people\n106.5,29.5,3\n9.6,47.1,3\n9.5,47.1,3\n"
    assert people(in_the_alps, tmp_path / "people.csv", text).warnings == ()
    assert scope(in_the_alps, tmp_path / "s.geojson", west=9.5, south=47.1).warnings == ()


def test_a_single_feature_is_read_as_a_district(connection: Connection, tmp_path: Path) -> None:
    file = written(tmp_path / "d.geojson", feature(106.5, 29.5))
    report = import_districts(connection, file, datum="wgs84", valid_from=START)
    assert report.districts == (("500103", "渝中区"),)
