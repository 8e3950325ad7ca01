"""The base map under our maps, and vector tiles of it."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib import resources

from app.store.database import Connection

_TILE = resources.files("app.store").joinpath("sql/basemap_tile.sql").read_text("utf-8")
_LINES = resources.files("app.store").joinpath("sql/lines_tile.sql").read_text("utf-8")
_NAMES = resources.files("app.store").joinpath("sql/basemap_names.sql").read_text("utf-8")


@dataclass(frozen=True, slots=True)
class Place:
    """A place of the base map, WGS-84 degrees; its name may be empty."""

    name: str
    kind: str
    longitude: float
    latitude: float


def replace(
    connection: Connection,
    network: str,
    features: Iterable[tuple[str, str, str, int, bytes]],
) -> int:
    """Replace a network's base map; return how many features were written.

    Args:
        features: layer, kind, name, first zoom and WKB in WGS-84 of each.
    """
    connection.execute("DELETE FROM basemap_feature WHERE network = %s", (network,))
    connection.execute(
        "CREATE TEMPORARY TABLE incoming (layer text, kind text, name text, min_zoom smallint,"
        " geometry bytea) ON COMMIT DROP"
    )
    count = 0
    with (
        connection.cursor() as cursor,
        cursor.copy(
            "COPY incoming (layer, kind, name, min_zoom, geometry) FROM STDIN (FORMAT BINARY)"
        ) as copy,
    ):
        copy.set_types(["text", "text", "text", "int2", "bytea"])
        for feature in features:
            copy.write_row(feature)
            count += 1
    # Web Mercator ends at 85 degrees; what a projection cannot draw is left out
    connection.execute(
        "INSERT INTO basemap_feature (network, layer, kind, name, min_zoom, geometry)"
        " SELECT %s, layer, kind, name, min_zoom,"
        " ST_Transform(ST_GeomFromWKB(geometry, 4326), 3857) FROM incoming",
        (network,),
    )
    connection.execute("DROP TABLE incoming")
    return count


def tile(connection: Connection, network: str, z: int, x: int, y: int) -> bytes:
    """Return the base map of one tile, a vector layer for each of ours; empty if none."""
    row = connection.execute(_TILE, {"network": network, "z": z, "x": x, "y": y}).fetchone()
    return bytes(row[0]) if row is not None and row[0] is not None else b""


def lines_tile(
    connection: Connection,
    layer: str,
    z: int,
    x: int,
    y: int,
    lines: Sequence[tuple[bytes, int, int, int]],
) -> bytes:
    """Encode lines (WKB in WGS-84, band, width, number) as one vector layer of a tile."""
    row = connection.execute(
        _LINES,
        {
            "layer": layer,
            "z": z,
            "x": x,
            "y": y,
            "wkb": [line[0] for line in lines],
            "band": [line[1] for line in lines],
            "width": [line[2] for line in lines],
            "n": [line[3] for line in lines],
        },
    ).fetchone()
    return bytes(row[0]) if row is not None and row[0] is not None else b""


def search(connection: Connection, network: str, words: str, *, most: int) -> list[Place]:
    """Return named places and streets that contain the words, the best first."""
    rows = connection.execute(
        "SELECT DISTINCT ON (rank, name) name, kind,"
        " ST_X(ST_Transform(ST_PointOnSurface(geometry), 4326)),"
        " ST_Y(ST_Transform(ST_PointOnSurface(geometry), 4326)),"
        " CASE layer WHEN 'place' THEN 0 WHEN 'street' THEN 1 ELSE 2 END AS rank"
        " FROM basemap_feature WHERE network = %s AND layer IN ('place', 'street', 'premises')"
        " AND name ILIKE '%%' || %s || '%%' ORDER BY rank, name LIMIT %s",
        (network, _literal(words), most),
    ).fetchall()
    return [Place(*row[:4]) for row in rows]


def every_name(connection: Connection, network: str) -> Iterator[tuple[str, str, float, float]]:
    """Yield layer, name, longitude and latitude (WGS-84) of all named places, streets, premises.

    A name comes once a layer, at the greatest of those that bear it; the shortest names first.
    """
    with connection.transaction(), connection.cursor(name="names") as cursor:
        cursor.itersize = 5_000
        cursor.execute(_NAMES, {"network": network})
        for layer, name, longitude, latitude in cursor:
            yield str(layer), str(name), float(longitude), float(latitude)


def nearest_names(
    connection: Connection, network: str, points: Sequence[tuple[float, float]]
) -> list[str]:
    """Return for each lon, lat the name of the nearest place on the map, '' if none is near."""
    rows = connection.execute(
        "SELECT coalesce(found.name, '') FROM unnest(%s::float8[], %s::float8[])"
        " WITH ORDINALITY AS p (lon, lat, n) LEFT JOIN LATERAL ("
        "  SELECT name FROM basemap_feature WHERE network = %s AND layer = 'place' AND name <> ''"
        "  AND kind <> 'city' AND ST_DWithin(geometry,"
        "  ST_Transform(ST_SetSRID(ST_MakePoint(lon, lat), 4326), 3857), 5000)"
        "  ORDER BY geometry <-> ST_Transform(ST_SetSRID(ST_MakePoint(lon, lat), 4326), 3857)"
        "  LIMIT 1) AS found ON true ORDER BY n",
        ([lon for lon, _ in points], [lat for _, lat in points], network),
    ).fetchall()
    return [str(row[0]) for row in rows]


def premises(connection: Connection, network: str, kinds: Sequence[str]) -> list[Place]:
    """Return the premises of some kinds, by name and place."""
    rows = connection.execute(
        "SELECT name, kind, ST_X(place), ST_Y(place) FROM ("
        " SELECT name, kind, ST_Transform(ST_PointOnSurface(geometry), 4326) AS place"
        " FROM basemap_feature WHERE network = %s AND layer = 'premises' AND kind = ANY(%s)"
        ") AS placed WHERE NOT ST_IsEmpty(place) ORDER BY name, ST_X(place), ST_Y(place)",
        (network, list(kinds)),
    ).fetchall()
    return [Place(*row) for row in rows]


def premises_counts(connection: Connection, network: str) -> list[tuple[str, int]]:
    """Return the kinds of premises and how many there are of each, the most frequent first."""
    rows = connection.execute(
        "SELECT kind, count(*) FROM basemap_feature WHERE network = %s AND layer = 'premises'"
        " GROUP BY kind ORDER BY count(*) DESC, kind",
        (network,),
    ).fetchall()
    return [(str(kind), int(count)) for kind, count in rows]


def _literal(words: str) -> str:
    return words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def outline(connection: Connection, network: str) -> list[tuple[str, str, str, bytes]]:
    """Return layer, kind, name and simplified WKB (WGS-84) of what a small map of it shows."""
    rows = connection.execute(
        "SELECT layer, kind, name, ST_AsBinary(ST_Transform(simple, 4326)) FROM ("
        " SELECT layer, kind, name, CASE WHEN ST_Dimension(geometry) = 0 THEN geometry"
        " ELSE ST_SimplifyPreserveTopology(geometry, 8) END AS simple FROM basemap_feature"
        " WHERE network = %s AND layer IN ('landuse', 'water', 'street', 'place')"
        " AND min_zoom <= CASE layer WHEN 'street' THEN 12 ELSE 13 END) AS f"
        " WHERE NOT ST_IsEmpty(simple)",
        (network,),
    ).fetchall()
    return [(str(layer), str(kind), str(name), bytes(wkb)) for layer, kind, name, wkb in rows]
