"""The places of a list on its way in, each with what speaks against it, for a map."""

from collections.abc import Iterator
from dataclasses import dataclass

from app.domain.actor import Actor
from app.service import _list_seal as seals
from app.service import import_staging
from app.service._list_rows import opened
from app.service.import_rows import FILTERS, PAGE_ROWS
from app.service.list_checks import DISTRICT, FAR, WATER
from app.service.runtime import Runtime
from app.store import lists
from app.store.database import Connection
from app.store.lists import StagedRow
from app.store.rights import acting_as

DUPLICATE, FINE = "duplicate", "fine"
# the first one that holds colours the point
_KINDS = {WATER: WATER, DISTRICT: DISTRICT, DUPLICATE: DUPLICATE, "present": DUPLICATE, FAR: FAR}


@dataclass(frozen=True, slots=True)
class Spot:
    """A row that has a place.

    Attributes:
        row, page: its number in the file, and on which page of the rows it stands.
        longitude, latitude: WGS-84 degrees.
        kind: water, district, duplicate, far or fine: what speaks against it most.
    """

    row: int
    page: int
    name: str
    longitude: float
    latitude: float
    kind: str


def spots(
    connection: Connection, runtime: Runtime, actor: Actor, list_id: int, *, shown: str = "all"
) -> tuple[Spot, ...]:
    """Return every row of a filter that has a place, in the order of the file.

    Args:
        shown: one of :data:`FILTERS`; anything else shows all.

    Raises:
        NotFound: if the list is gone, or another person's.
    """
    with acting_as(connection, actor):
        staged = import_staging.seen(connection, list_id)
        found = lists.rows(
            connection, list_id, shown=shown if shown in FILTERS else "all", most=None
        )
    return tuple(_spots(seals.unwrap(runtime.vault, staged.wrapped_key), found))


def _spots(key: bytes, rows: list[StagedRow]) -> Iterator[Spot]:
    for position, row in enumerate(rows):
        if "unplaced" in row.marks or row.severity == "error":
            continue
        facts = opened(key, row).facts
        if facts is None or facts.longitude is None or facts.latitude is None:
            continue
        kind = next((kind for mark, kind in _KINDS.items() if mark in row.marks), FINE)
        page = position // PAGE_ROWS + 1
        yield Spot(row.number, page, facts.name, facts.longitude, facts.latitude, kind)
