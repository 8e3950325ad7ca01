"""People of the made-up city of ``tests/store/people.py`` at their desks: logged in, with pages."""

import re
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from html import unescape
from pathlib import Path
from typing import Any

from apiflask import APIFlask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.domain.actor import Actor
from app.domain.lifecycle import State
from app.service.logins import digest_of
from app.service.runtime import Runtime
from app.settings import Settings
from app.store import sessions
from app.store.cluster import Cluster
from app.web.factory import create_app
from app.web.sessions import COOKIE
from tests.store.people import City, brought_to, one, own_database, rows, settle

BROWSER = {"Accept": "text/html", "Sec-Fetch-Site": "same-origin"}
AFAR: dict[str, Any] = {"REMOTE_ADDR": "203.0.113.9"}


@dataclass
class Desk:
    """One person, logged in, in a browser of their own."""

    client: FlaskClient
    actor: Actor
    _csrf: list[str] = field(default_factory=list)

    def get(self, path: str, *, htmx: bool = False, **more: Any) -> TestResponse:
        """Open a page, or a piece of one."""
        headers = {**BROWSER, **({"HX-Request": "true"} if htmx else {})}
        return self.client.get(path, headers=headers, environ_base=AFAR, **more)

    def post(
        self, path: str, data: Mapping[str, Any] | None = None, *, htmx: bool = False
    ) -> TestResponse:
        """Send a form with this browser's token; a list in ``data`` is a field said repeatedly."""
        headers = {**BROWSER, **({"HX-Request": "true"} if htmx else {})}
        body = {"csrf_token": self.csrf(), **(data or {})}
        return self.client.post(
            path, data=body, headers=headers, environ_base=AFAR, content_type="multipart/form-data"
        )

    def csrf(self) -> str:
        """The token that this browser's forms carry."""
        if not self._csrf:
            self._csrf.append(hidden(self.get("/account"), "csrf_token"))
        return self._csrf[0]


@dataclass
class Office:
    """The city's people and an application over a database of their own."""

    city: City
    runtime: Runtime
    app: APIFlask

    def desk(self, person: str) -> Desk:
        """Log a person in, without a password."""
        return self.desk_of(self.city.people[person])

    def desk_of(self, user: int) -> Desk:
        """Log an account in, without a password."""
        token = secrets.token_urlsafe(32)
        with self.runtime.connection() as connection:
            sessions.begin_session(
                connection, digest_of(token), user, device="test", at=datetime.now(UTC)
            )
        client = self.app.test_client()
        client.set_cookie(COOKIE, token)
        return Desk(client, Actor(user))

    def station(self, union: str, state: State = State.DRAFT, **facts: Any) -> int:
        """Enter a station as the operator and bring it to a state."""
        with self.runtime.connection() as connection:
            return brought_to(connection, self.city.unions[union], state, **facts)

    def one(self, statement: str, *values: object) -> Any:
        """The one value of a statement, as the operator."""
        with self.runtime.connection() as connection:
            return one(connection, statement, *values)

    def rows(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """All rows of a statement, as the operator."""
        with self.runtime.connection() as connection:
            return rows(connection, statement, *values)

    def revision(self, station: int) -> int:
        """The revision that a station is at."""
        return int(self.one("SELECT revision FROM station WHERE id = %s", station))


@contextmanager
def open_office(cluster: Cluster, folder: Path, name: str) -> Iterator[Office]:
    """An office over a fresh database, which is dropped in the end."""
    with own_database(cluster, name) as url:
        city = settle(url)
        runtime = Runtime(Settings(var=folder / "var"), url)
        runtime.start(watch=False)
        try:
            with runtime.connection() as connection:
                connection.execute("UPDATE user_account SET must_change = false")
            app = create_app(runtime)
            app.testing = True
            yield Office(city, runtime, app)
        finally:
            runtime.stop()


def hidden(page: TestResponse, name: str) -> str:
    """The value of a hidden field of a page."""
    text = page.get_data(as_text=True)
    found = re.search(rf'name="{name}" value="([^"]*)"', text)
    if found is None:
        raise AssertionError(f"no field {name} in\n{text}")
    return unescape(found[1])


def sent_form(page: str) -> dict[str, list[str]]:
    """The fields of a station's form as a browser sends them."""
    form: dict[str, list[str]] = {}
    body = page[page.index('id="station-form"') :]
    for tag in re.findall(r"<input[^>]*>", body):
        name = re.search(r' name="([^"]*)"', tag)
        value = re.search(r' value="([^"]*)"', tag)
        ticks = 'type="checkbox"' in tag or 'type="radio"' in tag
        if name and (not ticks or " checked" in tag):
            form.setdefault(name[1], []).append(unescape(value[1]) if value else "")
    for name, options in re.findall(r'<select[^>]* name="([^"]*)"[^>]*>(.*?)</select>', body, re.S):
        chosen = re.search(r'<option value="([^"]*)"[^>]* selected', options)
        form[name] = [chosen[1] if chosen else ""]
    for name, typed in re.findall(
        r'<textarea[^>]* name="([^"]*)"[^>]*>(.*?)</textarea>', body, re.S
    ):
        form[name] = [unescape(typed)]
    return form
