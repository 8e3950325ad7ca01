"""Harbor as it is served, with one bare route more to compare its riders' question with.

Run as ``python -m tests.bench.rider_server``.
"""

from flask import Flask

from app.service import logs
from app.settings import load
from app.web.server import Server


class _Beside(Server):
    """Harbor's own processes, which also know an answer that needs no work."""

    def load(self) -> Flask:
        app = super().load()
        app.add_url_rule("/bare", "bare", lambda: {"status": "alive"})
        return app


if __name__ == "__main__":
    settings = load()
    logs.configure(settings)
    _Beside(settings).run()
