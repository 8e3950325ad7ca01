"""``harbor keepers`` and ``harbor key``: who is erased, what is sealed under which key."""

import json
from collections.abc import Iterator
from datetime import date

import pytest

from app.domain.actor import Actor
from app.domain.roles import Role
from app.service import accounts, keepers
from app.store.cluster import Cluster
from tests.cli.test_commands import FAILED, OK, on
from tests.service import towns
from tests.service.towns import Town

VALUES = {"name": "欧阳晓岚", "phone": "13900007711", "employer": "嘉陵江畔某银行"}


@pytest.fixture(scope="module")
def town(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with towns.opened(cluster, tmp_path_factory.mktemp("keepers")) as opened:
        with opened.runtime.connection() as connection:
            accounts.add(connection, "anna", Role.CITY_ADMIN)
        yield opened


@pytest.fixture
def keeper(town: Town) -> int:
    town.run("DELETE FROM keeper")
    ((anna,),) = town.run("SELECT id FROM user_account WHERE name = 'anna'")
    ((station,),) = town.run("SELECT id FROM station WHERE name = '解放碑站'")
    with town.runtime.connection() as connection:
        return keepers.add(
            connection, town.runtime.vault, Actor(int(str(anna))), int(str(station)), **VALUES,
            consented_on=date(2026, 3, 2),
        )  # fmt: skip


def reached(town: Town, keeper: int) -> str | None:
    with town.runtime.connection() as connection:
        found = keepers.contact(connection, town.runtime.vault, keeper)
    return found and found.phone


def test_former_keepers_are_named_and_then_erased(town: Town, keeper: int) -> None:
    assert on(town, "keepers", "erase").output == "Nobody is due.\n"
    town.run(
        "UPDATE keeper SET state = 'ended', ended_because = 'left', valid_from = valid_from -"
        " interval '1 year', valid_to = clock_timestamp() - interval '181 days'"
    )
    due = json.loads(on(town, "keepers", "erase", "--dry-run", "--json").output)
    assert due == {"days": 180, "erased": [], "due": [keeper]}
    assert "Nobody" in on(town, "keepers", "erase", "--days", "182").output
    erased = on(town, "keepers", "erase")
    assert erased.exit_code == OK
    assert erased.output == f"1 erased: keeper {keeper}.\n"
    assert town.run("SELECT count(*) FROM keeper_key") == [(0,)]


def test_the_night_erases_by_the_settings(town: Town, keeper: int) -> None:
    assert keepers.erase(town.runtime) == []
    town.run(
        "UPDATE keeper SET state = 'ended', ended_because = 'left', valid_from = valid_from -"
        " interval '1 year', valid_to = clock_timestamp() - interval '181 days'"
    )
    assert keepers.erase(town.runtime) == [keeper]


def test_a_change_of_keys_is_told_and_a_running_process_goes_on(town: Town, keeper: int) -> None:
    assert reached(town, keeper) == VALUES["phone"]
    before = json.loads(on(town, "key", "status", "--json").output)
    done = json.loads(on(town, "key", "rotate", "--json").stdout)
    assert (done["resealed"], done["lost"], done["broken"]) == (1, 0, 0)
    assert done["dropped"] == [one["key"] for one in before["keys"]]
    after = json.loads(on(town, "key", "status", "--json").output)
    assert [one["seals"] for one in after["keys"]] == [True]
    assert after["keys"] != before["keys"]
    assert reached(town, keeper) == VALUES["phone"]
    said = on(town, "key", "rotate")
    assert said.exit_code == OK
    assert "Make a backup now" in said.output
    secret = town.runtime.vault.file.read_text().split()[1]
    for text in (said.output, on(town, "key", "status").output, str(before), str(after)):
        assert secret not in text
        assert "7711" not in text.replace(str(keeper), "")


def test_what_does_not_open_is_an_error(town: Town, keeper: int) -> None:
    town.run("UPDATE keeper_key SET wrapped = set_byte(wrapped, 30, get_byte(wrapped, 30) # 1)")
    status = on(town, "key", "status")
    assert status.exit_code == FAILED
    assert "1 values do not open" in status.output
    rotated = on(town, "key", "rotate", "--json")
    assert rotated.exit_code == FAILED
    assert json.loads(rotated.stdout)["dropped"] == []
    assert "not finished" in on(town, "key", "status").output
    town.run("DELETE FROM keeper")
    assert on(town, "key", "rotate").exit_code == OK
