"""The benchmark of the register runs, on a register of a few hundred stations."""

import pytest

from tests.bench import register, register_lists
from tests.bench.measure import Row, Target, judged

SIZE, RUNS = 300, 2


@pytest.fixture(scope="module")
def rows() -> dict[str, Row]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(register_lists, "LIST_ROWS", 50)
        return {row.work.removeprefix("register: "): row for row in register.rows(SIZE, runs=RUNS)}


def test_everything_that_has_a_target_of_speed_is_measured(rows: dict[str, Row]) -> None:
    reading, saving, drawing = "≤ 100 ms", "≤ 150 ms", "≤ 1000 ms"
    assert {work: str(row.target) for work, row in rows.items()} == {
        **dict.fromkeys(
            ["list of stations", "search in Chinese", "search by pinyin", "search by number",
             "my queue", "audit of a day", *(f"page of a station, {who}" for who in
             ("city admin", "union staff", "reviewer", "inspector"))], reading),
        **dict.fromkeys(["entering a station", "saving a draft", "asking for a change"], saving),
        **dict.fromkeys([f"map's first view, {where}" for where in
                         ("stations changed", "server", "browser")], drawing),
        "importing a list of 50": "≤ 60 s",
    }  # fmt: skip


def test_a_figure_is_the_95th_percentile_in_milliseconds(rows: dict[str, Row]) -> None:
    for row in (one for one in rows.values() if "importing" not in one.work):
        assert row.size == SIZE
        assert row.seconds is not None
        assert row.value == pytest.approx(row.facts["p95_seconds"] * 1e3)
        assert row.value >= row.seconds * 1e3 > 0


def test_a_missed_target_is_named_and_fails_the_run(capsys: pytest.CaptureFixture[str]) -> None:
    bound = Target(bound=100, unit="ms")
    met, missed = (
        Row(work=work, size=1, seconds=value / 1e3, target=bound, value=value)
        for work, value in (("quick", 40.0), ("slow", 160.0))
    )
    free = Row(work="without a target", size=1, seconds=1.0)
    assert judged([met, free]) == 0
    assert "every target is met" in capsys.readouterr().out
    assert judged([met, missed, free]) == 1
    said = capsys.readouterr().out
    assert "targets MISSED: 1" in said
    assert "slow: 160, wanted ≤ 100 ms" in said
    assert "quick" not in said
