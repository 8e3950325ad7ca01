"""The names that riders search by, in memory: of stations, and of a network's base map.

Those of stations are at most a few seconds behind the snapshot. Those of the map are read from
the database once a build of the network; until a new build is read, the last one answers.
"""

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import structlog

from app.domain.errors import HarborError
from app.domain.name_index import Named, NameIndex
from app.domain.search_words import forms
from app.service.snapshot import Snapshot, Streets
from app.store import basemap
from app.store.database import Database
from app.store.stations import StationRecord

log = structlog.get_logger(__name__)

LAYERS = ("place", "street", "premises")
# so many are read out while somebody waits; more of them in the background, ten thousand a second
READ_AT_ONCE = 2_000
# how long others may work after every so many
BATCH, PAUSE_SECONDS = 20, 0.001

_Row = tuple[str, str, float, float]


@dataclass(frozen=True, slots=True, eq=False)
class MapNames:
    """The names of one build's base map by layer; ``complete`` once they can be found by pinyin."""

    build: str
    layers: dict[str, NameIndex]
    complete: bool


@dataclass(frozen=True, slots=True, eq=False)
class _StationNames:
    snapshot: Snapshot
    index: NameIndex


class Names:
    """Keep the names of the newest snapshot; a thread of its own reads them ahead of questions."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._stations: _StationNames | None = None
        self._map: MapNames | None = None
        # what each name of a station is found by, for the next time
        self._forms: dict[str, tuple[str, ...]] = {}
        self._making_stations, self._making_map = threading.Lock(), threading.Lock()
        self._newest: Snapshot | None = None
        self._read = 0
        self._changed, self._stopped = threading.Event(), threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Read names ahead from now on."""
        self._thread = threading.Thread(target=self._work, name="names", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the reading thread."""
        self._stopped.set()
        self._changed.set()
        if self._thread is not None:
            self._thread.join(timeout=5)

    def follow(self, snapshot: Snapshot) -> None:
        """Hear of a new snapshot."""
        self._newest = snapshot
        self._changed.set()

    def of_stations(self, snapshot: Snapshot) -> NameIndex:
        """Return the names of stations, making them now unless the thread is about to."""
        kept = self._stations
        if kept is None or (kept.snapshot is not snapshot and self._thread is None):
            kept = self._make_stations(snapshot)
        return kept.index

    def of_map(self, snapshot: Snapshot) -> MapNames:
        """Return the names of the base map, reading them now if there are none yet.

        Raises:
            DatabaseDown: if none were ever read and the database is down.
        """
        if not snapshot.has_streets:
            return MapNames("", _layers((), forms), complete=True)
        kept, streets = self._map, snapshot.streets
        ahead = kept is not None and self._thread is not None
        if kept is not None and (kept.build == streets.build or ahead):
            return kept
        return self._make_map(streets)

    def _work(self) -> None:
        while not self._stopped.is_set():
            self._changed.wait()
            self._changed.clear()
            snapshot = self._newest
            if snapshot is None or self._stopped.is_set():
                continue
            try:
                self._make_stations(snapshot)
                if snapshot.has_streets:
                    self._make_map(snapshot.streets)
                    self._read_out()
            except HarborError as error:
                # the next snapshot, or who searches first, tries again
                log.warning("names.stale", error=str(error))
            except Exception as error:  # whatever it is, the next change is to be followed
                log.error("names.failed", exc_info=error)

    def _make_stations(self, snapshot: Snapshot) -> _StationNames:
        with self._making_stations:
            kept = self._stations
            if kept is None or kept.snapshot is not snapshot:
                known, self._forms = self._forms, {}
                ordered = sorted(snapshot.stations, key=lambda one: (len(one.name), one.name))
                kept = _StationNames(snapshot, NameIndex(
                    (_named(one), tuple(self._forms_of(one, snapshot, known))) for one in ordered
                ))  # fmt: skip
                self._stations = kept
            return kept

    def _forms_of(
        self, station: StationRecord, snapshot: Snapshot, known: dict[str, tuple[str, ...]]
    ) -> Iterator[str]:
        for name in (station.name, *snapshot.earlier.get(station.id, ())):
            read = known.get(name) or forms(name)
            self._forms[name] = read
            yield from read
        for plain in (station.name_en, station.code or ""):
            yield from forms(plain, read=False)

    def _make_map(self, streets: Streets) -> MapNames:
        with self._making_map:
            kept = self._map
            if kept is None or kept.build != streets.build:
                with self._database.connection() as connection:
                    rows = list(basemap.every_name(connection, streets.name))
                few = len(rows) <= READ_AT_ONCE
                kept = MapNames(
                    streets.build, _layers(rows, partial(forms, read=few)), complete=few
                )
                self._map = kept
            return kept

    def _read_out(self) -> None:
        """Put pinyin to the names of the map."""
        kept = self._map
        if kept is None or kept.complete:
            return
        rows = [
            (layer, one.name, one.longitude, one.latitude)
            for layer, index in kept.layers.items()
            for one in index
        ]
        read = _layers(rows, self._forms_by_and_by)
        with self._making_map:
            if not self._stopped.is_set() and self._map is kept:
                self._map = MapNames(kept.build, read, complete=True)

    def _forms_by_and_by(self, name: str) -> tuple[str, ...]:
        """Read a name, letting others work after every few and keeping stations up to date."""
        self._read += 1
        if self._read % BATCH == 0:
            self._stopped.wait(PAUSE_SECONDS)
            if self._changed.is_set() and self._newest is not None:
                self._make_stations(self._newest)
        return forms(name, read=not self._stopped.is_set())


def _named(station: StationRecord) -> Named:
    return Named(station.name, station.name_en, station.longitude or 0, station.latitude or 0)


def _layers(rows: Iterable[_Row], forms_of: Callable[[str], Sequence[str]]) -> dict[str, NameIndex]:
    """Pack the names of each layer, in their order."""
    entries: dict[str, list[_Row]] = {layer: [] for layer in LAYERS}
    for row in rows:
        entries[row[0]].append(row)
    return {
        layer: NameIndex((Named(name, "", lon, lat), forms_of(name)) for _, name, lon, lat in some)
        for layer, some in entries.items()
    }
