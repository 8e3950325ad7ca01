"""Reports and frozen figures in a shell."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import docx
import pytest

from app.domain.scenario import NONE
from app.service.plan import siting
from app.service.plan.question import PlanQuestion
from app.service.plan.siting import SitingOptions
from app.store.cluster import Cluster
from tests.cli.test_plan import run
from tests.service import towns
from tests.service.planners import person, work
from tests.service.towns import Town


@pytest.fixture(scope="module")
def town(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with towns.opened(cluster, tmp_path_factory.mktemp("plan-report-shell")) as opened:
        yield opened


def test_one_report_goes_into_as_many_files_as_are_named(town: Town, tmp_path: Path) -> None:
    files = [tmp_path / f"out.{kind}" for kind in ("docx", "pdf", "xlsx", "gpkg", "png", "html")]
    made = run(town, "report", *map(str, files), "--lang", "en", "--minutes", "10")
    assert made.exit_code == 0, made.output
    assert all(file.stat().st_size > 1000 for file in files)
    titles = [place.text for place in docx.Document(str(files[0])).paragraphs]
    assert any(text.startswith("The 10-minute circle") for text in titles)
    assert 'data-lang="en"' in files[-1].read_text("utf-8")


def test_a_figure_is_frozen_by_its_run_and_listed(town: Town, tmp_path: Path) -> None:
    made = run(town, "report", str(tmp_path / "map.svg"))
    number = re.findall(r"of run (\d+)", made.output)[0]
    assert run(town, "freeze", number, "年报", "--note", "报市总").exit_code == 0
    listed = run(town, "frozen")
    assert "年报" in listed.output
    assert "nothing" in listed.output
    (told,) = json.loads(run(town, "frozen", "--json").stdout)
    assert (told["run"], told["today_run"], told["changed"]) == (int(number), int(number), [])


def test_a_report_tells_of_a_siting_that_is_stored(town: Town, tmp_path: Path) -> None:
    planner = person(town, "planner", "planner")
    options = SitingOptions(number=2, kinds=(), corners=True, spacing_metres=300.0)
    number = siting.ask(town.runtime, planner, PlanQuestion(), NONE, options)
    file = tmp_path / "out.docx"
    early = run(town, "report", str(file), "--siting", str(number))
    assert early.exit_code == 1
    assert "has found nothing yet" in early.output
    work(town)
    made = run(town, "report", str(file), "--lang", "en", "--siting", str(number))
    assert made.exit_code == 0, made.output
    tables = docx.Document(str(file)).tables
    found = siting.look(town.runtime, None, number)["result"]["sites"]
    written = {cell.text for table in tables for row in table.rows for cell in row.cells}
    assert {one["name_en"] for one in found} <= written
    assert run(town, "report", str(file), "--siting", str(number + 9)).exit_code == 1


def test_a_name_that_says_no_form_and_a_run_that_is_none_are_refused(
    town: Town, tmp_path: Path
) -> None:
    wrong = run(town, "report", str(tmp_path / "out.odt"))
    assert wrong.exit_code == 2
    assert ".docx" in wrong.output
    assert run(town, "freeze", "999999", "年报").exit_code == 1
