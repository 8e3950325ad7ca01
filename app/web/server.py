"""Gunicorn around the application: processes, threads, a clear word when the port is taken."""

import errno
import socket
from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication
from gunicorn.arbiter import Arbiter

from app.domain.errors import Conflict
from app.service.start import open_worker
from app.settings import Settings
from app.web.companion import Companion
from app.web.factory import create_app
from app.web.journal import Journal

THREADS = 8


class _Arbiter(Arbiter):  # type: ignore[misc]  # gunicorn carries no types
    """Gunicorn's main loop, which looks after the worker of background jobs too."""

    def __init__(self, server: BaseApplication, companion: Companion) -> None:
        self.companion = companion
        super().__init__(server)

    def manage_workers(self) -> None:
        """Keep the web workers and the worker beside them running."""
        super().manage_workers()
        self.companion.look()

    def stop(self, graceful: bool = True) -> None:
        """End everything; the jobs' worker ends while the web workers do."""
        self.companion.ask_to_end()
        super().stop(graceful)
        self.companion.end()


class Server(BaseApplication):  # type: ignore[misc]  # gunicorn carries no types
    """Gunicorn, configured by our settings alone."""

    def __init__(self, settings: Settings) -> None:
        self.harbor_settings = settings
        super().__init__()

    def run(self) -> None:
        """Serve, with a worker for background jobs beside if the settings want one."""
        if not self.harbor_settings.work:
            super().run()
            return
        companion = Companion()
        try:
            _Arbiter(self, companion).run()
        finally:
            companion.end()

    def load_config(self) -> None:
        settings = self.harbor_settings
        options: dict[str, Any] = {
            "bind": _address(settings),
            "workers": settings.workers,
            "threads": THREADS,
            "worker_class": "gthread",
            "accesslog": None,  # a query string may hold where a rider is
            "logger_class": Journal,
            "loglevel": "warning",
            "graceful_timeout": 10,
            "timeout": 120,
            "forwarded_allow_ips": settings.trusted_proxies or "127.0.0.1",
            "proc_name": "harbor",
        }
        for name, value in options.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        """Make the application in the worker: pools and threads do not survive a fork."""
        return create_app(open_worker(self.harbor_settings))


def serve(settings: Settings, *, announce: Any) -> None:
    """Serve until told to stop.

    Args:
        announce: called with the address once the server listens.

    Raises:
        Conflict: if another program listens on the port.
    """
    check_port(settings)
    server = Server(settings)
    server.cfg.set("when_ready", lambda arbiter: announce(f"http://{_address(settings)}"))
    server.run()


def _address(settings: Settings) -> str:
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    return f"{host}:{settings.port}"


def check_port(settings: Settings) -> None:
    """Ask for the port before anything else: gunicorn would try for seconds and say little."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            what = {
                errno.EADDRINUSE: "another program uses that port",
                errno.EACCES: "this account may not use that port",
                errno.EADDRNOTAVAIL: "this machine has no such address",
            }.get(error.errno or 0, error.strerror or "it cannot be opened")
            raise Conflict(
                f"Could not serve on {settings.host}:{settings.port}: {what}.",
                remedy="Name another one, for example HARBOR_PORT=8081, or end the other program.",
            ) from None
        except UnicodeError:
            raise Conflict(f"Could not serve on {settings.host!r}: no such host.") from None
