"""From an extract to a saved network, and from the disk into memory."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from geo.elevation import with_heights
from geo.network import contract
from geo.osm import read_shores, read_streets
from geo.storage import open_network, save
from tests.bench.case import Case
from tests.bench.growth_child import arrays_of
from tests.bench.measure import Row, Target, clock, duration, median_seconds

BUILDS = 3
OPENINGS = 30


def rows(case: Case, *, elevation: Path | None = None) -> Iterator[Row]:
    """Build from the extract, if there is one; open; count bytes."""
    if case.extract is not None and elevation is not None:
        yield _build(case, case.extract, elevation)
    yield _contract(case)
    yield Row(
        work="open a saved network",
        size=case.network.junctions,
        seconds=median_seconds(lambda: open_network(case.folder), runs=OPENINGS),
        note="again and again in one process; see the growth table for fresh ones",
    )
    arrays = {**arrays_of(case.network), **arrays_of(case.weights)}
    each = sum(values.nbytes for values in arrays.values()) / case.network.junctions
    vertices = len(case.network.vertex_edge) / case.network.junctions
    yield Row(
        work="memory, network and one pace",
        size=case.network.junctions,
        seconds=None,
        note=f"{each:.0f} bytes a junction, {vertices:.1f} shape points a junction",
        facts={"bytes_a_junction": each},
    )


def _build(case: Case, extract: Path, elevation: Path) -> Row:
    """Read, give heights, contract, save: everything that makes a network."""
    megabytes = extract.stat().st_size / 1e6
    with TemporaryDirectory() as folder:
        parts: dict[str, float] = {}

        def build() -> None:
            made: dict[str, Any] = {}
            steps = {
                "read": lambda: made.update(streets=read_streets(extract).streets),
                "heights": lambda: made.update(high=with_heights(made["streets"], [elevation])[0]),
                "water": lambda: made.update(shores=read_shores(extract)),
                "contract": lambda: made.update(
                    network=contract(made["high"], shores=made["shores"])
                ),
                "save": lambda: save(made["network"], Path(folder) / "built"),
            }
            parts.update({name: clock(step) for name, step in steps.items()})

        seconds = median_seconds(build, runs=BUILDS)
    spent = ", ".join(f"{name} {duration(part)}" for name, part in parts.items())
    return Row(
        work="build from .osm.pbf with elevation",
        size=case.network.junctions,
        seconds=seconds,
        target=Target(bound=1, unit="MB/s", at_least=True),
        value=megabytes / seconds,
        note=f"{megabytes:.2f} MB, {megabytes / seconds:.2f} MB/s; {spent}",
        facts={"megabytes_a_second": megabytes / seconds, "parts": parts},
    )


def _contract(case: Case) -> Row:
    return Row(
        work="contract chains, order junctions",
        size=case.network.junctions,
        seconds=median_seconds(lambda: contract(case.streets), runs=BUILDS),
        note=f"{case.streets.nodes:,} nodes into {case.network.junctions:,} junctions,"
        f" {case.network.edges:,} edges",
    )
