"""A made-up city of unions and people, and sessions of its people's own logins."""

import itertools
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from app.domain import number
from app.domain.lifecycle import State
from app.domain.station import StationFacts
from app.store import migrations, stations
from app.store.cluster import Cluster
from app.store.database import Connection
from app.store.stations import NewStation

# name of a union: its code, kind and parent
UNIONS: dict[str, tuple[str, str, str | None]] = {
    "city": ("500100", "city", None),
    "north": ("500112", "district", "city"),
    "south": ("500108", "district", "city"),
    "west": ("500107", "district", "city"),
    "rail": ("500190", "industrial", None),
}
# name of a person: the role and the union it holds in, None for everywhere
Grants = tuple[tuple[str, str | None], ...]
PEOPLE: dict[str, Grants] = {
    "chief": (("city_admin", None),),
    "deputy": (("city_admin", "city"),),
    "north_clerk": (("union_staff", "north"),),
    "north_second": (("union_staff", "north"),),
    "north_judge": (("reviewer", "north"),),
    "north_alone": (("union_staff", "north"), ("reviewer", "north"), ("city_admin", "north")),
    "north_inspector": (("inspector", "north"),),
    "south_clerk": (("union_staff", "south"),),
    "south_judge": (("reviewer", "south"), ("union_staff", "west")),
    "rail_clerk": (("union_staff", "rail"), ("reviewer", "rail")),
    "city_judge": (("reviewer", "city"), ("inspector", "city")),
    "planner": (("planner", None),),
    "auditor": (("auditor", None),),
    "north_auditor": (("auditor", "north"),),
    "nobody": (),
}
_SERIAL = itertools.count(1)


@dataclass(frozen=True)
class City:
    """Ids of unions and people by name."""

    url: str
    unions: dict[str, int]
    people: dict[str, int]

    def name_of(self, union_id: int | None) -> str | None:
        return next((n for n, id_ in self.unions.items() if id_ == union_id), None)


def above(union: str | None) -> set[str | None]:
    """The scopes a record of a union lies in; None is everywhere."""
    scopes: set[str | None] = {None}
    while union is not None:
        scopes.add(union)
        union = UNIONS[union][2]
    return scopes


def roles_in(person: str, union: str | None) -> set[str]:
    """The roles a person has in the scope of a union, by the tables above alone."""
    return {role for role, scope in PEOPLE[person] if scope in above(union)}


def sees_whole(person: str, union: str | None) -> bool:
    """Whether a person sees drafts of a union."""
    return bool(roles_in(person, union) - {"planner"})


@contextmanager
def own_database(cluster: Cluster, name: str) -> Iterator[str]:
    """A database migrated itself, as a clone does not inherit its rights; dropped in the end."""
    with psycopg.connect(cluster.url(), autocommit=True) as server:
        server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    migrations.migrate(cluster.url(name))
    try:
        yield cluster.url(name)
    finally:
        with psycopg.connect(cluster.url(), autocommit=True) as server:
            server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def settle(url: str) -> City:
    """Enter the unions and the people above."""
    unions: dict[str, int] = {}
    people: dict[str, int] = {}
    with psycopg.connect(url, autocommit=True) as connection:
        for name, (code, kind, parent) in UNIONS.items():
            unions[name] = one(
                connection,
                "INSERT INTO union_body (code, name, kind, parent_id, valid_from)"
                " VALUES (%s, %s, %s, %s, '2020-01-01') RETURNING id",
                code, name, kind, None if parent is None else unions[parent],
            )  # fmt: skip
        for name, grants in PEOPLE.items():
            people[name] = one(
                connection,
                "INSERT INTO user_account (name, full_name) VALUES (%s, %s) RETURNING id",
                name, f"Person {name}",
            )  # fmt: skip
            for role, scope in grants:
                connection.execute(
                    "INSERT INTO user_grant (user_id, role, union_id) VALUES (%s, %s, %s)",
                    (people[name], role, None if scope is None else unions[scope]),
                )
    return City(url, unions, people)


@contextmanager
def logins(city: City) -> Iterator[Callable[[str], Connection]]:
    """Login roles of the people's own in the cluster; dropped in the end.

    Yields a function that opens a session as a person.
    """
    base = psycopg.conninfo.conninfo_to_dict(city.url)["dbname"]
    names = {person: f"{base}_{person}" for person in city.people}
    opened: dict[str, Connection] = {}

    def session(person: str) -> Connection:
        if person not in opened:
            opened[person] = _patiently(make_conninfo(city.url, user=names[person]))
        return opened[person]

    with psycopg.connect(city.url, autocommit=True) as owner:
        file = Path(str(one(owner, "SELECT current_setting('ident_file')")))
        before = file.read_text()
        for person, name in names.items():
            role = sql.Identifier(name)
            owner.execute(sql.SQL("CREATE ROLE {} LOGIN").format(role))
            owner.execute(sql.SQL("GRANT harbor_staff TO {}").format(role))
            owner.execute("UPDATE user_account SET login_role = %s WHERE name = %s", (name, person))
        file.write_text(before + "".join(f'harbor "root" {name}\n' for name in names.values()))
        owner.execute("SELECT pg_reload_conf()")
        try:
            yield session
        finally:
            for connection in opened.values():
                connection.close()
            file.write_text(before)
            owner.execute("SELECT pg_reload_conf()")
            for name in names.values():
                owner.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(name)))


def _patiently(url: str) -> Connection:
    """The server reads its files anew some time after it was told to."""
    until = time.monotonic() + 10
    while True:
        try:
            return psycopg.connect(url, autocommit=True)
        except psycopg.OperationalError:
            if time.monotonic() > until:
                raise
            time.sleep(0.05)


def enter(
    connection: Connection,
    union: int | None,
    state: State = State.DRAFT,
    *,
    keeper: bool = True,
    **facts: Any,
) -> int:
    """Enter a station as the operator, as a draft or straight as active.

    A draft gets somebody who keeps it, whose values nothing opens; without ``keeper`` nobody.
    """
    values = {"name": "较场口驿站", "longitude": 106.577, "latitude": 29.557, **facts}
    code = number.make("500199", next(_SERIAL)) if state is State.ACTIVE else None
    new = NewStation(StationFacts(**values), state, code=code, union_id=union)
    station = stations.insert(connection, [new])[0]
    if keeper and state is State.DRAFT:
        give_keeper(connection, station)
    return station


def give_keeper(connection: Connection, station: int) -> int:
    """Let somebody keep a station, whose values nothing opens."""
    keeper = one(
        connection,
        "WITH held AS (INSERT INTO keeper_key (id, wrapped) VALUES (gen_random_uuid(), %s)"
        " RETURNING id) INSERT INTO keeper (station_id, valid_from, key_id, consented_on)"
        " SELECT %s, now(), id, '2026-01-01' FROM held RETURNING id",
        secrets.token_bytes(60), station,
    )  # fmt: skip
    return int(keeper)


PATHS: dict[State, tuple[State, ...]] = {
    State.DRAFT: (State.DRAFT,),
    State.SUBMITTED: (State.DRAFT, State.SUBMITTED),
    State.RETURNED: (State.DRAFT, State.SUBMITTED, State.RETURNED),
    State.REVIEWED: (State.DRAFT, State.SUBMITTED, State.REVIEWED),
    State.DISCARDED: (State.DRAFT, State.DISCARDED),
    State.ACTIVE: (State.ACTIVE,),
    State.SUSPENDED: (State.ACTIVE, State.SUSPENDED),
    State.RECTIFYING: (State.ACTIVE, State.RECTIFYING),
    State.EXITED: (State.ACTIVE, State.EXITED),
    State.MERGED: (State.ACTIVE, State.MERGED),
}


def brought_to(connection: Connection, union: int | None, state: State, **facts: Any) -> int:
    """Enter a station as the operator and move it to a state."""
    first, *rest = PATHS[state]
    station = enter(connection, union, first, **facts)
    for step in rest:
        connection.execute("UPDATE station SET state = %s WHERE id = %s", (step, station))
    return station


def one(connection: Connection, statement: str, *values: object) -> Any:
    """The one value of a statement."""
    row = connection.execute(statement, values).fetchone()  # type: ignore[arg-type]
    return None if row is None else row[0]


def rows(connection: Connection, statement: str, *values: object) -> list[tuple[Any, ...]]:
    """All rows of a statement."""
    return connection.execute(statement, values).fetchall()  # type: ignore[arg-type]
