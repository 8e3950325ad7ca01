"""``harbor stations``: the template, and what becomes of people in a list."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.files.stations import read_stations
from app.store.cluster import Cluster
from tests.cli.test_commands import FAILED, OK, WRONG_USAGE, on
from tests.service import towns
from tests.service.towns import Town


@pytest.fixture(scope="module")
def own(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with towns.opened(cluster, tmp_path_factory.mktemp("station_lists")) as opened:
        yield opened


def test_the_template_is_a_list_that_can_be_read(own: Town, tmp_path: Path) -> None:
    file = tmp_path / "模板.xlsx"
    made = on(own, "stations", "template", str(file))
    assert made.exit_code == OK, made.stderr
    assert on(own, "stations", "template", str(tmp_path / "模板.csv")).exit_code == WRONG_USAGE
    # the example alone is no list: it is left out, and no row is left
    said = on(own, "stations", "import", str(file), "--datum", "gcj02")
    assert said.exit_code == WRONG_USAGE
    assert "no row below" in said.stderr


def test_people_of_a_list_wait_sealed_and_what_is_no_phone_is_named_without_it(
    own: Town, tmp_path: Path
) -> None:
    file = tmp_path / "list.csv"
    file.write_text(
        "名称,地址,负责人姓名,负责人手机\n甲站,一路,诸葛明,13900001234\n乙站,二路,,139****5678\n",
        encoding="utf-8",
    )
    dry = on(own, "stations", "import", str(file), "--dry-run", "--json")
    assert json.loads(dry.stdout)["people"]["waiting"] == 1
    assert own.run("SELECT count(*) FROM import_contact") == [(0,)]
    done = json.loads(on(own, "stations", "import", str(file), "--json").stdout)
    assert done["people"] == {
        "waiting": 1, "refused": 1,
        "notes": [[3, "keeper_phone", "the number is masked in the list; ask for the whole one"]],
    }  # fmt: skip
    assert done["personal_columns"] == {"负责人姓名": 1, "负责人手机": 2}
    rows = own.run("SELECT lacks, sealed FROM import_contact")
    assert rows[0][0] == ["employer", "consented_on"]
    assert "诸葛明".encode() not in bytes(rows[0][1])  # type: ignore[arg-type]


def test_the_list_of_another_city_is_read_as_before(test_data: Path) -> None:
    found = read_stations(test_data / "messy" / "zhengzhou_stations.csv", datum="gcj02")
    assert (len(found.rows), dict(found.personal_columns)) == (82, {"contact": 15})
    assert len(found.contacts) == 15
    assert sum(len(people) for people in found.contacts.values()) == 16


LIST = (
    "名称,地址,经度,纬度,开放时间\n工会驿站,,106.577,29.557,周一至周五9点到17点\n工会驿站,,,,随缘\n"
)


def test_a_dry_run_shows_the_readings_and_what_may_repeat(own: Town, tmp_path: Path) -> None:
    file, out = tmp_path / "list.csv", tmp_path / "out.csv"
    file.write_text(LIST, encoding="utf-8")
    given = ("stations", "import", str(file), "--datum", "wgs84")
    dry = on(own, *given, "--dry-run")
    assert dry.exit_code == OK, dry.stderr
    assert "opening hours: 1 read, 1 kept as text only" in dry.stdout
    assert "'周一至周五9点到17点' in 1 rows: Monday to Friday 09:00–17:00" in dry.stdout
    assert "'随缘' in 1 rows: not understood" in dry.stdout
    assert "row 3: may repeat row 2: 工会驿站" in dry.stderr
    undecided = on(own, *given)
    assert undecided.exit_code == FAILED
    assert "--likely enter, or --likely skip" in undecided.stderr
    assert own.run("SELECT count(*) FROM station WHERE name = '工会驿站'") == [(0,)]
    done = on(own, *given, "--likely", "skip", "--rejects", str(out))
    assert "2 rows: 0 active (not yet verified), 1 drafts" in done.stdout
    assert "may repeat row 2" in out.read_text(encoding="utf-8-sig")


def test_a_batch_is_taken_back_by_its_number(own: Town, tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    file.write_text("名称,地址\n要撤的,一路\n", encoding="utf-8")
    batch = json.loads(on(own, "stations", "import", str(file), "--json").stdout)["batch"]
    assert on(own, "stations", "undo", str(batch)).exit_code == WRONG_USAGE
    said = on(own, "stations", "undo", str(batch), "--reason", "传错了")
    assert f"batch {batch} undone: 1 drafts discarded" in said.stdout
    assert own.run("SELECT state FROM station WHERE name = '要撤的'") == [("discarded",)]
    assert on(own, "stations", "undo", "999", "--reason", "x").exit_code == FAILED


def test_a_cut_over_without_a_document_is_refused(own: Town, tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    file.write_text("名称,经度,纬度\n甲,106.5,29.5\n", encoding="utf-8")
    said = on(own, "stations", "import", str(file), "--datum", "wgs84", "--as", "cut-over")
    assert said.exit_code == WRONG_USAGE
    assert "document" in said.stderr
