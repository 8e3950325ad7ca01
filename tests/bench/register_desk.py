"""A running application over a full register, and people at their desks in it."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import psycopg

from app.service.runtime import Runtime
from app.settings import Settings
from app.store import migrations
from app.store.cluster import Cluster
from app.web.factory import create_app
from tests.bench import register_city
from tests.bench.register_city import Desks
from tests.store.people import City
from tests.store.throwaway import open_folder, stopping
from tests.web.desks import BROWSER, Desk, Office, sent_form

PACKED = {**BROWSER, "Accept-Encoding": "gzip"}


@dataclass(frozen=True)
class Bench:
    """A running application over a full register.

    Attributes:
        office: the application, and questions to its database as the operator.
        desks: ids of the people.
        people: browsers in which they are logged in: chief, clerk, judge, inspector.
        ids: stations of any union; own: those of the clerk's union.
    """

    office: Office
    desks: Desks
    people: dict[str, Desk]
    ids: tuple[int, ...] = ()
    own: tuple[int, ...] = ()

    def open(self, person: str, path: str, **query: Any) -> bytes:
        """Open a page as somebody.

        Raises:
            RuntimeError: if it is not shown.
        """
        answer = self.people[person].client.get(path, headers=PACKED, query_string=query or None)
        if answer.status_code != 200:
            raise RuntimeError(f"{path} answers {answer.status_code}")
        return answer.get_data()

    def form(self, person: str, path: str) -> dict[str, list[str]]:
        """Open the form of a station; return its fields as they stand there."""
        return sent_form(self.people[person].get(path).get_data(as_text=True))

    def send(self, person: str, path: str, form: Mapping[str, Any]) -> None:
        """Send a form as somebody.

        Raises:
            RuntimeError: if it is not taken.
        """
        answer = self.people[person].post(path, form)
        if answer.status_code != 303:
            raise RuntimeError(f"{path} answers {answer.status_code} to a form")

    def found(self, condition: str, *values: object) -> tuple[int, ...]:
        """Return the ids of stations, some two thousand at most."""
        found = self.office.rows(
            f"SELECT id FROM station WHERE {condition} ORDER BY id LIMIT 2000", *values
        )
        return tuple(int(row[0]) for row in found)


@contextmanager
def bench(*, stations: int = register_city.STATIONS) -> Iterator[Bench]:
    """Fill a throw-away database and start the application on it."""
    with open_folder() as folder, stopping(Cluster(folder / "var")) as cluster:
        url = cluster.ensure_running()
        with psycopg.connect(url, autocommit=True) as server:
            server.execute("CREATE DATABASE bench")
        migrations.migrate(cluster.url("bench"))
        desks = register_city.fill(cluster.url("bench"), stations=stations)
        runtime = Runtime(Settings(var=folder / "var"), cluster.url("bench"))
        runtime.start(watch=False)
        try:
            yield _opened(runtime, cluster.url("bench"), desks)
        finally:
            runtime.stop()


def _opened(runtime: Runtime, url: str, desks: Desks) -> Bench:
    app = create_app(runtime)
    app.testing = True
    office = Office(City(url, unions={}, people={}), runtime, app)
    names = ("chief", "clerk", "judge", "inspector")
    people = {name: office.desk_of(getattr(desks, name)) for name in names}
    found = Bench(office, desks, people)
    # any station whose page everybody may open, evenly spread
    public = "state IN ('active', 'suspended', 'rectifying') AND "
    return replace(
        found,
        ids=found.found(public + "id %% 29 = %s", 0),
        own=found.found(public + "union_id = %s", desks.union_id),
    )
