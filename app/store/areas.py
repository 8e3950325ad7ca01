"""Areas on the map: unions, dated districts, scopes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from app.store.database import Connection


@dataclass(frozen=True, slots=True)
class DistrictRecord:
    """A district as of a date; geometry is WKB in WGS-84."""

    adcode: str
    name: str
    name_en: str
    geometry: bytes
    valid_from: date
    valid_to: date | None


@dataclass(frozen=True, slots=True)
class ScopeRecord:
    """A scope, as WKB in WGS-84.

    Attributes:
        region: the areas, and what lies beside the streets.
        streets: listed main streets, None where there are none.
    """

    name: str
    title: str
    title_en: str
    region: bytes
    areas: bytes
    streets: bytes | None


UnionRow = tuple[str, str, str, str, str | None, date, date | None]


def insert_unions(connection: Connection, unions: Sequence[UnionRow]) -> dict[str, int]:
    """Insert unions (code, name, English name, kind, parent code, from, to); return ids by code.

    A union that stands under the same code and date gets these names and dates. Parents
    come before those below them, or are there already.
    """
    ids: dict[str, int] = {}
    for code, name, name_en, kind, parent, valid_from, valid_to in unions:
        row = connection.execute(
            "INSERT INTO union_body (code, name, name_en, kind, parent_id, valid_from, valid_to)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s) ON CONFLICT (code, valid_from) DO UPDATE"
            " SET (name, name_en, kind, parent_id, valid_to) = (excluded.name, excluded.name_en,"
            " excluded.kind, excluded.parent_id, excluded.valid_to) RETURNING id",
            (code, name, name_en, kind, ids.get(parent or "", _standing(connection, parent)),
             valid_from, valid_to),
        ).fetchone()  # fmt: skip
        if row is not None:
            ids[code] = int(row[0])
    return ids


def _standing(connection: Connection, code: str | None) -> int | None:
    row = connection.execute(
        "SELECT id FROM union_body WHERE code = %s ORDER BY valid_from DESC LIMIT 1", (code,)
    ).fetchone()
    return None if row is None else int(row[0])


def union_rows(connection: Connection, *, as_of: date | None) -> list[UnionRow]:
    """Return unions as :func:`insert_unions` takes them, by code; of every day for None."""
    return connection.execute(
        "SELECT u.code, u.name, u.name_en, u.kind, p.code, u.valid_from, u.valid_to"
        " FROM union_body u LEFT JOIN union_body p ON p.id = u.parent_id"
        " WHERE %(on)s::date IS NULL OR u.valid_from <= %(on)s"
        " AND (u.valid_to IS NULL OR u.valid_to > %(on)s) ORDER BY u.code, u.valid_from",
        {"on": as_of},
    ).fetchall()


def upsert_districts(
    connection: Connection,
    districts: Sequence[tuple[str, str, str, bytes, date, date | None]],
    *,
    source: str,
) -> int:
    """Write districts (adcode, name, English name, WKB, from, to); return how many were new.

    A district that stands under the same code and date is replaced, and one of a
    later date ends it: no two of one code are valid on one day.
    """
    new = 0
    for adcode, name, name_en, geometry, valid_from, valid_to in districts:
        row = connection.execute(
            "INSERT INTO district (adcode, name, name_en, geometry, valid_from, valid_to, source)"
            " VALUES (%(adcode)s, %(name)s, %(name_en)s, ST_Multi(ST_GeomFromWKB(%(wkb)s, 4326)),"
            " %(from)s, coalesce(%(to)s, (SELECT min(later.valid_from) FROM district later"
            " WHERE later.adcode = %(adcode)s AND later.valid_from > %(from)s)), %(source)s)"
            " ON CONFLICT (adcode, valid_from) DO UPDATE SET (name, name_en, geometry, valid_to,"
            " source) = (excluded.name, excluded.name_en, excluded.geometry,"
            " coalesce(excluded.valid_to, district.valid_to), excluded.source) RETURNING xmax = 0",
            {
                "adcode": adcode,
                "name": name,
                "name_en": name_en,
                "wkb": geometry,
                "from": valid_from,
                "to": valid_to,
                "source": source,
            },
        ).fetchone()
        new += bool(row is not None and row[0])
    return new


def end_districts(connection: Connection, *, before: date, keep: Sequence[str]) -> list[str]:
    """End districts that began before a date and are not among those kept; return their codes."""
    rows = connection.execute(
        "UPDATE district SET valid_to = %(on)s WHERE valid_from < %(on)s"
        " AND (valid_to IS NULL OR valid_to > %(on)s) AND NOT adcode = ANY(%(keep)s)"
        " RETURNING adcode",
        {"on": before, "keep": list(keep)},
    ).fetchall()
    return [str(row[0]) for row in rows]


def supersede_districts(connection: Connection, *, on: date, codes: Sequence[str]) -> None:
    """End the earlier version of districts that get a new one on a date."""
    connection.execute(
        "UPDATE district SET valid_to = %(on)s WHERE adcode = ANY(%(codes)s)"
        " AND valid_from < %(on)s AND (valid_to IS NULL OR valid_to > %(on)s)",
        {"on": on, "codes": list(codes)},
    )


def districts(connection: Connection, *, as_of: date) -> list[DistrictRecord]:
    """Return the districts of a day, by code."""
    rows = connection.execute(
        "SELECT adcode, name, name_en, ST_AsBinary(geometry), valid_from, valid_to FROM district"
        " WHERE valid_from <= %(on)s AND (valid_to IS NULL OR valid_to > %(on)s) ORDER BY adcode",
        {"on": as_of},
    ).fetchall()
    return [DistrictRecord(*row) for row in rows]


@dataclass(frozen=True, slots=True)
class DistrictName:
    """A district as it is called on a day."""

    adcode: str
    name: str
    name_en: str


def names(connection: Connection, *, as_of: date) -> list[DistrictName]:
    """Return the names of the districts of a day, by code."""
    rows = connection.execute(
        "SELECT adcode, name, name_en FROM district WHERE valid_from <= %(on)s"
        " AND (valid_to IS NULL OR valid_to > %(on)s) ORDER BY adcode",
        {"on": as_of},
    ).fetchall()
    return [DistrictName(*row) for row in rows]


def save_scope(
    connection: Connection,
    *,
    name: str,
    title: str,
    title_en: str,
    areas: bytes,
    streets: bytes | None,
    street_buffer_metres: float,
    source: str,
) -> None:
    """Insert or replace a scope; areas and streets are WKB in WGS-84."""
    connection.execute(
        "INSERT INTO scope (name, title, title_en, areas, streets, street_buffer_metres, source)"
        " VALUES (%s, %s, %s, ST_Multi(ST_GeomFromWKB(%s, 4326)),"
        " ST_Multi(ST_GeomFromWKB(%s, 4326)), %s, %s) ON CONFLICT (name) DO UPDATE SET (title,"
        " title_en, areas, streets, street_buffer_metres, source, drawn, drawn_by) ="
        " (excluded.title, excluded.title_en, excluded.areas, excluded.streets,"
        " excluded.street_buffer_metres, excluded.source, false, NULL)",
        (name, title, title_en, areas, streets, street_buffer_metres, source),
    )


def draw_scope(
    connection: Connection,
    *,
    name: str,
    title: str,
    title_en: str,
    areas: bytes,
    streets: bytes | None,
    street_buffer_metres: float,
    source: str,
) -> bool:
    """Insert a scope that a planner drew; return whether the name was still free."""
    done = connection.execute(
        "INSERT INTO scope (name, title, title_en, areas, streets, street_buffer_metres, source,"
        " drawn) VALUES (%s, %s, %s, ST_Multi(ST_GeomFromWKB(%s, 4326)),"
        " ST_Multi(ST_GeomFromWKB(%s, 4326)), %s, %s, true) ON CONFLICT (name) DO NOTHING",
        (name, title, title_en, areas, streets, street_buffer_metres, source),
    )
    return done.rowcount == 1


def delete_drawn_scope(connection: Connection, name: str) -> bool:
    """Delete a scope that a planner drew; return whether there was one."""
    done = connection.execute("DELETE FROM scope WHERE name = %s AND drawn", (name,))
    return done.rowcount == 1


@dataclass(frozen=True, slots=True)
class ScopeName:
    """A scope as a list shows it.

    Attributes:
        drawn: whether planners drew it, who may take it away again; it is then none that is
            meant where none is named.
    """

    name: str
    title: str
    title_en: str
    source: str
    drawn: bool


def scope_names(connection: Connection) -> list[ScopeName]:
    """Return the names of all scopes, by name."""
    rows = connection.execute(
        "SELECT name, title, title_en, source, drawn FROM scope ORDER BY name"
    ).fetchall()
    return [ScopeName(*row) for row in rows]


_SCOPE = (
    "SELECT name, title, title_en, ST_AsBinary(region), ST_AsBinary(areas), ST_AsBinary(streets)"
    " FROM scope"
)


def scope(connection: Connection, name: str) -> ScopeRecord | None:
    """Return a scope, None if there is none of the name."""
    row = connection.execute(f"{_SCOPE} WHERE name = %s", (name,)).fetchone()
    return None if row is None else ScopeRecord(*row)


def scopes(connection: Connection) -> list[ScopeRecord]:
    """Return all scopes by name, whole; for their names alone ask :func:`scope_names`."""
    return [ScopeRecord(*row) for row in connection.execute(f"{_SCOPE} ORDER BY name").fetchall()]


def codes_at(
    connection: Connection, places: Sequence[tuple[float, float]], *, as_of: date
) -> list[str | None]:
    """Return the code of the district of a day at each lon, lat, None outside of all."""
    rows = connection.execute(
        "SELECT (SELECT d.adcode FROM district d WHERE d.valid_from <= %(on)s"
        " AND (d.valid_to IS NULL OR d.valid_to > %(on)s)"
        " AND ST_Intersects(d.geometry, ST_SetSRID(ST_MakePoint(p.lon, p.lat), 4326))"
        " ORDER BY d.adcode LIMIT 1) FROM unnest(%(lon)s::float8[], %(lat)s::float8[])"
        " WITH ORDINALITY AS p (lon, lat, n) ORDER BY n",
        {"on": as_of, "lon": [lon for lon, _ in places], "lat": [lat for _, lat in places]},
    ).fetchall()
    return [row[0] for row in rows]


def newest_change(connection: Connection, *, until: date) -> date | None:
    """Return the newest day, not after ``until``, on which a district began or ended."""
    row = connection.execute(
        "SELECT max(day) FROM district, LATERAL (VALUES (valid_from), (valid_to)) AS v (day)"
        " WHERE day <= %s",
        (until,),
    ).fetchone()
    return None if row is None else row[0]
