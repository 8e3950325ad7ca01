"""Who asks for sitings and reads them, and that what was found stays."""

from collections.abc import Iterator
from dataclasses import dataclass

import psycopg
import pytest
from psycopg import errors

from app.store import sitings
from app.store.cluster import Cluster
from app.store.database import Connection
from tests.store.people import PEOPLE, City, logins, own_database, settle

# north_alone is admin of one district, and plans for no city
PLANNERS = {"planner", "chief", "deputy"}


@dataclass(frozen=True)
class Shell:
    """A city and sessions of its people's own."""

    city: City
    sessions: dict[str, Connection]


@pytest.fixture(scope="module")
def shell(cluster: Cluster) -> Iterator[Shell]:
    with own_database(cluster, "siting_rights") as url:
        city = settle(url)
        with psycopg.connect(url, autocommit=True), logins(city) as session:
            yield Shell(city, {name: session(name) for name in PEOPLE})


def begun(session: Connection) -> int:
    return sitings.begin(session, question={"minutes": 15}, changes=[], options={"goal": "cover"})


def may_ask(session: Connection) -> bool:
    try:
        with session.transaction(force_rollback=True):
            return begun(session) > 0
    except errors.InsufficientPrivilege:
        return False


def test_planners_and_city_admins_ask(shell: Shell) -> None:
    able = {name for name, session in shell.sessions.items() if may_ask(session)}
    assert able == PLANNERS & set(PEOPLE)


def test_what_was_found_stays_and_is_ones_own_to_find(shell: Shell) -> None:
    planner, chief = shell.sessions["planner"], shell.sessions["chief"]
    number = begun(planner)
    asked = sitings.find(chief, number)
    assert asked is not None
    assert asked.asked_by == shell.city.people["planner"]
    with pytest.raises(errors.InsufficientPrivilege):
        sitings.finish(chief, number, {"sites": []})
    sitings.finish(planner, number, {"sites": [1]})
    with pytest.raises(errors.CheckViolation):
        sitings.finish(planner, number, {"sites": []})
    found = sitings.find(shell.sessions["auditor"], number)
    assert found is not None
    assert found.result == {"sites": [1]}
    assert sitings.find(shell.sessions["nobody"], number) is None
