"""Streets by thirds of the limit and by how many stations reach them, as vector tiles."""

import re
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from app.domain.errors import NotFound
from app.domain.scenario import parse
from app.service.coverage_inputs import METRES_PER_MINUTE
from app.service.minutes import StreetMinutes, segment_middles, stretches
from app.service.once import Once
from app.service.plan.question import PACES, read
from app.service.plan.standing import Standing, stand
from app.service.runtime import Runtime
from app.service.tiles import Tile, bounds, check, kept
from app.store import basemap, plan_views
from app.store.database import Connection
from geo.cover_table import DEPTH
from geo.coverage import times_at
from geo.plane import earth_centred
from geo.reach import flood, sources
from geo.regions import middles

LAYER = "plan"
THIRDS, BEYOND = 3, 9
# a band and a number of stations as one number: 10 * band + n
_TENS = 10
MOST_LAYERS, MOST_TILES = 6, 1024
KEPT = timedelta(days=2)
KEY = re.compile("[0-9a-f]{32}")


@dataclass(frozen=True, slots=True, eq=False)
class Streets:
    """How far each segment is, and how many stations reach it.

    Attributes:
        cost: float64 of shape (segments, 3), of the way from its middle to the three nearest
            stations, as a share of the limit; infinite beyond it.
    """

    cost: NDArray[np.float64]

    @property
    def band(self) -> NDArray[np.int16]:
        """Int16 of shape (segments,): the third of the limit, 0 to 2; 9 beyond it."""
        band = np.full(len(self.cost), BEYOND, np.int16)
        for third in reversed(range(THIRDS)):
            band[self.cost[:, 0] <= (third + 1) / THIRDS] = third
        return band

    @property
    def number(self) -> NDArray[np.int16]:
        """Int16 of shape (segments,): how many stations are within the limit, up to three."""
        number: NDArray[np.int16] = (self.cost <= 1).sum(axis=1).astype(np.int16)
        return number


def measure(standing: Standing) -> Streets:
    """Measure the streets by the rule of a question."""
    if standing.question.rule == "radius":
        return Streets(_by_radius(standing))
    network = standing.material.streets.network
    weights = standing.material.streets.weights[PACES[standing.question.rule]]
    there = sources(weights, standing.where.positions, outside="leave out")
    cost = np.full((len(network.vertex_edge), DEPTH), np.inf)
    nearest = min(DEPTH, there.served)
    limit = standing.question.minutes * 60
    if nearest:
        reach = flood(network, weights, there, max_seconds=limit, k=nearest)
        found = times_at(network, weights, there, reach, segment_middles(network))
        cost[:, :nearest] = found.seconds / limit
    return Streets(cost)


def _by_radius(standing: Standing) -> NDArray[np.float64]:
    longitude, latitude = middles(standing.material.streets.network)
    cost = np.full((len(longitude), DEPTH), np.inf)
    stations = standing.material.stations
    if stations:
        limit = standing.question.minutes * METRES_PER_MINUTE
        tree = cKDTree(
            earth_centred([s.longitude for s in stations], [s.latitude for s in stations])
        )
        metres, _ = tree.query(
            earth_centred(longitude, latitude),
            k=list(range(1, DEPTH + 1)),
            distance_upper_bound=limit * (1 + 1e-9),
        )
        cost[:] = metres / limit
    return cost


_layers: Once[StreetMinutes] = Once(MOST_LAYERS)


def drawn(standing: Standing) -> StreetMinutes:
    """Return stretches of street whose ``band`` is ten times their third and their number."""
    streets = measure(standing)
    network = standing.material.streets.network
    return stretches(network, streets.band * np.int16(_TENS) + streets.number)


def _drawn_behind(harbor: Runtime, key: str) -> StreetMinutes:
    """Draw what a key stands for, or raise :class:`NotFound`."""
    with harbor.connection() as connection:
        with connection.transaction():
            found = plan_views.find(connection, key) if KEY.fullmatch(key) else None
        if found is not None:
            question, changes = found
            return drawn(stand(harbor, connection, read(question), parse(changes)))
    raise NotFound(
        "Nobody asked for this map lately.",
        remedy="Reload the page: it asks again.",
        zh="这张图已过期,请刷新页面。",
    )


def tile(harbor: Runtime, key: str, z: int, x: int, y: int) -> Tile:
    """Return one tile of the streets as a question sees them, of properties band, n, width.

    Raises:
        InvalidInput: for a tile outside the world.
        NotFound: if nobody asked for the key lately.
    """
    check(z, x, y)
    return _tile(harbor, key, z, x, y)


@lru_cache(maxsize=MOST_TILES)
def _tile(harbor: Runtime, key: str, z: int, x: int, y: int) -> Tile:
    # whoever waits for another's drawing holds no connection
    layer = _layers.of(key, lambda: _drawn_behind(harbor, key))
    lines = [
        (wkb, band // _TENS, width, band % _TENS)
        for wkb, band, width in layer.within(bounds(z, x, y), zoom=z)
    ]
    with harbor.connection() as connection, connection.transaction():
        content = basemap.lines_tile(connection, LAYER, z, x, y, lines)
    return kept(content, key)


def forget_old(connection: Connection) -> int:
    """Forget the questions of maps that nobody looks at any more; return how many."""
    with connection.transaction():
        return plan_views.forget(connection, older_than=KEPT)
