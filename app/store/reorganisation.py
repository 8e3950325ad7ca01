"""What a reorganisation writes: unions that end and begin, records and rights that move."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from psycopg.types.json import Jsonb

from app.store.database import Connection


@dataclass(frozen=True, slots=True)
class UnionRecord:
    """A union as it is on a day."""

    id: int
    code: str
    name: str
    kind: str


def begin(
    connection: Connection,
    *,
    held_on: date,
    document_number: str,
    title: str,
    plan: Mapping[str, Any],
    digest: str,
) -> int | None:
    """Record that a reorganisation is carried out; None if this very plan was."""
    row = connection.execute(
        "INSERT INTO reorganisation (held_on, document_number, title, plan, plan_digest)"
        " VALUES (%s, %s, %s, %s, %s) ON CONFLICT (plan_digest) DO NOTHING RETURNING id",
        (held_on, document_number, title, Jsonb(dict(plan)), digest),
    ).fetchone()
    return None if row is None else int(row[0])


def close(connection: Connection, reorganisation_id: int, report: Mapping[str, Any]) -> None:
    """Remember what it did."""
    connection.execute(
        "UPDATE reorganisation SET report = %s WHERE id = %s",
        (Jsonb(dict(report)), reorganisation_id),
    )


def name_request(connection: Connection, name: str) -> None:
    """Have every version that this transaction makes say what made it."""
    connection.execute("SELECT set_config('harbor.request', %s, true)", (name,))


def lock_unions(connection: Connection) -> None:
    """Let nobody else change unions, rights or stations until the transaction ends.

    A station that is entered meanwhile would stay with a union that ends.
    """
    connection.execute("LOCK TABLE union_body, user_grant, station IN SHARE ROW EXCLUSIVE MODE")


def unions(connection: Connection, *, on: date) -> dict[str, UnionRecord]:
    """Return the unions of a day by code."""
    rows = connection.execute(
        "SELECT id, code, name, kind FROM union_body WHERE valid_from <= %(on)s"
        " AND (valid_to IS NULL OR valid_to > %(on)s) ORDER BY code",
        {"on": on},
    ).fetchall()
    return {row[1]: UnionRecord(*row) for row in rows}


def end_union(connection: Connection, union_id: int, *, on: date) -> None:
    """End a union on a day."""
    connection.execute("UPDATE union_body SET valid_to = %s WHERE id = %s", (on, union_id))


def succeed(connection: Connection, union_id: int, *, by: int) -> None:
    """Say who takes over what an ended union leaves."""
    connection.execute("UPDATE union_body SET succeeded_by = %s WHERE id = %s", (by, union_id))


def begin_union(
    connection: Connection,
    *,
    code: str,
    name: str,
    name_en: str,
    kind: str,
    parent_id: int | None,
    on: date,
) -> int:
    """Begin a union on a day and return its id."""
    row = connection.execute(
        "INSERT INTO union_body (code, name, name_en, kind, parent_id, valid_from)"
        " VALUES (%s, %s, %s, %s, %s, %s) RETURNING id",
        (code, name, name_en, kind, parent_id, on),
    ).fetchone()
    return 0 if row is None else int(row[0])


def adopt(connection: Connection, *, orphan_of: int, parent_id: int) -> int:
    """Give the unions below an ended one, which go on, another parent; return how many."""
    return connection.execute(
        "UPDATE union_body SET parent_id = %s WHERE parent_id = %s AND valid_to IS NULL",
        (parent_id, orphan_of),
    ).rowcount


def transfer(
    connection: Connection, *, giver: int, taker: int, within: str | None, on: date
) -> list[int]:
    """Move a union's stations to another, all or those inside a district of a day; return them.

    Records in every state move, drafts and those that left too: somebody has to
    answer for each.
    """
    rows = connection.execute(
        "UPDATE station s SET union_id = %(taker)s WHERE s.union_id = %(giver)s"
        " AND (%(within)s::text IS NULL OR EXISTS (SELECT FROM district d"
        " WHERE d.adcode = %(within)s AND d.valid_from <= %(on)s"
        " AND (d.valid_to IS NULL OR d.valid_to > %(on)s)"
        " AND ST_Intersects(d.geometry, s.place))) RETURNING s.id",
        {"giver": giver, "taker": taker, "within": within, "on": on},
    ).fetchall()
    return sorted(int(row[0]) for row in rows)


def pass_grants(connection: Connection, *, giver: int, taker: int) -> int:
    """End the rights people have in a union and give them the same in another; return how many.

    A right that was given for a time, or from a later day on, stays so.
    """
    row = connection.execute(
        "WITH held AS (SELECT id, user_id, role, valid_from, valid_to FROM user_grant"
        "  WHERE union_id = %(giver)s AND (valid_to IS NULL OR valid_to > clock_timestamp())),"
        " ended AS (UPDATE user_grant g SET valid_to = greatest(clock_timestamp(), g.valid_from)"
        "  FROM held h WHERE g.id = h.id),"
        " given AS (INSERT INTO user_grant (user_id, role, union_id, valid_from, valid_to)"
        "  SELECT user_id, role, %(taker)s, greatest(valid_from, clock_timestamp()), valid_to"
        "  FROM held h WHERE NOT EXISTS (SELECT FROM user_grant g WHERE g.user_id = h.user_id"
        "   AND g.role = h.role AND g.union_id = %(taker)s AND (g.valid_to IS NULL"
        "   OR g.valid_to > clock_timestamp() AND g.valid_to >= h.valid_to)))"
        " SELECT count(*) FROM held",
        {"giver": giver, "taker": taker},
    ).fetchone()
    return 0 if row is None else int(row[0])


def unplaced(connection: Connection, union_ids: Sequence[int]) -> int:
    """Return how many records of these unions have no place, so that no district decides."""
    row = connection.execute(
        "SELECT count(*) FROM station s"
        " WHERE s.union_id = ANY(%s) AND s.place IS NULL AND s.state <> 'discarded'",
        (list(union_ids),),
    ).fetchone()
    return 0 if row is None else int(row[0])


def settle_districts(connection: Connection, *, on: date) -> int:
    """Find the district of every station anew; return how many changed."""
    return connection.execute(
        "UPDATE station s SET adcode = f.adcode FROM (SELECT t.id, (SELECT d.adcode FROM district d"
        " WHERE d.valid_from <= %(on)s AND (d.valid_to IS NULL OR d.valid_to > %(on)s)"
        " AND ST_Intersects(d.geometry, t.place) ORDER BY d.adcode LIMIT 1) AS adcode"
        " FROM station t WHERE t.place IS NOT NULL) f"
        " WHERE f.id = s.id AND s.adcode IS DISTINCT FROM f.adcode",
        {"on": on},
    ).rowcount


def left_with(connection: Connection, union_ids: Sequence[int]) -> int:
    """Return how many stations still belong to unions that ended."""
    row = connection.execute(
        "SELECT count(*) FROM station WHERE union_id = ANY(%s)", (list(union_ids),)
    ).fetchone()
    return 0 if row is None else int(row[0])


def outside(connection: Connection) -> int:
    """Return how many public stations lie in no district of today."""
    row = connection.execute(
        "SELECT count(*) FROM station s JOIN station_state t USING (state)"
        " WHERE t.public AND s.place IS NOT NULL AND s.adcode IS NULL"
    ).fetchone()
    return 0 if row is None else int(row[0])
