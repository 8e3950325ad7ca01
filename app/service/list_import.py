"""A list into the register by the operator of the server: the wizard's steps, one after another.

Everything happens in one transaction: the file is kept sealed, its columns are recognised or
remembered, its rows are read and decided about, what is left enters, and the sealed list goes.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from app.domain.errors import Conflict, FieldError, NotFound
from app.domain.station_row import StationRow
from app.files.rejects import check_rejects_path, write_rejects
from app.service import import_entering, import_reading, import_rows, import_staging
from app.service._list_rows import Twin
from app.service.import_rows import Hours, Row
from app.service.import_staging import Columns, Plan, Union
from app.service.jobs import Tell
from app.service.network import claim_real
from app.service.runtime import Runtime
from app.store.database import Connection


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the operator decides about a list beforehand.

    Attributes:
        datum: what its coordinates refer to; needed if it has any.
        union: the code of the union that its rows belong to; without one each goes to that
            which it names, else to that of the district it lies in, else to the city's.
        cut_over: whether rows with a place enter straight as active.
        document: number of the document that orders the cut-over.
        likely: what becomes of rows that may repeat a station: ``enter`` or ``skip``; without
            it nothing enters as long as there are any.
        dry_run: say what would happen, and change nothing.
        rejects: the file for rows that stay out.
    """

    datum: str = ""
    union: str = ""
    cut_over: bool = False
    document: str = ""
    likely: str = ""
    dry_run: bool = False
    rejects: Path | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """What became of every row of a list.

    Attributes:
        batch: what the rows entered as; None if none did.
        hours: each way in which the list writes hours, with the reading.
        personal: columns with people's data, and how many rows fill them.
        notes: about the file as a whole.
    """

    batch: int | None
    wishes: Wishes
    rows: tuple[Row, ...]
    hours: tuple[Hours, ...]
    unused: tuple[str, ...]
    personal: Mapping[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @property
    def entering(self) -> list[Row]:
        """The rows that enter."""
        return [row for row in self.rows if row.choice == "enter" and row.severity != "error"]

    @property
    def active(self) -> list[Row]:
        """Those of them that enter as active, not yet verified."""
        return [row for row in self.entering if self.wishes.cut_over and _counts(row)]

    @property
    def rejected(self) -> list[Row]:
        """The rows with an error."""
        return [row for row in self.rows if row.severity == "error"]

    @property
    def present(self) -> list[Row]:
        """The rows that the register, or an earlier row of the list, has already."""
        return [row for row in self.rows if "present" in row.marks]

    @property
    def likely(self) -> list[Row]:
        """The rows that may repeat a station or another row."""
        return [row for row in self.rows if "duplicate" in row.marks]

    @property
    def undecided(self) -> list[Row]:
        """Those of them about which nothing is decided."""
        return [row for row in self.likely if row.choice is None]

    @property
    def left(self) -> list[Row]:
        """Every row that stays out."""
        return [row for row in self.rows if row.severity == "error" or row.choice != "enter"]

    @property
    def unions(self) -> dict[str, int]:
        """How many rows enter for each union, by its name; empty for none."""
        return dict(Counter(row.content.union for row in self.entering))

    @property
    def people(self) -> tuple[int, int]:
        """How many people wait to be completed by staff, and how many cannot be kept."""
        found = [one.problem is None for row in self.entering for one in row.people]
        return sum(found), len(found) - sum(found)

    @property
    def useless(self) -> bool:
        """Whether the register has, and gets, nothing of the list."""
        return not (self.entering or self.present or self.likely)


def import_list(
    connection: Connection, runtime: Runtime, path: Path, wishes: Wishes, *, tell: Tell
) -> Report:
    """Import a list, whole or not at all; a dry run says what would happen.

    Nothing enters either if no row can, or if something is to be decided still.

    Raises:
        UnreadableFile, InvalidInput: if the list cannot be used at all.
        NotFound: if there is no such union today.
        Conflict: if this very file was imported before, the register holds the demo, or a
            code has too few numbers left.
    """
    if wishes.rejects is not None:
        check_rejects_path(wishes.rejects)
    with connection.transaction(force_rollback=wishes.dry_run) as work:
        claim_real(connection, f"import {path.name}")
        list_id, found = _read(connection, runtime, path, wishes, tell)
        report = _report(connection, runtime, list_id, found, wishes)
        if report.entering and not report.undecided:
            import_entering.enter_rows(connection, runtime, None, list_id, tell)
            batch = import_staging.get(connection, None, list_id).batch_id
            report = replace(report, batch=None if wishes.dry_run else batch)
        else:
            work.force_rollback = True
        # before the commit: without its rejects an import cannot be taken up again
        if wishes.rejects is not None and report.left:
            columns = list(dict.fromkeys(n for row in report.rows for n in row.content.source))
            write_rejects(wishes.rejects, map(_reasoned, report.left), columns=columns)
        import_staging.discard(connection, None, list_id)
    return report


def _read(
    connection: Connection, runtime: Runtime, path: Path, wishes: Wishes, tell: Tell
) -> tuple[int, Columns]:
    """Keep the list and read it as it was decided; return its id and what its columns mean."""
    union = _union(connection, wishes.union) if wishes.union else None
    union_id = union.id if union else None
    list_id = import_staging.stage(
        connection, runtime, None, file_name=path.name, content=path.read_bytes(),
        union_id=union_id,
    )  # fmt: skip
    batch = import_entering.earlier(connection, import_staging.get(connection, None, list_id))
    if batch is not None:
        raise Conflict(
            f"Could not import {path.name}: this very file was imported before, as batch {batch}.",
            remedy="Nothing was changed. Import a corrected file, or only its new rows;"
            f" `harbor stations undo {batch}` takes the batch back.",
        )
    found = import_staging.columns(connection, runtime, None, list_id)
    plan = Plan(
        sheet=found.preview.sheet, datum=wishes.datum, columns=found.meanings,
        cut_over=wishes.cut_over, document=wishes.document, by_place=union is None,
    )  # fmt: skip
    import_staging.decide(connection, None, list_id, plan, union_id=union_id)
    import_reading.read_rows(connection, runtime, None, list_id, tell)
    if wishes.likely:
        import_rows.choose(connection, None, list_id, wishes.likely, numbers=None)
    return list_id, found


def _union(connection: Connection, code: str) -> Union:
    for one in import_staging.unions(connection, None):
        if one.code == code:
            return one
    raise NotFound(
        f"No union has the code {code} today.", remedy="`harbor users` takes the same codes."
    )


def _report(
    connection: Connection, runtime: Runtime, list_id: int, found: Columns, wishes: Wishes
) -> Report:
    plan = import_staging.get(connection, None, list_id).plan
    hours = import_rows.hours(connection, runtime, None, list_id)
    import_rows.confirm_all_hours(connection, None, list_id)
    return Report(
        None, wishes, import_rows.every(connection, runtime, None, list_id), hours,
        tuple(name for name, meaning in found.meanings.items() if not meaning),
        plan["personal"], tuple(en for _, en in plan["notes"]),
    )  # fmt: skip


def _counts(row: Row) -> bool:
    facts = row.content.facts
    return facts is not None and facts.placed and not row.content.draft


def _reasoned(row: Row) -> StationRow:
    """Write a row that stays out with why, as the file of rejects takes it."""
    content = row.content
    errors = content.errors or tuple(FieldError("name", repeated(row, t)) for t in content.twins)
    return StationRow(content.number, None, errors, content.warnings, content.source)


def repeated(row: Row, twin: Twin) -> str:
    """Say what a row repeats, or may repeat."""
    what = f"row {twin.row}" if twin.row else f"station {twin.code or twin.station_id}"
    if "present" in row.marks:
        return f"{what} is the same: {twin.name}"
    far = "" if twin.metres is None else f", {twin.metres:.0f} m away"
    return f"may repeat {what}: {twin.name}{far}"
