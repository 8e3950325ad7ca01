"""Every page of staff against odd addresses, foreign markup, and too few connections."""

import re
from collections.abc import Iterator

import pytest

from app.domain.lifecycle import State
from app.service.receipts import token
from app.store.cluster import Cluster
from app.store.database import Database
from tests.web.desks import Desk, Office, open_office

MARKUP = "<script>alert(1)</script>'\"><img src=x onerror=alert(2)>{{7*7}}"
RAW = ("<script>alert", "<img src=x", ">49")
MUCH = "9" * 23
QUERIES = (
    "",
    f"?page={MUCH}&after={MUCH}&before={MUCH}&first={MUCH}&second=1&version={MUCH}&of={MUCH}",
    "?page=-5&after=-1&before=x&q=%00&as_of=9999-12-31&sort=zz&show=zz&from=zz&to=zz&action=%00"
    "&version=-1&station=%00",
)


@pytest.fixture(scope="module")
def office(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """An office whose records hold markup wherever people type."""
    with open_office(cluster, tmp_path_factory.mktemp("attacks"), "attacks") as opened:
        facts = dict.fromkeys(("name", "name_en", "address", "hours_text", "host_name"), MARKUP)
        draft = opened.station("north", **facts)
        active = opened.station("north", State.ACTIVE, **facts)
        with opened.runtime.connection() as connection:
            for statement, *values in (
                ("UPDATE station SET state_reason = %s", MARKUP),
                ("UPDATE union_body SET name = name || %s", MARKUP),
                ("UPDATE user_account SET full_name = %s", MARKUP),
                ("INSERT INTO station_alias (station_id, kind, value, source)"
                 " VALUES (%s, 'name', %s, %s)", active, MARKUP, MARKUP),
                ("INSERT INTO document (number, title, union_id) VALUES (%s, %s, %s)",
                 MARKUP, MARKUP, opened.city.unions["north"]),
                ("INSERT INTO duplicate_pair (first_id, second_id, score) VALUES (%s, %s, 0.9)",
                 draft, active),
                ("INSERT INTO placing_note (station_id, note) VALUES (%s, %s)", draft, MARKUP),
                ("INSERT INTO station_closure (station_id, begins, ends, reason)"
                 " VALUES (%s, now(), now() + interval '1 hour', %s)", active, MARKUP),
                ("INSERT INTO change_request (station_id, revision, changes, reason)"
                 " VALUES (%s, 1, jsonb_build_object('name', %s::text), %s)",
                 active, MARKUP + "!", MARKUP),
            ):  # fmt: skip
                connection.execute(statement, values)
        yield opened


def addresses(office: Office, method: str) -> list[str]:
    """Every address of a method, with the stations of the fixture where an id stands."""
    found = []
    for rule in office.app.url_map.iter_rules():
        if method not in (rule.methods or ()) or rule.rule.startswith(("/api", "/static")):
            continue
        for id_ in ("1", "2", MUCH) if "<int:" in rule.rule else ("",):
            path = re.sub(r"<int:\w+>", id_, rule.rule)
            path = re.sub(r"<any\((\w+).*?\):\w+>", r"\1", path)
            found.append(re.sub(r"<(?:path:)?\w+>", "exit" if "moves" in path else "x", path))
    return found


def opened(desk: Desk, path: str) -> Iterator[tuple[int, str]]:
    """Status and text of a page, whole and as a piece."""
    for htmx in (False, True):
        answer = desk.get(path, htmx=htmx)
        markup = (answer.mimetype or "").endswith("html")
        yield answer.status_code, answer.get_data(as_text=True) if markup else ""


def test_no_address_fails_and_no_text_of_a_person_is_markup(office: Office) -> None:
    office.app.testing = False
    chief = office.desk("chief")
    try:
        for path in addresses(office, "GET"):
            # odd values once for an address, foreign texts for every record
            odd = "/1" in path or not re.search(r"\d", path)
            for query in QUERIES if odd else ("",):
                for status, text in opened(chief, path + query):
                    assert status < 500, path + query
                    assert not [sign for sign in RAW if sign in text], path + query
    finally:
        office.app.testing = True


def test_one_connection_is_enough_for_whatever_a_person_asks(office: Office) -> None:
    """As many as there are connections, each waiting for a second one, would wait for ever."""
    chief = office.desk("chief")
    csrf = chief.csrf()
    before = office.runtime.database
    office.runtime.database = Database(before.url, most=1)
    office.runtime.database.open()
    try:
        for path in addresses(office, "GET"):
            for status, _ in opened(chief, path):
                assert status != 503, path
        for path in addresses(office, "POST"):
            if path.startswith("/manage") and MUCH not in path:
                form = {"csrf_token": csrf, "once": token()}
                for htmx in (False, True):
                    assert chief.post(path, form, htmx=htmx).status_code < 500, path
    finally:
        office.runtime.database.close()
        office.runtime.database = before


def test_what_was_stored_as_a_page_is_never_shown_as_one(office: Office) -> None:
    north = office.city.unions["north"]
    for media_type in ("text/html", "image/svg+xml"):
        stored = office.one(
            "INSERT INTO stored_file (name, media_type, content, union_id)"
            " VALUES ('x', %s, %s, %s) RETURNING id",
            media_type, b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", north,
        )  # fmt: skip
        answer = office.desk("north_clerk").get(f"/manage/files/{stored}")
        assert answer.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert office.desk("south_clerk").get(f"/manage/files/{stored}").status_code == 404
