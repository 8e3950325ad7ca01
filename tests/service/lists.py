"""Lists brought, read and entered in a test, with the worker's work done on the spot."""

import asyncio
import csv
import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

from app.domain.actor import Actor
from app.jobs import wiring
from app.service import import_entering, import_rows, import_staging, import_undoing
from app.service.import_staging import Plan
from app.service.runtime import Runtime
from app.settings import Settings
from app.store.cluster import Cluster
from tests.store.people import City, own_database, settle


class Desk:
    """A city, a runtime on its database, and lists that people bring."""

    def __init__(self, city: City, runtime: Runtime) -> None:
        self.city = city
        self.runtime = runtime

    def actor(self, person: str) -> Actor:
        return Actor(self.city.people[person], request_id=f"request of {person}")

    def run(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.city.url, autocommit=True) as connection:
            cursor = connection.execute(statement, values)  # type: ignore[arg-type]
            return cursor.fetchall() if cursor.description else []

    def one(self, statement: str, *values: object) -> Any:
        return self.run(statement, *values)[0][0]

    def bring(self, person: str, content: bytes, *, union: str | None = "north",
              name: str = "list.csv") -> int:  # fmt: skip
        with self.runtime.connection() as connection:
            return import_staging.stage(
                connection, self.runtime, self.actor(person), file_name=name, content=content,
                union_id=None if union is None else self.city.unions[union],
            )  # fmt: skip

    def columns(self, person: str, list_id: int) -> import_staging.Columns:
        with self.runtime.connection() as connection:
            return import_staging.columns(connection, self.runtime, self.actor(person), list_id)

    def read(self, person: str, list_id: int, *, datum: str = "", union: str | None = "north",
             columns: dict[str, str] | None = None, **more: Any) -> None:  # fmt: skip
        """Decide as recognised, but for what is given, and let the worker read the rows."""
        found = self.columns(person, list_id)
        plan = Plan(
            sheet=found.preview.sheet, datum=datum, columns={**found.meanings, **(columns or {})},
            **more,
        )  # fmt: skip
        with self.runtime.connection() as connection:
            import_staging.ask_to_read(
                connection, self.actor(person), list_id, plan,
                union_id=None if union is None else self.city.unions[union],
            )  # fmt: skip
        self.work()

    def page(self, person: str, list_id: int, **what: Any) -> import_rows.Page:
        with self.runtime.connection() as connection:
            return import_rows.page(connection, self.runtime, self.actor(person), list_id, **what)

    def enter(self, person: str, list_id: int) -> None:
        with self.runtime.connection() as connection:
            import_entering.ask(connection, self.actor(person), list_id, hours_confirmed=True)
        self.work()

    def undo(self, person: str, list_id: int, **said: str) -> None:
        with self.runtime.connection() as connection:
            import_undoing.ask(connection, self.actor(person), self.batch(list_id), **said)
        self.work()

    def batch(self, list_id: int) -> int:
        """The batch that a list was entered as."""
        return int(self.one("SELECT batch_id FROM staged_import WHERE id = %s", list_id))

    def work(self) -> None:
        """Do what waits in the queue, as `harbor work` does, and end."""
        asyncio.run(wiring.work(wiring.wire(self.runtime), alive=lambda: True, wait=False))

    def job(self) -> tuple[str, str]:
        """State and problem of the newest job."""
        state, problem = self.run(
            "SELECT state, problem FROM background_job ORDER BY id DESC LIMIT 1"
        )[0]
        return state, problem

    def staged(self, person: str, list_id: int) -> import_staging.StagedList:
        with self.runtime.connection() as connection:
            return import_staging.get(connection, self.actor(person), list_id)


@contextmanager
def open_desk(cluster: Cluster, name: str, folder: Path) -> Iterator[Desk]:
    with own_database(cluster, name) as url:
        runtime = Runtime(Settings(var=folder / "var"), url)
        runtime.start(watch=False)
        try:
            yield Desk(settle(url), runtime)
        finally:
            runtime.stop()


def cleared(desk: Desk) -> Desk:
    """Take every list and station away."""
    desk.run("UPDATE station SET change_request_id = NULL")
    for table in ("staged_import", "background_job", "procrastinate_jobs", "import_contact",
                  "import_change", "keeper", "change_request", "station_version", "station_alias",
                  "station", "import_batch", "import_column", "number_counter", "document",
                  "district"):  # fmt: skip
        desk.run(f"DELETE FROM {table}")
    return desk


def csv_of(header: Sequence[str], *rows: Sequence[object], encoding: str = "utf-8") -> bytes:
    """A list as CSV."""
    text = io.StringIO()
    csv.writer(text).writerows([header, *rows])
    return text.getvalue().encode(encoding)
