"""Lists of stations into the register, in every shape and datum staff send them."""

import csv
import json
import math
import threading
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import psycopg
import pytest
import shapely

from app.domain import number
from app.domain.errors import Conflict, InvalidInput, NotFound, UnreadableFile
from app.files.tables import read_table
from app.service.import_undoing import undo_now
from app.service.list_import import Report, Wishes, import_list
from app.service.runtime import Runtime
from app.service.station_export import export
from app.settings import Settings
from app.store import areas, numbers, register
from app.store.database import Connection
from tests.service.slowly import straight

# WGS-84 and GCJ-02 of three places, from the reference points of public converters
PAIRS = {
    "上海": ((121.5272106, 31.1774276), (121.531541859215, 31.17530398364597)),
    "深圳": ((113.912316, 22.543847), (113.9171764808363, 22.540796131694766)),
    "北京": ((116.377817, 39.911954), (116.38404722455657, 39.91334545536069)),
}
ABROAD = ("海德堡", (8.6947, 49.4094))


def bd09(gcj: tuple[float, float]) -> tuple[float, float]:
    """Return BD-09 of a GCJ-02 place, by the formula in general use."""
    x, y = gcj
    turn = math.pi * 3000 / 180
    far = math.hypot(x, y) + 0.00002 * math.sin(y * turn)
    angle = math.atan2(y, x) + 0.000003 * math.cos(x * turn)
    return far * math.cos(angle) + 0.0065, far * math.sin(angle) + 0.006


GIVEN: dict[str, dict[str, tuple[float, float]]] = {
    "wgs84": {name: pair[0] for name, pair in PAIRS.items()},
    "cgcs2000": {name: pair[0] for name, pair in PAIRS.items()},
    "gcj02": {name: pair[1] for name, pair in PAIRS.items()},
    "bd09": {name: bd09(pair[1]) for name, pair in PAIRS.items()},
}

Rows = Sequence[Sequence[object]]


def as_csv(path: Path, header: Sequence[str], rows: Rows, *, encoding: str = "utf-8") -> Path:
    file = path.with_suffix(".csv")
    with file.open("w", encoding=encoding, newline="") as handle:
        csv.writer(handle).writerows([header, *rows])
    return file


def as_xlsx(path: Path, header: Sequence[str], rows: Rows) -> Path:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (header, *rows):
        sheet.append(list(row))
    book.save(path.with_suffix(".xlsx"))
    return path.with_suffix(".xlsx")


def as_geojson(path: Path, header: Sequence[str], rows: Rows) -> Path:
    features = []
    for row in rows:
        cells = dict(zip(header, row, strict=True))
        point = [cells.pop("longitude"), cells.pop("latitude")]
        features.append(
            {
                "type": "Feature",
                "properties": cells,
                "geometry": {"type": "Point", "coordinates": point},
            }
        )
    file = path.with_suffix(".geojson")
    file.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    return file


# no administrative area has this code: of stations in no known district
NOWHERE = "999999"
HEADER = ("name", "address", "longitude", "latitude")
WRITERS: list[Callable[..., Path]] = [as_csv, as_xlsx, as_geojson]


def enter(connection: Connection, settings: Settings, path: Path, **options: Any) -> Report:
    """Import a list as the operator: a cut-over, but for what is wished otherwise."""
    wishes = {"datum": "wgs84", "cut_over": True, "document": "渝工办〔2026〕1号", **options}
    # the runtime lends no connection here: the work is on that of the test
    runtime = Runtime(settings, "")
    return import_list(connection, runtime, path, Wishes(**wishes), tell=lambda *_: None)


def sums(report: Report) -> tuple[int, int, int, int]:
    """How many rows there are, become active, become drafts, are rejected."""
    active = len(report.active)
    return len(report.rows), active, len(report.entering) - active, len(report.rejected)


def found(connection: Connection) -> dict[str, tuple[float, float]]:
    rows = connection.execute("SELECT name, ST_X(place), ST_Y(place) FROM station").fetchall()
    return {name: (x, y) for name, x, y in rows}


def tables(connection: Connection) -> dict[str, int]:
    """Return how many rows every table of the register has, and its kind."""
    names = connection.execute(
        "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
        " AND tablename NOT LIKE 'spatial%' AND tablename NOT LIKE '%yoyo%'"
    ).fetchall()
    counts = {
        name: connection.execute(f"SELECT count(*) FROM {name}").fetchone()[0]  # type: ignore[index, arg-type]
        for (name,) in names
    }
    return {**counts, "kind": register.read(connection).kind}  # type: ignore[dict-item]


@pytest.mark.parametrize("write", WRITERS)
@pytest.mark.parametrize("datum", list(GIVEN))
def test_a_list_in_any_datum_and_file_lands_within_a_metre(
    connection: Connection,
    settings: Settings,
    tmp_path: Path,
    datum: str,
    write: Callable[..., Path],
) -> None:
    places = {**GIVEN[datum], ABROAD[0]: ABROAD[1] if datum != "bd09" else bd09(ABROAD[1])}
    rows = [(name, f"{name}路1号", *place) for name, place in places.items()]
    report = enter(connection, settings, write(tmp_path / "list", HEADER, rows), datum=datum)
    assert sums(report) == (len(rows), len(rows), 0, 0)
    stored = found(connection)
    for name, (wgs84, _) in PAIRS.items():
        assert straight(stored[name], wgs84) < 1
    if datum != "bd09":  # nobody uses BD-09 abroad
        assert straight(stored[ABROAD[0]], ABROAD[1]) < 0.01
    sources = connection.execute(
        "SELECT name, source_datum, source_longitude, source_latitude FROM station"
    ).fetchall()
    assert {s[1] for s in sources} == {datum}
    for name, _, lon, lat in sources:
        assert (lon, lat) == pytest.approx(places[name], abs=1e-9)


def test_a_dry_run_says_what_would_happen_and_changes_nothing(
    connection: Connection, settings: Settings, tmp_path: Path
) -> None:
    rows = [("甲", "一路", 106.5, 29.5), ("乙", "二路", None, None), ("", "三路", 106.5, 29.5)]
    file = as_csv(tmp_path / "list", HEADER, rows)
    before = tables(connection)
    dry = enter(connection, settings, file, dry_run=True)
    assert (dry.batch, sums(dry)) == (None, (3, 1, 1, 1))
    assert tables(connection) == before
    assert before["kind"] == "empty"
    real = enter(connection, settings, file)
    assert sums(real) == (3, 1, 1, 1)
    assert real.batch is not None
    assert connection.execute("SELECT code FROM station WHERE code IS NOT NULL").fetchall() == [
        (number.make(NOWHERE, 1),)
    ]


def test_the_same_file_is_taken_once_under_whatever_name(
    connection: Connection, settings: Settings, tmp_path: Path
) -> None:
    file = as_csv(tmp_path / "list", HEADER, [("甲", "一路", 106.5, 29.5)])
    enter(connection, settings, file)
    copy = file.rename(tmp_path / "copy.csv")
    before = tables(connection)
    for dry_run in (False, True):
        with pytest.raises(Conflict, match="imported before"):
            enter(connection, settings, copy, dry_run=dry_run)
    assert tables(connection) == before


def test_what_the_register_has_already_is_left_as_it_is(
    connection: Connection, settings: Settings, tmp_path: Path
) -> None:
    enter(connection, settings, as_csv(tmp_path / "a", HEADER, [("甲", "一路", 106.5, 29.5)]))
    again = as_csv(
        tmp_path / "b", HEADER, [("甲", "一路", 106.6, 29.6), ("甲", "别处", 106.7, 29.6)]
    )
    report = enter(connection, settings, again)
    assert len(report.active) == 1
    assert [row.content.number for row in report.present] == [2]
    assert found(connection)["甲"] is not None
    assert connection.execute(
        "SELECT ST_X(place) FROM station WHERE address = '一路'"
    ).fetchone() == (106.5,)


@pytest.mark.parametrize(("likely", "count"), [("", 0), ("skip", 1), ("enter", 2)])
def test_what_may_repeat_a_station_is_decided_about_before_anything_enters(
    connection: Connection, settings: Settings, tmp_path: Path, likely: str, count: int
) -> None:
    rows = [("工会驿站", "", 106.5, 29.5), ("工会驿站", "", "", "")]
    file, out = as_csv(tmp_path / "list", HEADER, rows), tmp_path / "rejects.csv"
    report = enter(connection, settings, file, likely=likely, rejects=out)
    assert [row.content.number for row in report.likely] == [3]
    assert tables(connection)["station"] == count
    assert (report.batch is None) == (count == 0)
    assert out.exists() == (likely != "enter")
    if out.exists():
        assert read_table(out).rows[0].values["reason"] == "name: may repeat row 2: 工会驿站"


def test_a_chain_of_one_name_loses_no_row(
    connection: Connection, settings: Settings, tmp_path: Path
) -> None:
    rows = [("工会驿站", "", 106.5 + i / 100, 29.5) for i in range(5)]
    assert sums(enter(connection, settings, as_csv(tmp_path / "l", HEADER, rows))) == (5, 5, 0, 0)


def test_a_lists_columns_are_remembered_for_its_union(
    connection: Connection, settings: Settings, tmp_path: Path
) -> None:
    known = unions(connection)
    connection.execute(
        "INSERT INTO import_column (union_id, name, meaning) VALUES (%s, '叫法', 'name')",
        (known["500103"],),
    )
    file = as_csv(tmp_path / "list", ("叫法", "地址"), [("甲", "一路")])
    with pytest.raises(InvalidInput, match="name"):
        enter(connection, settings, file)
    assert sums(enter(connection, settings, file, union="500103")) == (1, 0, 1, 0)


def test_a_cut_over_needs_a_document(
    connection: Connection, settings: Settings, tmp_path: Path
) -> None:
    file = as_csv(tmp_path / "list", HEADER, [("甲", "一路", 106.5, 29.5)])
    with pytest.raises(InvalidInput, match="document"):
        enter(connection, settings, file, document="")
    drafts = enter(connection, settings, file, document="", cut_over=False)
    assert sums(drafts) == (1, 0, 1, 0)


def test_the_operator_takes_a_batch_back(
    connection: Connection, settings: Settings, tmp_path: Path
) -> None:
    rows = [("甲", "一路", 106.5, 29.5), ("乙", "二路", "", "")]
    file = as_csv(tmp_path / "list", HEADER, rows)
    batch = enter(connection, settings, file).batch
    assert batch is not None

    def undo(**said: str) -> None:
        undo_now(connection, batch, **{"reason": "", "document": "", **said}, tell=lambda *_: None)

    with pytest.raises(InvalidInput) as caught:
        undo()
    assert [error.field for error in caught.value.errors] == ["reason", "document"]
    undo(reason="传错了", document="渝工办〔2026〕2号")
    states = connection.execute("SELECT state FROM station ORDER BY id").fetchall()
    assert states == [("exited",), ("discarded",)]
    with pytest.raises(Conflict, match="undone"):
        undo(reason="再来", document="x")
    # and the same list may come again
    assert len(enter(connection, settings, file).active) == 1


@pytest.mark.parametrize("ending", ["xlsx", "csv"])
def test_rejected_rows_go_to_a_file_with_their_reasons_and_can_be_read_in_again(
    connection: Connection, settings: Settings, tmp_path: Path, ending: str
) -> None:
    rows = [
        ("好的", "一路", 106.5, 29.5, "toilet"),
        ("反了", "二路", 29.5, 106.5, "toilet"),
        ("", "三路", 106.5, 29.5, "toilet"),
        ("半个", "四路", 106.5, "", "toilet"),
        ("服务", "五路", 106.5, 29.5, "sauna"),
        ("文字", "六路", "abc", 29.5, ""),
    ]
    file = as_csv(tmp_path / "list", (*HEADER, "services"), rows)
    out = tmp_path / f"rejects.{ending}"
    report = enter(connection, settings, file, rejects=out)
    assert sums(report) == (6, 1, 0, 5)
    written = read_table(out)
    reasons = {row.values["row"]: row.values["reason"] for row in written.rows}
    assert list(reasons) == ["3", "4", "5", "6", "7"]
    assert "swapped" in reasons["3"]
    assert "name" in reasons["4"]
    assert "latitude" in reasons["5"]
    assert "sauna" in reasons["6"]
    assert "abc" in reasons["7"]
    assert written.rows[0].values["address"] == "二路"
    again = enter(connection, settings, out, dry_run=True)
    assert len(again.rejected) == 5


def test_an_import_whose_rejects_cannot_be_written_is_undone(
    connection: Connection, settings: Settings, tmp_path: Path
) -> None:
    file = as_csv(tmp_path / "list", HEADER, [("好的", "一路", 106.5, 29.5), ("", "", 1, 2)])
    out = tmp_path / "rejects.csv"
    out.mkdir()
    with pytest.raises(UnreadableFile, match="Could not write"):
        enter(connection, settings, file, rejects=out)
    assert tables(connection)["station"] == 0
    out.rmdir()
    assert len(enter(connection, settings, file, rejects=out).active) == 1


@pytest.mark.parametrize("rejects", ["out.txt", "nowhere/out.xlsx"])
def test_a_file_for_rejects_that_cannot_be_is_refused_before_anything(
    connection: Connection, settings: Settings, tmp_path: Path, rejects: str
) -> None:
    file = as_csv(tmp_path / "list", HEADER, [("好的", "一路", 106.5, 29.5)])
    with pytest.raises(InvalidInput, match="rejects"):
        enter(connection, settings, file, rejects=tmp_path / rejects)
    assert tables(connection)["station"] == 0


def test_a_list_in_gbk_is_read(connection: Connection, settings: Settings, tmp_path: Path) -> None:
    header = ("站点名称", "详细地址", "经度", "纬度", "开放时间")
    rows = [("朝天门劳动者港湾", "渝中区朝千路", 106.5866, 29.5686, "周一至周五 08:30-17:30")]
    enter(connection, settings, as_csv(tmp_path / "l", header, rows, encoding="gbk"))
    assert connection.execute("SELECT name, address, hours FROM station").fetchall() == [
        ("朝天门劳动者港湾", "渝中区朝千路", "Mo-Fr 08:30-17:30")
    ]


@pytest.mark.parametrize(
    ("header", "field"),
    [
        (("address", "longitude", "latitude"), "name"),
        (("name", "longitude"), "latitude"),
        (("name", "latitude"), "longitude"),
    ],
)
def test_a_missing_column_is_named_with_those_that_were_found(
    connection: Connection, settings: Settings, tmp_path: Path, header: Sequence[str], field: str
) -> None:
    file = as_csv(tmp_path / "list", header, [["1" for _ in header]])
    with pytest.raises(InvalidInput, match="found " + ", ".join(header)) as caught:
        enter(connection, settings, file)
    assert [error.field for error in caught.value.errors] == [field]
    assert tables(connection)["kind"] == "empty"


def test_coordinates_without_a_datum_are_refused(
    connection: Connection, settings: Settings, tmp_path: Path
) -> None:
    file = as_csv(tmp_path / "list", HEADER, [("甲", "一路", 106.5, 29.5)])
    with pytest.raises(InvalidInput, match="name one of wgs84, cgcs2000, gcj02, bd09"):
        enter(connection, settings, file, datum="")
    with pytest.raises(InvalidInput, match="one of wgs84"):
        enter(connection, settings, file, datum="mars")
    assert tables(connection)["kind"] == "empty"


def test_rows_without_coordinates_become_drafts_that_need_no_datum(
    connection: Connection, settings: Settings, tmp_path: Path
) -> None:
    file = as_csv(tmp_path / "list", ("name", "address"), [("甲", "一路"), ("乙", "二路")])
    report = enter(connection, settings, file, datum="")
    assert sums(report) == (2, 0, 2, 0)
    rows = connection.execute("SELECT state, code, place, batch_row FROM station ORDER BY id")
    assert rows.fetchall() == [("draft", None, None, 2), ("draft", None, None, 3)]
    assert connection.execute("SELECT count(*) FROM number_counter").fetchone() == (0,)


def test_imported_stations_are_active_and_not_yet_verified(
    connection: Connection, settings: Settings, tmp_path: Path
) -> None:
    file = as_csv(tmp_path / "list", HEADER, [("甲", "一路", 106.5, 29.5)])
    report = enter(connection, settings, file, document="渝工办〔2026〕1号")
    assert connection.execute("SELECT state, verified FROM station").fetchall() == [
        ("active", False)
    ]
    batch = connection.execute("SELECT document_number, counts FROM import_batch").fetchall()
    ((document, counts),) = batch
    assert document == "渝工办〔2026〕1号"
    assert {name: count for name, count in counts.items() if count} == {"rows": 1, "active": 1}
    audit = connection.execute(
        "SELECT action, subject, details FROM audit_event WHERE action = 'stations.import'"
    ).fetchall()
    assert audit == [("stations.import", f"batch {report.batch}", counts)]


def serials(connection: Connection) -> dict[str, list[int]]:
    """Return the serials issued under each code, after checking every check digit."""
    result: dict[str, list[int]] = {}
    for (code,) in connection.execute(
        "SELECT code FROM station WHERE code IS NOT NULL ORDER BY code"
    ).fetchall():
        assert number.check(code) == code
        result.setdefault(code[:6], []).append(int(code[6:11]))
    return result


def test_numbers_follow_the_district_without_a_gap(
    connection: Connection, settings: Settings, tmp_path: Path
) -> None:
    squares = {"500103": shapely.box(106, 29, 107, 30), "500112": shapely.box(107, 29, 108, 30)}
    areas.upsert_districts(
        connection,
        [
            (code, code, "", shapely.to_wkb(s), date(2000, 1, 1), None)
            for code, s in squares.items()
        ],
        source="drawn",
    )
    rows = [(f"站{i}", f"{i}号", 106.5 + (i % 3), 29.5) for i in range(12)]
    enter(connection, settings, as_csv(tmp_path / "a", HEADER, rows))
    expected = {"500103": [1, 2, 3, 4], "500112": [1, 2, 3, 4], NOWHERE: [1, 2, 3, 4]}
    assert serials(connection) == expected
    more = as_csv(tmp_path / "b", HEADER, [("又一站", "新路", 106.2, 29.2)])
    enter(connection, settings, more)
    assert serials(connection)["500103"] == [1, 2, 3, 4, 5]


def unions(connection: Connection) -> dict[str, int]:
    """A city's union and two of its districts, by code."""
    areas.insert_unions(
        connection,
        [("500100", "重庆市总工会", "", "city", None, date(2000, 1, 1), None),
         ("500103", "渝中区总工会", "", "district", "500100", date(2000, 1, 1), None),
         ("500112", "渝北区总工会", "", "district", "500100", date(2000, 1, 1), None)],
    )  # fmt: skip
    return dict(connection.execute("SELECT code, id FROM union_body").fetchall())


def owners(connection: Connection) -> list[tuple[str, int]]:
    return connection.execute("SELECT name, union_id FROM station ORDER BY batch_row").fetchall()


def test_a_union_is_named_and_numbers_its_stations(
    connection: Connection, settings: Settings, tmp_path: Path
) -> None:
    known = unions(connection)
    file = as_csv(tmp_path / "list", HEADER, [("甲", "一路", 106.5, 29.5)])
    with pytest.raises(NotFound, match="500106"):
        enter(connection, settings, file, union="500106")
    report = enter(connection, settings, file, union="500112")
    assert report.unions == {"渝北区总工会": 1}
    assert owners(connection) == [("甲", known["500112"])]
    assert serials(connection) == {"500112": [1]}


def test_without_one_a_row_goes_to_the_union_it_names_its_districts_or_the_citys(
    connection: Connection, settings: Settings, tmp_path: Path
) -> None:
    known = unions(connection)
    square = shapely.to_wkb(shapely.box(106, 29, 107, 30))
    areas.upsert_districts(
        connection, [("500103", "渝中区", "", square, date(2000, 1, 1), None)], source="drawn"
    )
    header = (*HEADER, "区县", "所属工会")
    rows = [
        ("named", "1", 106.5, 29.5, "", "渝北区总工会"), ("placed", "2", 106.5, 29.5, "", ""),
        ("typed", "3", "", "", "渝北区", ""), ("neither", "4", "", "", "", ""),
        ("outside", "5", 108.5, 29.5, "", ""), ("strange", "6", 106.5, 29.5, "", "某工会"),
    ]  # fmt: skip
    report = enter(connection, settings, as_csv(tmp_path / "list", header, rows), likely="enter")
    assert owners(connection) == [
        ("named", known["500112"]), ("placed", known["500103"]), ("typed", known["500112"]),
        ("neither", known["500100"]), ("outside", known["500100"]),
    ]  # fmt: skip
    assert [row.content.number for row in report.rejected] == [7]
    assert serials(connection) == {"500100": [1], "500103": [1], "500112": [1]}


def test_an_import_that_runs_out_of_numbers_is_undone(
    connection: Connection, settings: Settings, tmp_path: Path
) -> None:
    numbers.raise_to(connection, NOWHERE, 99_998)
    rows = [(f"站{i}", f"{i}号", 106.5 + i / 10, 29.5) for i in range(2)]
    file = as_csv(tmp_path / "list", HEADER, rows)
    with pytest.raises(Conflict, match="every number under"):
        enter(connection, settings, file)
    assert tables(connection)["station"] == tables(connection)["import_batch"] == 0


def test_two_imports_at_once_both_succeed_with_distinct_numbers_and_no_gap(
    database_url: str, settings: Settings, tmp_path: Path
) -> None:
    files = [
        as_csv(
            tmp_path / name,
            HEADER,
            [(f"{name}{i}", f"{i}号", 106.5 + i / 1e4, 29.5) for i in range(150)],
        )
        for name in ("a", "b")
    ]
    failures: list[Exception] = []
    begin = threading.Barrier(2)

    def work(file: Path) -> None:
        try:
            with psycopg.connect(database_url, autocommit=True) as connection:
                begin.wait()
                enter(connection, settings, file, likely="enter")
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(file,)) for file in files]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    with psycopg.connect(database_url, autocommit=True) as connection:
        assert serials(connection) == {NOWHERE: list(range(1, 301))}


def test_a_demo_register_takes_no_list_and_says_how_to_clear_it(
    connection: Connection, settings: Settings, tmp_path: Path
) -> None:
    register.claim(connection, "demo", seed=1)
    file = as_csv(tmp_path / "list", HEADER, [("甲", "一路", 106.5, 29.5)])
    for dry_run in (False, True):
        with pytest.raises(Conflict, match="never mixed with real data") as caught:
            enter(connection, settings, file, dry_run=dry_run)
        assert "harbor demo clear" in caught.value.remedy
    assert tables(connection)["station"] == 0


def test_the_messy_list_of_another_city_is_accounted_for_row_by_row(
    connection: Connection, settings: Settings, test_data: Path, tmp_path: Path
) -> None:
    source = test_data / "messy" / "zhengzhou_stations.csv"
    rejects = tmp_path / "rejects.xlsx"
    report = enter(connection, settings, source, datum="gcj02", rejects=rejects)
    assert sums(report) == (82, 18, 64, 0)
    assert (report.present, report.likely) == ([], [])
    assert not rejects.exists()
    states = connection.execute("SELECT state, count(*) FROM station GROUP BY state").fetchall()
    assert dict(states) == {"active": 18, "draft": 64}
    assert sum(one.rows for one in report.hours) == 22
    assert report.personal == {"contact": 15}
    # a place from a Chinese map moves by some 500 m, and nobody's phone is kept
    moved = connection.execute(
        "SELECT ST_Distance(place::geography,"
        " ST_SetSRID(ST_MakePoint(source_longitude, source_latitude), 4326)::geography)"
        " FROM station WHERE place IS NOT NULL"
    ).fetchall()
    assert all(300 < metres < 900 for (metres,) in moved)
    text = "SELECT count(*) FROM station s WHERE to_jsonb(s)::text ~ '[0-9]{3}[*]{4}'"
    assert connection.execute(text).fetchone() == (0,)


def aliases(connection: Connection) -> dict[str, set[str]]:
    rows = connection.execute(
        "SELECT s.name, array_agg(a.value) FROM station s"
        " JOIN station_alias a ON a.station_id = s.id GROUP BY s.name"
    ).fetchall()
    return {name: set(values) for name, values in rows}


@pytest.mark.parametrize("ending", ["csv", "xlsx", "geojson"])
def test_an_export_holds_every_station_where_it_was(
    connection: Connection, settings: Settings, tmp_path: Path, ending: str
) -> None:
    rows = [(name, "路", *place, "旧1;旧2", "某区") for name, place in GIVEN["gcj02"].items()]
    rows.append(("未定", "某处", "", "", "旧3", ""))
    header = (*HEADER, "原编号", "区县")
    enter(connection, settings, as_csv(tmp_path / "in", header, rows), datum="gcj02")
    numbers_before = aliases(connection)
    out = tmp_path / f"out.{ending}"
    assert export(connection, out, datum="gcj02") == 4
    before = found(connection)
    register.empty(connection)
    report = enter(connection, settings, out, datum="gcj02")
    assert sums(report) == (4, 3, 1, 0)
    for name, place in found(connection).items():
        if before[name][0] is not None:
            assert straight(place, before[name]) < 0.01
    # the number it had then is one more earlier number now
    for name, known in aliases(connection).items():
        assert numbers_before[name] <= known
        assert len(known) == len(numbers_before[name]) + (before[name][0] is not None)
    areas_now = connection.execute("SELECT DISTINCT area_name FROM station ORDER BY 1").fetchall()
    assert areas_now == [("",), ("某区",)]
