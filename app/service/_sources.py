"""Who a report or a visit came from: known for a day, as marks that say nothing by themselves."""

from dataclasses import dataclass
from datetime import datetime

from app.domain.errors import TooMany
from app.domain.reports import AT_THE_PLACE_METRES, Allowance
from app.service import plaques
from app.service.vault import Vault
from app.store import report_sources
from app.store.database import Connection
from app.store.stations import StationRecord
from geo.datum import parse_datum, to_wgs84
from geo.plane import straight_metres

_SECONDS_OF_AN_HOUR = 3600


@dataclass(frozen=True, slots=True, repr=False)
class Source:
    """Where something was sent from.

    Attributes:
        network: the network of the sender's address, never the address.
        device: a token that the sender's browser made up; empty for none.
    """

    network: str
    device: str = ""


@dataclass(frozen=True, slots=True, repr=False)
class Spot:
    """Where a phone is; compared with the station's place, and never kept.

    Attributes:
        longitude, latitude: degrees in ``datum``.
    """

    longitude: float
    latitude: float
    datum: str = "wgs84"


@dataclass(frozen=True, slots=True, repr=False)
class Marks:
    """The marks of a source under one salt, 32 bytes each."""

    salt_id: int
    network: bytes
    device: bytes


class Marker:
    """Mark a source under the salts that live, the one that marks now first."""

    def __init__(self, connection: Connection, vault: Vault, source: Source, now: datetime) -> None:
        self._connection = connection
        self._vault = vault
        self._source = source
        self._now = now
        self._salts = report_sources.salts(connection, now)
        # who sends no token is told apart by the network alone
        self._device = source.device or f"network {source.network}"

    def marks(self) -> list[Marks]:
        """Return the source's marks."""
        return [
            Marks(salt.id, network, device)
            for salt, network, device in zip(
                self._salts,
                self._under_all("network", self._source.network),
                self._under_all("device", self._device),
                strict=True,
            )
        ]

    def spend(self, what: str, *, network: Allowance, device: Allowance) -> None:
        """Count one more of something from the source.

        Raises:
            TooMany: if it was as much already as the network or the device may send; it
                is not counted then, as long as the caller's transaction ends with this.
        """
        self._spend(f"{what} network", self._source.network, network)
        if self._source.device:
            self._spend(f"{what} device", self._source.device, device)

    def is_first(self, what: str, value: str, *, of_device: bool = False) -> bool:
        """Whether something happens for the first time since the oldest salt; it counts from here.

        Args:
            of_device: whether the same of another device is another thing.
        """
        told = f"{self._device} {value}" if of_device else value
        marks = self._under_all(what, told)
        if report_sources.sent(self._connection, marks):
            return False
        return report_sources.tally(self._connection, self._salts[0].id, marks[0], self._now) == 1

    def _spend(self, purpose: str, value: str, most: Allowance) -> None:
        marks = self._under_all(purpose, value)
        now = self._now
        if report_sources.tally(self._connection, self._salts[0].id, marks[0], now) > most.hourly:
            raise TooMany(_SECONDS_OF_AN_HOUR - int(now.timestamp()) % _SECONDS_OF_AN_HOUR)
        if most.daily is not None and report_sources.sent(self._connection, marks) > most.daily:
            raise TooMany(int(report_sources.TURN.total_seconds()))

    def _under_all(self, purpose: str, value: str) -> list[bytes]:
        return [
            self._vault.fingerprint(f"source {purpose}", salt.salt + value.encode())
            for salt in self._salts
        ]


def is_at(record: StationRecord, spot: Spot | None) -> bool:
    """Whether a phone is at a station.

    Raises:
        InvalidValue: for degrees or a datum that are none.
    """
    if spot is None or record.longitude is None or record.latitude is None:
        return False
    lon, lat = to_wgs84(spot.longitude, spot.latitude, datum=parse_datum(spot.datum))
    metres = straight_metres(float(lon), float(lat), [record.longitude], [record.latitude])
    return float(metres[0]) <= AT_THE_PLACE_METRES


def is_strong(
    connection: Connection, record: StationRecord, *, asked: str, proof: str, spot: Spot | None
) -> bool:
    """Whether something was sent from the station itself: by its plaque, or by where the phone is.

    Args:
        asked: the number as it was sent; a plaque may carry that of a station merged since.
    """
    at_place = is_at(record, spot)
    if at_place or not proof:
        return at_place
    secret = report_sources.plaque_secret(connection)
    return any(plaques.is_proof(secret, code, proof) for code in {record.code or "", asked})
