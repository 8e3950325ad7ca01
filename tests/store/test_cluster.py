import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from app.domain.errors import DatabaseDown, ForbiddenHere, MissingSystemPart
from app.settings import Settings
from app.store import _account, _place, _programs
from app.store.cluster import Cluster, connection_url
from app.store.server import redacted
from tests.store.throwaway import open_folder, python, stopping

ENSURE = """
import sys
from pathlib import Path
from app.store.cluster import Cluster
print(Cluster(Path(sys.argv[1])).ensure_running())
"""


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    with open_folder() as folder, stopping(Cluster(folder / "var")) as made:
        made.ensure_running()
        yield made


def value(url: str, statement: str) -> object:
    with psycopg.connect(url) as connection:
        row = connection.execute(statement).fetchone()  # type: ignore[arg-type]
        return None if row is None else row[0]


def kill(cluster: Cluster) -> int:
    pid = cluster.status().pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    return pid


def pid_file(cluster: Cluster) -> Path:
    folder = cluster.status().folder
    assert folder is not None
    return folder / "data" / "postmaster.pid"


def test_a_running_cluster_is_found_again_and_not_started_twice(cluster: Cluster) -> None:
    url = cluster.ensure_running()
    before = cluster.status()
    other = Cluster(cluster.var)
    assert other.ensure_running() == url == other.url()
    assert other.status() == before
    assert before.running


def test_a_stopped_cluster_keeps_its_data(cluster: Cluster) -> None:
    url = cluster.ensure_running()
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 'here' AS word")
    assert cluster.stop()
    assert not cluster.stop()
    assert not cluster.status().running
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(url)
    assert value(cluster.ensure_running(), "SELECT word FROM kept") == "here"


def test_the_database_is_utf8_with_postgis_checksums_and_no_network(cluster: Cluster) -> None:
    url = cluster.ensure_running()
    assert value(url, "SHOW server_encoding") == "UTF8"
    assert value(url, "SHOW data_checksums") == "on"
    assert value(url, "SHOW listen_addresses") == ""
    assert value(url, "SHOW TimeZone") == "UTC"
    assert value(url, "SELECT datctype FROM pg_database WHERE datname = 'harbor'") == "C.UTF-8"
    assert str(value(url, "SELECT postgis_lib_version()")).startswith("3.")


def test_the_owner_may_clone_a_database(cluster: Cluster) -> None:
    url = cluster.ensure_running()
    with psycopg.connect(cluster.url("postgres"), autocommit=True) as connection:
        connection.execute("CREATE DATABASE clone TEMPLATE harbor")
    assert value(cluster.url("clone"), "SELECT current_database()") == "clone"
    assert value(url, "SELECT current_user") == "harbor_owner"


def test_nobody_gets_in_under_another_name(cluster: Cluster) -> None:
    url = cluster.ensure_running()
    with pytest.raises(psycopg.OperationalError, match="Peer authentication failed"):
        psycopg.connect(url, user="postgres")


def test_a_killed_server_comes_back_though_one_of_its_children_is_still_busy(
    cluster: Cluster,
) -> None:
    url = cluster.ensure_running()
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE committed AS SELECT 1 AS number")
    # a pure loop does not look whether the postmaster is alive
    loop = "DO $$ DECLARE n bigint := 0; BEGIN LOOP n := n + 1; END LOOP; END $$"
    busy = python(
        "import sys, psycopg; psycopg.connect(sys.argv[1]).execute(sys.argv[2])", url, loop
    )
    while not value(url, "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'DO $$%'"):
        time.sleep(0.05)
    killed = kill(cluster)
    assert cluster.ensure_running() == url
    assert cluster.status().pid != killed
    assert value(url, "SELECT number FROM committed") == 1
    busy.communicate()
    assert busy.returncode != 0


def test_a_pid_file_that_names_another_process_neither_blocks_nor_harms_it(
    cluster: Cluster,
) -> None:
    url = cluster.ensure_running()
    file = pid_file(cluster)
    text = file.read_text()
    killed = kill(cluster)
    account = _account.of_uid(file.parent.stat().st_uid)
    # PostgreSQL itself takes any process of its own account for its predecessor
    bystander = subprocess.Popen(["sleep", "60"], user=account.uid)
    try:
        file.write_text(text.replace(str(killed), str(bystander.pid), 1))
        assert not cluster.status().running
        assert not cluster.stop()
        assert cluster.ensure_running() == url
        assert bystander.poll() is None
    finally:
        bystander.kill()
        bystander.wait()


def test_after_a_reboot_a_stale_pid_and_a_lost_socket_folder_do_no_harm(cluster: Cluster) -> None:
    url = cluster.ensure_running()
    kill(cluster)
    gone = subprocess.Popen(["true"])
    gone.wait()
    file = pid_file(cluster)
    lines = file.read_text().split("\n")
    file.write_text("\n".join([str(gone.pid), *lines[1:]]))
    shutil.rmtree(str(conninfo_to_dict(url)["host"]))
    assert cluster.ensure_running() == url
    assert value(url, "SELECT 1") == 1


def test_a_checkout_moved_while_its_server_runs_finds_it_again() -> None:
    with open_folder() as folder, stopping(Cluster(folder / "moved")) as moved:
        cluster = Cluster(folder / "first")
        cluster.ensure_running()
        pid = cluster.status().pid
        cluster.var.rename(moved.var)
        assert moved.status().pid == pid
        assert value(moved.ensure_running(), "SELECT 1") == 1
        assert moved.status().pid == pid


def test_two_processes_that_start_it_at_once_get_the_same_cluster() -> None:
    with open_folder() as folder, stopping(Cluster(folder / "var")) as cluster:
        processes = [python(ENSURE, cluster.var) for _ in range(2)]
        answers = [process.communicate(timeout=60) for process in processes]
        assert [process.returncode for process in processes] == [0, 0], answers
        assert {said.strip() for said, _ in answers} == {cluster.url()}
        assert value(cluster.url(), "SELECT 1") == 1


def test_a_process_killed_while_it_makes_the_cluster_leaves_nothing_in_the_way() -> None:
    with open_folder() as folder, stopping(Cluster(folder / "var")) as cluster:
        process = python(ENSURE, cluster.var)
        while not list(cluster.var.glob("postgres/half-*/base")):
            assert process.poll() is None, process.communicate()
            time.sleep(0.005)
        process.kill()
        process.communicate()
        assert not cluster.status().running
        assert value(cluster.ensure_running(), "SELECT 1") == 1


def test_a_checkout_with_a_long_path_gets_its_sockets_in_a_short_folder() -> None:
    with open_folder() as folder:
        var = folder / ("long" * 20) / ("path" * 20) / "var"
        with stopping(Cluster(var)) as cluster:
            url = cluster.ensure_running()
            sockets = Path(str(conninfo_to_dict(url)["host"]))
            assert value(url, "SELECT 1") == 1
            assert sockets.parent == Path("/tmp")
            assert sockets.stat().st_mode & 0o777 == 0o700
        assert not sockets.exists()


def test_a_socket_folder_of_somebody_else_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "sockets"
    folder.mkdir(mode=0o777)
    folder.chmod(0o777)
    with pytest.raises(ForbiddenHere, match="must belong to"):
        _account.of_new_cluster().make_private(folder)
    link = tmp_path / "link"
    link.symlink_to(folder)
    with pytest.raises(ForbiddenHere):
        _account.of_new_cluster().make_private(link)


def test_a_checkout_in_a_closed_folder_keeps_its_data_outside_and_a_copy_gets_its_own(
    tmp_path: Path,
) -> None:
    tmp_path.chmod(0o700)
    with stopping(Cluster(tmp_path / "first")) as cluster:
        url = cluster.ensure_running()
        folder = cluster.status().folder
        assert folder is not None
        assert value(url, "SELECT 1") == 1
        # root's server runs as postgres, which cannot enter; anybody else's is their own
        closed = os.geteuid() == 0
        assert folder.parent == (_place.OUTSIDE if closed else tmp_path / "first")
        cluster.stop()
        moved = Cluster(tmp_path / "moved")
        cluster.var.rename(moved.var)
        if closed:
            assert moved.status().folder == folder
        shutil.copytree(moved.var, cluster.var)
        if closed:
            assert cluster.status().folder is None
            assert moved.status().folder == folder
        with stopping(moved):
            assert value(moved.ensure_running(), "SELECT 1") == 1
            assert not cluster.status().running


def test_there_is_no_url_before_there_is_a_cluster(tmp_path: Path) -> None:
    cluster = Cluster(tmp_path / "var")
    with pytest.raises(DatabaseDown, match="no private database"):
        cluster.url()
    assert not cluster.status().running
    assert not (tmp_path / "var").exists()


def test_an_external_database_is_named_untouched_and_nothing_is_started(tmp_path: Path) -> None:
    url = "postgresql://harbor:se%20cret@db.example:5433/register?sslmode=require"
    settings = Settings(database_url=url, var=tmp_path / "var")  # type: ignore[arg-type]
    assert connection_url(settings) == url
    assert not (tmp_path / "var").exists()


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        (
            "postgresql://harbor:secret@db.example:5433/register?sslmode=require",
            "postgresql://harbor:***@db.example:5433/register?sslmode=require",
        ),
        (
            "host=db.example user=harbor password=secret dbname=r",
            "postgresql://harbor:***@db.example/r",
        ),
        (
            "postgresql://harbor_owner@/harbor?host=/tmp/x&port=5432",
            "postgresql://harbor_owner@/harbor?host=%2Ftmp%2Fx&port=5432",
        ),
        ("postgresql:///r?user=harbor&password=secret", "postgresql://harbor:***@/r"),
    ],
)
def test_a_url_is_shown_without_its_password(url: str, shown: str) -> None:
    assert redacted(url) == shown


def test_a_missing_postgresql_is_named_with_what_to_install() -> None:
    with pytest.raises(MissingSystemPart, match="PostgreSQL 99") as caught:
        _programs.find(major=99)
    assert "postgresql-99-postgis-3" in caught.value.remedy
