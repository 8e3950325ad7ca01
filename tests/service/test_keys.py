"""A change of keys: everything is sealed anew, nothing is lost, a crash in the middle goes on."""

import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import psycopg
import pytest

from app.domain.errors import Conflict
from app.domain.lifecycle import State
from app.service import keepers, keys, second_factor
from app.service.vault import KeyUnknown, Vault
from app.settings import PROJECT
from app.store import sealed
from app.store.cluster import Cluster
from tests.service.town_hall import Hall, open_hall
from tests.store.people import one, rows

CONSENT = date(2026, 3, 2)
KEEPERS = 7


@pytest.fixture(scope="module")
def hall(cluster: Cluster) -> Iterator[Hall]:
    with open_hall(cluster, "keys") as opened:
        yield opened


@pytest.fixture
def vault(hall: Hall, tmp_path: Path) -> Vault:
    """A key of its own, and a register that holds nothing sealed."""
    hall.connection.execute("TRUNCATE keeper, keeper_key CASCADE")
    hall.connection.execute("UPDATE user_account SET second_factor = NULL")
    hall.connection.execute("TRUNCATE staged_import CASCADE")
    return Vault(tmp_path / "key", made_at_need=True)


def phone(number: int) -> str:
    return f"1390000{number:04}"


def name_some(hall: Hall, vault: Vault, count: int = KEEPERS) -> dict[int, str]:
    """Name keepers of one station; ids to their phones."""
    station = hall.station("north", State.ACTIVE)
    clerk = hall.actor("north_clerk")
    return {
        keepers.add(
            hall.connection, vault, clerk, station, name="欧阳晓岚", phone=phone(number),
            employer="嘉陵江畔某银行", consented_on=CONSENT,
        ): phone(number)
        for number in range(count)
    }  # fmt: skip


def seal_a_factor(hall: Hall, vault: Vault, person: str = "chief") -> int:
    user = hall.city.people[person]
    value = vault.seal(second_factor.purpose_of(user), b"JBSWY3DPEHPK3PXP")
    hall.connection.execute(
        "UPDATE user_account SET second_factor = %s WHERE id = %s", (value, user)
    )
    return user


def opens(hall: Hall, vault: Vault, named: dict[int, str]) -> None:
    """Every keeper opens, and is found by phone."""
    clerk = hall.actor("north_clerk")
    for keeper, number in named.items():
        reached = keepers.contact(hall.connection, vault, keeper)
        assert reached is not None
        assert reached.phone == number
        (found,) = keepers.find(hall.connection, vault, clerk, number, most=100_000)
        assert found.keeper_id == keeper


def test_after_a_change_everything_opens_under_the_new_key_alone(hall: Hall, vault: Vault) -> None:
    named, user = name_some(hall, vault), seal_a_factor(hall, vault)
    before = rows(hall.connection, "SELECT id, wrapped FROM keeper_key ORDER BY id")
    prints = rows(hall.connection, "SELECT phone_print FROM keeper ORDER BY id")
    old = vault.current_key
    done = keys.rotate(hall.connection, vault, at_once=3)
    assert done == keys.Rotated(False, KEEPERS + 1, 0, 0, (old.hex(),))
    fresh = Vault(vault.file, made_at_need=False)
    opens(hall, fresh, named)
    opens(hall, vault, named)
    factor = one(hall.connection, "SELECT second_factor FROM user_account WHERE id = %s", user)
    assert fresh.open_(second_factor.purpose_of(user), bytes(factor)) == b"JBSWY3DPEHPK3PXP"
    assert {use.key for use in keys.use(hall.connection, vault)} == {vault.current_key.hex()}
    assert keys.check(hall.connection, vault) == 0
    # what a backup of yesterday holds opens no more, and its fingerprints can be tried by nobody
    for key_id, wrapped in before:
        with pytest.raises(KeyUnknown):
            fresh.open_(f"keeper-key:{key_id}", bytes(wrapped))
    assert not set(prints) & set(rows(hall.connection, "SELECT phone_print FROM keeper"))
    assert len(vault.file.read_text().splitlines()) == 2
    (told,) = rows(hall.connection, "SELECT details FROM audit_event WHERE action = 'key.rotate'")
    assert told[0]["resealed"] == KEEPERS + 1


KILLED = """
import os, signal, sys
from pathlib import Path
import psycopg
from app.service import keys
from app.service.vault import Vault

url, file, after = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
vault = Vault(file, made_at_need=False)
told = 0

def progress(doing, share):
    global told
    told += 1
    if told >= after:
        os.kill(os.getpid(), signal.SIGKILL)

if after == 0:
    vault.begin_rotation()
    os.kill(os.getpid(), signal.SIGKILL)
with psycopg.connect(url, autocommit=True) as connection:
    keys.rotate(connection, vault, progress, at_once=2)
"""


@pytest.mark.parametrize("after", [0, 1, 2, 4, 5])
def test_a_change_that_was_killed_goes_on(hall: Hall, vault: Vault, after: int) -> None:
    named, user = name_some(hall, vault), seal_a_factor(hall, vault)
    old = vault.current_key
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, hall.city.url, str(vault.file), str(after)],
        cwd=PROJECT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    # until somebody goes on, everything opens and is found; what is new has the new key
    opens(hall, vault, named)
    assert old in vault.key_ids
    named |= name_some(hall, vault, 2)
    left = sealed.counts(hall.connection, sealed.KEEPER_KEYS).get(old, 0)
    assert left == max(0, KEEPERS - 2 * after)
    done = keys.rotate(hall.connection, vault)
    assert done.resumed
    assert done.dropped == (old.hex(),)
    assert done.resealed == left + (after < 5)
    for keeper, number in named.items():
        reached = keepers.contact(hall.connection, vault, keeper)
        assert reached is not None
        assert reached.phone == number
    factor = one(hall.connection, "SELECT second_factor FROM user_account WHERE id = %s", user)
    assert vault.open_(second_factor.purpose_of(user), bytes(factor))
    assert len(vault.key_ids) == 1


def test_keepers_named_and_shown_during_changes_are_never_lost(hall: Hall, vault: Vault) -> None:
    named = name_some(hall, vault, 3)
    station = hall.station("north", State.ACTIVE)
    stop, faults = threading.Event(), list[BaseException]()

    def work() -> None:
        mine = Vault(vault.file, made_at_need=False)
        actor = hall.actor("north_clerk")
        try:
            with psycopg.connect(hall.city.url, autocommit=True) as connection:
                for number in range(1000, 9999):
                    if stop.is_set():
                        return
                    keeper = keepers.add(
                        connection, mine, actor, station, name="诸葛明远", phone=phone(number),
                        employer="朝天门某邮局", consented_on=CONSENT,
                    )  # fmt: skip
                    named[keeper] = phone(number)
                    (found,) = keepers.find(connection, mine, actor, phone(number), most=100_000)
                    assert found.masks.phone == f"139****{number}"
        except BaseException as error:
            faults.append(error)
            raise

    worker = threading.Thread(target=work)
    worker.start()
    try:
        for _ in range(6):
            keys.rotate(hall.connection, vault, at_once=5)
    finally:
        stop.set()
        worker.join()
    assert faults == []
    assert len(named) > 3
    keys.rotate(hall.connection, vault)
    assert keys.check(hall.connection, vault) == 0
    opens(hall, Vault(vault.file, made_at_need=False), named)


def test_two_do_not_change_the_keys_at_the_same_time(hall: Hall, vault: Vault) -> None:
    with psycopg.connect(hall.city.url, autocommit=True) as other:
        assert sealed.begin_rotation(other)
        with pytest.raises(Conflict, match="another session"):
            keys.rotate(hall.connection, vault)
    assert vault.key_ids == (vault.current_key,)


def test_a_value_that_does_not_open_keeps_its_key(hall: Hall, vault: Vault) -> None:
    named, user = name_some(hall, vault, 2), seal_a_factor(hall, vault)
    hall.connection.execute(
        "UPDATE user_account SET second_factor = set_byte(second_factor, 20,"
        " (get_byte(second_factor, 20) + 1) %% 256) WHERE id = %s",
        (user,),
    )
    old = vault.current_key
    done = keys.rotate(hall.connection, vault)
    assert (done.broken, done.dropped) == (1, ())
    assert old in vault.key_ids
    assert keys.check(hall.connection, vault) == 1
    opens(hall, vault, named)


def test_a_value_under_a_key_that_is_gone_holds_nothing_up(
    hall: Hall, vault: Vault, tmp_path: Path
) -> None:
    named = name_some(hall, vault, 2)
    seal_a_factor(hall, Vault(tmp_path / "other", made_at_need=True))
    done = keys.rotate(hall.connection, vault)
    assert (done.lost, done.broken, len(done.dropped)) == (1, 0, 1)
    opens(hall, vault, named)


def test_an_erased_keeper_stays_erased(hall: Hall, vault: Vault) -> None:
    first, second = name_some(hall, vault, 2)
    keepers.end(hall.connection, hall.actor("north_clerk"), first)
    hall.connection.execute(
        "UPDATE keeper SET valid_to = clock_timestamp() + interval '1 s' WHERE id = %s", (first,)
    )
    hall.connection.execute("SELECT erase_keeper(%s, 'duty ended')", (first,))
    keys.rotate(hall.connection, vault)
    assert keepers.contact(hall.connection, vault, first) is None
    assert keepers.contact(hall.connection, vault, second) is not None
    assert rows(hall.connection, "SELECT id FROM keeper WHERE phone_print IS NOT NULL") == [
        (second,)
    ]


def test_a_staged_list_opens_after_a_change(hall: Hall, vault: Vault) -> None:
    purpose = next(c.purpose for c in sealed.COLUMNS if c.table == "staged_import")
    hall.connection.execute(
        "INSERT INTO staged_import (user_id, file_name, file_digest, wrapped_key, expires_at)"
        " VALUES (%s, '站点.xlsx', 'x', %s, clock_timestamp() + interval '1 day')",
        (hall.city.people["chief"], vault.seal(purpose, bytes(32))),
    )
    keys.rotate(hall.connection, vault)
    wrapped = one(hall.connection, "SELECT wrapped_key FROM staged_import")
    assert vault.is_current(bytes(wrapped))
    assert vault.open_(purpose, bytes(wrapped)) == bytes(32)
