"""The server process of one private cluster: is it alive, start it, stop it."""

import os
import signal
import time
from itertools import pairwise
from pathlib import Path

from app.domain.errors import Unavailable
from app.store import _configuration
from app.store._place import Place
from app.store._programs import Programs

START_SECONDS = 90.0
STOP_SECONDS = 60
ORPHAN_PATIENCE_SECONDS = 3.0
PROCESSES = Path("/proc")

# what the server says while a killed predecessor is still going away
PASSING = ("lock file", "shared memory", "is another postmaster", "in use")


def find(place: Place) -> int | None:
    """Return the process id of this cluster's postmaster, or None.

    A pid file outlives ``kill -9`` and a reboot, and its number may be somebody
    else's by now: only a process that serves this very data directory counts.
    """
    recorded = _recorded(place)
    return recorded if recorded is not None and _serves(recorded, place) else None


def start(place: Place, programs: Programs) -> None:
    """Start the server and wait until it answers; tries again while it may pass.

    Raises:
        Unavailable: it did not come up; the text ends with what the server said last.
    """
    place.account.make_private(place.sockets)
    place.account.make_private(place.log)
    _configuration.write(place, place.data)
    deadline = time.monotonic() + START_SECONDS
    pause_seconds = 0.2
    while True:
        _dismiss_orphans(place)
        _remove_foreign_pid_file(place)
        said = _try_to_start(place, programs)
        if said is None:
            return
        if time.monotonic() > deadline or not any(text in said for text in PASSING):
            raise Unavailable(
                f"Could not start PostgreSQL in {place.data}: {said}",
                remedy=f"Look into {place.log}, then try `harbor db up` again.",
            )
        time.sleep(pause_seconds)
        pause_seconds = min(2.0, pause_seconds * 2)


def stop(place: Place, programs: Programs) -> None:
    """Stop the server, ending the sessions it has.

    Raises:
        Unavailable: it has not stopped within a minute.
    """
    options = ["--mode", "fast", "--wait", "--timeout", str(STOP_SECONDS), "--silent"]
    done = place.account.run(
        [programs.path("pg_ctl"), "stop", "--pgdata", str(place.data), *options]
    )
    if done.returncode != 0 and find(place) is not None:
        raise Unavailable(
            f"Could not stop PostgreSQL in {place.data}: {done.stderr.strip()}",
            remedy=f"Look into {place.log}, then try `harbor db down` again.",
        )


def _try_to_start(place: Place, programs: Programs) -> str | None:
    """Return None when the server answers, or the last that it said."""
    first_words = place.log / "start.log"
    first_words.unlink(missing_ok=True)
    options = ["--log", str(first_words), "--wait", "--timeout", str(int(START_SECONDS))]
    done = place.account.run(
        [programs.path("pg_ctl"), "start", "-D", str(place.data), *options, "--silent"]
    )
    if done.returncode == 0:
        return None
    texts = [done.stderr]
    logs = sorted(place.log.glob("*.log"), key=lambda path: path.stat().st_mtime)
    texts += [path.read_text(errors="replace") for path in logs[-2:]]
    lines = [line.strip() for text in texts for line in text.splitlines()[-4:]]
    return " / ".join(line for line in lines if line)


def _recorded(place: Place) -> int | None:
    try:
        first = (place.data / "postmaster.pid").read_text(errors="replace").split("\n", 1)[0]
        return int(first)
    except (FileNotFoundError, ValueError):
        return None


def _serves(pid: int, place: Place) -> bool:
    words = [os.fsdecode(word) for word in _command(pid)]
    if any(pair == ("-D", str(place.data)) for pair in pairwise(words)):
        return True
    # a checkout that was moved while its server ran
    try:
        return Path(words[0]).name == "postgres" and place.data.samefile(
            PROCESSES / str(pid) / "cwd"
        )
    except OSError:
        return False


def _command(pid: int) -> list[bytes]:
    # open to everybody, unlike the working folder, which in a container even root cannot see
    try:
        return (PROCESSES / str(pid) / "cmdline").read_bytes().split(b"\0")
    except OSError:
        return [b""]


def _orphans(place: Place) -> list[int]:
    title = f"postgres: {_configuration.name(place)}: ".encode()
    pids = (int(entry.name) for entry in PROCESSES.iterdir() if entry.name.isdigit())
    return [pid for pid in pids if _command(pid)[0].startswith(title)]


def _dismiss_orphans(place: Place) -> None:
    """End the children of a killed postmaster: a busy one would block the start for long."""
    deadline = time.monotonic() + ORPHAN_PATIENCE_SECONDS
    told = False
    while (pids := _orphans(place)) and find(place) is None:
        if time.monotonic() > deadline:
            if told:
                return
            for pid in pids:
                os.kill(pid, signal.SIGQUIT)
            told = True
            deadline += ORPHAN_PATIENCE_SECONDS
        time.sleep(0.05)


def _remove_foreign_pid_file(place: Place) -> None:
    """Remove a pid file whose number is now another process's, which PostgreSQL would spare."""
    pid = _recorded(place)
    if pid is not None and not _serves(pid, place) and _command(pid) != [b""]:
        (place.data / "postmaster.pid").unlink(missing_ok=True)
