"""The worker: killed in the middle, ended cleanly, started beside the server, by the clock."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from app.domain.actor import Actor
from app.domain.errors import Unavailable
from app.jobs import nightly, wiring
from app.service import import_entering, import_rows, jobs
from app.service.jobs import Job
from app.service.runtime import Runtime
from app.settings import PROJECT
from app.store.cluster import Cluster
from tests.service.lists import Desk, csv_of, open_desk

MANY = 1_500
PATIENCE_SECONDS = 90.0
WORKER = """
import sys
from app.jobs.worker import serve
from app.settings import Settings
serve(Settings(var=sys.argv[1], database_url=sys.argv[2]))
"""


@pytest.fixture(scope="module")
def desk(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with open_desk(cluster, "worker", tmp_path_factory.mktemp("worker")) as opened:
        yield opened


def until(what: Callable[[], Any], message: str) -> Any:
    """Wait until something is true, and return it."""
    end = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < end:
        if found := what():
            return found
        time.sleep(0.05)
    pytest.fail(message)


def start_worker(desk: Desk) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        [sys.executable, "-c", WORKER, str(desk.runtime.settings.var), desk.city.url],
        cwd=PROJECT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip


def ask_for_many(desk: Desk, name: str) -> int:
    """Bring and read a long list, and ask for it to be entered."""
    rows = [(f"{name}{i}站", f"{name}路{i}号") for i in range(MANY)]
    list_id = desk.bring("north_clerk", csv_of(("名称", "地址"), *rows))
    desk.read("north_clerk", list_id)
    actor = desk.actor("north_clerk")
    with desk.runtime.connection() as connection:
        import_rows.choose(connection, actor, list_id, "enter", numbers=None)
        import_entering.ask(connection, actor, list_id, hours_confirmed=True)
    return list_id


def bury(desk: Desk) -> None:
    """Let the workers that are registered have been silent for long."""
    desk.run("UPDATE procrastinate_workers SET last_heartbeat = now() - interval '1 hour'")


def retried(desk: Desk) -> bool:
    """Work until the newest job is done; one that was given back is due after some seconds."""
    desk.work()
    return bool(job(desk)["state"] == "done")


def job(desk: Desk) -> dict[str, Any]:
    row = desk.run(
        "SELECT state, share, attempts, doing FROM background_job ORDER BY id DESC LIMIT 1"
    )[0]
    return dict(zip(("state", "share", "attempts", "doing"), row, strict=True))


def stations(desk: Desk, name: str) -> int:
    return int(desk.one("SELECT count(*) FROM station WHERE name LIKE %s", f"{name}%"))


def test_a_worker_killed_in_the_middle_leaves_a_list_absent_and_the_next_enters_it_whole(
    desk: Desk,
) -> None:
    list_id = ask_for_many(desk, "杀")
    worker = start_worker(desk)
    try:
        until(lambda: 0.1 < job(desk)["share"] < 0.75, "the job never came to its middle")
    finally:
        worker.kill()
        worker.wait()
    until(
        lambda: (
            not desk.run(
                "SELECT 1 FROM pg_stat_activity WHERE datname = current_database()"
                " AND state = 'idle in transaction'"
            )
        ),
        "the dead worker's transaction stays open",
    )
    assert stations(desk, "杀") == 0
    assert desk.one("SELECT count(*) FROM import_batch") == 0
    assert job(desk)["state"] == "working"
    bury(desk)
    desk.work()
    assert job(desk)["state"] == "done"
    assert job(desk)["attempts"] == 2
    assert stations(desk, "杀") == MANY
    assert desk.staged("north_clerk", list_id).state == "done"


def test_a_job_whose_end_the_queue_did_not_hear_of_is_not_done_twice(desk: Desk) -> None:
    list_id = desk.bring("north_clerk", csv_of(("名称",), ("单站",)))
    desk.read("north_clerk", list_id)
    desk.enter("north_clerk", list_id)
    # as if the worker had died between the commit and its word to the queue
    desk.run("UPDATE background_job SET state = 'working', ended_at = NULL WHERE id ="
             " (SELECT max(id) FROM background_job)")  # fmt: skip
    desk.run("UPDATE procrastinate_jobs SET status = 'todo' WHERE id ="
             " (SELECT max(id) FROM procrastinate_jobs)")  # fmt: skip
    desk.work()
    assert job(desk)["state"] == "done"
    assert stations(desk, "单站") == 1


def test_a_worker_that_is_told_to_end_gives_its_job_back(
    desk: Desk,
) -> None:
    ask_for_many(desk, "停")
    worker = start_worker(desk)
    until(lambda: job(desk)["share"] > 0.1, "the job never came to its middle")
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(timeout=PATIENCE_SECONDS) == 0
    # either it had time to finish, or nothing of it is there
    assert stations(desk, "停") in (0, MANY)
    # who is told to end signs off, so that the next one need not wait to take the job up
    desk.work()
    until(lambda: retried(desk), "the job was never done")
    assert stations(desk, "停") == MANY


def test_a_job_that_is_cancelled_in_the_middle_leaves_nothing(desk: Desk) -> None:
    ask_for_many(desk, "取")
    worker = start_worker(desk)
    try:
        until(lambda: job(desk)["share"] > 0.1, "the job never came to its middle")
        number = desk.one("SELECT max(id) FROM background_job")
        with desk.runtime.connection() as connection:
            jobs.cancel(connection, desk.actor("north_clerk"), number)
        until(lambda: job(desk)["state"] == "cancelled", "it was never cancelled")
    finally:
        worker.terminate()
        worker.wait(timeout=PATIENCE_SECONDS)
    assert stations(desk, "取") == 0


def test_what_kills_every_worker_is_given_up(desk: Desk) -> None:
    done: list[int] = []

    def work(job: Job, actor: Actor, tell: jobs.Tell) -> None:
        done.append(job.attempts)
        raise Unavailable("the worker is ending")

    number = new_job(desk)
    for _ in range(jobs.MOST_ATTEMPTS):
        with pytest.raises(Unavailable):
            jobs.perform(desk.runtime, number, work)
    jobs.perform(desk.runtime, number, work)
    assert done == [1, 2, 3, 4]
    assert job(desk)["state"] == "failed"


def test_an_unforeseen_error_ends_a_job_without_saying_what_it_held(desk: Desk) -> None:
    def work(job: Job, actor: Actor, tell: jobs.Tell) -> None:
        raise RuntimeError("13900001234")

    number = new_job(desk)
    with pytest.raises(RuntimeError):
        jobs.perform(desk.runtime, number, work)
    problem = desk.run(
        "SELECT state, problem, problem_en FROM background_job WHERE id = %s", number
    )
    assert problem[0][0] == "failed"
    assert "139" not in "".join(problem[0])


def new_job(desk: Desk) -> int:
    """A job that no worker takes."""
    number = desk.one(
        "INSERT INTO background_job (kind, subject, user_id) VALUES"
        " ('test.probe', (SELECT coalesce(max(id), 0) FROM background_job), %s) RETURNING id",
        desk.city.people["north_clerk"],
    )
    desk.run("DELETE FROM procrastinate_jobs WHERE task_name = 'test.probe'")
    return int(number)


def test_every_entry_of_the_clock_has_its_service_and_runs(desk: Desk) -> None:
    assert [watch.name for watch in nightly.known()] == [w.name for w in nightly.WATCHES]
    for watch in nightly.WATCHES:
        nightly.perform(desk.runtime, watch.name)


def test_the_clock_of_the_queue_keeps_the_registers_zone(desk: Desk) -> None:
    app = wiring.wire(desk.runtime)
    crons = {task.task.name: task.cron for task in app.periodic_registry.periodic_tasks.values()}
    # ten past one in Chongqing is ten past five in the evening in Greenwich
    assert crons["nightly:watch"] == "10 17 * * *"
    assert set(crons) >= {watch.name for watch in nightly.WATCHES}


def test_old_jobs_are_forgotten_and_new_ones_kept(desk: Desk) -> None:
    old, new = new_job(desk), new_job(desk)
    desk.run("UPDATE background_job SET state = 'done', ended_at = %s WHERE id = %s",
             datetime.now(UTC) - timedelta(days=31), old)  # fmt: skip
    with desk.runtime.connection() as connection:
        assert jobs.forget_old(connection) == 1
    assert desk.run("SELECT id FROM background_job WHERE id = ANY(%s)", [old, new]) == [(new,)]


# Beside the server -------------------------------------------------------------------------------


def children(pid: int) -> dict[int, str]:
    """The processes that a process started, with their command lines."""
    found = {}
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in (task / "children").read_text().split():
            try:
                words = Path(f"/proc/{child}/cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            found[int(child)] = b" ".join(words).decode()
    return found


def workers(pid: int) -> list[int]:
    return [child for child, words in children(pid).items() if " work --beside" in words]


def gone(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"
    except OSError:
        return True


def registered(desk: Desk) -> int:
    """The newest worker that has begun and not said good-bye."""
    return int(desk.one("SELECT coalesce(max(id), 0) FROM procrastinate_workers"))


def test_a_server_keeps_a_worker_beside_it_and_ends_it_with_itself(desk: Desk) -> None:
    desk.run("DELETE FROM procrastinate_workers")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {
        **os.environ, "HARBOR_DATABASE_URL": desk.city.url, "HARBOR_PORT": str(port),
        "HARBOR_VAR": str(desk.runtime.settings.var), "HARBOR_WORKERS": "1",
    }  # fmt: skip
    server = subprocess.Popen(
        [sys.executable, "-m", "app", "serve"], cwd=PROJECT, env=environment,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        first = until(lambda: workers(server.pid), "no worker was started")[0]
        killed = until(lambda: registered(desk), "the worker never began")
        os.kill(first, signal.SIGKILL)
        second = until(
            lambda: [pid for pid in workers(server.pid) if pid != first], "it was not started again"
        )[0]
        until(lambda: registered(desk) > killed, "the second worker never began")
        server.terminate()
        server.wait(timeout=PATIENCE_SECONDS)
        assert gone(second)
        # it said good-bye; the killed one may still be in the list
        assert registered(desk) in (0, killed)
    finally:
        if server.poll() is None:
            server.kill()
            server.wait()


def test_a_worker_ends_when_the_server_beside_it_was_killed(desk: Desk) -> None:
    asked: list[int] = []

    def alive() -> bool:
        asked.append(1)
        return len(asked) < 2

    async def orphaned() -> None:
        await asyncio.wait_for(
            wiring.work(wiring.wire(desk.runtime), alive=alive), timeout=PATIENCE_SECONDS
        )

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(orphaned())
    assert len(asked) == 2


def test_the_tables_of_the_queue_are_made_once_and_survive_every_migration(
    desk: Desk, runtime: Runtime
) -> None:
    from app.store import job_schema  # noqa: PLC0415

    with psycopg.connect(desk.city.url, autocommit=True) as connection:
        assert job_schema.bring_up(connection) == []
        # a database from before there was a list of what is applied
        connection.execute("DROP TABLE job_schema")
        before = connection.execute("SELECT count(*) FROM procrastinate_jobs").fetchone()
        assert job_schema.bring_up(connection) == []
        assert connection.execute("SELECT count(*) FROM procrastinate_jobs").fetchone() == before
        assert connection.execute("SELECT count(*) FROM job_schema").fetchone() == (1,)
