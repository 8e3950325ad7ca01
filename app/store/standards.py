"""Standards and their versions: read whole, written as drafts, released once."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

import psycopg

from app.domain.award import AWARD_KINDS
from app.domain.map_company import MAP_COMPANIES
from app.domain.six_haves import SHIPPED
from app.domain.standard import Criterion, StandardVersion, StarRule
from app.store.database import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredVersion:
    """A version as it is kept; a draft has no first day yet and may be incomplete."""

    id: int
    standard: str
    version: int
    name: str
    name_en: str
    every_months: int
    ended_on: date | None
    source: str
    rectify_days: int
    state: str
    valid_from: date | None
    revision: int
    criteria: tuple[Criterion, ...] = ()
    stars: tuple[StarRule, ...] = ()

    def on(self, day: date) -> StandardVersion:
        """Return it as the domain has it, from its first day on, or from the one given.

        Raises:
            InvalidInput: if its parts do not fit each other.
        """
        return StandardVersion(
            standard=self.standard, version=self.version, name=self.name, name_en=self.name_en,
            valid_from=self.valid_from or day, criteria=self.criteria, stars=self.stars,
            source=self.source, rectify_days=self.rectify_days, every_months=self.every_months,
        )  # fmt: skip


def synchronise(connection: "psycopg.Connection[tuple[object, ...]]") -> None:
    """Write kinds of awards, map companies, and the shipped standards that are not there yet.

    A version that is there stays as it is, whatever the code says by now; where a
    city went on by itself, its own versions hold.
    """
    with connection.transaction(), connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO award_kind (code, name, name_en, has_stars, position)"
            " VALUES (%s, %s, %s, %s, %s) ON CONFLICT (code) DO UPDATE"
            " SET (name, name_en, has_stars, position)"
            " = (excluded.name, excluded.name_en, excluded.has_stars, excluded.position)",
            [(k.code, k.name, k.name_en, k.has_stars, i) for i, k in enumerate(AWARD_KINDS)],
        )
        cursor.executemany(
            "INSERT INTO map_company (code, name, name_en, position) VALUES (%s, %s, %s, %s)"
            " ON CONFLICT (code) DO UPDATE SET (name, name_en, position)"
            " = (excluded.name, excluded.name_en, excluded.position)",
            [(c.code, c.name, c.name_en, i) for i, c in enumerate(MAP_COMPANIES)],
        )
        for shipped in SHIPPED:
            known = cursor.execute(
                "SELECT FROM standard_version WHERE standard = %s"
                " AND (version >= %s OR state = 'draft' OR valid_from >= %s)",
                (shipped.standard, shipped.version, shipped.valid_from),
            ).fetchone()
            if known is None:
                _ship(connection, shipped)


def _ship(connection: "psycopg.Connection[Any]", shipped: StandardVersion) -> None:
    enter(connection, shipped.standard, shipped.name, shipped.name_en, shipped.every_months)
    version_id = begin(
        connection, shipped.standard, version=shipped.version, source=shipped.source,
        rectify_days=shipped.rectify_days,
    )  # fmt: skip
    _insert_parts(connection, version_id, shipped.criteria, shipped.stars)
    release(connection, version_id, valid_from=shipped.valid_from)


_VERSION = (
    "SELECT v.id, v.standard, v.version, s.name, s.name_en, s.every_months, s.ended_on, v.source,"
    " v.rectify_days, v.state, v.valid_from, v.revision"
    " FROM standard_version v JOIN standard s ON s.code = v.standard"
)
_FIELDS = (
    "id", "standard", "version", "name", "name_en", "every_months", "ended_on", "source",
    "rectify_days", "state", "valid_from", "revision",
)  # fmt: skip


def versions(connection: Connection) -> list[StoredVersion]:
    """Return every version, standard by standard, the newest first."""
    return _read(connection, f"{_VERSION} ORDER BY s.ended_on NULLS FIRST, v.standard, v.version"
                 " DESC", ())  # fmt: skip


def version(connection: Connection, version_id: int) -> StoredVersion | None:
    """Return a version."""
    return next(iter(_read(connection, f"{_VERSION} WHERE v.id = %s", (version_id,))), None)


def in_force(connection: Connection, on: date) -> list[StoredVersion]:
    """Return the version of each standard that holds on a day."""
    return _read(
        connection,
        f"{_VERSION} WHERE v.id = version_in_force(s.code, %s) ORDER BY v.standard",
        (on,),
    )


def enter(
    connection: "psycopg.Connection[Any]", code: str, name: str, name_en: str, every_months: int
) -> None:
    """Enter a standard, or call a known one by these names."""
    updated = connection.execute(
        "UPDATE standard SET (name, name_en, every_months) = (%s, %s, %s) WHERE code = %s",
        (name, name_en, every_months, code),
    )
    if updated.rowcount == 0:
        connection.execute(
            "INSERT INTO standard (code, name, name_en, every_months) VALUES (%s, %s, %s, %s)",
            (code, name, name_en, every_months),
        )


def end(connection: Connection, code: str, *, on: date | None) -> bool:
    """Let a standard end on a day, or go on; return whether there is one."""
    done = connection.execute("UPDATE standard SET ended_on = %s WHERE code = %s", (on, code))
    return done.rowcount == 1


def begin(
    connection: "psycopg.Connection[Any]",
    standard: str,
    *,
    source: str,
    rectify_days: int,
    version: int | None = None,
) -> int:
    """Begin a draft under the next number of the standard; return its id."""
    row = connection.execute(
        "INSERT INTO standard_version (standard, version, source, rectify_days)"
        " VALUES (%(standard)s, coalesce(%(version)s, (SELECT 1 + coalesce(max(version), 0)"
        " FROM standard_version WHERE standard = %(standard)s)), %(source)s, %(days)s)"
        " RETURNING id",
        {"standard": standard, "version": version, "source": source, "days": rectify_days},
    ).fetchone()
    return 0 if row is None else int(row[0])


def draft_of(connection: Connection, standard: str) -> int | None:
    """Return the id of the draft of a standard."""
    row = connection.execute(
        "SELECT id FROM standard_version WHERE standard = %s AND state = 'draft'", (standard,)
    ).fetchone()
    return None if row is None else int(row[0])


def write(
    connection: Connection,
    version_id: int,
    *,
    source: str,
    rectify_days: int,
    criteria: Iterable[Criterion],
    stars: Iterable[StarRule],
) -> int | None:
    """Write a draft anew; return its new revision, None if it is not there."""
    row = connection.execute(
        "UPDATE standard_version SET source = %s, rectify_days = %s WHERE id = %s"
        " RETURNING revision",
        (source, rectify_days, version_id),
    ).fetchone()
    if row is None:
        return None
    connection.execute("DELETE FROM standard_stars WHERE version_id = %s", (version_id,))
    connection.execute("DELETE FROM standard_criterion WHERE version_id = %s", (version_id,))
    _insert_parts(connection, version_id, criteria, stars)
    return int(row[0])


def release(connection: "psycopg.Connection[Any]", version_id: int, *, valid_from: date) -> bool:
    """Release a draft from a day on; return whether there was one."""
    done = connection.execute(
        "UPDATE standard_version SET state = 'released', valid_from = %s"
        " WHERE id = %s AND state = 'draft'",
        (valid_from, version_id),
    )
    return done.rowcount == 1


def drop(connection: Connection, version_id: int) -> bool:
    """Drop a draft; return whether there was one."""
    done = connection.execute(
        "DELETE FROM standard_version WHERE id = %s AND state = 'draft'", (version_id,)
    )
    return done.rowcount == 1


def acts_for_city(connection: Connection) -> bool:
    """Whether the acting person is an admin of the whole city."""
    row = connection.execute("SELECT acts_for_city()").fetchone()
    return row is not None and bool(row[0])


def _insert_parts(
    connection: "psycopg.Connection[Any]",
    version_id: int,
    criteria: Iterable[Criterion],
    stars: Iterable[StarRule],
) -> None:
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO standard_criterion (version_id, code, position, name, name_en, mandatory,"
            " weight, evidence, may_not_apply, days, record)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
            [
                (version_id, c.code, i, c.name, c.name_en, c.mandatory, c.weight, c.evidence,
                 c.may_not_apply, c.days, c.record)
                for i, c in enumerate(criteria)
            ],
        )  # fmt: skip
        cursor.executemany(
            "INSERT INTO standard_stars (version_id, stars, least_score, requires)"
            " VALUES (%s, %s, %s, %s)",
            [(version_id, r.stars, r.least_score, list(r.requires)) for r in stars],
        )


def _read(connection: Connection, statement: str, values: tuple[object, ...]
          ) -> list[StoredVersion]:  # fmt: skip
    heads = [dict(zip(_FIELDS, row, strict=True)) for row in connection.execute(statement, values)]
    ids = [head["id"] for head in heads]
    criteria: dict[int, list[Criterion]] = {id_: [] for id_ in ids}
    for (
        id_,
        code,
        name,
        name_en,
        mandatory,
        weight,
        evidence,
        may_not,
        days,
        record,
    ) in connection.execute(
        "SELECT version_id, code, name, name_en, mandatory, weight, evidence, may_not_apply,"
        " days, record FROM standard_criterion WHERE version_id = ANY(%s) ORDER BY position",
        (ids,),
    ):
        criteria[id_].append(
            Criterion(
                code=code, name=name, name_en=name_en, mandatory=mandatory, weight=weight,
                evidence=evidence, may_not_apply=may_not, days=days, record=record,
            )
        )  # fmt: skip
    stars: dict[int, list[StarRule]] = {id_: [] for id_ in ids}
    for id_, count, least, requires in connection.execute(
        "SELECT version_id, stars, least_score, requires FROM standard_stars"
        " WHERE version_id = ANY(%s) ORDER BY stars",
        (ids,),
    ):
        stars[id_].append(StarRule(stars=count, least_score=float(least), requires=tuple(requires)))
    return [
        StoredVersion(**head, criteria=tuple(criteria[head["id"]]), stars=tuple(stars[head["id"]]))
        for head in heads
    ]
