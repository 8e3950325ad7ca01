"""Vector tiles by layer, zoom, column and row."""

import gzip
import math
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256

from app.domain.errors import FieldError, InvalidInput, NotFound
from app.service.minutes import MinutesCache
from app.service.runtime import Runtime
from app.store import basemap

MOST_ZOOM = 20
# tiles kept in memory by each process: those of a base map change only with its network,
# those of the minutes with every change of a station
KEPT_BASEMAP, KEPT_MINUTES = 2048, 512


@dataclass(frozen=True, slots=True)
class Tile:
    """A tile as it is kept.

    Attributes:
        packed: in gzip; empty where nothing is to be drawn.
        tag: another one for another content.
        version: of the layer; with another one the tile may be another.
    """

    packed: bytes
    tag: str
    version: str

    @property
    def plain(self) -> bytes:
        """The tile unpacked."""
        return gzip.decompress(self.packed) if self.packed else b""


def kept(content: bytes, version: str) -> Tile:
    """Return a tile as it is kept."""
    packed = gzip.compress(content, mtime=0) if content else b""
    return Tile(packed, sha256(content).hexdigest()[:20], version)


@lru_cache(maxsize=KEPT_BASEMAP)
def _basemap_tile(harbor: Runtime, network: str, build: str, z: int, x: int, y: int) -> Tile:
    with harbor.connection() as connection, connection.transaction():
        return kept(basemap.tile(connection, network, z, x, y), build)


@lru_cache(maxsize=KEPT_MINUTES)
def _minutes_tile(
    harbor: Runtime, minutes: MinutesCache, version: str, z: int, x: int, y: int
) -> Tile:
    lines = [
        (wkb, band, width, 0)
        for wkb, band, width in minutes.of(harbor.snapshot()).within(bounds(z, x, y), zoom=z)
    ]
    with harbor.connection() as connection, connection.transaction():
        return kept(basemap.lines_tile(connection, "minutes", z, x, y, lines), version)


def tile(harbor: Runtime, minutes: MinutesCache, layer: str, z: int, x: int, y: int) -> Tile:
    """Return a tile; empty where nothing is to be drawn.

    Raises:
        NotFound: for an unknown layer.
        InvalidInput: for a tile outside the world.
    """
    check(z, x, y)
    snapshot = harbor.snapshot()
    if not snapshot.has_streets:
        return kept(b"", snapshot.version)
    streets = snapshot.streets
    if layer == "basemap":
        return _basemap_tile(harbor, streets.name, streets.build, z, x, y)
    if layer == "minutes":
        return _minutes_tile(harbor, minutes, snapshot.version, z, x, y)
    raise NotFound(f"There is no tile layer {layer!r}.", remedy="Layers: basemap, minutes.")


def check(z: int, x: int, y: int) -> None:
    """Raise :class:`InvalidInput` for a tile outside the world."""
    if not 0 <= z <= MOST_ZOOM or not (0 <= x < 2**z and 0 <= y < 2**z):
        raise InvalidInput(
            [FieldError("tile", f"{z}/{x}/{y} is outside the world at zoom 0 to {MOST_ZOOM}")],
            attempted="draw a tile",
        )


def bounds(z: int, x: int, y: int) -> tuple[float, float, float, float]:
    """Return west, south, east, north in WGS-84 of a tile and a little around it."""
    margin = 0.03
    side = float(1 << z)

    def longitude(column: float) -> float:
        return column / side * 360 - 180

    def latitude(row: float) -> float:
        turned = math.pi * (1 - 2 * row / side)
        return math.degrees(math.atan(math.sinh(turned)))

    return (
        longitude(x - margin),
        latitude(y + 1 + margin),
        longitude(x + 1 + margin),
        latitude(y - margin),
    )
