"""The benchmark itself: what its tables promise holds on a city of a few streets."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.bench import growth, run
from tests.bench.case import Case, prepared
from tests.bench.growth_child import kernels
from tests.bench.measure import Row, Target, duration, table, write
from tests.bench.peers import difference, peers
from tests.geo import plans

PROMISED = {"work", "size", "seconds", "peer", "peer_seconds", "ratio"}
OPENED = {"open_seconds": 0.001, "weights_seconds": 0.001}
PLAN = """
o-o-o-o-o
| | | | |
o-o=o-o-o
| |   | |
o-o-o>o-o
|   | | |
o-o-o-o-o
"""


@pytest.fixture(scope="module")
def case() -> Iterator[Case]:
    streets, _ = plans.drawn(PLAN)
    rise = np.linspace(0, 30, streets.nodes).astype(np.float32)
    with prepared("a few streets", replace(streets, height=rise), stations=6) as made:
        yield made


@pytest.fixture(scope="module")
def rows(case: Case) -> list[Row]:
    return list(run.rows(case, packages=["scipy", "networkx"]))


def test_every_row_has_the_promised_keys_and_a_ratio_of_peer_over_ours(
    rows: list[Row], tmp_path: Path
) -> None:
    write(rows, tmp_path / "var" / "bench.json")
    written = json.loads((tmp_path / "var" / "bench.json").read_text("utf-8"))
    assert len(written) == len(rows)
    for row in written:
        assert row.keys() >= PROMISED
        if row["peer"] is None:
            assert row["peer_seconds"] is None
            assert row["ratio"] is None
        else:
            assert row["ratio"] == row["peer_seconds"] / row["seconds"]
    assert [path.name for path in (tmp_path / "var").iterdir()] == ["bench.json"]


def test_every_work_stands_alone_first_and_then_beside_its_peers(rows: list[Row]) -> None:
    first = {row.work: row for row in reversed(rows)}
    beside = {row.work for row in rows if row.peer}
    for word in ("flood, k=1", "nearest 5", "isochrone, streets", "gain", "loss"):
        assert any(word in work for work in beside), word
    assert all(first[work].peer is None for work in beside)


def test_peers_are_asked_the_same_question_and_give_the_same_answers(rows: list[Row]) -> None:
    compared = [row.facts["difference_max"] for row in rows if "difference_max" in row.facts]
    assert len(compared) == len([row for row in rows if row.peer])
    assert max(compared) < 0.01


def test_the_targets_stand_beside_the_figures(rows: list[Row]) -> None:
    text = table(rows)
    for words in ("≥ 4 ×", "≤ 4 × k=1", "≤ 0.15 ms", "≤ 0.2 ms", "≤ 2.5 ms more", "≤ 0.5 ms"):
        assert words in text
    missed = Row(work="w", size=1, seconds=2.0, target=Target(bound=1, unit="s"), value=2.0)
    assert not missed.met
    assert "MISSED" in table([missed])


def test_a_peer_that_is_not_installed_is_left_out_in_one_sentence(
    case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.bench.peers.version", lambda package: None)
    assert peers(case, ["pandana"]) == (
        [],
        ["pandana is left out: its wheel is not installed here"],
    )


def test_answers_of_one_alone_count_but_at_the_limit() -> None:
    ours = np.array([10.0, np.inf, 899.95, np.inf])
    theirs = np.array([10.5, 20.0, np.inf, np.inf])
    apart = difference(ours, theirs)
    assert (apart["compared"], apart["difference_max"], apart["answered_by_one"]) == (1, 0.5, 1)


def test_growth_counts_bytes_and_cost_by_the_junction(case: Case) -> None:
    found = kernels(case.folder, junctions_to_a_station=2) | OPENED
    laid_out = {row.work.split(",")[0]: row for row in growth.rows([found])}
    memory = laid_out["memory"]
    total = sum(found["array_bytes"].values())
    assert memory.facts["bytes_a_junction"] == total / case.network.junctions
    assert memory.seconds is None
    assert laid_out["open a saved network"].value == 1.0


def test_the_factor_of_growth_is_that_between_the_extremes(case: Case) -> None:
    small = kernels(case.folder, junctions_to_a_station=2) | OPENED
    each = small["flood_one_seconds"] / small["junctions"]
    large = small | {"junctions": 1000, "flood_one_seconds": each * 1000 * 2.5}
    factor = list(growth.rows([small, large]))[-1]
    assert factor.value == pytest.approx(2.5)
    assert factor.met


def test_growth_sizes_come_from_the_environment() -> None:
    assert growth.sizes_of(None) == growth.SIZES
    assert growth.sizes_of("all")[-1] == 3_000_000
    assert growth.sizes_of("none") == ()
    assert growth.sizes_of("1000,2000") == (1000, 2000)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(5e-7, "500 ns"), (2e-5, "20 µs"), (0.0123, "12.30 ms"), (4.5, "4.50 s")],
)
def test_a_duration_has_the_unit_that_suits_it(seconds: float, text: str) -> None:
    assert duration(seconds) == text
