"""Every page of staff before everybody: no failure, nobody else's drafts, nobody's phone."""

import io
import re
import zipfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from app.domain.actor import Actor
from app.domain.lifecycle import State
from app.service import keepers
from app.store.cluster import Cluster
from tests.store.people import PEOPLE, UNIONS, sees_whole
from tests.web.desks import Office, open_office

PHONE = "13900004417"
NEVER_SHOWN = (PHONE, "139 0000 4417", "139-0000-4417")
# done, led on, not for this person, not there, and not as things stand
EXPECTED = {200, 302, 303, 403, 404, 409}
# what an address asks for beside its path
ASKED: dict[str, str] = {
    "numbers.many_plaques": "?id={station_id}",
    "desk.listed": "?whose=all",
    "desk.export": "?whose=all",
}


@dataclass(frozen=True)
class Marked:
    """A union's records: a draft of a name of its own, and an open station."""

    name: str
    draft: int
    open: int


@pytest.fixture(scope="module")
def office(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    with open_office(cluster, tmp_path_factory.mktemp("scopes"), "scopes_of_pages") as opened:
        yield opened


@pytest.fixture(scope="module")
def marked(office: Office) -> dict[str, Marked]:
    """Drafts with a name of their own in every union, each with a keeper whose phone is known."""
    made: dict[str, Marked] = {}
    for union in UNIONS:
        # no sign of it is written otherwise in JSON, HTML or an address
        name = f"Lonely-{union}-7431"
        draft = office.station(union, State.DRAFT, name=name, address=f"beside {name}")
        in_use = office.station(union, State.ACTIVE, name=f"Open-{union}-7431")
        with office.runtime.connection() as connection:
            chief = Actor(office.city.people["chief"])
            for station in (draft, in_use):
                keepers.add(
                    connection, office.runtime.vault, chief, station, name="守望人",
                    phone=PHONE, employer="较场口支行", consented_on=date(2026, 1, 5),
                )  # fmt: skip
        made[union] = Marked(name, draft, in_use)
    return made


def pages(office: Office) -> list[Rule]:
    """Every address under /manage that is opened by GET."""
    return [
        rule
        for rule in office.app.url_map.iter_rules()
        if rule.rule.startswith("/manage") and "GET" in (rule.methods or ())
    ]


def questions(office: Office, marked: dict[str, Marked]) -> list[tuple[str, bool]]:
    """Every page, for every record that its address may name; and as htmx asks for its piece."""
    found = []
    for rule in pages(office):
        ask = ASKED.get(rule.endpoint, "")
        if not rule.arguments and "{" not in ask:
            found += [(rule.rule + ask, False), (rule.rule + ask, True)]
            continue
        for station in (*(one.draft for one in marked.values()), marked["north"].open):
            values = {name: _value(name, station) for name in rule.arguments}
            path = office.app.url_map.bind("localhost").build(rule.endpoint, values)
            found.append((path + ask.format(station_id=station), False))
            if "station_id" in rule.arguments:
                found.append((path, True))
    return list(dict.fromkeys(found))


def _value(name: str, station: int) -> Any:
    """Something to put into an address: a station where one is meant, else a small number."""
    named: dict[str, Any] = {
        "station_id": station, "action": "submit", "format": "csv", "day": 1, "layer": "stations",
        "z": 12, "x": 3260, "y": 1690, "name": "stations", "code": "six_haves", "company": "amap",
    }  # fmt: skip
    return named.get(name, 1)


def text_of(answer: TestResponse) -> str:
    """Everything that an answer says, what a packed file holds included."""
    content = answer.get_data()
    if not content.startswith(b"PK"):
        return content.decode("utf-8", errors="replace")
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        return "".join(packed.read(name).decode("utf-8", "replace") for name in packed.namelist())


def repeated(page: str) -> list[str]:
    """The ids that stand more than once in a page."""
    counted = Counter(re.findall(r'<[a-z][^>]*\sid="([^"]+)"', page))
    return [one for one, times in counted.items() if times > 1]


@pytest.mark.parametrize("person", PEOPLE)
def test_no_page_fails_or_shows_what_is_not_for_its_reader(
    office: Office, marked: dict[str, Marked], person: str
) -> None:
    desk = office.desk(person)
    hidden = {one.name: union for union, one in marked.items() if not sees_whole(person, union)}
    wrong: list[str] = []
    opened = 0
    for path, htmx in questions(office, marked):
        answer = desk.get(path, htmx=htmx)
        said = text_of(answer)
        opened += answer.status_code == 200
        if answer.status_code not in EXPECTED:
            wrong.append(f"{path}: {answer.status_code}")
        wrong += [f"{path} shows a draft of {hidden[name]}" for name in hidden if name in said]
        wrong += [f"{path} shows a phone" for phone in NEVER_SHOWN if phone in said]
        if answer.mimetype == "text/html":
            wrong += [f"{path} has two ids {one}" for one in repeated(said)]
    assert not wrong, "\n".join(sorted(set(wrong)))
    assert opened > 20 or person == "nobody"


def test_every_union_sees_its_own_draft_by_its_marker(
    office: Office, marked: dict[str, Marked]
) -> None:
    for person, union in (("north_clerk", "north"), ("south_clerk", "south"), ("chief", "rail")):
        one = marked[union]
        desk = office.desk(person)
        for path in ("stations?whose=all", "stations/export.xlsx", f"stations/{one.draft}"):
            assert one.name in text_of(desk.get(f"/manage/{path}")), path
