"""``harbor calendar``: years in, and what is known."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.domain.calendar import china
from app.store.cluster import Cluster
from tests.cli.test_commands import OK, WRONG_USAGE, on
from tests.service import towns
from tests.service.towns import Town

YEAR = max(china().years) + 1


@pytest.fixture(scope="module")
def town(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with towns.opened(cluster, tmp_path_factory.mktemp("calendar")) as opened:
        yield opened


def test_a_year_is_imported_and_listed_beside_the_seed(town: Town, tmp_path: Path) -> None:
    file = tmp_path / "next.csv"
    days = "".join(f"{YEAR}-{day},holiday,节\n" for day in ("01-01", "05-01", "10-01"))
    file.write_text("date,kind,name\n" + days, encoding="utf-8")
    made = on(town, "calendar", "import", str(file))
    assert made.exit_code == OK, made.output
    assert made.output == f"{YEAR}: 3 holidays, 0 make-up workdays; new.\n"
    listed = json.loads(on(town, "calendar", "list", "--json").output)
    assert [year["year"] for year in listed] == [*sorted(china().years), YEAR]
    assert [year["file"] for year in listed[-2:]] == [None, "next.csv"]
    assert {"date": f"{YEAR}-05-01", "kind": "holiday", "name": "节"} in listed[-1]["days"]
    lines = on(town, "calendar", "list").output.splitlines()
    assert lines[-1].split()[0] == str(YEAR)
    assert "next.csv" in lines[-1]
    assert "holidays package" in lines[-2]


def test_what_is_wrong_is_told_by_line_in_both_languages(town: Town, tmp_path: Path) -> None:
    file = tmp_path / "wrong.csv"
    file.write_text(f"date,kind,name\n{YEAR}-13-01,holiday,节\n", encoding="utf-8")
    told = on(town, "calendar", "import", str(file))
    assert told.exit_code == WRONG_USAGE
    assert f"line 2: '{YEAR}-13-01' is no date" in told.output
    assert f"第 2 行:“{YEAR}-13-01”不是日期" in told.output
