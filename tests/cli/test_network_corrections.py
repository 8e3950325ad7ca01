"""``harbor network`` on a city's own lines, and its corrections."""

import json
from pathlib import Path

from tests.cli.test_commands import FAILED, OK, WRONG_USAGE, harbor
from tests.geo.osm_files import place
from tests.geo.test_lines import write
from tests.service.test_corrections import LINES, collection, drawn


def test_lines_and_corrections_go_in_are_reported_and_come_out(
    database_url: str, tmp_path: Path
) -> None:
    def run(*arguments: str, code: int = OK) -> str:
        said = harbor(arguments, url=database_url, var=tmp_path / "var")
        assert said.exit_code == code, said.output
        assert "Traceback" not in said.output
        return said.stderr if code else said.stdout + said.stderr

    assert "There is no correction" in run("network", "corrections", "list")
    gate = drawn({"id": "g-1", "action": "shut", "note": "施工"}, (100, 0))
    lost = drawn({"id": "l-1", "action": "change", "kind": "steps"}, (2000, 2000))
    file = collection(tmp_path / "c.geojson", gate, lost)
    said = run("network", "corrections", "import", str(file), "--datum", "wgs84")
    assert "2 corrections: 2 new, 0 replaced, 0 removed; 2 in all" in said
    listed = run("network", "corrections", "list").splitlines()
    lon, lat = place(100, 0)
    assert listed[1].split() == ["g-1", "shut", f"{lon:.6f},", f"{lat:.6f}", "施工"]
    [first, second] = json.loads(run("network", "corrections", "list", "--json"))
    assert (first["id"], second["kind"]) == ("g-1", "steps")

    layer = write(tmp_path / "city.shp", LINES, crs="EPSG:4524", LX=["支路", "沟渠", "梯坎"])
    columns = tmp_path / "columns.json"
    columns.write_text('{"kind": "LX"}')
    said = run("network", "build", str(layer), "--name", "city", "--columns", str(columns))
    assert "kind '沟渠' is not known (1 rows)" in said
    assert "1 of 2 corrections applied." in said
    assert "Warning: l-1 (change) no longer matches: no street within 8 m at it" in said
    assert "It is in use." in said
    assert "1 of 2" in run("network", "list")
    [facts] = json.loads(run("network", "list", "--json"))
    assert facts["corrections"]["applied"] == 1
    assert [one["id"] for one in facts["corrections"]["not_matching"]] == ["l-1"]

    out = tmp_path / "out.geojson"
    assert "2 corrections in gcj02" in run(
        "network", "corrections", "export", str(out), "--datum", "gcj02"
    )
    said = run("network", "corrections", "import", str(out), "--datum", "gcj02", "--replace")
    assert "0 new, 2 replaced, 0 removed" in said

    nowhere = write(tmp_path / "nowhere.gpkg", LINES, crs=None)
    said = run("network", "build", str(nowhere), "--name", "city", code=WRONG_USAGE)
    assert "does not name its reference system" in said
    assert "--crs" in said
    said = run("network", "build", str(nowhere), "--name", "n", "--crs", "EPSG:4490")
    # four of the lines, and two where the gate cuts one
    assert "n: 6 nodes" in said
    broken = tmp_path / "broken.gpkg"
    broken.write_bytes(nowhere.read_bytes()[:20_000])
    said = run("network", "build", str(broken), "--name", "city", code=FAILED)
    assert "Nothing was changed." in said
    file.write_text("{")
    said = run("network", "corrections", "import", str(file), code=FAILED)
    assert "no complete JSON" in said
    collection(file, drawn({"id": "x", "action": "fly"}, (0, 0)))
    said = run("network", "corrections", "import", str(file), code=WRONG_USAGE)
    assert "x: action is 'fly'; expected add, change, shut" in said
    assert "nothing was taken" in said
