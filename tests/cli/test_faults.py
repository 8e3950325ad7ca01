"""What is left after a process or the database is killed in the middle of something."""

import csv
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from app.settings import PROJECT
from app.store.cluster import Cluster
from tests.store.throwaway import open_folder, stopping

ROWS = 5_000
ORDERED = ("--datum", "wgs84", "--document", "渝工办〔2025〕1号", "--likely", "enter")
HARBOR = Path(sys.executable).with_name("harbor")


def environment(var: Path, **more: str) -> dict[str, str]:
    """Return the surroundings of a process of this test alone; kernels are compiled once."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HARBOR_")}
    return {**kept, "HARBOR_VAR": str(var), "HARBOR_WORKERS": "1", **more}


def start(var: Path, *arguments: str, **more: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [HARBOR, *arguments],
        cwd=PROJECT,
        env=environment(var, **more),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def run(var: Path, *arguments: str) -> str:
    """Run a command to its good end and return its output."""
    process = start(var, *arguments)
    said, complaint = process.communicate(timeout=120)
    assert process.returncode == 0, complaint
    return said


def wait_until(true: Callable[[], bool], *, within: float) -> None:
    deadline = time.monotonic() + within
    while not true():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    """A private cluster with an empty register, as the command itself makes it."""
    with open_folder() as folder, stopping(Cluster(folder / "var")) as made:
        run(made.var, "db", "migrate")
        yield made


@pytest.fixture(scope="module")
def stations(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("lists") / "many.csv"
    with file.open("w", newline="") as handle:
        writer = csv.writer(handle)
        writer.writerow(["name", "address", "longitude", "latitude"])
        writer.writerows(
            [f"站{n}", f"{n}号", 106 + n % 200 / 1000, 29 + n // 200 / 1000] for n in range(ROWS)
        )
    return file


def count(cluster: Cluster, table: str = "station") -> int:
    with psycopg.connect(cluster.url()) as connection:
        row = connection.execute(f"SELECT count(*) FROM {table}").fetchone()  # type: ignore[arg-type]
        return 0 if row is None else int(row[0])


def begin_import(cluster: Cluster, stations: Path) -> subprocess.Popen[str]:
    """Start an import and return when its rows are on their way."""
    process = start(cluster.var, "stations", "import", str(stations), *ORDERED)
    with psycopg.connect(cluster.url(), autocommit=True) as watcher:
        sequence = "SELECT last_value FROM station_id_seq"
        before = watcher.execute(sequence).fetchone()

        def under_way() -> bool:
            assert process.poll() is None, process.communicate()
            now = watcher.execute(sequence).fetchone()
            assert before is not None
            assert now is not None
            return bool(now[0] > before[0] + ROWS // 20)

        wait_until(under_way, within=180)
    return process


def test_an_import_that_is_killed_leaves_nothing(cluster: Cluster, stations: Path) -> None:
    process = begin_import(cluster, stations)
    process.kill()
    process.communicate()
    assert (
        count(cluster)
        == count(cluster, "import_batch")
        == count(cluster, "audit_event WHERE action LIKE 'stations.%'")
        == 0
    )


def test_a_database_killed_under_an_import_comes_back_and_the_import_is_absent_or_whole(
    cluster: Cluster, stations: Path
) -> None:
    process = begin_import(cluster, stations)
    postmaster = cluster.status().pid
    assert postmaster is not None
    os.kill(postmaster, signal.SIGKILL)
    said, complaint = process.communicate(timeout=180)
    assert process.returncode == 1, said
    assert "harbor: The database does not answer." in complaint
    assert "Traceback" not in complaint
    # the next command finds the database and puts everything in
    said = run(cluster.var, "stations", "import", str(stations), *ORDERED, "--json")
    assert json.loads(said)["active"] == ROWS
    assert count(cluster) == ROWS
    with psycopg.connect(cluster.url()) as connection:
        numbers = connection.execute(
            "SELECT min(substr(code, 7, 5)), max(substr(code, 7, 5)), count(DISTINCT code)"
            " FROM station"
        ).fetchone()
    assert numbers == ("00001", f"{ROWS:05}", ROWS)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answers(port: int, path: str = "/readyz") -> bool:
    address = f"http://127.0.0.1:{port}{path}"
    try:
        with urllib.request.urlopen(address, timeout=5) as response:
            return bool(response.status == 200)
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False


@contextmanager
def serving(var: Path, port: int) -> Iterator[subprocess.Popen[str]]:
    """Start a server and make sure that it is gone in the end, with its workers."""
    process = start(var, "serve", HARBOR_PORT=str(port), HARBOR_LOG_LEVEL="warning")
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.communicate(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
        wait_until(lambda: not answers(port, "/healthz"), within=20)


def test_two_servers_that_start_at_once_on_nothing_both_come_up_and_again_after_a_kill() -> None:
    with open_folder() as folder, stopping(Cluster(folder / "var")) as cluster:
        ports = free_port(), free_port()
        with serving(cluster.var, ports[0]) as first, serving(cluster.var, ports[1]) as second:
            for process, port in ((first, ports[0]), (second, ports[1])):
                wait_until(
                    lambda port=port, process=process: (
                        process.poll() is not None  # type: ignore[misc]
                        or answers(port)
                    ),
                    within=60,
                )
                assert process.poll() is None, process.communicate()
            first.kill()
            first.communicate()
            # its worker sees that it is alone and lets the port go
            wait_until(lambda: not answers(ports[0], "/healthz"), within=20)
            with serving(cluster.var, ports[0]) as again:
                wait_until(lambda: again.poll() is not None or answers(ports[0]), within=60)
                assert again.poll() is None, again.communicate()
                assert answers(ports[1])
