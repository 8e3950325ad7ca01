"""``harbor standards``: what is in force, what is imported, and what comes back out."""

import json
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from app.store.cluster import Cluster
from tests.cli.test_commands import FAILED, OK, WRONG_USAGE, on
from tests.service import towns
from tests.service.towns import Town


@pytest.fixture(scope="module")
def town(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with towns.opened(cluster, tmp_path_factory.mktemp("standards")) as opened:
        yield opened


def test_what_is_shown_is_imported_as_the_next_version(town: Town, tmp_path: Path) -> None:
    listed = json.loads(on(town, "standards", "list", "--json").output)
    assert [(v["standard"], v["version"], v["in_force"]) for v in listed] == [
        ("six_haves", 1, True)
    ]
    shown = on(town, "standards", "show", "six_haves@1", "--json")
    file = tmp_path / "next.json"
    file.write_text(shown.output, encoding="utf-8")
    soon = (date.today() + timedelta(days=9)).isoformat()
    taken = on(town, "standards", "import", str(file), "--valid-from", soon)
    assert taken.exit_code == OK, taken.output
    assert f"six_haves version 2 with 18 criteria holds from {soon}" in taken.output
    again = on(town, "standards", "show", "six_haves", "--json")
    before, after = json.loads(shown.output), json.loads(again.output)
    assert (after["version"], after["valid_from"]) == (2, soon)
    assert before["criteria"] == after["criteria"]
    assert before["stars"] == after["stars"]
    text = on(town, "standards", "list").output
    assert [line.split()[-1] for line in text.splitlines()[1:]] == ["released", "force"]
    assert "sign" in on(town, "standards", "show", "six_haves").output


def test_a_draft_waits_and_what_cannot_be_used_says_why(town: Town, tmp_path: Path) -> None:
    file = tmp_path / "one.json"
    plain = {"standard": "one_have", "name": "一有", "criteria": [{"code": "sign", "name": "牌"}]}
    file.write_text(json.dumps(plain), encoding="utf-8")
    early = on(town, "standards", "import", str(file), "--valid-from", "2020-01-01")
    assert early.exit_code == WRONG_USAGE
    assert "today or later" in early.output
    # whole or not at all: the refused one left no draft behind
    assert on(town, "standards", "import", str(file)).exit_code == OK
    twice = on(town, "standards", "import", str(file))
    assert (twice.exit_code, "a draft already" in twice.output) == (FAILED, True)
    file.write_text(json.dumps({**plain, "criteria": [{"code": "sign", "name": "牌",
                                                       "weight": -1}]}))  # fmt: skip
    wrong = on(town, "standards", "import", str(file))
    assert wrong.exit_code == WRONG_USAGE
    assert "criteria.0.weight" in wrong.output
    assert on(town, "standards", "show", "none").exit_code == FAILED
    assert on(town, "standards", "show", "six_haves@x").exit_code == WRONG_USAGE
