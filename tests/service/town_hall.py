"""A runtime-less city for services: one connection that commits into a database of its own."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg

from app.domain.actor import Actor
from app.domain.lifecycle import State
from app.store.cluster import Cluster
from app.store.database import Connection
from tests.store.people import City, brought_to, one, own_database, settle


@dataclass(frozen=True)
class Hall:
    """A city and the application's connection to its database."""

    city: City
    connection: Connection

    def actor(self, person: str, request_id: str = "") -> Actor:
        return Actor(self.city.people[person], request_id=request_id)

    def station(self, union: str, state: State, **facts: Any) -> int:
        return brought_to(self.connection, self.city.unions[union], state, **facts)

    def revision(self, station: int) -> int:
        return int(one(self.connection, "SELECT revision FROM station WHERE id = %s", station))


@contextmanager
def open_hall(cluster: Cluster, name: str) -> Iterator[Hall]:
    with own_database(cluster, name) as url:
        city = settle(url)
        with psycopg.connect(url, autocommit=True) as connection:
            yield Hall(city, connection)
