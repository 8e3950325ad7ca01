"""A city of riders: a large network and thousands of stations in a throw-away database."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path

import numpy as np
import psycopg

from app.domain import number
from app.domain.lifecycle import State
from app.domain.station import Door, StationFacts
from app.service import network as networks
from app.settings import Settings
from app.store import migrations, register, stations
from app.store.cluster import Cluster
from app.store.database import Connection
from app.store.stations import NewStation
from geo.network import Network
from tests.bench.cities import city_network
from tests.bench.growth_child import scatter
from tests.store.throwaway import open_folder, stopping

JUNCTIONS, STATIONS = 300_000, 5_000
NETWORK, AREA_CODE = "riders", "500103"
HOURS = (
    "24/7", "Mo-Su 08:00-20:00", "Mo-Fr 09:00-12:00,14:00-17:30", "Mo-Su 06:30-22:00",
    "Mo-Fr 08:30-18:00; Sa 09:00-12:00; PH off", "Mo-Su 18:00-02:00", None,
)  # fmt: skip
SERVICES = (
    ("toilet", "water", "seat"), ("water", "seat", "charging"), ("seat", "water"),
    ("toilet", "water", "seat", "hot_meal", "cooling"), ("toilet", "first_aid"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class RiderCity:
    """What a server is started on; stopping the cluster is stopping PostgreSQL."""

    cluster: Cluster
    settings: Settings
    url: str
    network: Network


@contextmanager
def rider_city(
    shelf: Path, *, junctions: int = JUNCTIONS, count: int = STATIONS
) -> Iterator[RiderCity]:
    """Fill a database of its own with a demo city's streets and made-up stations."""
    _, network = city_network(junctions, shelf)
    with open_folder() as folder, stopping(Cluster(folder / "cluster")) as cluster:
        with psycopg.connect(cluster.ensure_running(), autocommit=True) as server:
            server.execute("CREATE DATABASE riders")
        url = cluster.url("riders")
        migrations.migrate(url)
        settings = Settings(var=folder / "var")
        with psycopg.connect(url, autocommit=True) as connection, connection.transaction():
            register.claim(connection, "real")
            networks.store(connection, settings, network, name=NETWORK, facts={}, features=iter(()))
            register.use_network(connection, NETWORK)
            _fill(connection, network, count)
        yield RiderCity(cluster, settings, url, network)


def places(network: Network, count: int, *, seed: int) -> list[tuple[float, float]]:
    """Return lon, lat of places some metres beside the streets."""
    at = scatter(network, count, seed=seed).coordinates(network)
    at += np.random.default_rng(seed).normal(0, 1e-4, at.shape)
    return [(round(lon, 6), round(lat, 6)) for lon, lat in at.tolist()]


def _fill(connection: Connection, network: Network, count: int) -> None:
    made = zip(places(network, count, seed=5), cycle(HOURS), cycle(SERVICES), strict=False)
    stations.insert(connection, [
        NewStation(
            StationFacts(
                name=f"解放碑{serial}号站", name_en=f"Jiefangbei {serial}", longitude=lon,
                latitude=lat, address=f"{serial}号", hours=hours, services=services,
                door=Door.OPEN,
            ),
            State.ACTIVE, verified=True, code=number.make(AREA_CODE, serial),
        )
        for serial, ((lon, lat), hours, services) in enumerate(made, start=1)
    ])  # fmt: skip
