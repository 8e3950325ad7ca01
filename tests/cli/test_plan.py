"""The planner's workbench in a shell."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from app.cli.main import main
from app.store.cluster import Cluster
from tests.service import towns
from tests.service.towns import Town


@pytest.fixture(scope="module")
def town(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with towns.opened(cluster, tmp_path_factory.mktemp("plan-shell")) as opened:
        yield opened


def run(town: Town, *arguments: str) -> Result:
    settings = {
        "HARBOR_DATABASE_URL": town.url,
        "HARBOR_VAR": str(town.settings.var),
        "HARBOR_LOG_FORMAT": "text",
    }
    return CliRunner(env=settings).invoke(main, ["plan", *arguments])


def test_week_gaps_and_worth_are_told_as_tables_and_as_json(town: Town) -> None:
    week = run(town, "week", "--at", "2026-03-12")
    assert week.exit_code == 0, week.output
    assert "the week of 2026-03-09" in week.output
    assert "At night" in week.output
    hours = json.loads(run(town, "week", "--rule", "radius", "--json").stdout)["hours"]
    assert len(hours) == 168
    gaps = run(town, "gaps", "--minutes", "9", "--services", "toilet", "--at", "2026-03-15T03:00")
    assert gaps.exit_code == 0, gaps.output
    assert "what would mend it" in gaps.output
    worth = json.loads(run(town, "worth", "--json").stdout)
    first = worth["stations"][0]
    one = run(town, "worth", "--station", str(first["id"]))
    assert f"{first['sole']:,.0f} of them alone" in one.output


def test_a_scenario_comes_from_a_file(town: Town, tmp_path: Path) -> None:
    worth = json.loads(run(town, "worth", "--json").stdout)["stations"]
    file = tmp_path / "changes.json"
    file.write_text(json.dumps([{"kind": "close", "station": worth[0]["id"]}]), "utf-8")
    after = json.loads(run(town, "worth", "--changes", str(file), "--json").stdout)["stations"]
    assert {row["id"] for row in worth} - {row["id"] for row in after} == {worth[0]["id"]}
    file.write_text("[", "utf-8")
    broken = run(town, "worth", "--changes", str(file))
    assert broken.exit_code == 1
    assert "it is no JSON" in broken.output


def test_a_wrong_question_ends_with_two(town: Town) -> None:
    refused = run(town, "gaps", "--minutes", "90", "--services", "sauna")
    assert refused.exit_code == 2
    assert "90 is not from 5 to 30" in refused.output
    assert "没有这项服务" in refused.output


def test_the_past_is_told_by_month_with_what_opened(town: Town) -> None:
    told = run(town, "curve", "--months", "2")
    assert told.exit_code == 0, told.output
    assert "stations" in told.output
    found = json.loads(run(town, "curve", "--json").stdout)
    assert len(found["days"]) == len(found["people"]) == 1
    assert found["people"][0] > 0
    early = run(town, "curve", "--as-of", "2019-12-31")
    assert early.exit_code == 2
    assert "before the first record" in early.output


def test_the_best_places_are_found_in_a_shell(town: Town, tmp_path: Path) -> None:
    file = tmp_path / "hosts.csv"
    lon, lat = towns.at_block(13.0, 12.0)
    file.write_text(f"名称,经度,纬度,费用\n好单位,{lon:.6f},{lat:.6f},3\n", "utf-8")
    told = run(
        town, "sites", "--number", "3", "--from", "corners", "--from", "list", "--hosts", str(file),
        "--minutes", "5", "--spacing", "300", "--json",
    )  # fmt: skip
    found = json.loads(told.stdout)
    assert len(found["sites"]) == 3
    assert found["share"] > found["share_before"]
    plain = run(
        town, "sites", "--number", "3", "--from", "corners", "--minutes", "5", "--spacing", "300"
    )
    assert plain.exit_code == 0, plain.output
    assert "New station 1" in plain.output or "Corner of" in plain.output
    assert "拟建" not in plain.output
    assert "路口" not in plain.output
    said = run(
        town, "sites", "--budget", "3", "--from", "list", "--hosts", str(file), "--minutes", "5"
    )
    assert said.exit_code == 0, said.output
    assert "好单位" in said.output
    assert "proved to be the best choice" in said.output
    refused = run(town, "sites", "--from", "list", "--hosts", str(file))
    assert refused.exit_code == 2
    assert "a number of new stations, or a budget, is needed" in refused.output
    wrong = run(town, "sites", "--number", "1", "--forced", "here")
    assert wrong.exit_code == 2
