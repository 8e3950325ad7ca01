"""Riders by the thousand: requests a second beside a bare route, and with PostgreSQL stopped.

The bare route returns one small dict as JSON. It stands in Harbor's own application, so the
same processes answer both, and every answer passes the same hooks, carries the same headers
and leaves a line in the log (:mod:`tests.bench.rider_server`). They are asked in turns by the
same client, wrk with eight connections that are kept open; it runs on the same cores.

Riders stand at random places beside the streets and ask with the filters of ``FILTERS`` in
turn. Hours are those of the moment the bench runs at: at night fewer stations are open, and
the way to an open one is longer.

Also said, since it is the other meaning of a bare route: what a Flask application with
nothing else in it, no hooks, no headers and no log, does on the same gunicorn
(:mod:`tests.bench.bare_server`).
"""

import json
import os
import shutil
import signal
import statistics
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import cycle, islice
from pathlib import Path
from socket import socket
from typing import NamedTuple

from app.settings import PROJECT, load
from tests.bench import rider_names
from tests.bench.measure import Row, Target, table
from tests.bench.rider_city import RiderCity, places, rider_city

CONNECTIONS, WORKERS = 8, 2
SECONDS, TURNS = 8, 3
QUESTIONS = 2_000
# what riders ask for beside the place
FILTERS = (
    "&services=toilet,water&open=arrival", "&services=water&open=arrival", "&open=arrival",
    "&services=toilet", "&services=charging,water&open=now", "&max_minutes=30",
)  # fmt: skip
SHARE = Target(bound=0.5, unit="× bare", at_least=True)
SLOWEST = Target(bound=20, unit="ms")
NONE_FAILED = Target(bound=0, unit="failed")
WORK = "GET /api/v1/nearest, 8 connections"


@dataclass(frozen=True, slots=True)
class Load:
    """What a client saw: seconds are those of single answers."""

    requests: int
    seconds: float
    median: float
    p99: float
    failed: int

    @property
    def rate(self) -> float:
        """Requests a second."""
        return self.requests / self.seconds


class Turn(NamedTuple):
    """What was seen one after the other."""

    bare: Load
    riders: Load
    alone: Load


def rows(shelf: Path) -> Iterator[Row]:
    """Measure a large city's riders; their names alone where wrk is not installed."""
    yield from rider_names.rows()
    if shutil.which("wrk") is None:
        print("wrk is not installed: no load is measured; bash app/cli/setup.sh bench installs it")
        return
    with ExitStack() as stack:
        city = stack.enter_context(rider_city(shelf))
        paths = _paths(city)
        ours = stack.enter_context(serving(city, "-m", "tests.bench.rider_server"))
        alone = stack.enter_context(serving(city, "-m", "tests.bench.bare_server"))
        _wait(ours + "/readyz")
        _wait(alone + "/bare")
        # kernels are loaded, hours are read
        ask(ours, paths, seconds=3)
        turns = [
            Turn(ask(ours, ["/bare"]), ask(ours, paths), ask(alone, ["/bare"]))
            for _ in range(TURNS)
        ]
        yield from _rows_of(turns, city.network.junctions)
        yield _without_database(city, ours, paths)


def _rows_of(turns: list[Turn], size: int) -> Iterator[Row]:
    bare, riders, alone = (
        statistics.median(load.rate for load in one) for one in zip(*turns, strict=True)
    )
    share = statistics.median(turn.riders.rate / turn.bare.rate for turn in turns)
    of_alone = statistics.median(turn.riders.rate / turn.alone.rate for turn in turns)
    floor = statistics.median(turn.bare.p99 for turn in turns)
    p99 = statistics.median(turn.riders.p99 for turn in turns)
    failed = sum(load.failed for turn in turns for load in turn)
    yield Row(
        work=WORK, size=size, seconds=1 / riders, peer="bare Flask route",
        peer_seconds=1 / bare, target=SHARE, value=share,
        note=f"{riders:,.0f} a second, bare {bare:,.0f}; {WORKERS} workers, {TURNS} turns of"
        f" {SECONDS} s each, {failed} failed; × {of_alone:.2f} of the {alone:,.0f} of Flask with"
        " nothing around it",
        facts={
            "rate": riders, "bare_rate": bare, "share": share, "alone_rate": alone,
            "share_of_alone": of_alone,
        },
    )  # fmt: skip
    yield Row(
        work=f"{WORK}: 99th percentile", size=size, seconds=p99, target=SLOWEST, value=p99 * 1e3,
        note=f"the bare route's, the floor of this machine: {floor * 1e3:.1f} ms",
        facts={"bare_p99_seconds": floor},
    )  # fmt: skip


def _without_database(city: RiderCity, ours: str, paths: list[str]) -> Row:
    """Stop PostgreSQL while riders ask; afterwards answers still say how old their facts are."""
    stopping = threading.Timer(SECONDS / 2, city.cluster.stop)
    stopping.start()
    seen = ask(ours, paths)
    stopping.join()
    with urllib.request.urlopen(ours + paths[0]) as answer:
        as_of = datetime.fromisoformat(json.load(answer)["as_of"])
    age = datetime.now(as_of.tzinfo) - as_of
    return Row(
        work=f"{WORK}, PostgreSQL stopped in the middle", size=city.network.junctions,
        seconds=1 / seen.rate, target=NONE_FAILED, value=seen.failed,
        note=f"{seen.requests:,} answers, {seen.failed} failed, p99 {seen.p99 * 1e3:.1f} ms;"
        f" as_of says {age.total_seconds():.0f} s ago",
        facts={"p99_seconds": seen.p99, "requests": seen.requests},
    )  # fmt: skip


def _paths(city: RiderCity) -> list[str]:
    riders = places(city.network, QUESTIONS, seed=9)
    return [
        f"/api/v1/nearest?lon={lon}&lat={lat}{wishes}"
        for (lon, lat), wishes in zip(riders, islice(cycle(FILTERS), QUESTIONS), strict=True)
    ]


def ask(server: str, paths: list[str], *, seconds: int = SECONDS) -> Load:
    """Let wrk ask for these paths in turn."""
    listed = load().var / "bench" / "rider-paths.txt"
    listed.parent.mkdir(parents=True, exist_ok=True)
    listed.write_text("\n".join(paths), encoding="ascii")
    done = subprocess.run(
        ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "--timeout", "10s",
         "-s", str(Path(__file__).with_suffix(".lua")), server],
        env={**os.environ, "RIDER_PATHS": str(listed)}, check=True, capture_output=True, text=True,
    )  # fmt: skip
    return Load(**json.loads(done.stdout.splitlines()[-1]))


@contextmanager
def serving(city: RiderCity, *module: str) -> Iterator[str]:
    """Start a server on the city; yield its address."""
    with socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {
        **os.environ, "HARBOR_VAR": str(city.settings.var), "HARBOR_DATABASE_URL": city.url,
        "HARBOR_PORT": str(port), "HARBOR_WORKERS": str(WORKERS), "HARBOR_WORK": "no",
        "HARBOR_PUBLIC_URL": f"http://127.0.0.1:{port}",
    }  # fmt: skip
    server = subprocess.Popen(
        [sys.executable, *module], cwd=PROJECT, env=environment,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(timeout=30)


def _wait(address: str, *, seconds: float = 120) -> None:
    """Wait until a server answers.

    Raises:
        TimeoutError: if it does not in time.
    """
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            with urllib.request.urlopen(address, timeout=seconds):
                return
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.3)
    raise TimeoutError(f"{address} does not answer")


def main() -> int:
    """Print the rows alone; return how many targets were missed."""
    found = list(rows(load().var / "bench"))
    print(table(found))
    return sum(row.met is False for row in found)


if __name__ == "__main__":
    raise SystemExit(main())
