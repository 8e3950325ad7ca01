"""Papers and photos follow the record: whose station it is now sees them, whose it was does not."""

from collections.abc import Iterator

import psycopg
import pytest

from app.domain.lifecycle import State
from app.store import rights
from app.store.cluster import Cluster
from app.store.database import Connection
from tests.service.town_hall import Hall, open_hall
from tests.store.people import one


@pytest.fixture(scope="module")
def hall(cluster: Cluster) -> Iterator[Hall]:
    with open_hall(cluster, "sight_of_files") as opened:
        yield opened


def sees(hall: Hall, person: str, statement: str, *values: object) -> bool:
    connection: Connection = hall.connection
    with rights.acting(connection, user_id=hall.city.people[person]):
        return bool(one(connection, f"SELECT EXISTS ({statement})", *values))


def stored(hall: Hall, *, station: int | None) -> int:
    return int(
        one(
            hall.connection,
            "INSERT INTO stored_file (name, media_type, content, digest, station_id)"
            " VALUES ('scan.pdf', 'application/pdf', '\\x25', '', %s) RETURNING id",
            station,
        )
    )


def test_the_citys_paper_and_its_scan_are_seen_by_whose_station_it_decided_about(
    hall: Hall,
) -> None:
    station = hall.station("north", State.ACTIVE)
    scan = stored(hall, station=None)
    paper = one(
        hall.connection,
        "INSERT INTO document (number, union_id, file_id) VALUES ('渝工办〔2026〕1号', %s, %s)"
        " RETURNING id",
        hall.city.unions["city"], scan,
    )  # fmt: skip
    document, file = "SELECT FROM document WHERE id = %s", "SELECT FROM stored_file WHERE id = %s"
    assert not sees(hall, "north_clerk", document, paper)
    hall.connection.execute("UPDATE station SET document_id = %s WHERE id = %s", (paper, station))
    assert sees(hall, "north_clerk", document, paper)
    assert sees(hall, "north_clerk", file, scan)
    # the station is public, and yet its papers are not everybody's
    assert not sees(hall, "south_clerk", document, paper)
    assert not sees(hall, "south_clerk", file, scan)
    # a later decision does not take the earlier one out of sight
    hall.connection.execute("UPDATE station SET document_id = NULL WHERE id = %s", (station,))
    assert sees(hall, "north_clerk", document, paper)


def test_photos_go_with_a_station_to_its_new_union(hall: Hall) -> None:
    station = hall.station("north", State.ACTIVE)
    photo = stored(hall, station=station)
    file = "SELECT FROM stored_file WHERE id = %s"
    assert sees(hall, "north_clerk", file, photo)
    assert not sees(hall, "south_clerk", file, photo)
    hall.connection.execute(
        "UPDATE station SET union_id = %s WHERE id = %s", (hall.city.unions["south"], station)
    )
    assert sees(hall, "south_clerk", file, photo)
    assert not sees(hall, "north_clerk", file, photo)


def test_an_earlier_number_leads_to_one_station_even_out_of_sight(hall: Hall) -> None:
    mine, other = hall.station("north", State.DRAFT), hall.station("south", State.DRAFT)
    enter = "INSERT INTO station_alias (station_id, kind, value) VALUES (%s, 'number', 'OLD-77')"
    hall.connection.execute(enter, (other,))
    with (
        rights.acting(hall.connection, user_id=hall.city.people["north_clerk"]),
        pytest.raises(psycopg.errors.UniqueViolation, match="OLD-77 leads to another station"),
        hall.connection.transaction(),
    ):
        hall.connection.execute(enter, (mine,))
    # what was discarded holds nothing back
    hall.connection.execute("UPDATE station SET state = 'discarded' WHERE id = %s", (other,))
    with rights.acting(hall.connection, user_id=hall.city.people["north_clerk"]):
        hall.connection.execute(enter, (mine,))


def test_looking_keepers_up_stands_in_the_audit_and_has_an_end(hall: Hall) -> None:
    person = hall.city.people["north_clerk"]
    ask = "SELECT count(*) FROM find_keepers(ARRAY['\\x00'::bytea], 60)"
    with rights.acting(hall.connection, user_id=person):
        for _ in range(60):
            hall.connection.execute(ask)
        with (
            pytest.raises(psycopg.errors.CheckViolation, match="within the hour"),
            hall.connection.transaction(),
        ):
            hall.connection.execute(ask)
    told = "SELECT count(*) FROM audit_event WHERE action = 'keeper.look_up' AND user_id = %s"
    assert one(hall.connection, told, person) == 60
    # another person is not held up by that
    with rights.acting(hall.connection, user_id=hall.city.people["south_clerk"]):
        hall.connection.execute(ask)
