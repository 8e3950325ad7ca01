"""The made-up city in the register: its stations' past agrees, its keepers are sealed."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import psycopg
import pytest

from app.domain.actor import Actor
from app.domain.keepers import check
from app.domain.lifecycle import State
from app.service import keepers
from app.service.demo import load as demo_city
from app.service.demo.history import ZONE
from app.service.demo.keepers import person
from app.service.vault import FILE_NAME, Vault
from app.settings import Settings
from app.store.cluster import Cluster
from app.store.database import Connection
from tests.store.people import one, own_database, rows


@dataclass(frozen=True)
class Loaded:
    """A register that holds a small demo city."""

    connection: Connection
    vault: Vault


@pytest.fixture(scope="module")
def loaded(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Loaded]:
    folder = tmp_path_factory.mktemp("demo_load")
    vault = Vault(folder / FILE_NAME, made_at_need=True)
    with (
        own_database(cluster, "demo_load") as url,
        psycopg.connect(url, autocommit=True) as connection,
    ):
        demo_city.load(
            connection, Settings(var=folder), vault, seed=3, junctions=1_000, stations_wanted=40,
            progress=lambda _doing, _share: None,
        )  # fmt: skip
        yield Loaded(connection, vault)


def test_a_station_is_in_its_state_since_its_history_says_so(loaded: Loaded) -> None:
    found = rows(
        loaded.connection,
        "SELECT s.state, s.state_since, s.state_reason, s.created_at, s.revision, v.revision,"
        " array_agg(p.valid_from ORDER BY p.version), array_agg(p.state ORDER BY p.version)"
        " FROM station s JOIN station_version v ON v.station_id = s.id AND v.valid_to IS NULL"
        " JOIN station_version p ON p.station_id = s.id GROUP BY s.id, v.revision",
    )
    assert len(found) == 40
    for state, since, why, created, revision, newest, moments, states in found:
        begun = len(states) - next(
            (back for back, one_state in enumerate(reversed(states)) if one_state != state),
            len(states),
        )
        assert (since, created, newest) == (moments[begun], moments[0], revision)
        assert bool(why) == (state in {"returned", "suspended", "rectifying", "exited", "merged",
                                       "discarded"})  # fmt: skip


def test_every_station_that_is_open_or_on_its_way_has_a_keeper(loaded: Loaded) -> None:
    found = dict(
        rows(
            loaded.connection,
            "SELECT state, array_agg(DISTINCT station_has_keeper(id)) FROM station GROUP BY state",
        )
    )
    for state in State:
        if state in (State.EXITED, State.MERGED, State.DISCARDED):
            assert found.get(state, [False]) == [False]
        elif state is not State.DRAFT:
            assert found.get(state, [True]) == [True]


def test_keepers_of_the_demo_are_sealed_and_masked_as_real_ones_are(loaded: Loaded) -> None:
    admin = one(
        loaded.connection,
        "INSERT INTO user_account (name) VALUES ('demo-chief') RETURNING id",
    )
    loaded.connection.execute(
        "INSERT INTO user_grant (user_id, role) VALUES (%s, 'city_admin')", (admin,)
    )
    actor = Actor(admin, admin=True)
    station, since = rows(
        loaded.connection, "SELECT station_id, valid_from FROM keeper ORDER BY id LIMIT 1"
    )[0]
    (shown,) = keepers.masked(loaded.connection, actor, station, vault=loaded.vault)
    assert (shown.masks.name, shown.masks.phone[:7]) == ("演**", "139****")
    assert shown.duty.consented_on == since.astimezone(ZONE).date()
    values = keepers.unmask(
        loaded.connection, loaded.vault, actor, shown.duty.id, reason="查看演示数据"
    )
    assert values.phone.startswith("1390000")
    found = keepers.find(loaded.connection, loaded.vault, actor, values.phone)
    assert station in {one_found.station_id for one_found in found}
    text = str(rows(loaded.connection, "SELECT k::text FROM keeper k"))
    assert values.phone not in text
    assert values.name not in text


@pytest.mark.parametrize("number", [0, 9, 123, 9_999, 10_000])
def test_made_up_people_could_be_typed_in(number: int) -> None:
    day = date(2026, 1, 1)
    made = person(number, "演示单位")
    kept = check(
        name=made.name, phone=made.phone, employer=made.employer, consented_on=day, today=day
    )
    assert (kept.name, kept.phone) == (made.name, made.phone)
    assert made.phone == f"1390000{number % 10_000:04}"
