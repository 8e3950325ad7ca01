"""What the form of a station asks the register: unions to choose from, the place, likely twins."""

from dataclasses import dataclass
from datetime import date

from app.store.database import Connection


@dataclass(frozen=True, slots=True)
class UnionChoice:
    """A union whose stations the acting person may enter."""

    id: int
    code: str
    name: str
    name_en: str
    kind: str


@dataclass(frozen=True, slots=True)
class Spot:
    """What lies at a place.

    Attributes:
        district: adcode, name and English name of the district of the day, None outside of all.
        known_districts: whether there is any district on that day.
        in_water: whether the base map shows water there.
    """

    district: tuple[str, str, str] | None
    known_districts: bool
    in_water: bool


@dataclass(frozen=True, slots=True)
class Twin:
    """A station that may be the same one; metres are None where either has no place."""

    id: int
    code: str | None
    name: str
    address: str
    state: str
    union_name: str
    metres: float | None
    same_name: bool


# a metre of latitude in degrees, for boxes that are cut exactly afterwards
_DEGREES_A_METRE = 1 / 110_000
MOST_TWINS = 5


def enterable_unions(connection: Connection, *, day: date) -> list[UnionChoice]:
    """Return the unions of a day whose stations the acting person may enter, by code."""
    rows = connection.execute(
        "SELECT id, code, name, name_en, kind FROM union_body"
        " WHERE valid_from <= %(day)s AND (valid_to IS NULL OR valid_to > %(day)s)"
        " AND acting_roles(id) && ARRAY['union_staff', 'city_admin'] ORDER BY code, id",
        {"day": day},
    ).fetchall()
    return [UnionChoice(*row) for row in rows]


def union(connection: Connection, union_id: int) -> UnionChoice | None:
    """Return a union."""
    row = connection.execute(
        "SELECT id, code, name, name_en, kind FROM union_body WHERE id = %s", (union_id,)
    ).fetchone()
    return None if row is None else UnionChoice(*row)


def spot(
    connection: Connection, *, longitude: float, latitude: float, day: date, network: str
) -> Spot:
    """Return what lies at a place in WGS-84; ``network`` names the base map, empty for none."""
    row = connection.execute(
        "WITH here AS (SELECT ST_SetSRID(ST_MakePoint(%(lon)s, %(lat)s), 4326) AS point),"
        " of_day AS (SELECT d.* FROM district d WHERE d.valid_from <= %(day)s"
        " AND (d.valid_to IS NULL OR d.valid_to > %(day)s))"
        " SELECT (SELECT ARRAY[d.adcode, d.name, d.name_en] FROM of_day d, here"
        "  WHERE d.geometry && point AND ST_Covers(d.geometry, point) ORDER BY d.adcode LIMIT 1),"
        " EXISTS (SELECT FROM of_day),"
        # what cannot be drawn on a map in Mercator has no water on it
        " abs(%(lat)s) < 85 AND EXISTS (SELECT FROM basemap_feature f, here"
        "  WHERE f.network = %(network)s AND f.layer = 'water' AND ST_Dimension(f.geometry) = 2"
        "  AND ST_Intersects(f.geometry, ST_Transform(point, 3857)))",
        {"lon": longitude, "lat": latitude, "day": day, "network": network},
    ).fetchone()
    if row is None:  # pragma: no cover - a SELECT without FROM gives a row
        return Spot(None, False, False)
    district, known, wet = row
    return Spot(None if district is None else tuple(district), bool(known), bool(wet))


def twins(
    connection: Connection,
    *,
    name: str,
    place: tuple[float, float] | None,
    within_metres: float,
    but: int | None,
) -> list[Twin]:
    """Return stations of one name, blanks aside, or so near, the nearest first.

    Args:
        place: longitude and latitude in WGS-84, None for a station without a place.
        but: the station that is asked for.
    """
    longitude, latitude = place or (None, None)
    rows = connection.execute(
        "WITH here AS (SELECT ST_SetSRID(ST_MakePoint(%(lon)s, %(lat)s), 4326) AS point)"
        " SELECT s.id, s.code, s.name, s.address, s.state, coalesce(u.name, ''),"
        " ST_Distance(s.place::geography, point::geography) AS metres,"
        " replace(lower(s.name), ' ', '') = %(name)s AS same"
        " FROM here, station s LEFT JOIN union_body u ON u.id = s.union_id"
        " WHERE s.state NOT IN ('discarded', 'merged')"
        " AND (%(but)s::bigint IS NULL OR s.id <> %(but)s)"
        " AND (replace(lower(s.name), ' ', '') = %(name)s"
        "  OR (s.place && ST_Expand(point, %(wide)s, %(high)s)"
        "   AND ST_DWithin(s.place::geography, point::geography, %(metres)s)))"
        " ORDER BY metres NULLS LAST, s.id LIMIT %(most)s",
        {
            "lon": longitude, "lat": latitude, "name": name.replace(" ", "").lower(),
            "but": but, "metres": within_metres, "high": within_metres * _DEGREES_A_METRE,
            # up to 80 degrees of latitude
            "wide": within_metres * _DEGREES_A_METRE * 6, "most": MOST_TWINS,
        },
    ).fetchall()  # fmt: skip
    return [Twin(*row) for row in rows]
