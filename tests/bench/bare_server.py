"""Flask with nothing around one route, on the gunicorn that serves Harbor.

Run as ``python -m tests.bench.bare_server``.
"""

from flask import Flask

from app.settings import load
from app.web.server import Server


class _Bare(Server):
    """Harbor's own gunicorn around one route that knows its answer."""

    def load(self) -> Flask:
        app = Flask("bare")
        app.add_url_rule("/bare", view_func=lambda: {"status": "alive"})
        return app


if __name__ == "__main__":
    _Bare(load()).run()
