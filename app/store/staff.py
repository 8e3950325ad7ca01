"""Who has an account and in what scope, read by the application itself: no role of staff may."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.store.database import Connection

_HOLDS = (
    "g.valid_from <= clock_timestamp() AND (g.valid_to IS NULL OR g.valid_to > clock_timestamp())"
)


@dataclass(frozen=True, slots=True)
class Holder:
    """Somebody who has a role in the scope of a union.

    Attributes:
        name: as pages call the person.
        union_name: of the union the grant is for, empty for every union.
    """

    user_id: int
    name: str
    role: str
    union_name: str


@dataclass(frozen=True, slots=True)
class HeldGrant:
    """A grant with the union it lies in: that of the station, for a keeper."""

    id: int
    role: str
    union_id: int | None
    station_id: int | None
    lies_in: int | None


@dataclass(frozen=True, slots=True)
class Member:
    """An account as it is listed; nothing secret."""

    id: int
    name: str
    full_name: str
    second_factor: bool
    must_change: bool
    disabled_at: datetime | None
    seen_at: datetime | None
    sessions: int
    grants: tuple[HeldGrant, ...]


def holders(connection: Connection, union_id: int | None) -> list[Holder]:
    """Return who has which role in the scope of a union, the nearest scope first."""
    rows = connection.execute(
        "WITH RECURSIVE above AS ("
        " SELECT id, parent_id, 0 AS steps FROM union_body WHERE id = %s"
        " UNION ALL SELECT u.id, u.parent_id, a.steps + 1"
        " FROM union_body u JOIN above a ON u.id = a.parent_id WHERE a.steps < 20)"
        " SELECT p.id, coalesce(nullif(p.full_name, ''), p.name), g.role, coalesce(u.name, '')"
        " FROM user_grant g JOIN user_account p ON p.id = g.user_id"
        " LEFT JOIN above a ON a.id = g.union_id LEFT JOIN union_body u ON u.id = g.union_id"
        f" WHERE p.disabled_at IS NULL AND g.station_id IS NULL AND {_HOLDS}"
        " AND (g.union_id IS NULL OR a.id IS NOT NULL)"
        " ORDER BY coalesce(a.steps, 99), p.full_name, p.name",
        (union_id,),
    ).fetchall()
    return [Holder(*row) for row in rows]


def unions_below(connection: Connection, union_ids: Collection[int]) -> frozenset[int]:
    """Return unions and all below them."""
    rows = connection.execute(
        "WITH RECURSIVE below AS (SELECT id FROM union_body WHERE id = ANY(%s)"
        " UNION SELECT u.id FROM union_body u JOIN below b ON u.parent_id = b.id)"
        " SELECT id FROM below",
        (list(union_ids),),
    ).fetchall()
    return frozenset(int(row[0]) for row in rows)


def unions(connection: Connection) -> list[tuple[int, str, str, str]]:
    """Return id, code, name and English name of the unions of today, by code."""
    rows = connection.execute(
        "SELECT id, code, name, name_en FROM union_body WHERE valid_from <= register_today()"
        " AND (valid_to IS NULL OR valid_to > register_today()) ORDER BY code"
    ).fetchall()
    return [(int(id_), str(code), str(name), str(name_en)) for id_, code, name, name_en in rows]


# whose person somebody is, is told by the grants that hold, and by the ended ones if none does
_MEMBERS = f"""
WITH held AS (
    SELECT g.id, g.user_id, g.role, g.union_id, g.station_id,
           coalesce(g.union_id, s.union_id) AS lies_in, {_HOLDS} AS holds
    FROM user_grant g LEFT JOIN station s ON s.id = g.station_id
), person AS (
    SELECT p.id, p.name, p.full_name, p.second_factor IS NOT NULL, p.must_change, p.disabled_at,
           (SELECT max(u.seen_at) FROM user_session u WHERE u.user_id = p.id),
           (SELECT count(*) FROM user_session u WHERE u.user_id = p.id AND u.ended_at IS NULL
            AND u.begun_at > %(since)s),
           coalesce((SELECT jsonb_agg(jsonb_build_array(
                h.id, h.role, h.union_id, h.station_id, h.lies_in) ORDER BY h.id)
            FROM held h WHERE h.user_id = p.id AND h.holds), '[]') AS grants
    FROM user_account p
), telling AS (
    SELECT h.* FROM held h JOIN person p ON p.id = h.user_id
    WHERE h.holds OR p.grants = '[]'
)
SELECT person.* FROM person
WHERE (%(id)s::bigint IS NULL OR id = %(id)s)
  AND (%(everywhere)s OR (
    EXISTS (SELECT FROM telling t WHERE t.user_id = person.id)
    AND NOT EXISTS (SELECT FROM telling t WHERE t.user_id = person.id
                    AND (t.lies_in IS NULL OR t.lies_in <> ALL (%(unions)s)))))
  AND (%(words)s = '' OR strpos(lower(name), lower(%(words)s)) > 0
       OR strpos(lower(full_name), lower(%(words)s)) > 0)
  AND (%(role)s = '' OR EXISTS (SELECT FROM telling t
       WHERE t.user_id = person.id AND t.holds AND t.role = %(role)s))
  AND (%(union)s::bigint IS NULL OR EXISTS (SELECT FROM telling t
       WHERE t.user_id = person.id AND t.holds AND t.lies_in = %(union)s))
  AND name > %(after)s
ORDER BY name LIMIT %(most)s
"""


def members(
    connection: Connection,
    *,
    unions: Collection[int] | None,
    since: datetime,
    user_id: int | None = None,
    words: str = "",
    role: str = "",
    union_id: int | None = None,
    after: str = "",
    most: int = 100,
) -> list[Member]:
    """Return accounts by name.

    Args:
        unions: those all of whose grants lie in these; None for all there are.
        since: sessions begun before it are over.
        user_id, words, role, union_id: narrow it down; words are looked for in both names.
        after: the name before the first one.
    """
    rows = connection.execute(
        _MEMBERS,
        {"unions": list(unions or ()), "everywhere": unions is None, "since": since,
         "id": user_id, "words": words, "role": role, "union": union_id, "after": after,
         "most": most},
    ).fetchall()  # fmt: skip
    return [_member(list(row)) for row in rows]


def _member(values: list[Any]) -> Member:
    values[-1] = tuple(HeldGrant(*held) for held in values[-1])
    return Member(*values)


def lock(connection: Connection, user_ids: Collection[int]) -> None:
    """Let nobody else change some accounts until the end; in one order, so that no two wait."""
    connection.execute(
        "SELECT id FROM user_account WHERE id = ANY(%s) ORDER BY id FOR UPDATE", (list(user_ids),)
    )


def end_grant(connection: Connection, user_id: int, grant_id: int) -> bool:
    """End one grant of a person now; false if it does not hold."""
    done = connection.execute(
        "UPDATE user_grant g SET valid_to = greatest(clock_timestamp(), g.valid_from)"
        f" WHERE g.id = %s AND g.user_id = %s AND {_HOLDS}",
        (grant_id, user_id),
    )
    return done.rowcount == 1
