"""Lists of stations as the acting person sees them: narrowed, sorted, a page at a time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from app.domain.station_list import Filters
from app.store import search
from app.store.database import Connection


@dataclass(frozen=True, slots=True)
class Row:
    """A station in a list.

    Attributes:
        union, union_en, district, district_en: names, empty if there is none or it is not known.
        passed, stars: by the last inspection, None without one.
        confirmed_at: when somebody last confirmed the record, or when it took its state.
        document: number of the document of the last move that took one.
        mark: what the list is sorted by, for the page after this row.
    """

    id: int
    code: str | None
    name: str
    name_en: str
    state: str
    revision: int | None
    verified: bool
    union_id: int | None
    union: str
    union_en: str
    district: str
    district_en: str
    address: str
    services: tuple[str, ...]
    hours: str | None
    host_name: str
    host_kind: str | None
    placed: bool
    passed: bool | None
    stars: int | None
    state_since: datetime | None
    state_until: date | None
    confirmed_at: datetime | None
    changed_at: datetime | None
    submitted_by: int | None
    reviewed_by: int | None
    mark: Any


# never null, so that a page begins after the mark and the id of the last one before it
_MARKS: dict[str, tuple[str, str]] = {
    "changed": ("s.changed_at", "timestamptz"),
    "name": ("s.name", "text"),
    "number": ("coalesce(s.code, '')", "text"),
    "since": ("s.state_since", "timestamptz"),
    "confirmed": ("coalesce(s.confirmed_at, s.state_since)", "timestamptz"),
    "entered": ("s.created_at", "timestamptz"),
}
_SHOWN = (
    "s.id, s.code, s.name, s.name_en, s.state, s.revision, s.verified, s.union_id,"
    " coalesce(u.name, ''), coalesce(u.name_en, ''),"
    " coalesce((SELECT d.name FROM district d WHERE d.adcode = s.adcode"
    " ORDER BY d.valid_from DESC LIMIT 1), s.area_name),"
    " coalesce((SELECT d.name_en FROM district d WHERE d.adcode = s.adcode"
    " ORDER BY d.valid_from DESC LIMIT 1), ''), s.address, s.services, s.hours,"
    " s.host_name, s.host_kind, s.place IS NOT NULL, g.passed, g.stars, s.state_since,"
    " s.state_until, coalesce(s.confirmed_at, s.state_since), s.changed_at, s.submitted_by,"
    " s.reviewed_by"
)


# the column of a filter and what it is asked, as a station is and as it was
_NOW: dict[str, str] = {
    "state": "s.state = ANY(%(state)s)",
    "union": "s.union_id = ANY(%(union)s)",
    "district": "s.adcode = ANY(%(district)s)",
    "service": "s.services @> %(service)s",
    "host": "s.host_kind = ANY(%(host)s)",
    "verified": "s.verified = %(verified)s",
    "placed": "(s.place IS NOT NULL) = %(placed)s",
    "stars": "s.id IN (SELECT station_id FROM starred)",
}
_THEN: dict[str, str] = {
    "state": "v.state = ANY(%(state)s)",
    "union": "v.union_id = ANY(%(union)s)",
    "district": "v.facts ->> 'adcode' = ANY(%(district)s)",
    "service": "v.facts -> 'services' ?& %(service)s",
    "host": "v.facts ->> 'host_kind' = ANY(%(host)s)",
    "verified": "v.verified = %(verified)s",
    "placed": "(v.place IS NOT NULL) = %(placed)s",
    "stars": "v.station_id IN (SELECT station_id FROM starred)",
}
_SHOWN_THEN = (
    "SELECT v.station_id, v.facts ->> 'code', v.facts ->> 'name', v.facts ->> 'name_en',"
    " v.state, v.revision, v.verified, v.union_id, coalesce(u.name, ''), coalesce(u.name_en, ''),"
    " coalesce(d.name, v.facts ->> 'area_name'), coalesce(d.name_en, ''), v.facts ->> 'address',"
    " ARRAY(SELECT jsonb_array_elements_text(v.facts -> 'services')), v.facts ->> 'hours',"
    " v.facts ->> 'host_name', v.facts ->> 'host_kind', v.place IS NOT NULL, g.passed, g.stars,"
    " (v.facts ->> 'state_since')::timestamptz, (v.facts ->> 'state_until')::date,"
    " NULL, v.valid_from, NULL, NULL, v.station_id"
    " FROM page v LEFT JOIN union_body u ON u.id = v.union_id"
    " LEFT JOIN LATERAL (SELECT name, name_en FROM district WHERE adcode = v.facts ->> 'adcode'"
    "  AND valid_from <= %(moment)s::date ORDER BY valid_from DESC LIMIT 1) d ON true"
    " LEFT JOIN LATERAL (SELECT passed, stars FROM inspection WHERE station_id = v.station_id"
    "  AND state = 'submitted' AND submitted_at <= %(moment)s"
    "  ORDER BY submitted_at DESC, id DESC LIMIT 1) g ON true ORDER BY v.station_id"
)
# of other unions nobody sees an inspection, so of their stations none is found
_INSPECTED_THEN = (
    "inspected AS MATERIALIZED (SELECT DISTINCT ON (station_id) station_id, passed, stars"
    " FROM inspection WHERE state = 'submitted' AND submitted_at <= %(moment)s"
    " ORDER BY station_id, submitted_at DESC, id DESC),"
    " starred AS (SELECT station_id FROM inspected WHERE stars >= %(stars)s), "
)
_STANDING: dict[str, str] = {
    "passed": "{id} IN (SELECT station_id FROM inspected WHERE passed)",
    "failed": "{id} IN (SELECT station_id FROM inspected WHERE NOT passed)",
    "never": "{id} NOT IN (SELECT station_id FROM inspected)",
}
# looked up once and not station by station: 27 ms instead of 66
_LOOKED_UP: dict[str, str] = {
    "stars": "starred AS MATERIALIZED"
    " (SELECT station_id FROM station_standing WHERE stars >= %(stars)s)",
    "standing": "inspected AS MATERIALIZED (SELECT station_id, passed FROM station_standing)",
}


def page(
    connection: Connection,
    filters: Filters,
    *,
    sort: str,
    down: bool,
    after: tuple[Any, int] | None,
    most: int | None,
    unconfirmed: datetime | None = None,
) -> tuple[int, list[Row]]:
    """Return how many stations the filters leave, and a page of them.

    Args:
        sort: a key of the marks above; ties are in the order of ids.
        after: mark and id of the last row of the page before.
        most: how many rows; None for all.
        unconfirmed: the moment at which the day of the filters begins.
    """
    mark, kind = _MARKS[sort]
    conditions, values = _narrowed(connection, filters, _NOW, owner="s.union_id", identity="s.id")
    if not filters.state:
        conditions.append("s.state <> 'discarded'")
    if unconfirmed is not None:
        conditions.append("coalesce(s.confirmed_at, s.state_since) < %(unconfirmed)s")
        conditions.append("s.state IN (SELECT t.state FROM station_state t WHERE t.public)")
    if filters.standing is not None:
        conditions.append(_STANDING[filters.standing].format(id="s.id"))
    before = "".join(
        f"{text}, " for name, text in _LOOKED_UP.items() if getattr(filters, name) is not None
    )
    sign, way = ("<", "DESC") if down else (">", "ASC")
    begin = f"WHERE (mark, id) {sign} (%(mark)s::{kind}, %(after)s)" if after else ""
    values |= {"most": most, "unconfirmed": unconfirmed}
    values |= {"mark": after[0], "after": after[1]} if after else {}
    rows = connection.execute(
        f"WITH {before}found AS MATERIALIZED (SELECT s.id, {mark} AS mark FROM station s"
        f" WHERE {' AND '.join(conditions) or 'true'}),"
        f" page AS (SELECT id, mark FROM found {begin} ORDER BY mark {way}, id {way}"
        " LIMIT %(most)s)"
        f" SELECT (SELECT count(*) FROM found), {_SHOWN}, page.mark"
        " FROM (VALUES (1)) AS always LEFT JOIN (page JOIN station s ON s.id = page.id"
        "  LEFT JOIN union_body u ON u.id = s.union_id"
        "  LEFT JOIN station_standing g ON g.station_id = s.id) ON true"
        f" ORDER BY page.mark {way}, page.id {way}",
        values,
        prepare=False,
    ).fetchall()
    return int(rows[0][0]), [_row(row[1:]) for row in rows if row[1] is not None]


def by_ids(connection: Connection, ids: Sequence[int]) -> list[Row]:
    """Return those of the stations that the acting person sees, in the order of ids."""
    rows = connection.execute(
        f"SELECT {_SHOWN}, s.id FROM station s LEFT JOIN union_body u ON u.id = s.union_id"
        " LEFT JOIN station_standing g ON g.station_id = s.id WHERE s.id = ANY(%s) ORDER BY s.id",
        (list(ids),),
    ).fetchall()
    return [_row(row) for row in rows]


def page_of_past(
    connection: Connection,
    filters: Filters,
    *,
    moment: datetime,
    after_id: int,
    most: int | None,
) -> list[Row]:
    """Return stations of the person's scope as they were at a moment, by id.

    Words are looked for in what a station is and was called, not in the text of that moment.
    """
    conditions, values = _narrowed(
        connection, filters, _THEN, owner="v.union_id", identity="v.station_id"
    )
    if not filters.state:
        conditions.append("v.state <> 'discarded'")
    if filters.standing is not None:
        conditions.append(_STANDING[filters.standing].format(id="v.station_id"))
    narrowed = "".join(f" AND {condition}" for condition in conditions)
    before = _INSPECTED_THEN if filters.standing or filters.stars else ""
    rows = connection.execute(
        f"WITH {before}page AS MATERIALIZED (SELECT v.* FROM station_version v"
        " WHERE v.station_id > %(after)s AND v.valid_from <= %(moment)s"
        f" AND (v.valid_to IS NULL OR v.valid_to > %(moment)s){narrowed}"
        f" ORDER BY v.station_id LIMIT %(most)s) {_SHOWN_THEN}",
        {**values, "stars": filters.stars, "moment": moment, "after": after_id, "most": most},
        prepare=False,
    ).fetchall()
    return [_row(row) for row in rows]


def _narrowed(
    connection: Connection, filters: Filters, texts: dict[str, str], *, owner: str, identity: str
) -> tuple[list[str], dict[str, Any]]:
    """Write filters as conditions and their values.

    Arrays are values, and the statements are never prepared, so that each is planned
    for what is in them: an index for a few ids, a hash for many.

    Args:
        owner, identity: the columns of the union and of the station's id.
    """
    values: dict[str, Any] = {}
    for name in texts:
        value = getattr(filters, name)
        if value not in ((), None):
            values[name] = list(value) if isinstance(value, tuple) else value
    conditions = [texts[name] for name in values]
    found = search.matching(connection, filters.q)
    if found is not None:
        conditions.append(f"{identity} = ANY(%(found)b::bigint[])")
        values["found"] = found
    # of other unions nobody sees how a station stands
    if filters.whose == "mine" or filters.standing or filters.stars:
        own = own_unions(connection)
        if own is not None:
            conditions.append(f"{owner} = ANY(%(own)s)")
            values["own"] = own
    return conditions, values


def _row(values: Sequence[Any]) -> Row:
    row = list(values)
    row[13] = tuple(row[13] or ())
    return Row(*row)


def own_unions(connection: Connection) -> list[int] | None:
    """Return the unions whose records the person sees whole; None stands for everything."""
    row = connection.execute("SELECT acts_everywhere(), acting_unions()").fetchone()
    return None if row is None or row[0] else list(row[1])


def union_choices(connection: Connection, *, on: date | None) -> list[tuple[int, str, str]]:
    """Return id and names of the unions of a day, by code; None is today."""
    rows = connection.execute(
        "SELECT id, name, name_en FROM union_body"
        " WHERE valid_from <= coalesce(%(on)s, register_today())"
        " AND (valid_to IS NULL OR valid_to > coalesce(%(on)s, register_today()))"
        " ORDER BY code, valid_from",
        {"on": on},
    ).fetchall()
    return [(int(id_), str(name), str(name_en)) for id_, name, name_en in rows]


def union_names(connection: Connection) -> dict[int, str]:
    """Return the name of every union that ever was, by id."""
    rows = connection.execute("SELECT id, name FROM union_body ORDER BY id").fetchall()
    return {int(id_): str(name) for id_, name in rows}


def district_choices(connection: Connection, *, on: date | None) -> list[tuple[str, str, str]]:
    """Return code and names of the districts of a day; None is today."""
    rows = connection.execute(
        "SELECT DISTINCT ON (adcode) adcode, name, name_en FROM district"
        " WHERE valid_from <= coalesce(%(on)s, register_today())"
        " AND (valid_to IS NULL OR valid_to > coalesce(%(on)s, register_today()))"
        " ORDER BY adcode, valid_from DESC",
        {"on": on},
    ).fetchall()
    return [(str(code), str(name), str(name_en)) for code, name, name_en in rows]
