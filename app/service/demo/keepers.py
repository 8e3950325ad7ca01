"""Keepers of the made-up stations: made-up people, sealed as real ones are."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from app.domain.keepers import EMPLOYER, NAME, PHONE, Values
from app.domain.lifecycle import State
from app.service import _keeper_seal as seals
from app.service.demo.history import ZONE
from app.service.demo.stations import DemoStation
from app.service.vault import Vault
from app.store import keepers, sealed
from app.store.database import Connection
from app.store.keepers import Begun, Sealed

# who left has no keeper any more, and who was never submitted need not have one yet
_NONE = frozenset({State.EXITED, State.MERGED, State.DISCARDED})
# numbers nobody has; from here on one person keeps a second station
_NUMBERS = 10_000
_DIGITS = str.maketrans("0123456789", "零一二三四五六七八九")


def load(
    connection: Connection, vault: Vault, ids: Sequence[int], made: Sequence[DemoStation]
) -> None:
    """Name a keeper for every station that should have one, in the caller's transaction."""
    sealed.hold_keys(connection)
    keepers.load(connection, _begun(vault, ids, made))


def person(number: int, employer: str) -> Values:
    """Return a made-up person; the name has no digits, so that it could be typed in as well."""
    named = f"{number % _NUMBERS + 1:02}".translate(_DIGITS)
    return Values(f"演示负责人{named}", f"1390000{number % _NUMBERS:04}", employer)


def _begun(vault: Vault, ids: Sequence[int], made: Sequence[DemoStation]) -> Iterator[Begun]:
    for number, (station_id, station) in enumerate(zip(ids, made, strict=True)):
        state = station.history[-1].state
        if state in _NONE or (state is State.DRAFT and number % 2):
            continue
        values = person(number, station.facts.host_name or "演示单位")
        key = seals.new_key()
        since: datetime = station.history[0].valid_from
        prints = seals.prints(vault, name=values.name, phone=values.phone)
        yield Begun(
            station_id, since, since.astimezone(ZONE).date(), key.id, seals.wrap(vault, key),
            Sealed(
                seals.seal(key, NAME, values.name), seals.seal(key, PHONE, values.phone),
                seals.seal(key, EMPLOYER, values.employer),
                seals.seal_masks(key, values.masked), prints.name, prints.phone,
            ),
        )  # fmt: skip
