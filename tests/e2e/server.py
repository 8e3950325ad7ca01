"""A real Harbor: the commands of an operator's shell, run as processes of their own."""

import json
import os
import secrets
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg

from app.service.logins import digest_of
from app.settings import PROJECT
from app.store import accounts, sessions
from app.web.sessions import COOKIE

HARBOR = Path(sys.executable).with_name("harbor")
START_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Server:
    """A serving Harbor.

    Attributes:
        address: where it serves.
        staff: the token of a session of staff, for pages and data under ``/manage`` and ``/plan``.
    """

    address: str
    staff: str = ""

    def ask(
        self,
        path: str,
        body: Mapping[str, object] | None = None,
        *,
        headers: Mapping[str, str] | None = None,
    ) -> dict[str, Any]:
        """Ask for JSON as a script would; a body makes it a POST."""
        request = urllib.request.Request(
            self.address + path,
            data=None if body is None else json.dumps(body).encode(),
            headers={
                "Content-Type": "application/json",
                "Accept": "application/json",
                **self._standing(path),
                **(headers or {}),
            },
        )
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                found: dict[str, Any] = json.load(answer)
        except urllib.error.HTTPError as error:
            found = json.load(error)
            error.close()
        return found

    def _standing(self, path: str) -> dict[str, str]:
        """The cookie of staff, for their own pages alone."""
        ours = self.staff and path.startswith(("/manage", "/plan"))
        return {"Cookie": f"{COOKIE}={self.staff}"} if ours else {}

    def headers(self, path: str) -> Mapping[str, str]:
        """Return the headers a browser gets with a page."""
        accepted = {"Accept": "text/html", **self._standing(path)}
        request = urllib.request.Request(self.address + path, headers=accepted)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return dict(answer.headers)
        except urllib.error.HTTPError as error:
            error.close()
            return dict(error.headers)


def environment(var: Path, **settings: object) -> dict[str, str]:
    """Return an environment whose only settings of Harbor are these; kernels stay compiled."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HARBOR_")}
    kept.setdefault("NUMBA_CACHE_DIR", str(PROJECT / "var" / "numba"))
    given = {f"HARBOR_{name.upper()}": str(value) for name, value in settings.items()}
    return {**kept, "HARBOR_VAR": str(var), **given}


def harbor(*arguments: object, settings: Mapping[str, str]) -> None:
    """Run one command to its end.

    Raises:
        RuntimeError: with what it said, if it failed.
    """
    command = [str(HARBOR), *map(str, arguments)]
    done = subprocess.run(
        command, env=dict(settings), cwd=PROJECT, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)} ended with {done.returncode}:\n{done.stderr}")


def staff_session(database_url: str, name: str) -> str:
    """Log an account in without its password; return the token its browser keeps."""
    token = secrets.token_urlsafe(32)
    with psycopg.connect(database_url, autocommit=True) as connection:
        account = accounts.find(connection, name)
        if account is None:
            raise LookupError(f"there is no account {name}")
        sessions.begin_session(
            connection, digest_of(token), account.id, device="test", at=datetime.now(UTC)
        )
    return token


def free_port() -> int:
    """Return a port that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def serving(settings: Mapping[str, str], *, log: Path) -> Iterator[Server]:
    """Run ``harbor serve`` for as long as it is needed, its words going to a file."""
    server = Server(f"http://127.0.0.1:{settings['HARBOR_PORT']}")
    with log.open("wb") as output:
        process = subprocess.Popen(
            [str(HARBOR), "serve"], env=dict(settings), cwd=PROJECT, stdout=output, stderr=output
        )
        try:
            _wait(server, process, log)
            yield server
        finally:
            process.terminate()
            process.wait(timeout=30)


def _wait(server: Server, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        try:
            if server.ask("/readyz").get("status") == "ready":
                return
        except OSError:
            time.sleep(0.1)
        if process.poll() is not None:
            break
    raise RuntimeError(f"harbor serve did not get ready:\n{log.read_text('utf-8')}")
