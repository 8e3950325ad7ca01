"""How cost and memory grow from one city to a larger one."""

import json
import os
import statistics
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from app.settings import PROJECT
from tests.bench.cities import city_network
from tests.bench.measure import Row, Target, duration

SIZES = (100_000, 300_000, 1_000_000)
ALL_SIZES = (*SIZES, 3_000_000)
OPENINGS = 9
MILLION = 1_000_000


def sizes_of(text: str | None) -> tuple[int, ...]:
    """Read ``HARBOR_BENCH_GROWTH``: sizes separated by commas, ``all``, or ``none``."""
    if not text:
        return SIZES
    named: dict[str, tuple[int, ...]] = {"all": ALL_SIZES, "none": ()}
    return named.get(text) or tuple(int(part) for part in text.split(",") if text != "none")


def measure(junctions: int, shelf: Path) -> dict[str, Any]:
    """Measure a demo city in fresh processes: memory and kernels in one, opening in several."""
    folder, _ = city_network(junctions, shelf)
    found = _child("kernels", folder)
    opened = [_child("opening", folder) for _ in range(OPENINGS)]
    for name in opened[0]:
        found[name] = statistics.median(one[name] for one in opened)
    return found


def rows(measured: list[dict[str, Any]]) -> Iterator[Row]:
    """Lay out what was measured, smallest city first."""
    for found in measured:
        yield from _city(found)
    if len(measured) > 1:
        cost = [found["flood_one_seconds"] / found["junctions"] for found in measured]
        yield Row(
            work="growth: flood k=1, cost a junction, largest city over smallest",
            size=measured[-1]["junctions"],
            seconds=cost[-1],
            target=Target(bound=3, unit="times"),
            value=max(cost) / min(cost),
            note=f"{max(cost) / min(cost):.2f} times between the extremes of {len(cost)} cities",
        )


def _city(found: dict[str, Any]) -> Iterator[Row]:
    size, stations = found["junctions"], found["stations"]
    head = f"{size:,} junctions"
    each = found["flood_one_seconds"] / size * 1e9
    yield Row(
        work=f"flood k=1, {head}",
        size=size,
        seconds=found["flood_one_seconds"],
        note=f"{stations:,} stations, {each:.0f} ns a junction",
        facts={"nanoseconds_a_junction": each, "stations": stations},
    )
    factor = found["flood_three_seconds"] / found["flood_one_seconds"]
    yield Row(
        work=f"flood k=3, {head}",
        size=size,
        seconds=found["flood_three_seconds"],
        target=Target(bound=4, unit="× k=1"),
        value=factor,
        note=f"{factor:.1f} times k=1",
    )
    yield Row(
        work=f"nearest 5 from a point, {head}",
        size=size,
        seconds=found["nearest_seconds"],
        target=Target(bound=0.15, unit="ms"),
        value=found["nearest_seconds"] * 1e3,
    )
    yield _opening(found, head)
    yield _memory(found, head)


def _opening(found: dict[str, Any], head: str) -> Row:
    return Row(
        work=f"open a saved network, {head}",
        size=found["junctions"],
        seconds=found["open_seconds"],
        target=Target(bound=50, unit="ms"),
        value=found["open_seconds"] * 1e3,
        note=f"and its pace in {duration(found['weights_seconds'])}; median of {OPENINGS} fresh "
        "processes that share its pages, which lie in the system's cache",
    )


def _memory(found: dict[str, Any], head: str) -> Row:
    size, arrays = found["junctions"], found["array_bytes"]
    each = sum(arrays.values()) / size
    largest = sorted(arrays.items(), key=lambda item: -item[1])[:4]
    shares = ", ".join(f"{name} {count / size:.0f}" for name, count in largest)
    return Row(
        work=f"memory, network and one pace, {head}",
        size=size,
        seconds=None,
        target=Target(bound=250, unit="B"),
        value=each,
        note=(
            f"{each:.0f} bytes a junction; resident growth {found['resident_bytes'] / size:.0f}; "
            f"{found['vertices'] / size:.1f} vertices a junction; most: {shares}"
        ),
        facts={
            "bytes_a_junction": each,
            "resident_bytes_a_junction": found["resident_bytes"] / size,
            "array_bytes": arrays,
        },
    )


def _child(what: str, folder: Path) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.growth_child", what, folder],
        cwd=PROJECT,
        env=os.environ,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"measuring {folder} failed:\n{done.stderr}")
    found: dict[str, Any] = json.loads(done.stdout)
    return found
