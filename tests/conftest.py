"""Fixtures: outside data, a private cluster, a migrated template, one connection a test.

``connection`` rolls back after each test. What notifies, races, crashes or is
looked at by a browser commits into ``database_url``, a clone of the template of
its own. Running where a part is missing fails; nothing is skipped.
"""

import itertools
import os
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import psycopg
import pytest

from app.service.runtime import Runtime
from app.settings import Settings
from app.store import migrations
from app.store.cluster import Cluster
from app.store.database import Connection
from tests.store.throwaway import open_folder, stopping

TEST_DATA = "HARBOR_TEST_DATA"

# machines are noisy: what takes long is for the benchmark to say
hypothesis.settings.register_profile("calm", deadline=None)
hypothesis.settings.load_profile("calm")
# `make soak` asks for this one
hypothesis.settings.register_profile("soak", max_examples=20_000, deadline=None)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what needs outside data when its folder is not named; browsers come last."""
    # what drives a browser keeps an event loop in this thread, and a worker wants one of its own
    items.sort(key=lambda item: "e2e" in item.path.parts)
    if os.environ.get(TEST_DATA):
        return
    outside = [item for item in items if "test_data" in getattr(item, "fixturenames", ())]
    if outside:
        config.hook.pytest_deselected(items=outside)
        items[:] = [item for item in items if item not in outside]
        reporter = config.pluginmanager.get_plugin("terminalreporter")
        if reporter is not None:
            reporter.write_line(
                f"{len(outside)} tests on outside data are left out: {TEST_DATA} is not set"
            )


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """A skipped test is a failure: whatever a test needs, set-up installs."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is not None and reporter.stats.get("skipped") and exitstatus == 0:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
        reporter.write_line("skipped tests count as failed", red=True)


@pytest.fixture(scope="session")
def test_data() -> Path:
    """The folder of outside data that ``HARBOR_TEST_DATA`` names."""
    folder = Path(os.environ[TEST_DATA]).resolve()
    if not folder.is_dir():
        pytest.fail(f"{TEST_DATA} names {folder}, which is no folder")
    return folder


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """A private cluster for this run, with the migrated database ``pattern`` to clone."""
    with open_folder() as folder, stopping(Cluster(folder / "var")) as running:
        url = running.ensure_running()
        _administer(url, "CREATE DATABASE pattern")
        migrations.migrate(running.url("pattern"))
        yield running


_serial = itertools.count()


def _administer(url: str, statement: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement)


@pytest.fixture
def database_url(cluster: Cluster) -> Iterator[str]:
    """A migrated database of this test's own, dropped in the end."""
    name = f"test_{next(_serial)}"
    _administer(cluster.url(), f"CREATE DATABASE {name} TEMPLATE pattern")
    yield cluster.url(name)
    _administer(cluster.url(), f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="session")
def shared_url(cluster: Cluster) -> str:
    """A migrated database that no test commits to."""
    _administer(cluster.url(), "CREATE DATABASE shared TEMPLATE pattern")
    return cluster.url("shared")


@pytest.fixture
def connection(shared_url: str) -> Iterator[Connection]:
    """A connection whose work is rolled back after the test."""
    with (
        psycopg.connect(shared_url, autocommit=True) as opened,
        opened.transaction(force_rollback=True),
    ):
        yield opened


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings with a folder of their own."""
    return Settings(var=tmp_path / "var")


@pytest.fixture
def runtime(settings: Settings, database_url: str) -> Iterator[Runtime]:
    """A runtime on a database of this test's own, watching for changes."""
    opened = Runtime(settings, database_url)
    opened.start(watch=True)
    yield opened
    opened.stop()
