"""What a station is, as values that every room shares."""

from dataclasses import dataclass
from enum import StrEnum


class Door(StrEnum):
    """How the door opens."""

    OPEN = "open"
    SCAN = "scan"
    FACE = "face"
    ATTENDED = "attended"
    KEY = "key"


DOOR_NAMES: dict[Door, tuple[str, str]] = {
    Door.OPEN: ("推门即入", "Walk in"),
    Door.SCAN: ("扫码开门", "Scan to open"),
    Door.FACE: ("刷脸开门", "Face recognition"),
    Door.ATTENDED: ("有人值守", "Staff let you in"),
    Door.KEY: ("找负责人拿钥匙", "Ask for the key"),
}


class HostKind(StrEnum):
    """Whose premises a station is in."""

    UNION = "union"
    BANK = "bank"
    POST_OFFICE = "post_office"
    FUEL = "fuel"
    PARTY_CENTRE = "party_centre"
    COMMUNITY = "community"
    PHARMACY = "pharmacy"
    LIBRARY = "library"
    TOILET = "toilet"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class StationFacts:
    """What is entered about a station, before it has a record.

    Attributes:
        name, name_en: its name as on the plaque.
        longitude, latitude: WGS-84 degrees, both None while it waits for a place.
        address: as the source has it.
        services: codes of :data:`app.domain.services.SERVICES`, sorted, each once.
        hours: opening hours in OpenStreetMap syntax, None if not known.
        hours_text: the same as the source wrote it.
        door: how the door opens, None if not known.
        host_name, host_kind: whose premises it is.
        area_name: the district or area the source names for it.
        earlier_numbers: numbers of older plaques and other systems' ids.
    """

    name: str
    name_en: str = ""
    longitude: float | None = None
    latitude: float | None = None
    address: str = ""
    services: tuple[str, ...] = ()
    hours: str | None = None
    hours_text: str = ""
    door: Door | None = None
    host_name: str = ""
    host_kind: HostKind | None = None
    area_name: str = ""
    earlier_numbers: tuple[str, ...] = ()

    @property
    def placed(self) -> bool:
        """Whether it has a place on the map."""
        return self.longitude is not None and self.latitude is not None
