"""What speaks against the places of a list, and which stations its rows may repeat."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from app.domain.errors import FieldError
from app.domain.list_likeness import Known, Likenesses
from app.domain.station import StationFacts
from app.service._list_rows import Twin
from app.service.snapshot import folder_of
from app.settings import Settings
from app.store import batches
from app.store.database import Connection
from app.store.networks import NetworkRecord
from geo.snap import snap
from geo.storage import open_network

# with a district's name in a list these say no more than the name alone
_SUFFIXES = ("自治县", "新区", "区", "县", "市")
DISTRICT, WATER, FAR = "district", "water", "far"


@dataclass(frozen=True, slots=True)
class PlaceFindings:
    """What was found at the place of one row.

    Attributes:
        district: the name of the district of the day it lies in, empty outside of all.
        marks: district, water, far: what to look at again.
    """

    district: str
    adcode: str | None
    marks: tuple[str, ...]
    warnings: tuple[FieldError, ...]


def check_places(
    connection: Connection,
    settings: Settings,
    network: NetworkRecord | None,
    placed: Mapping[int, StationFacts],
    *,
    day: date,
) -> dict[int, PlaceFindings]:
    """Look at the places of rows, all at once.

    Args:
        placed: by row, facts with a place in WGS-84.
        day: whose districts count.
    """
    numbers = list(placed)
    places = [(placed[n].longitude or 0.0, placed[n].latitude or 0.0) for n in numbers]
    if not places:
        return {}
    spots = batches.spots(connection, places, day=day, network=network.name if network else "")
    far = far_from_streets(settings, network, places)
    known = batches.has_districts(connection, day)
    return {
        number: _judge(placed[number].area_name, spot, away, known=known)
        for number, spot, away in zip(numbers, spots, far, strict=True)
    }


def far_from_streets(
    settings: Settings, network: NetworkRecord | None, places: Sequence[tuple[float, float]]
) -> list[bool]:
    """Say for each lon, lat whether no street of a network is near it."""
    if network is None or not places:
        return [False] * len(places)
    opened = open_network(folder_of(settings.networks, network.name, network.digest))
    found = snap(
        opened,
        np.array([lon for lon, _ in places], np.float64),
        np.array([lat for _, lat in places], np.float64),
        max_metres=settings.max_snap_metres,
    )
    return [not inside for inside in found.inside]


def _judge(area_name: str, spot: batches.Spot, away: bool, *, known: bool) -> PlaceFindings:
    marks, warnings = [], []
    if spot.in_water:
        marks.append(WATER)
        warnings.append(FieldError("place", "lies in the water", "这个位置在水里"))
    if spot.district is None and known:
        marks.append(DISTRICT)
        warnings.append(FieldError("place", "lies in no district", "这个位置不在任何区县内"))
    elif spot.district is not None and area_name and not same_area(area_name, spot.district):
        marks.append(DISTRICT)
        warnings.append(FieldError(
            "place", f"lies in {spot.district}, and the list says {area_name}",
            f"位置在{spot.district},而表里写的是“{area_name}”",
        ))  # fmt: skip
    if away:
        marks.append(FAR)
        warnings.append(FieldError(
            "place", "no street of the network is near it: it will not count for coverage",
            "附近没有街道,不会计入覆盖",
        ))  # fmt: skip
    return PlaceFindings(spot.district or "", spot.adcode, tuple(marks), tuple(warnings))


def same_area(typed: str, name: str) -> bool:
    """Whether a list's word for a district means the one of a name."""
    short = next((name.removesuffix(s) for s in _SUFFIXES if name.endswith(s)), name)
    return short in typed or typed in name


class Twins:
    """The stations in the acting person's sight, and the rows read so far."""

    def __init__(self, connection: Connection, unions: Sequence[int] | None) -> None:
        """Read the stations.

        Args:
            unions: those whose stations the person may ask to be changed; None for all.
        """
        self._stations = {row[0]: row for row in batches.known_stations(connection)}
        self._mine = None if unions is None else set(unions)
        self._rows: dict[int, StationFacts] = {}
        self._known = Likenesses(
            Known(id_, name, address, longitude, latitude)
            for id_, name, address, _, _, _, _, longitude, latitude in self._stations.values()
        )

    def of(self, number: int, facts: StationFacts) -> tuple[bool, tuple[Twin, ...]]:
        """Return whether a row says what is there already, and which ones it may repeat."""
        row = Known(-number, facts.name, facts.address, facts.longitude, facts.latitude)
        same = self._known.same(row)
        if same is not None:
            found: tuple[Twin, ...] = (self._twin(same, None, 1.0),)
        else:
            found = tuple(
                self._twin(one.key, one.metres, one.score) for one in self._known.likely(row)
            )
        self._known.add(row)
        self._rows[number] = facts
        return same is not None, found

    def _twin(self, key: int, metres: float | None, score: float) -> Twin:
        if key < 0:
            facts = self._rows[-key]
            return Twin(None, -key, facts.name, facts.address, "", None, "", False, metres, score)
        id_, name, address, state, code, union, union_id, _, _ = self._stations[key]
        mine = self._mine is None or union_id in self._mine
        return Twin(id_, None, name, address, state, code, union, mine, metres, score)
