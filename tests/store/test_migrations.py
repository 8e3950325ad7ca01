import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql

from app.domain.errors import DatabaseDown
from app.store import migrations
from app.store.cluster import Cluster
from app.store.migrations import MigrationError
from tests.store.throwaway import open_folder, python, stopping

MIGRATE = """
import sys
from pathlib import Path
from app.store import migrations
url, folder = sys.argv[1], Path(sys.argv[2])
print(len(migrations.migrate(url, folder=folder, synchronise=lambda connection: None)))
"""

FIRST = """-- tables, a function with statements of its own, and a change of role and path
CREATE TABLE place (id int PRIMARY KEY, geom geometry(Point, 4326));
CREATE FUNCTION twice(n int) RETURNS int LANGUAGE plpgsql AS $$
BEGIN
    IF n > 0 THEN RETURN CASE WHEN n > 1 THEN n * 2 ELSE 2 END; END IF;
    RETURN 0;
END $$;
DO $$ BEGIN CREATE ROLE some_reader; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
SELECT twice(2);
SET ROLE some_reader;
SET search_path = pg_catalog;
"""
SECOND = "-- one row\nINSERT INTO place VALUES (1, 'SRID=4326;POINT(106.58 29.56)');\n"


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    with open_folder() as folder, stopping(Cluster(folder / "var")) as made:
        made.ensure_running()
        yield made


@pytest.fixture
def url(cluster: Cluster, request: pytest.FixtureRequest) -> Iterator[str]:
    name = f"t{abs(hash(request.node.name))}"
    with psycopg.connect(cluster.url("postgres"), autocommit=True) as server:
        identifier = sql.Identifier(name)
        server.execute(sql.SQL("CREATE DATABASE {} TEMPLATE harbor").format(identifier))
        yield cluster.url(name)
        server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(identifier))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "migrations"
    made.mkdir()
    (made / "0001_places.sql").write_text(FIRST)
    (made / "0002_row.sql").write_text(SECOND)
    return made


def nothing(connection: psycopg.Connection[Any]) -> None:
    """Stand for the reference tables, which these small schemas do not have."""


def rows(url: str, statement: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(url) as connection:
        return connection.execute(statement).fetchall()  # type: ignore[arg-type]


def test_files_are_applied_once_and_in_order(url: str, folder: Path) -> None:
    assert migrations.current(url) is None
    assert migrations.pending(url, folder=folder) == ["0001_places", "0002_row"]
    done = migrations.migrate(url, folder=folder, synchronise=nothing)
    assert done == ["0001_places", "0002_row"]
    assert migrations.migrate(url, folder=folder, synchronise=nothing) == []
    assert migrations.current(url) == "0002_row"
    assert migrations.pending(url, folder=folder) == []
    assert rows(url, "SELECT id, twice(3) FROM place") == [(1, 6)]


def test_reference_tables_are_synchronised_in_a_transaction_every_time(
    url: str, folder: Path
) -> None:
    def synchronise(connection: psycopg.Connection[Any]) -> None:
        assert connection.info.transaction_status == psycopg.pq.TransactionStatus.INTRANS
        connection.execute("UPDATE place SET id = id + 1")

    for _ in range(2):
        migrations.migrate(url, folder=folder, synchronise=synchronise)
    assert rows(url, "SELECT id FROM place") == [(3,)]


def test_two_processes_that_migrate_at_once_both_come_up(url: str, folder: Path) -> None:
    (folder / "0002_row.sql").write_text(f"{SECOND}SELECT pg_sleep(0.5);\n")
    processes = [python(MIGRATE, url, folder) for _ in range(2)]
    answers = [process.communicate(timeout=60) for process in processes]
    assert [process.returncode for process in processes] == [0, 0], answers
    assert sorted(said.strip() for said, _ in answers) == ["0", "2"]
    assert rows(url, "SELECT count(*) FROM place") == [(1,)]


def test_a_killed_process_leaves_no_lock_and_nothing_half_done(url: str, folder: Path) -> None:
    slow = folder / "0003_slow.sql"
    slow.write_text("-- slow\nCREATE TABLE half (id int);\nSELECT pg_sleep(600);\n")
    process = python(MIGRATE, url, folder)
    while not rows(url, "SELECT 1 FROM pg_stat_activity WHERE wait_event = 'PgSleep'"):
        assert process.poll() is None, process.communicate()
        time.sleep(0.02)
    process.kill()
    process.communicate()
    assert migrations.current(url) == "0002_row"
    slow.write_text("-- slow no more\nCREATE TABLE half (id int);\n")
    began = time.monotonic()
    assert migrations.migrate(url, folder=folder, synchronise=nothing) == ["0003_slow"]
    assert time.monotonic() - began < 10
    assert rows(url, "SELECT count(*) FROM half") == [(0,)]


def test_a_file_changed_after_it_was_applied_is_refused(url: str, folder: Path) -> None:
    migrations.migrate(url, folder=folder, synchronise=nothing)
    (folder / "0001_places.sql").write_text(f"{FIRST}SELECT 1;\n")
    (folder / "0003_more.sql").write_text("-- more\nCREATE TABLE more ();\n")
    with pytest.raises(MigrationError, match="changed after they had been applied: 0001_places"):
        migrations.migrate(url, folder=folder, synchronise=nothing)
    with pytest.raises(MigrationError, match="0001_places"):
        migrations.pending(url, folder=folder)
    assert migrations.current(url) == "0002_row"


def test_line_ends_of_a_checkout_are_no_change(url: str, folder: Path) -> None:
    migrations.migrate(url, folder=folder, synchronise=nothing)
    first = folder / "0001_places.sql"
    first.write_bytes(first.read_bytes().replace(b"\n", b"\r\n"))
    assert migrations.pending(url, folder=folder) == []


def test_a_failing_file_is_undone_as_a_whole_and_named_with_its_line(
    url: str, folder: Path
) -> None:
    (folder / "0003_wrong.sql").write_text("-- wrong\nCREATE TABLE undone ();\nSELEKT 1;\n")
    with pytest.raises(MigrationError, match=r"0003_wrong\.sql, line 3 failed.*SELEKT"):
        migrations.migrate(url, folder=folder, synchronise=nothing)
    assert migrations.current(url) == "0002_row"
    assert rows(url, "SELECT to_regclass('undone')") == [(None,)]


def test_a_database_newer_than_the_files_is_refused(url: str, folder: Path) -> None:
    migrations.migrate(url, folder=folder, synchronise=nothing)
    (folder / "0002_row.sql").unlink()
    with pytest.raises(MigrationError, match="does not know: 0002_row"):
        migrations.migrate(url, folder=folder, synchronise=nothing)


def test_a_file_that_comes_too_late_is_refused(url: str, folder: Path) -> None:
    late = (folder / "0001_places.sql").rename(folder / "0003_places.sql")
    (folder / "0002_row.sql").unlink()
    migrations.migrate(url, folder=folder, synchronise=nothing)
    assert late.exists()
    (folder / "0002_late.sql").write_text("-- late\nSELECT 1;\n")
    with pytest.raises(MigrationError, match=r"before 0003_places.*0002_late"):
        migrations.migrate(url, folder=folder, synchronise=nothing)


@pytest.mark.parametrize(
    ("name", "text", "complaint"),
    [
        ("3_short.sql", "-- said\n", "must be named like"),
        ("0003_silent.sql", "SELECT 1;\n", "begin with a comment"),
        ("0002_twin.sql", "-- said\n", "the number 0002"),
    ],
)
def test_a_file_that_breaks_the_rules_of_names_is_refused(
    url: str, folder: Path, name: str, text: str, complaint: str
) -> None:
    (folder / name).write_text(text)
    with pytest.raises(MigrationError, match=complaint):
        migrations.migrate(url, folder=folder, synchronise=nothing)
    assert migrations.current(url) is None


def test_a_statement_waits_only_so_long_for_a_lock(url: str, folder: Path) -> None:
    (folder / "0003_said.sql").write_text(
        "-- what holds inside a file\nCREATE TABLE said AS "
        "SELECT current_setting('lock_timeout') AS a, current_setting('statement_timeout') AS b;\n"
    )
    migrations.migrate(url, folder=folder, synchronise=nothing)
    assert rows(url, "SELECT a, b FROM said") == [("10s", "15min")]


def test_a_database_that_is_down_is_said_to_be_down(tmp_path: Path) -> None:
    with pytest.raises(DatabaseDown, match="Could not connect"):
        migrations.migrate(f"postgresql:///x?host={tmp_path}")
