"""The unions of a register, brought in as a list; a day of change is ``reorganisation``'s."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from app.domain.errors import Conflict, FieldError, InvalidInput
from app.domain.unions import Union, UnionKind, read_unions
from app.files.tables import read_table
from app.service.network import claim_real
from app.store import areas, register
from app.store.database import Connection

__all__ = ["Report", "Union", "import_unions", "listing"]


@dataclass(frozen=True, slots=True)
class Report:
    """How many unions a list named, and how many of them were not known."""

    unions: int
    new: int


def import_unions(connection: Connection, path: Path) -> Report:
    """Bring a list of unions (CSV, XLSX) in, whole or not at all, as the operator.

    A union that stands under the same code and first day is corrected. None ends and none
    is replaced by another this way: that moves records and rights, see ``harbor reorganise``.

    Raises:
        UnreadableFile, InvalidInput: if the list cannot be used.
        Conflict: if a union is to end that others still need.
    """
    table = read_table(path)
    found = read_unions((row.number, row.values) for row in table.rows)
    with connection.transaction():
        claim_real(connection, f"import unions from {path.name}")
        known = {row[0]: _union(row) for row in areas.union_rows(connection, as_of=None)}
        _check(found, known)
        fresh = [union for union in found if union.code not in known]
        areas.insert_unions(connection, [_row(union) for union in _parents_first(found)])
        report = Report(len(found), len(fresh))
        register.record(
            connection, "unions.import", "unions", {"unions": report.unions, "new": report.new}
        )
    return report


def listing(connection: Connection, *, as_of: date | None) -> list[Union]:
    """Return the unions of a day by code, of every day for None."""
    with connection.transaction():
        return [_union(row) for row in areas.union_rows(connection, as_of=as_of)]


def _check(found: list[Union], known: dict[str, Union]) -> None:
    codes = {union.code for union in found} | known.keys()
    errors = [
        FieldError("parent", f"{union.code}: there is no union {union.parent} above it",
                   f"{union.code}:没有代码为 {union.parent} 的上级工会")
        for union in found if union.parent and union.parent not in codes
    ]  # fmt: skip
    errors += [
        FieldError("parent", f"{union.code}: a district's union has one above it",
                   f"{union.code}:区县总工会要有上级")
        for union in found if union.kind is UnionKind.DISTRICT and not union.parent
    ]  # fmt: skip
    if errors:
        raise InvalidInput(errors, attempted="import unions", remedy="Nothing was changed.")
    moved = [
        union.code for union in found
        if union.code in known
        and (known[union.code].valid_from, known[union.code].valid_to)
        != (union.valid_from, union.valid_to)
    ]  # fmt: skip
    if moved:
        raise Conflict(
            f"Could not import unions: {', '.join(moved)} would begin or end on another day.",
            remedy="Nothing was changed. Unions end and begin with `harbor reorganise`.",
        )


def _parents_first(unions: list[Union]) -> list[Union]:
    """Return unions so that each comes after the one above it."""
    left = {union.code: union for union in unions}
    ordered: list[Union] = []
    while left:
        ready = [union for union in left.values() if union.parent not in left]
        if not ready:
            raise InvalidInput(
                [FieldError("parent", f"{', '.join(sorted(left))} are above each other")],
                attempted="import unions", remedy="Nothing was changed.",
            )  # fmt: skip
        ordered += ready
        for union in ready:
            del left[union.code]
    return ordered


def _row(union: Union) -> areas.UnionRow:
    return (union.code, union.name, union.name_en, union.kind.value, union.parent,
            union.valid_from, union.valid_to)  # fmt: skip


def _union(row: areas.UnionRow) -> Union:
    code, name, name_en, kind, parent, begins, ends = row
    return Union(
        code=code, name=name, name_en=name_en, kind=UnionKind(kind), parent=parent,
        valid_from=begins, valid_to=ends,
    )  # fmt: skip
