"""Keepers: named, masked, shown for a reason, handed over, erased; and nothing lies in clear."""

import subprocess
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from psycopg import errors

from app.domain.errors import Conflict, ForbiddenHere, InvalidInput, NotFound
from app.domain.keepers import EndCode, Masks, Values
from app.domain.lifecycle import State
from app.service import _keeper_seal as seals
from app.service import keepers
from app.service.keepers import LimitReached
from app.service.vault import SealBroken, Vault
from app.store import _programs, backup
from app.store.cluster import Cluster
from app.store.rights import acting
from tests.service.town_hall import Hall, open_hall
from tests.store.people import logins, one, rows

FIRST = {"name": "欧阳晓岚", "phone": "13900007711", "employer": "嘉陵江畔某银行"}
SECOND = {"name": "诸葛明远", "phone": "13900007722", "employer": "朝天门某邮局"}
THIRD = {"name": "上官云舒", "phone": "13900007733", "employer": "磁器口某药房"}
CONSENT = date(2026, 3, 2)
WHY = "核对站点开放时间"


@pytest.fixture(scope="module")
def hall(cluster: Cluster) -> Iterator[Hall]:
    with open_hall(cluster, "keepers") as opened:
        yield opened


@pytest.fixture(scope="module")
def vault(tmp_path_factory: pytest.TempPathFactory) -> Vault:
    return Vault(tmp_path_factory.mktemp("keepers") / "key", made_at_need=True)


@pytest.fixture(autouse=True)
def _fresh(hall: Hall) -> None:
    hall.connection.execute("TRUNCATE keeper, keeper_key, notice, user_session CASCADE")


def name_one(hall: Hall, vault: Vault, station: int, values: dict[str, str] = FIRST) -> int:
    return keepers.add(
        hall.connection, vault, hall.actor("north_clerk"), station, **values, consented_on=CONSENT
    )


def told(hall: Hall, action: str) -> list[dict[str, Any]]:
    """What the audit says of an action, oldest first."""
    found = rows(
        hall.connection, "SELECT details FROM audit_event WHERE action = %s ORDER BY id", action
    )
    return [details for (details,) in found]


# Naming and showing -----------------------------------------------------------------------------


def test_a_keeper_is_listed_masked_and_no_value_leaves_without_a_reason(
    hall: Hall, vault: Vault
) -> None:
    station = hall.station("north", State.DRAFT, keeper=False)
    keeper = name_one(hall, vault, station)
    for person in ("north_clerk", "north_judge", "north_inspector", "chief", "auditor"):
        (shown,) = keepers.masked(hall.connection, hall.actor(person), station, vault=vault)
        assert shown.masks == Masks("欧**", "139****7711", "嘉陵**"), person
        assert shown.state == ("在任", "Serving")
        assert (shown.duty.id, shown.duty.consented_on) == (keeper, CONSENT)
        assert "7711" not in repr(keepers.masked(hall.connection, hall.actor(person), station))
    for person in ("south_clerk", "rail_clerk", "planner", "nobody"):
        assert keepers.masked(hall.connection, hall.actor(person), station, vault=vault) == ()


def test_the_values_are_shown_for_a_reason_that_the_audit_keeps(hall: Hall, vault: Vault) -> None:
    station = hall.station("north", State.ACTIVE)
    keeper = name_one(hall, vault, station)
    for person in ("north_clerk", "north_judge", "north_inspector", "chief", "city_judge"):
        seen = keepers.unmask(
            hall.connection, vault, hall.actor(person, "r1"), keeper, reason=f"{WHY} {person}"
        )
        assert seen == Values(**FIRST), person
        last = told(hall, "keeper.unmask")[-1]
        assert last == {"keeper": keeper, "reason": f"{WHY} {person}"}
    for person in ("auditor", "north_auditor"):
        with pytest.raises(ForbiddenHere):
            keepers.unmask(hall.connection, vault, hall.actor(person), keeper, reason=WHY)
    for person in ("south_clerk", "planner", "nobody"):
        with pytest.raises(NotFound):
            keepers.unmask(hall.connection, vault, hall.actor(person), keeper, reason=WHY)


@pytest.mark.parametrize("reason", ["", "想看", "给欧阳晓岚打电话", "核对 139-0000-7711"])
def test_a_reason_that_is_none_or_names_the_person_shows_nothing_and_tells_nothing(
    hall: Hall, vault: Vault, reason: str
) -> None:
    keeper = name_one(hall, vault, hall.station("north", State.ACTIVE))
    before = len(told(hall, "keeper.unmask"))
    with pytest.raises(InvalidInput) as caught:
        keepers.unmask(hall.connection, vault, hall.actor("north_clerk"), keeper, reason=reason)
    assert [error.field for error in caught.value.errors] == ["reason"]
    assert len(told(hall, "keeper.unmask")) == before


def test_a_person_sees_so_many_an_hour_and_another_person_is_not_held_up(
    hall: Hall, vault: Vault
) -> None:
    keeper = name_one(hall, vault, hall.station("north", State.ACTIVE))
    person, other = hall.actor("north_second"), hall.actor("north_alone")
    for _ in range(3):
        keepers.unmask(hall.connection, vault, person, keeper, reason=WHY, most=3)
    with pytest.raises(LimitReached) as caught:
        keepers.unmask(hall.connection, vault, person, keeper, reason=WHY, most=3)
    assert 3500 < caught.value.wait_seconds <= 3600
    assert "分钟" in caught.value.zh
    assert told(hall, "keeper.unmask_refused")[-1] == {"keeper": keeper}
    assert keepers.unmask(hall.connection, vault, other, keeper, reason=WHY, most=3)


def test_others_may_not_name_keepers_and_a_station_that_left_gets_none(
    hall: Hall, vault: Vault
) -> None:
    station = hall.station("north", State.ACTIVE)
    for person in ("south_clerk", "north_judge", "north_inspector", "planner", "auditor"):
        with pytest.raises(ForbiddenHere) as caught:
            keepers.add(
                hall.connection, vault, hall.actor(person), station, **FIRST, consented_on=CONSENT
            )
        assert caught.value.zh
    with pytest.raises(NotFound):
        keepers.add(
            hall.connection, vault, hall.actor("south_clerk"),
            hall.station("north", State.DRAFT, keeper=False), **FIRST, consented_on=CONSENT,
        )  # fmt: skip
    for state in (State.EXITED, State.DISCARDED):
        with pytest.raises(Conflict):
            name_one(hall, vault, hall.station("north", state, keeper=False))
    assert one(hall.connection, "SELECT count(*) FROM keeper_key") == 0


def test_a_station_has_several_keepers_and_nobody_twice(hall: Hall, vault: Vault) -> None:
    station = hall.station("north", State.DRAFT, keeper=False)
    name_one(hall, vault, station)
    name_one(hall, vault, station, SECOND)
    with pytest.raises(InvalidInput) as caught:
        name_one(hall, vault, station, {**THIRD, "phone": "+86 139 0000 7722"})
    assert caught.value.errors[0].field == "phone"
    assert one(hall.connection, "SELECT count(*) FROM keeper_key") == 2
    assert name_one(hall, vault, hall.station("north", State.DRAFT, keeper=False))


def test_a_keeper_is_found_by_phone_or_name_within_the_scope(hall: Hall, vault: Vault) -> None:
    here, there = (
        hall.station("north", State.DRAFT, keeper=False),
        hall.station("south", State.DRAFT, keeper=False),
    )
    keeper = name_one(hall, vault, here)
    keepers.add(
        hall.connection, vault, hall.actor("south_clerk"), there, **FIRST, consented_on=CONSENT
    )
    clerk = hall.actor("north_clerk")
    for text in ("139 0000 7711", "+8613900007711", "欧阳 晓岚"):
        (found,) = keepers.find(hall.connection, vault, clerk, text)
        assert (found.keeper_id, found.station_id, found.masks.name) == (keeper, here, "欧**")
        assert len(keepers.find(hall.connection, vault, hall.actor("chief"), text)) == 2
        assert keepers.find(hall.connection, vault, hall.actor("rail_clerk"), text) == ()
    assert keepers.find(hall.connection, vault, clerk, "13900007712") == ()
    assert keepers.find(hall.connection, vault, clerk, "欧阳晓") == ()


def test_a_change_keeps_the_rest_and_moves_what_is_looked_up(hall: Hall, vault: Vault) -> None:
    station = hall.station("north", State.ACTIVE)
    keeper = name_one(hall, vault, station)
    clerk = hall.actor("north_clerk")
    assert keepers.change(
        hall.connection, vault, clerk, keeper, phone="139 0000 8811", name=""
    ) == ("phone",)
    assert keepers.unmask(hall.connection, vault, clerk, keeper, reason=WHY) == Values(
        **{**FIRST, "phone": "13900008811"}
    )
    (shown,) = keepers.masked(hall.connection, clerk, station, vault=vault)
    assert shown.masks == Masks("欧**", "139****8811", "嘉陵**")
    assert keepers.find(hall.connection, vault, clerk, FIRST["phone"]) == ()
    assert len(keepers.find(hall.connection, vault, clerk, "13900008811")) == 1
    assert told(hall, "keeper.change")[-1] == {"keeper": keeper, "fields": ["phone"]}
    with pytest.raises(ForbiddenHere):
        keepers.change(hall.connection, vault, hall.actor("north_judge"), keeper, name="某某")


def test_who_sends_notices_reaches_who_serves_and_nobody_else(hall: Hall, vault: Vault) -> None:
    keeper = name_one(hall, vault, hall.station("north", State.ACTIVE))
    found = keepers.contact(hall.connection, vault, keeper)
    assert found is not None
    assert (found.name, found.phone) == (FIRST["name"], FIRST["phone"])
    with (
        acting(hall.connection, user_id=hall.city.people["chief"]),
        pytest.raises(errors.InsufficientPrivilege),
    ):
        keepers.contact(hall.connection, vault, keeper)
    keepers.end(hall.connection, hall.actor("north_clerk"), keeper)
    assert keepers.contact(hall.connection, vault, keeper) is None


# Handing over and erasing -----------------------------------------------------------------------


def test_staff_hand_a_duty_over_at_once(hall: Hall, vault: Vault) -> None:
    station = hall.station("north", State.ACTIVE)
    first = name_one(hall, vault, station)
    clerk = hall.actor("north_clerk")
    second = keepers.hand_over(hall.connection, vault, clerk, first, **SECOND, consented_on=CONSENT)
    serving, ended = keepers.masked(hall.connection, clerk, station, vault=vault)
    assert (serving.duty.id, serving.duty.state, serving.duty.replaces) == (
        second,
        "serving",
        first,
    )
    assert (ended.duty.id, ended.duty.state, ended.duty.ended_because) == (
        first, "ended", "handed_over",
    )  # fmt: skip
    assert serving.duty.valid_from is not None
    assert ended.duty.valid_to is not None
    assert serving.duty.valid_from <= ended.duty.valid_to
    assert told(hall, "keeper.end")[-1] == {
        "keeper": first, "because": "handed_over", "successor": second,
    }  # fmt: skip
    with pytest.raises(Conflict):
        keepers.hand_over(hall.connection, vault, clerk, first, **THIRD, consented_on=CONSENT)
    with pytest.raises(Conflict):
        keepers.end(hall.connection, clerk, first)


def age(hall: Hall, keeper: int, days: int) -> None:
    hall.connection.execute(
        "UPDATE keeper SET valid_from = valid_from - make_interval(days => %s),"
        " valid_to = valid_to - make_interval(days => %s) WHERE id = %s",
        (days, days, keeper),
    )


def opens_anywhere(hall: Hall, vault: Vault, copies: list[tuple[Any, ...]]) -> bool:
    """Whether sealed values that somebody copied earlier open with any key there is now."""
    kept = rows(hall.connection, "SELECT id, wrapped FROM keeper_key")
    for key_id, *values in copies:
        for other, wrapped in kept:
            key = seals.unwrap(vault, other, bytes(wrapped))
            for named in (key, seals.DataKey(key_id, key.secret)):
                for field, sealed in zip(("name", "phone", "employer"), values, strict=True):
                    try:
                        seals.open_(named, field, bytes(sealed))
                    except SealBroken:
                        continue
                    return True
    return False


def test_a_former_keeper_is_erased_in_time_and_opens_nowhere(hall: Hall, vault: Vault) -> None:
    station = hall.station("north", State.ACTIVE)
    first = name_one(hall, vault, station)
    clerk = hall.actor("north_clerk")
    name_one(hall, vault, station, SECOND)
    copies = rows(
        hall.connection,
        "SELECT key_id, name_sealed, phone_sealed, employer_sealed FROM keeper WHERE id = %s",
        first,
    )  # fmt: skip
    assert opens_anywhere(hall, vault, copies)
    keepers.end(hall.connection, clerk, first)
    age(hall, first, 179)
    assert keepers.erase_due(hall.connection, days=180) == []
    age(hall, first, 2)
    assert keepers.erase_due(hall.connection, days=180, really=False) == [first]
    assert opens_anywhere(hall, vault, copies)
    assert keepers.erase_due(hall.connection, days=180) == [first]
    assert keepers.erase_due(hall.connection, days=180) == []
    # nothing else had to go: what history, a list or a file still holds is silent
    assert not opens_anywhere(hall, vault, copies)
    assert one(hall.connection, "SELECT count(*) FROM keeper_key") == 1
    serving, erased = keepers.masked(hall.connection, clerk, station, vault=vault)
    assert serving.readable
    assert not erased.readable
    assert erased.duty.erased_at is not None
    assert erased.masks == Masks()
    for reach in (FIRST["phone"], FIRST["name"]):
        assert keepers.find(hall.connection, vault, hall.actor("chief"), reach) == ()
    with pytest.raises(NotFound):
        keepers.unmask(hall.connection, vault, clerk, first, reason=WHY)
    assert keepers.contact(hall.connection, vault, first) is None
    assert told(hall, "keeper.erase")[-1] == {"keeper": first, "because": "duty ended"}


def test_the_keepers_of_a_station_that_left_are_erased_in_time(hall: Hall, vault: Vault) -> None:
    stations = [hall.station("north", State.ACTIVE) for _ in range(3)]
    found = [name_one(hall, vault, station) for station in stations]
    for station, state in zip(stations, (State.EXITED, State.MERGED, State.ACTIVE), strict=True):
        hall.connection.execute("UPDATE station SET state = %s WHERE id = %s", (state, station))
        hall.connection.execute("ALTER TABLE station DISABLE TRIGGER USER")
        hall.connection.execute(
            "UPDATE station SET state_since = state_since - interval '200 days' WHERE id = %s",
            (station,),
        )
        hall.connection.execute("ALTER TABLE station ENABLE TRIGGER USER")
    assert keepers.erase_due(hall.connection, days=201) == []
    assert keepers.erase_due(hall.connection, days=180) == found[:2]
    assert rows(hall.connection, "SELECT state FROM keeper ORDER BY id") == [
        ("ended",), ("ended",), ("serving",),
    ]  # fmt: skip


def test_what_was_entered_by_mistake_is_erased_at_once(hall: Hall, vault: Vault) -> None:
    keeper = name_one(hall, vault, hall.station("north", State.ACTIVE))
    keepers.end(hall.connection, hall.actor("north_clerk"), keeper, EndCode.MISTAKEN)
    assert one(hall.connection, "SELECT erased_at FROM keeper WHERE id = %s", keeper)
    assert one(hall.connection, "SELECT count(*) FROM keeper_key") == 0


def test_a_record_deleted_with_its_station_leaves_no_key(hall: Hall, vault: Vault) -> None:
    name_one(hall, vault, hall.station("north", State.DRAFT, keeper=False))
    hall.connection.execute("DELETE FROM keeper")
    assert one(hall.connection, "SELECT count(*) FROM keeper_key") == 0


# Nothing in clear -------------------------------------------------------------------------------


def dumped(hall: Hall, file: Path) -> bytes:
    """A backup of the database, as plain SQL text."""
    backup.dump(hall.city.url, file, programs=_programs.find())
    return subprocess.run(
        [_programs.find().path("pg_restore"), "--file", "-", str(file)],
        capture_output=True,
        check=True,
    ).stdout


def test_a_dump_holds_no_name_and_no_phone_in_clear_whatever_was_done(
    hall: Hall, vault: Vault, tmp_path: Path
) -> None:
    station = hall.station("north", State.ACTIVE)
    clerk = hall.actor("north_clerk")
    first = name_one(hall, vault, station)
    keepers.unmask(hall.connection, vault, hall.actor("north_judge"), first, reason=WHY)
    keepers.change(hall.connection, vault, clerk, first, phone="13900008811", name="欧阳小岚")
    second = keepers.hand_over(hall.connection, vault, clerk, first, **SECOND, consented_on=CONSENT)
    keepers.find(hall.connection, vault, clerk, SECOND["phone"])
    with pytest.raises(InvalidInput):
        name_one(hall, vault, station, SECOND)
    keepers.end(hall.connection, clerk, second)
    text = dumped(hall, tmp_path / "whole.backup")
    assert f"keeper.unmask\tstation {station}".encode() in text
    assert WHY.encode() in text
    clear = [*FIRST.values(), *SECOND.values(), "13900008811", "欧阳小岚"]
    for value in clear:
        for form in (value.encode(), value.encode().hex().encode(), value[3:].encode()):
            assert form not in text, value
    for mask in ("139****", "欧**", "诸**"):
        assert mask.encode() not in text


@given(st.text(max_size=60), st.sampled_from(["name", "phone", "employer"]))
def test_a_sealed_value_opens_under_its_key_for_its_field_alone(text: str, field: str) -> None:
    key, other = seals.new_key(), seals.new_key()
    sealed = seals.seal(key, field, text)
    assert seals.open_(key, field, sealed) == text
    assert seals.seal(key, field, text) != sealed
    assert sealed[0] == 1
    assert len(text.encode()) < 6 or text.encode() not in sealed
    for wrong_key, wrong_field in (
        (other, field),
        (seals.DataKey(key.id, other.secret), field),
        (seals.DataKey(other.id, key.secret), field),
        (key, "masks"),
    ):
        with pytest.raises(SealBroken):
            seals.open_(wrong_key, wrong_field, sealed)
    assert key.secret.hex() not in repr(key) + repr(Values(text, text, text))


# A shell ----------------------------------------------------------------------------------------


def test_in_a_shell_nobody_opens_and_other_unions_see_no_keeper(hall: Hall, vault: Vault) -> None:
    station = hall.station("north", State.ACTIVE)
    keeper = name_one(hall, vault, station)
    with logins(hall.city) as session:
        seen = "SELECT id FROM keeper"
        for person in ("north_clerk", "north_judge", "chief", "auditor"):
            assert rows(session(person), seen) == [(keeper,)], person
        for person in ("south_clerk", "rail_clerk", "planner", "nobody"):
            assert rows(session(person), seen) == [], person
        for person in ("north_clerk", "chief"):
            for column in ("name_sealed", "phone_sealed", "masks_sealed", "phone_print", "key_id"):
                shut(session(person), f"SELECT {column} FROM keeper")
            shut(session(person), "SELECT wrapped FROM keeper_key")
            shut(session(person), "SELECT pin_hash FROM keeper_link")
            shut(session(person), "UPDATE keeper SET state = 'ended'")
            shut(session(person), "DELETE FROM keeper_key")
            shut(session(person), f"SELECT * FROM unmask_keeper({keeper}, '{WHY}', 10)")
            shut(session(person), f"SELECT end_keeper({keeper}, 'left')")
            shut(session(person), f"SELECT issue_keeper_link({keeper}, sha256('x'), 'x')")
            shut(session(person), f"SELECT silence_keeper({keeper})")
            shut(session(person), f"SELECT erase_keeper({keeper}, 'x')")
            assert rows(session(person), f"SELECT * FROM keeper_masks({station})") == []
            everybody = "SELECT * FROM find_keepers((SELECT array_agg(''::bytea)), 9)"
            assert rows(session(person), everybody) == []
            session(person).execute("SELECT set_config('harbor.user', '1', false)")
            shut(session(person), f"SELECT * FROM unmask_keeper({keeper}, '{WHY}', 10)")


def test_the_public_reaches_nothing_of_keepers(hall: Hall, vault: Vault) -> None:
    station = hall.station("north", State.ACTIVE)
    keeper = name_one(hall, vault, station)
    with hall.connection.transaction(force_rollback=True):
        hall.connection.execute("SET LOCAL ROLE harbor_public")
        for statement in (
            "SELECT id FROM keeper", "SELECT id FROM keeper_key", "SELECT id FROM keeper_link",
            f"SELECT * FROM keeper_masks({station})", "SELECT * FROM kept_station()",
            f"SELECT * FROM unmask_keeper({keeper}, 'x', 10)",
            f"SELECT station_has_keeper({station})",
        ):  # fmt: skip
            shut(hall.connection, statement)


def shut(connection: psycopg.Connection[Any], statement: str) -> None:
    with pytest.raises(errors.InsufficientPrivilege), connection.transaction():
        connection.execute(statement)  # type: ignore[arg-type]
