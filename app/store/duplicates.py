"""Pairs of stations that may be one, and merges: found by night, decided by people."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from app.store.database import Connection

# what may still be merged into another, or take one over
_LEFT = ("exited", "merged", "discarded")
# a number or a phone that more records share says nothing of two of them
_MOST_SHARED = 30


@dataclass(frozen=True, slots=True)
class Named:
    """A station as the search compares it."""

    id: int
    name: str
    address: str


@dataclass(frozen=True, slots=True)
class Near:
    """Two stations with how alike they are; metres None if one has no place."""

    first_id: int
    second_id: int
    metres: float | None
    name: float
    address: float
    same_phone: bool
    same_number: bool


@dataclass(frozen=True, slots=True)
class Pair:
    """A pair that somebody may look at."""

    id: int
    first_id: int
    second_id: int
    state: str
    score: float
    reasons: dict[str, Any]
    found_at: datetime
    decided_at: datetime | None
    decision: str


@dataclass(frozen=True, slots=True)
class Brief:
    """A station as a list of pairs names it; longitude and latitude None without a place."""

    id: int
    code: str | None
    name: str
    address: str
    state: str
    union_name: str
    longitude: float | None
    latitude: float | None


def candidates(connection: Connection) -> list[Named]:
    """Return the stations among which duplicates are looked for, by id."""
    rows = connection.execute(
        "SELECT id, name, address FROM station WHERE NOT state = ANY(%s) ORDER BY id",
        (list(_LEFT),),
    ).fetchall()
    return [Named(*row) for row in rows]


def compare(
    connection: Connection,
    bare: Iterable[tuple[int, str, str]],
    *,
    metres: float,
    least_name: float,
) -> list[Near]:
    """Compare stations with their neighbours, and those without a place with all, by names.

    Those with one phone (by its blind index) or one number are compared wherever they lie.

    Args:
        bare: id, name and address laid bare of each station.
        metres: up to which distance they are neighbours.
        least_name: likeness of names from which one without a place is compared.
    """
    connection.execute(
        "CREATE TEMPORARY TABLE laid_bare (id bigint, name text, address text) ON COMMIT DROP"
    )
    with (
        connection.cursor() as cursor,
        cursor.copy("COPY laid_bare (id, name, address) FROM STDIN") as copy,
    ):
        for row in bare:
            copy.write_row(row)
    for statement in _PREPARE:
        connection.execute(statement)
    connection.execute(
        "SELECT set_config('pg_trgm.similarity_threshold', %s, true)", (str(least_name),)
    )
    rows = connection.execute(
        _COMPARE, {"metres": metres, "least": least_name, "most": _MOST_SHARED}
    ).fetchall()
    connection.execute("DROP TABLE laid_bare, compared, called")
    return [Near(*row) for row in rows]


# filled at once: an index over rows that this very transaction updated is not used by it
_PREPARE = (
    "CREATE TEMPORARY TABLE compared ON COMMIT DROP AS SELECT b.id, b.name, b.address,"
    " s.place::geography AS place FROM laid_bare b JOIN station s USING (id)",
    "CREATE UNIQUE INDEX ON compared (id)",
    "CREATE INDEX ON compared USING gist (place)",
    # names are compared once each, however many stations have one
    "CREATE TEMPORARY TABLE called ON COMMIT DROP AS"
    " SELECT DISTINCT name FROM compared WHERE name <> ''",
    "CREATE INDEX ON called USING gin (name gin_trgm_ops)",
    "ANALYZE compared",
    "ANALYZE called",
)
_COMPARE = """
WITH near AS MATERIALIZED (
    -- a difference, as the index on id would be taken for the one on place
    SELECT a.id AS one, b.id AS two FROM compared a JOIN compared b
        ON ST_DWithin(a.place, b.place, %(metres)s, false) AND b.id - a.id > 0
), alike AS MATERIALIZED (
    SELECT w.name AS one, c.name AS two
    FROM (SELECT DISTINCT name FROM compared WHERE place IS NULL AND name <> '') w
        JOIN called c ON w.name %% c.name
), named AS MATERIALIZED (
    SELECT DISTINCT least(a.id, b.id) AS one, greatest(a.id, b.id) AS two
    FROM alike JOIN compared a ON a.name = one AND a.place IS NULL
        JOIN compared b ON b.name = two AND a.id <> b.id
    WHERE similarity(a.address, b.address) >= %(least)s
), phoned AS MATERIALIZED (
    SELECT DISTINCT a.station_id AS one, b.station_id AS two
    FROM (SELECT phone_print FROM keeper WHERE valid_to IS NULL AND phone_print IS NOT NULL
          GROUP BY phone_print HAVING count(*) BETWEEN 2 AND %(most)s) shared
        JOIN keeper a USING (phone_print) JOIN keeper b USING (phone_print)
    WHERE a.valid_to IS NULL AND b.valid_to IS NULL AND a.station_id < b.station_id
), numbered AS MATERIALIZED (
    -- what hundreds of records carry is a word like "none"
    SELECT a.station_id AS one, b.station_id AS two
    FROM (SELECT kind, value FROM station_alias WHERE kind IN ('number', 'external')
          GROUP BY kind, value HAVING count(*) BETWEEN 2 AND %(most)s) shared
        JOIN station_alias a USING (kind, value) JOIN station_alias b USING (kind, value)
    WHERE a.station_id < b.station_id
), pair AS (
    SELECT one, two, bool_or(phone) AS phone, bool_or(number) AS number FROM (
        SELECT one, two, false AS phone, false AS number FROM near
        UNION ALL SELECT one, two, false, false FROM named
        UNION ALL SELECT one, two, true, false FROM phoned
        UNION ALL SELECT one, two, false, true FROM numbered
    ) found GROUP BY one, two
)
SELECT one, two, ST_Distance(a.place, b.place, false), similarity(a.name, b.name),
    similarity(a.address, b.address), phone, number
FROM pair JOIN compared a ON a.id = one JOIN compared b ON b.id = two
"""


def replace_proposals(
    connection: Connection, found: Sequence[tuple[int, int, float, dict[str, Any]]]
) -> tuple[int, int]:
    """Make the open proposals those that were found; return how many are new and how many went.

    What was dismissed or merged stays so. Each is first id, second id, score and reasons.
    """
    connection.execute(
        "CREATE TEMPORARY TABLE found (first_id bigint, second_id bigint, score real,"
        " reasons jsonb) ON COMMIT DROP"
    )
    with (
        connection.cursor() as cursor,
        cursor.copy("COPY found (first_id, second_id, score, reasons) FROM STDIN") as copy,
    ):
        for first, second, score, reasons in found:
            copy.write_row((first, second, score, Jsonb(reasons)))
    gone = connection.execute(
        "DELETE FROM duplicate_pair p WHERE state = 'proposed' AND NOT EXISTS (SELECT FROM found f"
        " WHERE f.first_id = p.first_id AND f.second_id = p.second_id)"
    ).rowcount
    new = connection.execute(
        "INSERT INTO duplicate_pair (first_id, second_id, score, reasons)"
        " SELECT first_id, second_id, score, reasons FROM found"
        " ON CONFLICT (first_id, second_id) DO NOTHING"
    ).rowcount
    connection.execute(
        "UPDATE duplicate_pair p SET score = f.score, reasons = f.reasons FROM found f"
        " WHERE f.first_id = p.first_id AND f.second_id = p.second_id AND p.state = 'proposed'"
        " AND (p.score, p.reasons) IS DISTINCT FROM (f.score, f.reasons)"
    )
    connection.execute("DROP TABLE found")
    return new, gone


_PAIR = (
    "SELECT id, first_id, second_id, state, score, reasons, found_at, decided_at, decision"
    " FROM duplicate_pair"
)


def counts(connection: Connection) -> dict[str, int]:
    """Return how many pairs of the acting person's scope are in each state."""
    rows = connection.execute(
        "SELECT state, count(*) FROM duplicate_pair GROUP BY state"
    ).fetchall()
    return {str(state): int(count) for state, count in rows}


def pairs(connection: Connection, *, state: str, most: int, offset: int = 0) -> list[Pair]:
    """Return pairs of the acting person's scope, the likeliest first."""
    rows = connection.execute(
        f"{_PAIR} WHERE state = %s ORDER BY score DESC, id LIMIT %s OFFSET %s",
        (state, most, offset),
    ).fetchall()
    return [Pair(*row) for row in rows]


def pair(connection: Connection, pair_id: int) -> Pair | None:
    """Return a pair, None if the acting person does not see it."""
    row = connection.execute(f"{_PAIR} WHERE id = %s", (pair_id,)).fetchone()
    return None if row is None else Pair(*row)


def pair_of(connection: Connection, one: int, other: int) -> Pair | None:
    """Return the pair of two stations."""
    row = connection.execute(
        f"{_PAIR} WHERE first_id = %s AND second_id = %s", (min(one, other), max(one, other))
    ).fetchone()
    return None if row is None else Pair(*row)


def pairs_of(connection: Connection, station_id: int) -> list[Pair]:
    """Return the open proposals that a station is in, the likeliest first."""
    rows = connection.execute(
        f"{_PAIR} WHERE %(id)s IN (first_id, second_id) AND state = 'proposed'"
        " ORDER BY score DESC, id",
        {"id": station_id},
    ).fetchall()
    return [Pair(*row) for row in rows]


def briefs(connection: Connection, ids: Iterable[int]) -> dict[int, Brief]:
    """Return stations that the acting person sees, by id."""
    rows = connection.execute(
        "SELECT s.id, s.code, s.name, s.address, s.state, coalesce(u.name, ''), ST_X(s.place),"
        " ST_Y(s.place) FROM station s LEFT JOIN union_body u ON u.id = s.union_id"
        " WHERE s.id = ANY(%s)",
        (list(ids),),
    ).fetchall()
    return {int(row[0]): Brief(*row) for row in rows}


def decide(connection: Connection, pair_id: int, *, state: str, note: str) -> bool:
    """Put a proposal aside or take it up again; return whether that changed anything."""
    row = connection.execute(
        "SELECT decide_duplicate(%s, %s, %s)", (pair_id, state, note)
    ).fetchone()
    return row is not None and bool(row[0])


def neighbours(
    connection: Connection,
    *,
    place: tuple[float, float],
    metres: float,
    most: int = 40,
    besides: int | None = None,
) -> list[tuple[int, str, str, float]]:
    """Return id, name, address and distance of stations around a place that the person sees."""
    rows = connection.execute(
        "SELECT s.id, s.name, s.address, ST_Distance(s.place::geography, p.at::geography, false)"
        " AS metres FROM station s, (SELECT ST_SetSRID(ST_MakePoint(%(lon)s, %(lat)s), 4326) AS at)"
        " p WHERE s.place && ST_Expand(p.at, %(wide)s, %(high)s) AND NOT s.state = ANY(%(left)s)"
        " AND s.id IS DISTINCT FROM %(besides)s"
        " AND ST_DWithin(s.place::geography, p.at::geography, %(metres)s, false)"
        " ORDER BY metres, s.id LIMIT %(most)s",
        {
            "lon": place[0], "lat": place[1], "wide": metres / 40_000, "high": metres / 100_000,
            "left": list(_LEFT), "besides": besides, "metres": metres, "most": most,
        },
    ).fetchall()  # fmt: skip
    return [(int(id_), str(name), str(address), float(far)) for id_, name, address, far in rows]


def likenesses(
    connection: Connection, bare: tuple[str, str], others: Sequence[tuple[str, str]]
) -> list[tuple[float, float]]:
    """Return how alike name and address, laid bare, are to those of others, each 0 to 1."""
    rows = connection.execute(
        "SELECT similarity(%s, name), similarity(%s, address) FROM unnest(%s::text[], %s::text[])"
        " WITH ORDINALITY AS o (name, address, n) ORDER BY n",
        (*bare, [name for name, _ in others], [address for _, address in others]),
    ).fetchall()
    return [(float(name), float(address)) for name, address in rows]
