"""One station's record as staff read it: the facts, and the names of what its columns point to."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from app.store.changes import outside
from app.store.database import Connection


@dataclass(frozen=True, slots=True)
class Row:
    """A station as it is, with what the acting person is to it.

    Attributes:
        whole: whether the person sees the record with its history and change requests.
        roles: those held in the scope of its union.
        facts: every column, as JSON; a place is [longitude, latitude].
    """

    id: int
    code: str | None
    state: str
    revision: int
    verified: bool
    union_id: int | None
    whole: bool
    roles: frozenset[str]
    facts: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Paper:
    """A document that a move was made by."""

    id: int
    number: str
    title: str
    dated: date | None
    file_id: int | None


@dataclass(frozen=True, slots=True)
class Other:
    """Another station that a record points to, or that points to it."""

    id: int
    code: str | None
    name: str


def row(connection: Connection, station_id: int) -> Row | None:
    """Return a station's record, None if the acting person does not see it."""
    found = connection.execute(
        "SELECT s.id, s.code, s.state, s.revision, s.verified, s.union_id,"
        " coalesce(s.union_id = ANY (acting_unions()), false) OR acts_everywhere(),"
        " acting_roles(s.union_id),"
        " to_jsonb(s) || jsonb_build_object('place', encode(ST_AsEWKB(s.place), 'hex'))"
        " FROM station s WHERE s.id = %s",
        (station_id,),
    ).fetchone()
    if found is None:
        return None
    values = list(found)
    values[7], values[8] = frozenset(values[7]), outside(values[8])
    return Row(*values)


def union_names(connection: Connection, union_ids: list[int] | None) -> dict[int, tuple[str, str]]:
    """Return the names of unions in Chinese and English by id; of all that ever were for None."""
    rows = connection.execute(
        "SELECT id, name, name_en FROM union_body"
        " WHERE %(ids)s::bigint[] IS NULL OR id = ANY(%(ids)s)",
        {"ids": union_ids},
    ).fetchall()
    return {int(id_): (name, name_en) for id_, name, name_en in rows}


def district_name(connection: Connection, adcode: str, day: date) -> tuple[str, str] | None:
    """Return what a district is called on a day, in Chinese and English."""
    found = connection.execute(
        "SELECT name, name_en FROM district WHERE adcode = %(adcode)s AND valid_from <= %(day)s"
        " AND (valid_to IS NULL OR valid_to > %(day)s)",
        {"adcode": adcode, "day": day},
    ).fetchone()
    return None if found is None else (str(found[0]), str(found[1]))


def paper(connection: Connection, document_id: int) -> Paper | None:
    """Return a document that the acting person may see."""
    found = connection.execute(
        "SELECT id, number, title, dated, file_id FROM document WHERE id = %s", (document_id,)
    ).fetchone()
    return None if found is None else Paper(*found)


def papers(connection: Connection, *, most: int) -> list[Paper]:
    """Return the documents recorded last among those the acting person may see."""
    rows = connection.execute(
        "SELECT id, number, title, dated, file_id FROM document ORDER BY id DESC LIMIT %s", (most,)
    ).fetchall()
    return [Paper(*found) for found in rows]


def give_scan(connection: Connection, document_id: int, file_id: int) -> bool:
    """Let a file be the scan of a document that has none; return whether it had none."""
    done = connection.execute(
        "UPDATE document SET file_id = %s WHERE id = %s AND file_id IS NULL", (file_id, document_id)
    )
    return done.rowcount == 1


def station(connection: Connection, station_id: int) -> Other | None:
    """Return what another station is called."""
    found = connection.execute(
        "SELECT id, code, name FROM station WHERE id = %s", (station_id,)
    ).fetchone()
    return None if found is None else Other(*found)


def merged_into(connection: Connection, station_id: int) -> list[Other]:
    """Return the stations that were merged into one."""
    rows = connection.execute(
        "SELECT id, code, name FROM station WHERE merged_into = %s AND state = 'merged'"
        " ORDER BY id",
        (station_id,),
    ).fetchall()
    return [Other(*found) for found in rows]


def by_number(connection: Connection, written: str) -> Other | None:
    """Return the station that has or had a number, None if the acting person does not see it."""
    # one after the other, each by its index
    for condition in (
        "s.code = %s",
        "s.id IN (SELECT station_id FROM station_alias WHERE kind = 'number' AND value = %s)",
    ):
        found = connection.execute(
            f"SELECT s.id, s.code, s.name FROM station s WHERE {condition} ORDER BY s.id LIMIT 1",
            (written,),
        ).fetchone()
        if found is not None:
            return Other(*found)
    return None


def aliases(connection: Connection, station_id: int) -> list[tuple[str, str]]:
    """Return the earlier names and numbers of a station, each with its kind."""
    rows = connection.execute(
        "SELECT kind, value FROM station_alias WHERE station_id = %s ORDER BY kind, value",
        (station_id,),
    ).fetchall()
    return [(str(kind), str(value)) for kind, value in rows]


def issuers(connection: Connection, union_id: int | None) -> list[tuple[int | None, str, str]]:
    """Return for whom the acting person may record documents about a union's stations.

    The nearest union first; None stands for the whole city.
    """
    rows = connection.execute(
        "WITH RECURSIVE above AS ("
        " SELECT id, parent_id, name, name_en, 0 AS steps FROM union_body WHERE id = %(union)s"
        " UNION ALL SELECT u.id, u.parent_id, u.name, u.name_en, a.steps + 1"
        " FROM union_body u JOIN above a ON u.id = a.parent_id WHERE a.steps < 20),"
        " scopes AS (SELECT id, name, name_en, steps FROM above"
        " UNION ALL SELECT NULL, '', '', 99)"
        " SELECT id, name, name_en FROM scopes"
        " WHERE acting_roles(id) && ARRAY['union_staff', 'reviewer', 'city_admin'] ORDER BY steps",
        {"union": union_id},
    ).fetchall()
    return [(id_, str(name), str(name_en)) for id_, name, name_en in rows]
