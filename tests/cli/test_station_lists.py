"""``harbor stations``: the template, and what becomes of people in a list."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.files.stations import read_stations
from app.store.cluster import Cluster
from tests.cli.test_commands import OK, WRONG_USAGE, on
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
