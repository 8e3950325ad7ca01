"""The current snapshot: public stations on the walking network, immutable, in memory.

Answers to riders come from it alone, so they go on while the database is down.
"""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import structlog
from numpy.typing import NDArray

from app.domain.calendar import Calendar
from app.domain.errors import Unavailable
from app.domain.lifecycle import FACTS, State
from app.service import calendars
from app.service.cards import Card, cards_of
from app.service.offers import Offers, offers_of
from app.service.openings import Openings
from app.store import aliases, networks, register, stations
from app.store.database import Connection
from app.store.networks import NetworkRecord
from app.store.stations import StationRecord
from geo.errors import NetworkDamaged
from geo.nearest import Finder
from geo.network import Network
from geo.pace import PACES, Movement
from geo.parking import RideFinder
from geo.plane import earth_centred
from geo.ride import EBIKE
from geo.snap import Positions, snap
from geo.storage import open_network, read_meta
from geo.weights import Weights
from geo.weights_storage import open_weights

log = structlog.get_logger(__name__)

Bounds = tuple[float, float, float, float]
MANY_STATIONS = 40
# how a rider walks the last metres
RIDERS_PACE = "terrain"


@dataclass(frozen=True, slots=True, eq=False)
class Streets:
    """An open network with its weights by name of pace or ride.

    A build with the same streets may have another base map: ``built_at`` tells them apart.
    ``bounds`` are west, south, east and north in WGS-84 degrees, looked up once.
    """

    name: str
    network: Network
    weights: dict[str, Weights]
    facts: dict[str, object]
    built_at: datetime
    bounds: Bounds

    @property
    def build(self) -> str:
        """A name of this build, its base map included."""
        return f"{self.network.digest[:8]}-{int(self.built_at.timestamp() * 1_000_000):x}"


class Riders:
    """Find stations by e-bike; where one parks is worked out when first asked for."""

    def __init__(self, streets: Streets, positions: Positions) -> None:
        self._streets = streets
        self._positions = positions
        self._lock = threading.Lock()
        self._finder: RideFinder | None = None

    def serves(self, streets: Streets, positions: Positions) -> bool:
        """Whether it was made for these streets and places of stations."""
        mine = self._positions
        return (
            self._streets is streets
            and np.array_equal(mine.segment, positions.segment)
            and np.array_equal(mine.fraction, positions.fraction)
            and np.array_equal(mine.metres, positions.metres)
        )

    def finder(self) -> RideFinder:
        """Return the search, making it once."""
        with self._lock:
            if self._finder is None:
                weights = self._streets.weights
                self._finder = RideFinder(
                    self._streets.network,
                    weights[EBIKE.name],
                    weights[RIDERS_PACE],
                    self._positions,
                )
            return self._finder


@dataclass(frozen=True, slots=True, eq=False)
class Snapshot:
    """Everything a rider's question needs, as of one moment.

    Attributes:
        kind: ``demo`` or ``real``; ``empty`` before anything is in.
        stations: public stations, in the order of the finders' owners.
        by_code: the same by their numbers of twelve digits.
        counts: bool of shape (stations,), whether a station counts for coverage.
        cards: what of each is written alike in every answer.
        centred: float64 of shape (stations, 3), where each stands, in earth-centred metres.
        offers: their services and seasons as arrays.
        openings: what their hours say, kept while these facts hold.
        calendar: the holidays and make-up workdays that hours follow.
        finders: the search outward, by name of pace; empty without a network.
        riders: the same by e-bike; None without a network.
        bounds: west, south, east, north of everything, None if nothing is in.
        taken_at: when the facts were read.
        version: changes whenever the facts do.
        earlier: former names and earlier numbers of stations, by their ids.
    """

    kind: str
    stations: tuple[StationRecord, ...]
    by_code: dict[str, StationRecord]
    counts: NDArray[np.bool_]
    cards: tuple[Card, ...]
    centred: NDArray[np.float64]
    offers: Offers
    openings: Openings
    calendar: Calendar
    finders: dict[str, Finder]
    riders: Riders | None
    bounds: Bounds | None
    taken_at: datetime
    version: str
    _streets: Streets | None
    earlier: Mapping[int, tuple[str, ...]] = field(default_factory=dict)

    @property
    def streets(self) -> Streets:
        """The network in use.

        Raises:
            Unavailable: if there is none yet.
        """
        if self._streets is None:
            raise Unavailable(
                "There is no walking network yet, so no walk can be measured.",
                remedy="An operator builds one with `harbor network build FILE.osm.pbf --name"
                " NAME`, or loads the demo city with `harbor demo load`.",
                zh="还没有步行路网,步行时间算不了。请管理员在服务器上生成路网"
                "(harbor network build),或载入演示城市。",
            )
        return self._streets

    @property
    def centre(self) -> tuple[float, float] | None:
        """Latitude and longitude of the middle of the stations, where a map begins."""
        if not self.stations:
            return None
        return (
            float(np.median([station.latitude for station in self.stations])),
            float(np.median([station.longitude for station in self.stations])),
        )

    @property
    def station_box(self) -> tuple[tuple[float, float], tuple[float, float]] | None:
        """South-west and north-east corner (latitude, longitude) around the stations.

        Of many, the outermost twentieth at each side is left out.
        """
        if not self.stations:
            return None
        lat = np.array([station.latitude for station in self.stations], np.float64)
        lon = np.array([station.longitude for station in self.stations], np.float64)
        sides = (0.05, 0.95) if len(self.stations) >= MANY_STATIONS else (0.0, 1.0)
        south, north = np.quantile(lat, sides)
        west, east = np.quantile(lon, sides)
        return (float(south), float(west)), (float(north), float(east))

    def tells(
        self,
        kind: str,
        stations: tuple[StationRecord, ...],
        calendar: Calendar,
        streets: Streets | None,
    ) -> bool:
        """Whether it was taken of the same facts."""
        return (
            self._streets is streets
            and self.kind == kind
            and self.calendar == calendar
            and self.stations == stations
        )

    @property
    def has_streets(self) -> bool:
        """Whether a network is in use."""
        return self._streets is not None


def folder_of(networks: Path, name: str, digest: str) -> Path:
    """Return where a build of a network lies; the register says which build is the one."""
    return networks / f"{name}-{digest[:12]}"


def open_streets(
    networks: Path, name: str, digest: str, *, built_at: datetime, demo: bool = False
) -> Streets:
    """Open a saved network and weigh it by every pace.

    Args:
        demo: whether it is that of the demo city, which no extract is the source of.

    Raises:
        Unavailable: if its folder is absent or damaged.
    """
    try:
        folder = folder_of(networks, name, digest)
        network = open_network(folder)
        facts = read_meta(folder)["facts"]
    except NetworkDamaged as error:
        remedy = f"Run `harbor network build FILE --name {name}` with the files it was built from."
        if demo:
            remedy = "Run `harbor demo clear`, then `harbor demo load`."
        # where it lies is for the operator, not for everybody who asks
        log.error("network.unusable", name=name, folder=error.folder, reason=error.reason)
        raise Unavailable(
            f"The walking network {name} cannot be opened: {error.reason}.", remedy=remedy,
            zh=f"步行路网“{name}”打不开,步行时间暂时算不了。请联系管理员重新生成路网。",
        ) from None  # fmt: skip
    movements: tuple[Movement, ...] = (*PACES.values(), EBIKE)
    weights = {movement.name: open_weights(folder, network, movement) for movement in movements}
    return Streets(name, network, weights, facts, built_at, network.bounds)


def take(
    connection: Connection,
    folder: Path,
    *,
    max_snap_metres: float,
    before: Snapshot | None = None,
) -> Snapshot:
    """Read the public facts of one moment.

    A network that did not change is kept open; where nothing did, everything that was
    worked out is kept.
    """
    with connection.transaction():
        what = register.read(connection)
        records = tuple(stations.public(connection))
        earlier = aliases.names_of_public(connection)
        calendar = calendars.known(connection)
        record = networks.find(connection, what.network) if what.network else None
    taken_at = datetime.now(UTC)
    streets = _streets(folder, record, before, demo=what.kind == "demo")
    if before is not None and before.tells(what.kind, records, calendar, streets):
        return replace(before, taken_at=taken_at)
    finders: dict[str, Finder] = {}
    riders = None
    if streets is not None:
        positions = _positions(streets, records, max_snap_metres)
        finders = {
            pace: Finder(streets.network, streets.weights[pace], positions) for pace in PACES
        }
        riders = before.riders if before is not None else None
        if riders is None or not riders.serves(streets, positions):
            riders = Riders(streets, positions)
    return Snapshot(
        kind=what.kind,
        stations=records,
        by_code={station.code: station for station in records if station.code is not None},
        counts=np.array([FACTS[State(station.state)].counts for station in records], np.bool_),
        cards=cards_of(records),
        centred=earth_centred(*_places(records)),
        offers=offers_of(records),
        openings=Openings(records, calendar),
        calendar=calendar,
        finders=finders,
        riders=riders,
        bounds=_bounds(streets, records),
        taken_at=taken_at,
        version=_version(streets, records),
        _streets=streets,
        earlier=earlier,
    )


def _streets(
    folder: Path, record: NetworkRecord | None, before: Snapshot | None, *, demo: bool
) -> Streets | None:
    if record is None:
        return None
    if before is not None and before.has_streets:
        kept = before.streets
        if (kept.name, kept.network.digest, kept.built_at) == (
            record.name, record.digest, record.built_at
        ):  # fmt: skip
            return kept
    return open_streets(folder, record.name, record.digest, built_at=record.built_at, demo=demo)


def _places(records: tuple[StationRecord, ...]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return longitudes and latitudes of stations, which all have a place."""
    return (
        np.array([station.longitude for station in records], np.float64),
        np.array([station.latitude for station in records], np.float64),
    )


def _positions(
    streets: Streets, records: tuple[StationRecord, ...], max_snap_metres: float
) -> Positions:
    return snap(
        streets.network,
        *_places(records),
        max_metres=max_snap_metres,
    )


def _bounds(streets: Streets | None, records: tuple[StationRecord, ...]) -> Bounds | None:
    if streets is not None:
        return streets.bounds
    if not records:
        return None
    lon = [station.longitude for station in records if station.longitude is not None]
    lat = [station.latitude for station in records if station.latitude is not None]
    return min(lon), min(lat), max(lon), max(lat)


def _version(streets: Streets | None, records: tuple[StationRecord, ...]) -> str:
    newest = max((station.changed_at.timestamp() for station in records), default=0.0)
    build = "none" if streets is None else streets.build
    return f"{build}-{len(records):x}-{int(newest * 1000):x}"
