"""A snapshot follows the database within two seconds, and answers while there is none."""

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
import structlog

from app.domain.errors import DatabaseDown, Unavailable
from app.service import coverage
from app.service.coverage import CoverageQuestion
from app.service.health import readiness
from app.service.nearest import nearest
from app.service.question import Question
from app.service.runtime import Runtime
from app.service.snapshot import Snapshot
from app.settings import Settings
from app.store import migrations
from app.store.cluster import Cluster
from app.store.database import Connection
from tests.service import towns
from tests.service.towns import Town, at_block
from tests.store.throwaway import open_folder, stopping

STALE_SECONDS = 2.0


@pytest.fixture
def town(cluster: Cluster, tmp_path: Path) -> Iterator[Town]:
    with towns.opened(cluster, tmp_path, watch=True) as opened:
        opened.runtime.snapshot()
        wait_until(lambda: bool(listeners(opened)), within=5)
        yield opened


@pytest.fixture
def mortal(tmp_path: Path) -> Iterator[Cluster]:
    """A cluster of this test's own, to be stopped under a runtime."""
    with open_folder() as folder, stopping(Cluster(folder / "var")) as made:
        with psycopg.connect(made.ensure_running(), autocommit=True) as server:
            server.execute("CREATE DATABASE pattern")
        migrations.migrate(made.url("pattern"))
        yield made


def listeners(town: Town) -> list[int]:
    rows = town.run(
        "SELECT pid FROM pg_stat_activity WHERE datname = current_database()"
        " AND query LIKE 'LISTEN%%'"
    )
    return [int(str(pid)) for (pid,) in rows]


def wait_until(true: Callable[[], bool], *, within: float) -> float:
    """Return how many seconds it took until something was true."""
    begun = time.monotonic()
    while not true():
        waited = time.monotonic() - begun
        assert waited < within, f"still not true after {waited:.1f} s"
        time.sleep(0.02)
    return time.monotonic() - begun


def walks(snapshot: Snapshot, settings: Settings, question: Question) -> list[tuple[str, float]]:
    found = nearest(snapshot, settings, question).stations
    return [(f.station.name, f.way.seconds) for f in found]


def suspended(town: Town, name: str) -> bool:
    states = {s.name: s.state for s in town.runtime.snapshot().stations}
    return states[name] == "suspended"


def suspend(town: Town, name: str) -> None:
    town.run("UPDATE station SET state = 'suspended' WHERE name = %s", name)


def test_a_committed_change_is_seen_within_two_seconds(town: Town) -> None:
    assert not suspended(town, "解放碑站")
    suspend(town, "解放碑站")
    wait_until(lambda: suspended(town, "解放碑站"), within=STALE_SECONDS)


def test_a_change_is_seen_though_the_listening_connection_was_killed_just_before(
    town: Town,
) -> None:
    [victim] = listeners(town)
    town.run("SELECT pg_terminate_backend(%s)", victim)
    suspend(town, "解放碑站")
    wait_until(lambda: suspended(town, "解放碑站"), within=STALE_SECONDS)
    wait_until(lambda: bool(listeners(town)), within=5)
    assert listeners(town) != [victim]
    suspend(town, "较场口站")
    wait_until(lambda: suspended(town, "较场口站"), within=STALE_SECONDS)


def test_a_burst_of_changes_ends_in_the_last_one(town: Town) -> None:
    for n in range(40):
        town.run("UPDATE station SET name_en = %s WHERE name = '解放碑站'", f"name {n}")
    wait_until(
        lambda: any(s.name_en == "name 39" for s in town.runtime.snapshot().stations),
        within=STALE_SECONDS,
    )


def test_what_was_rolled_back_is_never_seen(town: Town) -> None:
    before = town.runtime.snapshot()
    with psycopg.connect(town.url) as connection:
        connection.execute("UPDATE station SET state = 'suspended' WHERE name = '解放碑站'")
        connection.rollback()
    suspend(town, "较场口站")
    wait_until(lambda: suspended(town, "较场口站"), within=STALE_SECONDS)
    assert not suspended(town, "解放碑站")
    assert before.streets is town.runtime.snapshot().streets


def test_the_network_taken_out_of_use_is_gone_within_two_seconds(town: Town) -> None:
    town.run("UPDATE register SET network = NULL")
    wait_until(lambda: not town.runtime.snapshot().has_streets, within=STALE_SECONDS)
    town.run("UPDATE register SET network = 'town'")
    wait_until(lambda: town.runtime.snapshot().has_streets, within=STALE_SECONDS)


def test_riders_are_answered_while_the_database_is_down_and_everything_returns_with_it(
    mortal: Cluster, tmp_path: Path
) -> None:
    with towns.opened(mortal, tmp_path, watch=True) as town:
        runtime = town.runtime
        snapshot = runtime.snapshot()
        lon, lat = at_block(7.0, 7.0)
        question = Question(longitude=lon, latitude=lat)
        expected = walks(snapshot, town.settings, question)
        # a connection whose statements the server knows by heart is back in the pool
        for _ in range(8):
            with runtime.connection() as connection:
                connection.execute("SELECT count(*) FROM station WHERE name = %s", ["x"])
        mortal.stop()
        refused: list[Exception] = []

        def ask_for_coverage() -> None:
            try:
                with runtime.connection() as connection:
                    coverage.measure(
                        connection, snapshot.streets, town.settings, CoverageQuestion()
                    )
            except DatabaseDown as error:
                refused.append(error)

        waiting = threading.Thread(target=ask_for_coverage)
        waiting.start()
        begun = time.monotonic()
        for _ in range(50):
            assert walks(runtime.snapshot(), town.settings, question) == expected
        assert time.monotonic() - begun < 2
        asked = time.monotonic()
        assert readiness(runtime)["database"] == "down"
        assert time.monotonic() - asked < 2
        waiting.join()
        # long enough that a pool which backs off would sleep for seconds more
        time.sleep(max(0.0, begun + 8 - time.monotonic()))
        assert len(refused) == 1
        assert "harbor db up" in refused[0].remedy  # type: ignore[attr-defined]
        mortal.ensure_running()

        def is_back() -> bool:
            try:
                with runtime.connection() as connection:
                    row = connection.execute("SELECT count(*) FROM station WHERE name = %s", ["x"])
                    return row.fetchone() == (0,)
            except DatabaseDown:
                return False

        # no back-off from the outage keeps the pool from the database that is up again
        wait_until(is_back, within=3)
        assert readiness(runtime)["database"] == "up"
        suspend(town, "解放碑站")
        wait_until(lambda: suspended(town, "解放碑站"), within=STALE_SECONDS + 1)


def test_a_database_that_is_down_holds_nobody_and_is_complained_of_once(
    mortal: Cluster, tmp_path: Path
) -> None:
    waits: list[float] = []

    def ask(runtime: Runtime) -> None:
        begun = time.monotonic()
        with pytest.raises(DatabaseDown), runtime.connection():
            pass
        waits.append(time.monotonic() - begun)

    with (
        structlog.testing.capture_logs() as entries,
        towns.opened(mortal, tmp_path, watch=True) as town,
    ):
        town.runtime.snapshot()
        mortal.stop()
        threads = [threading.Thread(target=ask, args=(town.runtime,)) for _ in range(16)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert max(waits) < 2
        waits.clear()
        for _ in range(80):
            ask(town.runtime)
        assert sum(waits) < 2
        time.sleep(4)
    stale = [entry for entry in entries if entry["event"] == "snapshot.stale"]
    said = [entry["error"] for entry in stale]
    assert any("The database does not answer." in line for line in said)
    assert len(said) == len(set(said)) <= 3
    assert any("harbor db up" in entry["remedy"] for entry in stale)


def test_without_a_watcher_callers_find_the_database_again_by_themselves(
    mortal: Cluster, tmp_path: Path
) -> None:
    with towns.opened(mortal, tmp_path) as town:
        town.runtime.snapshot()
        mortal.stop()
        assert not town.runtime.database.answers(within_seconds=2)
        mortal.ensure_running()
        wait_until(lambda: town.runtime.database.answers(within_seconds=1), within=6)


def test_a_rebuilt_base_map_of_the_same_streets_is_another_version(town: Town) -> None:
    before = town.runtime.snapshot()
    town.run("UPDATE network SET built_at = clock_timestamp()")
    wait_until(lambda: town.runtime.snapshot().version != before.version, within=STALE_SECONDS)
    after = town.runtime.snapshot().streets
    assert after.network.digest == before.streets.network.digest
    assert after.build != before.streets.build


def test_a_statement_that_the_server_gives_up_is_not_taken_for_a_lost_database(
    runtime: Runtime,
) -> None:
    def be_slow(connection: Connection) -> None:
        with connection.transaction():
            connection.execute("SET LOCAL statement_timeout = '50ms'")
            connection.execute("SELECT pg_sleep(5)")

    with pytest.raises(Unavailable, match="57014") as caught, runtime.connection() as connection:
        be_slow(connection)
    assert not isinstance(caught.value, DatabaseDown)
    with runtime.connection() as connection:
        assert connection.execute("SHOW statement_timeout").fetchone() == ("0",)


def test_an_open_connection_that_is_killed_says_that_the_database_is_down(
    runtime: Runtime,
) -> None:
    with pytest.raises(DatabaseDown), runtime.connection() as connection:
        connection.execute("SELECT pg_terminate_backend(pg_backend_pid())")
    with runtime.connection() as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_a_connection_goes_back_without_an_open_transaction(runtime: Runtime) -> None:
    with (
        pytest.raises(psycopg.errors.DivisionByZero),
        runtime.connection() as connection,
        connection.transaction(),
    ):
        connection.execute("CREATE TABLE half (x int); SELECT 1 / 0")
    with runtime.connection() as connection:
        row = connection.execute("SELECT to_regclass('half')").fetchone()
        assert row == (None,)
        idle = psycopg.pq.TransactionStatus.IDLE
        assert connection.info.transaction_status == idle


def test_what_was_worked_out_is_kept_while_the_facts_are_the_same(
    cluster: Cluster, tmp_path: Path
) -> None:
    with towns.opened(cluster, tmp_path) as town:
        first = town.runtime.refresh()
        again = town.runtime.refresh()
        assert again.taken_at > first.taken_at
        assert again.finders is first.finders
        assert again.openings is first.openings
        town.run("UPDATE station SET name = '新名' WHERE name = '解放碑站'")
        changed = town.runtime.refresh()
        assert changed.finders is not first.finders
        assert "新名" in [card.facts["name"] for card in changed.cards]
