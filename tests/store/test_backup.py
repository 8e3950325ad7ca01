from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
import pytest

from app.domain.errors import Conflict, HarborError, UnreadableFile
from app.store import _programs, backup, migrations
from app.store.cluster import Cluster
from tests.store.throwaway import open_folder, stopping

SCHEMA = """-- a register in small, with rights
DO $$ BEGIN CREATE ROLE harbor_public NOLOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
CREATE TABLE station (name text, geom geometry(Point, 4326));
GRANT SELECT ON station TO harbor_public;
DO $$ BEGIN
    EXECUTE format('REVOKE TEMPORARY ON DATABASE %I FROM PUBLIC', current_database());
    EXECUTE format('ALTER DATABASE %I SET statement_timeout TO ''7min''', current_database());
END $$;
"""

Migrate = Callable[[str], object]


@pytest.fixture
def migrate(tmp_path: Path) -> Migrate:
    folder = tmp_path / "migrations"
    folder.mkdir()
    (folder / "0001_station.sql").write_text(SCHEMA)
    return partial(migrations.migrate, folder=folder, synchronise=lambda connection: None)


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    with open_folder() as folder, stopping(Cluster(folder / "var")) as made:
        made.ensure_running()
        yield made


@pytest.fixture
def url(cluster: Cluster, migrate: Migrate) -> str:
    url = cluster.ensure_running()
    migrate(url)
    run(url, "TRUNCATE station")
    run(url, "INSERT INTO station VALUES ('朝天门', 'SRID=4326;POINT(106.58 29.56)')")
    return url


def run(url: str, statement: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(url, autocommit=True) as connection:
        cursor = connection.execute(statement)  # type: ignore[arg-type]
        return cursor.fetchall() if cursor.description else []


def test_a_backup_brings_everything_back_rights_and_settings_too(
    url: str, cluster: Cluster, migrate: Migrate, tmp_path: Path
) -> None:
    file = tmp_path / "register.backup"
    backup.dump(url, file, programs=_programs.find())
    assert file.stat().st_mode & 0o777 == 0o600
    run(url, "UPDATE station SET name = 'changed'")
    with psycopg.connect(url) as session:
        backup.restore(url, file, programs=_programs.find(), replace=True, migrate=migrate)
        with pytest.raises(psycopg.OperationalError):
            session.execute("SELECT 1")
    assert run(url, "SELECT name, ST_AsText(geom) FROM station") == [
        ("朝天门", "POINT(106.58 29.56)")
    ]
    assert run(url, "SELECT has_table_privilege('harbor_public', 'station', 'SELECT')") == [(True,)]
    temporary = "SELECT has_database_privilege('harbor_public', 'harbor', 'TEMPORARY')"
    assert run(url, temporary) == [(False,)]
    assert run(url, "SHOW statement_timeout") == [("7min",)]
    assert migrations.current(url) == "0001_station"
    names = run(cluster.url("postgres"), "SELECT datname FROM pg_database ORDER BY 1")
    assert names == [("harbor",), ("postgres",), ("template0",), ("template1",)]


def test_a_register_that_holds_stations_is_replaced_only_on_request(
    url: str, migrate: Migrate, tmp_path: Path
) -> None:
    file = tmp_path / "register.backup"
    backup.dump(url, file, programs=_programs.find())
    with pytest.raises(Conflict, match="holds stations"):
        backup.restore(url, file, programs=_programs.find(), migrate=migrate)
    run(url, "TRUNCATE station")
    backup.restore(url, file, programs=_programs.find(), migrate=migrate)
    assert run(url, "SELECT name FROM station") == [("朝天门",)]


def test_a_backup_cut_short_changes_nothing(url: str, migrate: Migrate, tmp_path: Path) -> None:
    file = tmp_path / "register.backup"
    run(url, "INSERT INTO station SELECT md5(n::text) FROM generate_series(1, 20000) AS n")
    backup.dump(url, file, programs=_programs.find())
    run(url, "TRUNCATE station")
    run(url, "INSERT INTO station VALUES ('still here')")
    whole = file.read_bytes()
    file.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(HarborError):
        backup.restore(url, file, programs=_programs.find(), replace=True, migrate=migrate)
    file.write_bytes(b"no backup at all")
    with pytest.raises(UnreadableFile, match="not a backup"):
        backup.restore(url, file, programs=_programs.find(), replace=True, migrate=migrate)
    assert run(url, "SELECT name FROM station") == [("still here",)]


def test_a_backup_into_a_folder_that_is_not_there_says_so(url: str, tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match="No such file"):
        backup.dump(url, tmp_path / "nowhere" / "file", programs=_programs.find())
