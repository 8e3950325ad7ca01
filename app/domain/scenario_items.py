"""The changes that a scenario makes to the stations, as values and as JSON."""

import hashlib
import json
from dataclasses import dataclass
from typing import Any, ClassVar

from app.domain.station import HostKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Open:
    """A station that is not there yet.

    Attributes:
        key: tells it from the scenario's other new stations.
        longitude, latitude: WGS-84 degrees.
        hours: opening hours in OpenStreetMap syntax, None if nobody knows.
        cost: what it takes, in whatever the planner counts in.
        draft: the id of the draft that it became in the register, None while it is none.
    """

    kind: ClassVar[str] = "open"
    key: str
    name: str
    longitude: float
    latitude: float
    services: tuple[str, ...]
    hours: str | None
    name_en: str = ""
    host_name: str = ""
    host_kind: HostKind | None = None
    cost: float | None = None
    draft: int | None = None

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON; what is not known is left out, but for the hours."""
        told: dict[str, Any] = {
            "kind": self.kind, "key": self.key, "name": self.name,
            "lon": self.longitude, "lat": self.latitude,
            "services": list(self.services), "hours": self.hours,
        }  # fmt: skip
        more: dict[str, Any] = {
            "name_en": self.name_en or None, "host_name": self.host_name or None,
            "host_kind": self.host_kind, "cost": self.cost, "draft": self.draft,
        }  # fmt: skip
        return told | {name: value for name, value in more.items() if value is not None}


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """A station that goes to another place, in WGS-84 degrees.

    Attributes:
        request: the id of the change request that it became, None while it is none.
    """

    kind: ClassVar[str] = "move"
    station: int
    longitude: float
    latitude: float
    request: int | None = None

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON."""
        return _of_station(self, lon=self.longitude, lat=self.latitude)


@dataclass(frozen=True, slots=True, kw_only=True)
class Close:
    """A station that is no more; the register takes evidence for that, so it is no request."""

    kind: ClassVar[str] = "close"
    station: int
    request: ClassVar[int | None] = None

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON."""
        return _of_station(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours:
    """A station that keeps other hours, in OpenStreetMap syntax; None if nobody knows them."""

    kind: ClassVar[str] = "hours"
    station: int
    hours: str | None
    request: int | None = None

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON."""
        return _of_station(self, hours=self.hours)


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """A station that offers other services: all that it has then, sorted."""

    kind: ClassVar[str] = "services"
    station: int
    services: tuple[str, ...]
    request: int | None = None

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON."""
        return _of_station(self, services=list(self.services))


OfStation = Move | Close | Hours | Services
Item = Open | OfStation


def _of_station(item: OfStation, **fields: Any) -> dict[str, Any]:
    asked = {} if item.request is None else {"request": item.request}
    return {"kind": item.kind, "station": item.station, **fields, **asked}


@dataclass(frozen=True, slots=True)
class Changes:
    """What a scenario changes, in the order it was said; no station twice in one way."""

    items: tuple[Item, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.items)

    def opened(self) -> tuple[Open, ...]:
        """Return the new stations."""
        return tuple(item for item in self.items if isinstance(item, Open))

    def to_json(self) -> list[dict[str, Any]]:
        """Return the items as JSON, as :func:`app.domain.scenario.parse` reads them."""
        return [item.to_json() for item in self.items]

    def digest(self) -> str:
        """Return a short digest of all that figures depend on; what became of an item is not."""
        said = [
            {name: value for name, value in item.items() if name not in ("draft", "request")}
            for item in self.to_json()
        ]
        text = json.dumps(said, sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()[:32]


NONE = Changes()
