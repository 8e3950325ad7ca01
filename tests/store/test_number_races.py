"""Numbers under one code when many are approved at once, and when a server dies in the middle."""

import threading
from collections.abc import Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from app.domain import number
from app.domain.lifecycle import State
from app.store.cluster import Cluster
from app.store.database import Connection
from app.store.rights import acting
from tests.store.people import City, brought_to, one, own_database, rows, settle

APPROVE = (
    "UPDATE station SET state = 'active', document_id ="
    " (SELECT id FROM document WHERE number = '批1') WHERE id = %s RETURNING code"
)


@pytest.fixture
def reviewed(cluster: Cluster) -> Iterator[tuple[City, list[int]]]:
    """Twenty stations of the north, ready to be approved under a document."""
    with own_database(cluster, "race") as url:
        city = settle(url)
        with psycopg.connect(url, autocommit=True) as operator:
            operator.execute("INSERT INTO document (number) VALUES ('批1')")
            ids = [brought_to(operator, city.unions["north"], State.REVIEWED) for _ in range(20)]
        yield city, ids


def test_twenty_approvals_at_once_take_twenty_consecutive_numbers(
    reviewed: tuple[City, list[int]],
) -> None:
    city, ids = reviewed
    together = threading.Barrier(len(ids))
    codes: list[str] = []

    def approve(station: int) -> None:
        with psycopg.connect(city.url, autocommit=True) as connection:
            together.wait()
            with acting(connection, user_id=city.people["chief"]):
                codes.append(one(connection, APPROVE, station))

    threads = [threading.Thread(target=approve, args=(id_,)) for id_ in ids]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(codes) == [number.make("500112", serial) for serial in range(1, 21)]


def approve_and_die(city: City, station: int, killer: Connection) -> None:
    """Take the first number, and lose the server's process before the transaction ends."""
    with (
        psycopg.connect(city.url, autocommit=True) as victim,
        acting(victim, user_id=city.people["chief"]),
    ):
        assert one(victim, APPROVE, station) == number.make("500112", 1)
        killer.execute("SELECT pg_terminate_backend(%s, 5000)", (victim.info.backend_pid,))
        victim.execute("SELECT 1")


def test_a_crash_in_the_middle_leaves_no_gap_and_nothing_half_issued(
    reviewed: tuple[City, list[int]],
) -> None:
    city, ids = reviewed
    with psycopg.connect(city.url, autocommit=True) as killer:
        for station in ids[:3]:
            with pytest.raises(psycopg.OperationalError):
                approve_and_die(city, station, killer)
        assert rows(killer, "SELECT code FROM station WHERE code IS NOT NULL") == []
        taken = []
        for station in ids:
            with acting(killer, user_id=city.people["chief"]):
                taken.append(one(killer, APPROVE, station))
        assert taken == [number.make("500112", serial) for serial in range(1, 21)]


def race(city: City, stations: Sequence[int], *, dying: Collection[int]) -> dict[int, str]:
    """Approve all at once; return the number each held, the dying losing theirs before the end."""
    together = threading.Barrier(len(stations))
    held: dict[int, str] = {}

    def approve(station: int, racer: Connection, killer: Connection) -> None:
        together.wait()
        with acting(racer, user_id=city.people["chief"]):
            held[station] = one(racer, APPROVE, station)
            if station in dying:
                killer.execute("SELECT pg_terminate_backend(%s, 5000)", (racer.info.backend_pid,))
                racer.execute("SELECT 1")

    def run(station: int) -> bool:
        with (
            psycopg.connect(city.url, autocommit=True) as killer,
            psycopg.connect(city.url, autocommit=True) as racer,
        ):
            try:
                approve(station, racer, killer)
            except psycopg.OperationalError:
                return False
        return True

    with ThreadPoolExecutor(len(stations)) as racers:
        lived = dict(zip(stations, racers.map(run, stations), strict=True))
    assert {station for station, alive in lived.items() if not alive} == set(dying)
    return held


def test_twenty_racers_that_die_between_counter_and_commit_take_no_number_along(
    reviewed: tuple[City, list[int]],
) -> None:
    city, ids = reviewed
    numbers = [number.make("500112", serial) for serial in range(1, 21)]
    untouched = (
        "SELECT id, state, code, revision, document_id, approved_by, (SELECT count(*)"
        " FROM station_version v WHERE v.station_id = s.id), (SELECT count(*) FROM audit_event e"
        " WHERE e.subject = 'station ' || s.id) FROM station s WHERE id = ANY(%s) ORDER BY id"
    )
    with psycopg.connect(city.url, autocommit=True) as operator:
        before = rows(operator, untouched, ids)
        # each held the first number in its turn, and gave it back by dying
        held = race(city, ids, dying=ids)
        assert held == dict.fromkeys(ids, numbers[0])
        assert rows(operator, untouched, ids) == before
        assert rows(operator, "SELECT last_serial FROM number_counter") == []
        # among those that live, those that die leave no gap
        dying, living = ids[::2], ids[1::2]
        held = race(city, ids, dying=dying)
        assert sorted(held[station] for station in living) == numbers[:10]
        assert set(held) == set(ids)
        assert rows(operator, untouched, dying) == [row for row in before if row[0] in dying]
        held = race(city, dying, dying=())
        assert sorted(held.values()) == numbers[10:]
        codes = rows(operator, "SELECT code FROM station WHERE code IS NOT NULL ORDER BY code")
        assert codes == [(code,) for code in numbers]
