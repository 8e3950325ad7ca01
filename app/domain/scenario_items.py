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
class _OfStation:
    """A change of the station with an id."""

    kind: ClassVar[str]
    station: int

    @property
    def key(self) -> str:
        """What tells it from the scenario's other items; no new station has such a key."""
        return f"{self.kind}:{self.station}"

    def _json(self, request: int | None = None, **fields: Any) -> dict[str, Any]:
        asked = {} if request is None else {"request": request}
        return {"kind": self.kind, "station": self.station, **fields, **asked}


@dataclass(frozen=True, slots=True, kw_only=True)
class Move(_OfStation):
    """A station that goes to another place, in WGS-84 degrees.

    Attributes:
        request: the id of the change request that it became, None while it is none.
    """

    kind: ClassVar[str] = "move"
    longitude: float
    latitude: float
    request: int | None = None

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON."""
        return self._json(self.request, lon=self.longitude, lat=self.latitude)


@dataclass(frozen=True, slots=True, kw_only=True)
class Close(_OfStation):
    """A station that is no more; the register takes evidence for that, so it is no request."""

    kind: ClassVar[str] = "close"

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON."""
        return self._json()


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours(_OfStation):
    """A station that keeps other hours, in OpenStreetMap syntax; None if nobody knows them."""

    kind: ClassVar[str] = "hours"
    hours: str | None
    request: int | None = None

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON."""
        return self._json(self.request, hours=self.hours)


@dataclass(frozen=True, slots=True, kw_only=True)
class Services(_OfStation):
    """A station that offers other services: all that it has then, sorted."""

    kind: ClassVar[str] = "services"
    services: tuple[str, ...]
    request: int | None = None

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON."""
        return self._json(self.request, services=list(self.services))


OfStation = Move | Close | Hours | Services
Item = Open | OfStation


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
        return _digest([_said(item) for item in self.items])


NONE = Changes()


def content_digest(item: Item) -> str:
    """Return a short digest of what an item says; what became of it is not."""
    return _digest(_said(item))


def _said(item: Item) -> dict[str, Any]:
    return {
        name: value for name, value in item.to_json().items() if name not in ("draft", "request")
    }


def _digest(said: object) -> str:
    text = json.dumps(said, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:32]
