"""A made-up town in a database of its own: streets with hills and stairs, stations, people.

The town is built once for a cluster and cloned for whoever asks, so a test may
change and commit what it likes.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

import networkx as nx
import numpy as np
import psycopg
import shapely
from shapely.geometry import box

from app.domain import number
from app.domain.lifecycle import State
from app.domain.station import Door, StationFacts
from app.service import network as networks
from app.service.runtime import Runtime
from app.settings import Settings
from app.store import areas, demand, numbers, register, stations
from app.store.cluster import Cluster
from app.store.database import Connection
from app.store.stations import NewStation
from geo.basemap import Feature, Layer
from geo.network import contract
from geo.street_features import street_features
from geo.streets import Access, Kind, StreetGraph
from tests.geo.plans import make, place

SIDE = 16
BLOCK_CELLS = 5.0
AREA_CODE = "500103"
NETWORK = "town"

ALWAYS, DAYS, OFFICE, ODD = "24/7", "Mo-Su 08:00-20:00", "Mo-Fr 09:00-17:00", None
TOILET_WATER = ("toilet", "water")

# name, column and row in blocks, state, hours, services
STATIONS: tuple[tuple[str, float, float, State, str | None, tuple[str, ...]], ...] = (
    ("解放碑站", 7.2, 7.4, State.ACTIVE, ALWAYS, (*TOILET_WATER, "seat")),
    ("较场口站", 8.1, 8.3, State.ACTIVE, DAYS, TOILET_WATER),
    ("朝天门站", 12.6, 3.1, State.ACTIVE, OFFICE, ("toilet",)),
    ("临江门站", 3.3, 2.7, State.RECTIFYING, ODD, ("water",)),
    ("七星岗站", 2.4, 11.8, State.ACTIVE, ALWAYS, TOILET_WATER),
    ("两路口站", 3.1, 12.4, State.ACTIVE, DAYS, ("seat",)),
    ("菜园坝站", 9.9, 13.2, State.SUSPENDED, ALWAYS, TOILET_WATER),
    ("上清寺站", 8.0, 6.1, State.ACTIVE, DAYS, ("toilet", "charging")),
    ("旧站", 6.0, 10.0, State.EXITED, ALWAYS, TOILET_WATER),
)
DRAFT = "待定站"
DISTRICTS = (("500103", "西区", 0.0, 7.5), ("500105", "东区", 7.5, SIDE - 1.0))


@dataclass(frozen=True, slots=True)
class Town:
    """A clone of the town: committed to by its test alone."""

    runtime: Runtime
    settings: Settings
    url: str

    def code(self, name: str) -> str:
        """Return the number of a station by its name."""
        names = [entry[0] for entry in STATIONS]
        return number.make(AREA_CODE, names.index(name) + 1)

    def run(self, statement: str, *parameters: object) -> list[tuple[object, ...]]:
        """Run a statement and commit it."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            cursor = connection.execute(statement, parameters)  # type: ignore[arg-type]
            return cursor.fetchall() if cursor.description else []


def at_block(column: float, row: float) -> tuple[float, float]:
    """Return lon, lat of a place counted in blocks from the north-west corner."""
    return place(column * BLOCK_CELLS, row * BLOCK_CELLS)


@cache
def town_streets() -> StreetGraph:
    """Draw the streets: a crooked grid with hills, stairs, one-ways, bridges, bends, an islet."""
    rng = np.random.default_rng(11)
    spots = [
        (c * BLOCK_CELLS + rng.uniform(-1, 1), r * BLOCK_CELLS + rng.uniform(-1, 1))
        for r in range(SIDE)
        for c in range(SIDE)
    ]
    heights = [40 + 35 * np.sin(c / 11) * np.cos(r / 9) for c, r in spots]
    nodes = [(*place(c, r), float(h)) for (c, r), h in zip(spots, heights, strict=True)]
    links: list[tuple[int, int, int, int]] = []
    for r in range(SIDE):
        for c in range(SIDE):
            for dc, dr in ((1, 0), (0, 1)):
                if c + dc >= SIDE or r + dr >= SIDE or rng.random() < 0.08:
                    continue
                a, b = r * SIDE + c, (r + dr) * SIDE + c + dc
                draw = rng.random()
                if draw < 0.3:  # a bend: a node that no other street touches
                    middle = len(nodes)
                    (x, y), (u, v) = spots[a], spots[b]
                    bend = (x + u) / 2 + rng.uniform(-1, 1), (y + v) / 2 + rng.uniform(-1, 1)
                    nodes.append((*place(*bend), (nodes[a][2] + nodes[b][2]) / 2 + 3))
                    links += [
                        (a, middle, Kind.STREET, Access.ALL),
                        (middle, b, Kind.STREET, Access.ALL),
                    ]
                else:
                    access = Access.FORWARD if 0.3 <= draw < 0.36 else Access.BOTH
                    kind = Kind.STEPS if draw > 0.9 else Kind.BRIDGE if draw > 0.86 else Kind.STREET
                    if kind is not Kind.STEPS:
                        access |= Access.RIDE_BOTH
                    links.append((a, b, kind, access))
    links = _largest_part(len(nodes), links)
    islet = len(nodes)
    nodes += [(*at_block(column, 7.0), 40.0) for column in (SIDE + 0.2, SIDE + 1.0)]
    return make(nodes, [*links, (islet, islet + 1, Kind.STREET, Access.BOTH)])


def _largest_part(
    nodes: int, links: list[tuple[int, int, int, int]]
) -> list[tuple[int, int, int, int]]:
    """Keep the links among nodes from which one gets everywhere and back."""
    graph = nx.DiGraph()
    graph.add_nodes_from(range(nodes))
    for a, b, _, access in links:
        graph.add_edge(a, b)
        if access & Access.BOTH == Access.BOTH:
            graph.add_edge(b, a)
    kept = max(nx.strongly_connected_components(graph), key=len)
    return [link for link in links if link[0] in kept and link[1] in kept]


def town_people(count: int = 700) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Scatter people over the town and a little beyond: lon, lat, weight."""
    rng = np.random.default_rng(23)
    spots = rng.uniform(-0.6, SIDE - 0.4, (count, 2))
    lon, lat = np.array([at_block(*spot) for spot in spots]).T
    return lon, lat, rng.integers(1, 9, count).astype(np.float64)


def _load(connection: Connection, settings: Settings) -> None:
    network = contract(town_streets())
    named = [
        Feature(
            layer=Layer.PLACE,
            kind="suburb",
            name=name,
            min_zoom=10,
            geometry=shapely.to_wkb(shapely.Point(at_block(column, row))),
        )
        for name, column, row in (("磁器口", 13.0, 12.0), ("石桥铺", 4.0, 6.0))
    ]
    features = [*street_features(network), *named]
    with connection.transaction():
        register.claim(connection, "real")
        networks.store(
            connection,
            settings,
            network,
            name=NETWORK,
            facts={"source": "drawn"},
            features=((f.layer.value, f.kind, f.name, f.min_zoom, f.geometry) for f in features),
        )
        register.use_network(connection, NETWORK)
        areas.upsert_districts(
            connection,
            [
                (code, name, "", shapely.to_wkb(rectangle(west, 0, east, SIDE - 1.0)),
                 date(2000, 1, 1), None)
                for code, name, west, east in DISTRICTS
            ],
            source="drawn",
        )  # fmt: skip
        lon, lat, weight = town_people()
        demand.save(
            connection, name="residents", title="居民", title_en="Residents", unit="people",
            source="scattered", longitude=lon, latitude=lat, weight=weight,
        )  # fmt: skip
        _load_stations(connection)


def rectangle(west: float, north: float, east: float, south: float) -> shapely.Geometry:
    (w, n), (e, s) = at_block(west, north), at_block(east, south)
    return box(w, s, e, n)


def _load_stations(connection: Connection) -> None:
    entries = []
    for serial, (name, column, row, _, hours, services) in enumerate(STATIONS, start=1):
        lon, lat = at_block(column, row)
        facts = StationFacts(
            name=name, longitude=lon, latitude=lat, address=f"{serial}号", hours=hours,
            services=services, door=Door.OPEN, earlier_numbers=(f"OLD-{serial}",),
        )  # fmt: skip
        entries.append(
            NewStation(facts, State.ACTIVE, verified=True, code=number.make(AREA_CODE, serial))
        )
    ids = stations.insert(connection, entries)
    for station, (_, _, _, state, _, _) in zip(ids, STATIONS, strict=True):
        if state is not State.ACTIVE:
            stations.move(connection, [station], state)
    draft = StationFacts(name=DRAFT, address="某处", earlier_numbers=("OLD-D",))
    stations.insert(connection, [NewStation(draft, State.DRAFT)])
    numbers.raise_to(connection, AREA_CODE, len(STATIONS))


_patterns: dict[Path, Path] = {}
_serial = iter(range(1_000_000))


def _pattern(cluster: Cluster) -> Path:
    """Build the town once for a cluster; return the folder of its networks."""
    if cluster.var not in _patterns:
        folder = cluster.var.parent / "town"
        with psycopg.connect(cluster.url(), autocommit=True) as server:
            server.execute("CREATE DATABASE town TEMPLATE pattern")
        settings = Settings(var=folder)
        with psycopg.connect(cluster.url("town"), autocommit=True) as connection:
            _load(connection, settings)
        _patterns[cluster.var] = settings.networks
    return _patterns[cluster.var]


@contextmanager
def opened(cluster: Cluster, folder: Path, *, watch: bool = False) -> Iterator[Town]:
    """Clone the town into a database of its own and open a runtime on it."""
    networks_folder = _pattern(cluster)
    settings = Settings(var=folder / "var")
    shutil.copytree(networks_folder, settings.networks)
    name = f"town_{next(_serial)}"
    with psycopg.connect(cluster.url(), autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name} TEMPLATE town")  # type: ignore[arg-type]
    runtime = Runtime(settings, cluster.url(name))
    runtime.start(watch=watch)
    try:
        yield Town(runtime, settings, cluster.url(name))
    finally:
        runtime.stop()
        # a test may have stopped its cluster, which goes away as a whole
        with (
            suppress(psycopg.OperationalError),
            psycopg.connect(cluster.url(), autocommit=True) as server,
        ):
            server.execute(f"DROP DATABASE {name} WITH (FORCE)")  # type: ignore[arg-type]
