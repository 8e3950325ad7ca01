"""Corrections are kept apart from every source, and each build says what became of them."""

import json
from pathlib import Path
from typing import Any

import pytest
import shapely

from app.domain.errors import Conflict, InvalidInput, UnreadableFile
from app.service import corrections
from app.service import network as networks
from app.service.street_source import LineOptions
from app.settings import Settings
from app.store import register
from app.store.database import Connection
from geo.datum import from_wgs84
from geo.errors import CrsUnusable, InvalidValue, NoUsableLines
from tests.geo.osm_files import place
from tests.geo.test_lines import write
from tests.service.test_network import build, extract, folders, quiet

GATE = {"id": "gate", "action": "shut", "note": "夜间关闭"}
STAIR = {"id": "stair", "action": "add", "kind": "steps", "steps": 40}


def drawn(properties: dict[str, Any], *metres: tuple[float, float]) -> dict[str, Any]:
    points = [list(place(*one)) for one in metres]
    geometry = (
        {"type": "Point", "coordinates": points[0]}
        if len(points) == 1
        else {"type": "LineString", "coordinates": points}
    )
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def collection(path: Path, *features: dict[str, Any]) -> Path:
    document = {"type": "FeatureCollection", "features": list(features)}
    path.write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")
    return path


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return collection(
        tmp_path / "corrections.geojson",
        drawn(GATE, (100, 0)),
        drawn(STAIR, (0, 150), (200, 0)),
    )


def test_every_build_applies_what_was_imported_and_keeps_what_became_of_it(
    connection: Connection, settings: Settings, tmp_path: Path, file: Path
) -> None:
    plain = build(connection, settings, extract(tmp_path))
    assert plain.record.facts["corrections"] == {"applied": 0, "not_matching": []}
    report = corrections.import_corrections(connection, file, datum="wgs84")
    assert (report.corrections, report.new, report.removed, report.total) == (2, 2, 0, 2)
    built = build(connection, settings, extract(tmp_path))
    assert [(one.id, one.applied) for one in built.corrections] == [("gate", True), ("stair", True)]
    assert built.record.facts["corrections"] == {"applied": 2, "not_matching": []}
    assert built.record.metres == pytest.approx(plain.record.metres + 250, rel=1e-3)
    assert built.record.digest != plain.record.digest
    again = build(connection, settings, extract(tmp_path))
    assert again.record.digest == built.record.digest
    events = connection.execute("SELECT action, subject, details FROM audit_event").fetchall()
    assert ("network.corrections.import", file.name,
            {"corrections": 2, "new": 2, "removed": 0}) in events  # fmt: skip


def test_what_no_longer_matches_is_named_with_the_reason(
    connection: Connection, settings: Settings, tmp_path: Path
) -> None:
    far = drawn({"id": "far", "action": "shut"}, (200, 150))
    bridge = drawn({"id": "bridge", "action": "shut", "expects": "bridge"}, (100, 0))
    file = collection(tmp_path / "c.geojson", far, bridge)
    corrections.import_corrections(connection, file, datum="wgs84")
    built = build(connection, settings, extract(tmp_path))
    told = {
        "applied": 0,
        "not_matching": [
            {
                "id": "bridge",
                "action": "shut",
                "reason": "the kind has changed: expected bridge, found street",
            },
            {"id": "far", "action": "shut", "reason": "no street within 8 m at it"},
        ],
    }
    [record], _ = networks.every(connection)
    assert built.record.facts["corrections"] == record.facts["corrections"] == told


def test_an_import_replaces_by_id_and_if_asked_all_and_goes_out_as_it_came_in(
    connection: Connection, tmp_path: Path, file: Path
) -> None:
    corrections.import_corrections(connection, file, datum="wgs84")
    shifted = drawn({**GATE, "note": "永久关闭", "since": "2026-01-01"}, (100, 0))
    shifted["geometry"]["coordinates"] = list(from_wgs84(*place(100, 0), datum="gcj02"))
    second = collection(tmp_path / "second.geojson", shifted)
    report = corrections.import_corrections(connection, second, datum="gcj02")
    assert (report.new, report.removed, report.total) == (0, 0, 2)
    [gate, stair] = corrections.every(connection)
    assert (gate.note, str(gate.since)) == ("永久关闭", "2026-01-01")
    assert gate.geometry.equals_exact(shapely.Point(place(100, 0)), 1e-8)
    assert stair.steps == 40
    out = tmp_path / "out.geojson"
    assert corrections.export(connection, out, datum="bd09") == 2
    report = corrections.import_corrections(connection, second, datum="gcj02", replace_all=True)
    assert (report.removed, report.total) == (1, 1)
    assert corrections.import_corrections(connection, out, datum="bd09").total == 2
    for one, other in zip(corrections.every(connection), (gate, stair), strict=True):
        assert one.geometry.equals_exact(other.geometry, 1e-8)
        assert (one.id, one.kind, one.note, one.since) == (
            other.id, other.kind, other.note, other.since,
        )  # fmt: skip


def test_a_file_with_one_correction_that_makes_no_sense_changes_nothing(
    connection: Connection, tmp_path: Path, file: Path
) -> None:
    corrections.import_corrections(connection, file, datum="wgs84")
    wrong = collection(
        tmp_path / "wrong.geojson",
        drawn({"id": "new", "action": "shut"}, (0, 0)),
        drawn({"id": "no kind", "action": "add"}, (0, 0), (9, 9)),
    )
    with pytest.raises(InvalidInput, match="no kind: adds a line without saying its kind"):
        corrections.import_corrections(connection, wrong, datum="wgs84", replace_all=True)
    assert [one.id for one in corrections.every(connection)] == ["gate", "stair"]
    wrong.write_text('{"type": "FeatureColl')
    with pytest.raises(UnreadableFile, match="no complete JSON"):
        corrections.import_corrections(connection, wrong, datum="wgs84")
    with pytest.raises(InvalidValue, match="datum"):
        corrections.import_corrections(connection, file, datum="mars")
    with pytest.raises(InvalidInput, match="must end in"):
        corrections.export(connection, tmp_path / "out.csv")


def test_a_demo_register_takes_no_corrections_and_an_emptied_one_has_none(
    connection: Connection, file: Path
) -> None:
    corrections.import_corrections(connection, file, datum="wgs84")
    register.empty(connection)
    assert corrections.every(connection) == []
    register.claim(connection, "demo", seed=1)
    with pytest.raises(Conflict, match="never mixed"):
        corrections.import_corrections(connection, file, datum="wgs84")
    assert corrections.every(connection) == []


LINES = [
    shapely.LineString([place(*a), place(*b)])
    for a, b in (((0, 0), (200, 0)), ((200, 0), (400, 0)), ((200, 0), (200, 300)))
]


def test_a_citys_own_lines_become_a_network_with_corrections_and_a_base_map(
    connection: Connection, settings: Settings, tmp_path: Path, file: Path
) -> None:
    corrections.import_corrections(connection, file, datum="wgs84")
    layer = write(
        tmp_path / "city.gpkg", LINES, crs="EPSG:4545", LX=["甲", "甲", "梯坎"], MC=["中山路"] * 3
    )
    columns = tmp_path / "columns.toml"
    columns.write_text('name = "MC"\nkind = { column = "LX", values = { "甲" = "street" } }\n')
    built = networks.build(
        connection, settings, layer, name="town", lines=LineOptions(columns=columns),
        progress=quiet,
    )  # fmt: skip
    assert built.in_use
    assert built.flat
    assert built.source.stairways == 1
    # the added stair ends at the junction, and its other end lies in the open
    assert [one.reason for one in built.corrections] == [
        "", "its first end joins nothing within 5 m",
    ]  # fmt: skip
    assert built.record.metres == pytest.approx(950, abs=1)
    assert built.source.remarks == ("Columns read: kind from 'LX', name from 'MC'.",)
    kinds = connection.execute(
        "SELECT layer, kind, name FROM basemap_feature WHERE network = 'town' ORDER BY kind"
    ).fetchall()
    assert ("street", "residential", "中山路") in kinds
    assert ("street", "steps", "中山路") in kinds
    assert built.features == len(kinds)
    networks.check(connection, settings, "town")


def test_heights_of_the_lines_themselves_make_a_network_that_is_not_flat(
    connection: Connection, settings: Settings, tmp_path: Path
) -> None:
    lines = [shapely.LineString([(*place(0, 0), 200.0), (*place(300, 0), 230.0)])]
    layer = write(tmp_path / "heights.gpkg", lines)
    built = networks.build(connection, settings, layer, name="town", progress=quiet)
    assert not built.flat
    assert built.elevation is None


def test_lines_of_no_use_leave_register_and_folder_as_they_were(
    connection: Connection, settings: Settings, tmp_path: Path
) -> None:
    build(connection, settings, extract(tmp_path))
    files, kept = folders(settings), networks.every(connection)
    nowhere = write(tmp_path / "nowhere.gpkg", LINES, crs=None)
    ditches = write(tmp_path / "ditches.gpkg", LINES, kind=["沟渠"] * 3)
    for file, error in ((nowhere, CrsUnusable), (ditches, NoUsableLines)):
        with pytest.raises(error):
            networks.build(connection, settings, file, name="town", progress=quiet)
    with pytest.raises(InvalidInput, match=r"--crs: means something for \.gpkg"):
        networks.build(
            connection, settings, extract(tmp_path), name="town",
            lines=LineOptions(crs="EPSG:4490"), progress=quiet,
        )  # fmt: skip
    assert folders(settings) == files
    assert networks.every(connection) == kept
