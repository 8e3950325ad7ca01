"""One run: every table on one city, then the growth from small cities to large ones."""

import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from app.service import logs
from app.service.demo.city import make_city
from app.settings import load
from geo.elevation import with_heights
from geo.osm import read_streets
from geo.streets import StreetGraph
from tests.bench import (
    building,
    floods,
    growth,
    isochrones,
    planner,
    questions,
    register,
    rider_load,
    rider_page,
    siting,
    what_if,
)
from tests.bench.case import Case, prepared
from tests.bench.cities import TODAY
from tests.bench.heights import made_up_heights
from tests.bench.machine import processor, versions
from tests.bench.measure import Row, judged, table, write
from tests.bench.peers import peers


def rows(
    case: Case, *, elevation: Path | None = None, packages: Iterable[str] | None = None
) -> Iterator[Row]:
    """Measure everything on one city, beside these packages or all that are installed."""
    others, absent = peers(case, packages)
    for sentence in absent:
        print(sentence)
    yield from floods.rows(case, others)
    yield from questions.rows(case)
    yield from isochrones.rows(case)
    yield from what_if.rows(case)
    yield from building.rows(case, elevation=elevation)


def city(
    environment: Mapping[str, str], shelf: Path
) -> tuple[str, StreetGraph, Path | None, Path | None]:
    """Return name, streets with heights, extract and elevation model of the city asked for."""
    extract = extract_of(environment)
    if extract is None:
        streets = make_city(today=TODAY, stations=0).streets
        return "demo city of 30,000 junctions", streets, None, None
    flat = read_streets(extract).streets
    name = extract.name.removesuffix(".osm.pbf")
    beside = extract.with_name(f"{name}_elevation.tif")
    shelf.mkdir(parents=True, exist_ok=True)
    model = beside if beside.exists() else made_up_heights(flat, shelf / f"{name}-made-up.tif")
    return name, with_heights(flat, [model])[0], extract, model


def extract_of(environment: Mapping[str, str]) -> Path | None:
    """Return the extract that the environment names, None for the demo city."""
    named = environment.get("HARBOR_BENCH_OSM")
    if named:
        return Path(named)
    folder = environment.get("HARBOR_TEST_DATA")
    return Path(folder) / "osm" / "heidelberg.osm.pbf" if folder else None


def show(title: str, measured: Iterable[Row]) -> list[Row]:
    """Measure, saying what is done where somebody watches, and print the table."""
    done = []
    for row in measured:
        done.append(row)
        if sys.stderr.isatty():
            print(f"\r\033[K{row.work} …", end="", file=sys.stderr)
    if sys.stderr.isatty():
        print("\r\033[K", end="", file=sys.stderr)
    print(f"\n{title}\n\n{table(done)}\n")
    return done


def main() -> int:
    """Print every table, write ``bench.json``, and fail if a target is missed, naming each."""
    settings = load()
    # a line for every page that is opened would bury the tables
    logs.configure(settings.model_copy(update={"log_level": "warning"}))
    print(processor())
    print(", ".join(f"{name} {number}" for name, number in versions().items()))
    shelf = settings.var / "bench"
    name, streets, extract, elevation = city(os.environ, shelf)
    with prepared(name, streets, extract=extract) as case:
        title = (
            f"{name}: {streets.nodes:,} nodes, {case.network.junctions:,} junctions,"
            f" {case.network.edges:,} edges, {case.network.metres / 1000:,.0f} km"
            f"{f', heights of {elevation.name}' if elevation else ''}"
        )
        found = show(title, rows(case, elevation=elevation))
    found += show("a full register, pages as a person at the desk opens them", register.rows())
    found += show("a planner at the workbench", planner.rows())
    found += show("where new stations do the most", siting.rows(shelf))
    found += show("riders by the thousand", rider_load.rows(shelf))
    found += show("the rider's page over a weak signal", rider_page.rows())
    sizes = growth.sizes_of(os.environ.get("HARBOR_BENCH_GROWTH"))
    if sizes:
        measured = [growth.measure(size, shelf) for size in sizes]
        found += show("demo cities, one station to 70 junctions", growth.rows(measured))
    path = settings.var / "bench.json"
    write(found, path)
    print(f"{len(found)} rows in {path}")
    return judged(found)
