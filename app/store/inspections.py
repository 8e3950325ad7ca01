"""Inspections: drafts of an inspector, what they found with its photos, and what it came to."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from app.store.database import Connection


@dataclass(frozen=True, slots=True)
class Inspection:
    """One inspection; what it came to is None until it is submitted.

    Attributes:
        submit_days: how many days after it began it may be submitted.
        record_days: how many days from it a record of the register still proves something.
        stale: whether it is a draft that is too old to be submitted.
    """

    id: int
    station_id: int
    station_name: str
    station_code: str | None
    station_state: str
    version_id: int
    standard_name: str
    standard_name_en: str
    version: int
    kind: str
    base_id: int | None
    inspector_id: int
    inspected_on: date
    begun_at: datetime
    state: str
    remark: str
    submitted_at: datetime | None
    passed: bool | None
    score: Decimal | None
    stars: int | None
    failed: list[str] | None
    to_mend: list[str] | None
    submit_days: int
    record_days: int
    stale: bool


@dataclass(frozen=True, slots=True)
class Found:
    """What was found of one criterion so far."""

    verdict: str | None
    note: str


@dataclass(frozen=True, slots=True)
class Photo:
    """A photo of a criterion, as ids of stored files."""

    id: int
    criterion: str
    file_id: int
    thumbnail_id: int


@dataclass(frozen=True, slots=True)
class Due:
    """A station that waits for an inspection.

    Attributes:
        due_on: since when; None if it was never inspected.
    """

    station_id: int
    name: str
    code: str | None
    address: str
    verified: bool
    due_on: date | None
    last_on: date | None


_SELECT = (
    "SELECT i.id, i.station_id, s.name, s.code, s.state, i.version_id, d.name, d.name_en,"
    " v.version, i.kind, i.base_id, i.inspector_id, i.inspected_on, i.begun_at, i.state, i.remark,"
    " i.submitted_at, i.passed, i.score, i.stars, i.failed, i.to_mend,"
    " d.submit_days, d.record_days,"
    " i.state = 'draft' AND register_today() - i.inspected_on > d.submit_days"
    " FROM inspection i JOIN station s ON s.id = i.station_id"
    " JOIN standard_version v ON v.id = i.version_id JOIN standard d ON d.code = v.standard"
)


def begin(
    connection: Connection,
    *,
    station_id: int,
    version_id: int,
    inspector_id: int,
    on: date,
    base_id: int | None = None,
) -> int | None:
    """Begin a draft: a full inspection, or a follow-up of the one named.

    Returns:
        Its id; None if the inspector has one at the station already.
    """
    row = connection.execute(
        "INSERT INTO inspection (station_id, version_id, kind, base_id, inspector_id, inspected_on)"
        " VALUES (%s, %s, %s, %s, %s, %s)"
        " ON CONFLICT (inspector_id, station_id) WHERE state = 'draft' DO NOTHING RETURNING id",
        (station_id, version_id, "full" if base_id is None else "follow_up", base_id,
         inspector_id, on),
    ).fetchone()  # fmt: skip
    return None if row is None else int(row[0])


def get(connection: Connection, inspection_id: int) -> Inspection | None:
    """Return an inspection, None if the acting person does not see it."""
    return _one(connection, "i.id = %s", inspection_id)


def own_draft(connection: Connection, *, station_id: int, inspector_id: int) -> Inspection | None:
    """Return the draft of a station that an inspector has open."""
    return _one(
        connection,
        "i.station_id = %s AND i.inspector_id = %s AND i.state = 'draft'",
        station_id, inspector_id,
    )  # fmt: skip


def drafts(connection: Connection, *, inspector_id: int) -> list[Inspection]:
    """Return the drafts of an inspector, the newest first."""
    return _many(
        connection, "i.inspector_id = %s AND i.state = 'draft' ORDER BY i.begun_at DESC",
        inspector_id,
    )  # fmt: skip


def of_station(connection: Connection, station_id: int, *, most: int = 50) -> list[Inspection]:
    """Return the submitted inspections of a station, the newest first."""
    return _many(
        connection,
        "i.station_id = %s AND i.state = 'submitted' ORDER BY i.submitted_at DESC LIMIT %s",
        station_id, most,
    )  # fmt: skip


def latest(connection: Connection, *, most: int) -> list[Inspection]:
    """Return the inspections that were submitted last."""
    return _many(connection, "i.state = 'submitted' ORDER BY i.submitted_at DESC LIMIT %s", most)


def asked(connection: Connection, inspection: Inspection) -> frozenset[str] | None:
    """Return the criteria that a follow-up looks at; None stands for all."""
    if inspection.base_id is None:
        return None
    rows = connection.execute(
        "SELECT t.criterion FROM rectification r JOIN rectification_item t"
        " ON t.rectification_id = r.id WHERE r.station_id = %s AND r.inspection_id = %s"
        " AND (t.mended_by IS NULL OR t.mended_by = %s)"
        " UNION SELECT criterion FROM inspection_finding WHERE inspection_id = %s",
        (inspection.station_id, inspection.base_id, inspection.id, inspection.id),
    ).fetchall()
    return frozenset(row[0] for row in rows)


def findings(connection: Connection, inspection_id: int) -> dict[str, Found]:
    """Return what was found so far, by criterion."""
    rows = connection.execute(
        "SELECT criterion, verdict, note FROM inspection_finding WHERE inspection_id = %s",
        (inspection_id,),
    ).fetchall()
    return {criterion: Found(verdict, note) for criterion, verdict, note in rows}


def save(connection: Connection, inspection_id: int, found: Mapping[str, Found]) -> None:
    """Write down what was found of some criteria."""
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO inspection_finding AS f (inspection_id, criterion, verdict, note)"
            " VALUES (%s, %s, %s, %s) ON CONFLICT (inspection_id, criterion) DO UPDATE"
            " SET (verdict, note) = (excluded.verdict, excluded.note)"
            " WHERE (f.verdict, f.note) IS DISTINCT FROM (excluded.verdict, excluded.note)",
            [(inspection_id, code, one.verdict, one.note) for code, one in found.items()],
        )


def set_remark(connection: Connection, inspection_id: int, remark: str) -> None:
    """Write the remark of a draft."""
    connection.execute(
        "UPDATE inspection SET remark = %s WHERE id = %s AND remark <> %s",
        (remark, inspection_id, remark),
    )


def close(connection: Connection, inspection_id: int, *, state: str) -> bool:
    """Submit or discard a draft; return whether it was one."""
    done = connection.execute(
        "UPDATE inspection SET state = %s WHERE id = %s AND state = 'draft'",
        (state, inspection_id),
    )
    return done.rowcount == 1


def photos(connection: Connection, inspection_id: int) -> list[Photo]:
    """Return the photos of an inspection, the first one first."""
    rows = connection.execute(
        "SELECT id, criterion, file_id, thumbnail_id FROM inspection_photo"
        " WHERE inspection_id = %s ORDER BY id",
        (inspection_id,),
    ).fetchall()
    return [Photo(*row) for row in rows]


def photo_of_digest(
    connection: Connection, inspection_id: int, criterion: str, digest: bytes
) -> Photo | None:
    """Return the photo of a criterion with this very content, if there is one."""
    row = connection.execute(
        "SELECT p.id, p.criterion, p.file_id, p.thumbnail_id FROM inspection_photo p"
        " JOIN stored_file f ON f.id = p.file_id WHERE p.inspection_id = %s AND p.criterion = %s"
        " AND f.digest = %s ORDER BY p.id LIMIT 1",
        (inspection_id, criterion, digest),
    ).fetchone()
    return None if row is None else Photo(*row)


def hold(connection: Connection, inspection_id: int) -> None:
    """Let nobody else add to a draft of one's own until the transaction ends."""
    connection.execute("SELECT FROM inspection WHERE id = %s FOR UPDATE", (inspection_id,))


def add_photo(
    connection: Connection,
    inspection_id: int,
    *,
    criterion: str,
    file_id: int,
    thumbnail_id: int,
    taken_at: datetime | None,
) -> int:
    """Put a photo to a criterion of a draft; return its id."""
    row = connection.execute(
        "INSERT INTO inspection_photo (inspection_id, criterion, file_id, thumbnail_id, taken_at)"
        " VALUES (%s, %s, %s, %s, %s) RETURNING id",
        (inspection_id, criterion, file_id, thumbnail_id, taken_at),
    ).fetchone()
    return 0 if row is None else int(row[0])


def remove_photo(connection: Connection, inspection_id: int, photo_id: int) -> bool:
    """Take a photo out of a draft; return whether it was there."""
    done = connection.execute(
        "DELETE FROM inspection_photo WHERE id = %s AND inspection_id = %s",
        (photo_id, inspection_id),
    )
    return done.rowcount == 1


def due(connection: Connection, *, until: date, most: int) -> tuple[list[Due], int]:
    """Return open stations that wait for an inspection, and how many there are.

    Unverified ones come first, then those that have waited longest.
    """
    rows = connection.execute(
        "SELECT s.id, s.name, s.code, s.address, s.verified, t.due_on, t.inspected_on,"
        " count(*) OVER () FROM station s LEFT JOIN station_standing t ON t.station_id = s.id"
        " WHERE s.state = 'active' AND (t.station_id IS NULL OR t.due_on <= %s) AND"
        " (s.union_id = ANY ((SELECT acting_unions())::bigint[]) OR (SELECT acts_everywhere()))"
        " ORDER BY s.verified, t.due_on NULLS FIRST, s.id LIMIT %s",
        (until, most),
    ).fetchall()
    return [Due(*row[:-1]) for row in rows], int(rows[0][-1]) if rows else 0


def people(connection: Connection, station_ids: Iterable[int]) -> dict[int, str]:
    """Return the names of who inspected, ordered, extended or gave something at stations."""
    rows = connection.execute(
        "SELECT DISTINCT p.id, p.name FROM unnest(%s::bigint[]) AS s (id),"
        " inspection_people(s.id) AS p",
        (sorted(set(station_ids)),),
    ).fetchall()
    return {int(id_): str(name) for id_, name in rows}


def _one(connection: Connection, condition: str, *values: object) -> Inspection | None:
    row = connection.execute(f"{_SELECT} WHERE {condition}", values).fetchone()
    return None if row is None else Inspection(*row)


def _many(connection: Connection, condition: str, *values: object) -> list[Inspection]:
    rows = connection.execute(f"{_SELECT} WHERE {condition}", values).fetchall()
    return [Inspection(*row) for row in rows]
