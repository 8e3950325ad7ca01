"""Rows that could not be taken, written out with the reason, to be mended and read again."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from app.domain.errors import FieldError, InvalidInput
from app.domain.station_row import StationRow
from app.files.station_export import write_csv
from app.files.workbook import Cell, write_sheet
from app.files.written import write_whole

ENDINGS = (".csv", ".xlsx")


def check_rejects_path(path: Path) -> None:
    """Raise :class:`InvalidInput` unless the path ends in .csv or .xlsx and its folder exists."""
    problem = None
    if path.suffix.lower() not in ENDINGS:
        problem = f"{path.name} must end in {' or '.join(ENDINGS)}"
    elif not path.parent.is_dir():
        problem = f"the folder {path.parent} does not exist"
    if problem is not None:
        raise InvalidInput([FieldError("rejects", problem)], attempted="write the rejected rows")


def write_rejects(path: Path, rows: Iterable[StationRow], *, columns: Sequence[str]) -> int:
    """Write rejected rows to a CSV or XLSX file, whole or not at all.

    The file holds the row's number in the list (``row``), the list's columns without the
    personal ones, and ``reason``; mended, it can be read as a list again.

    Args:
        columns: the list's columns, as :attr:`app.files.stations.StationFile.columns`.

    Returns:
        How many rows were written.

    Raises:
        InvalidInput: for another ending, or a folder that does not exist.
        UnreadableFile: if the file cannot be written.
    """
    check_rejects_path(path)
    header = ["row", *columns, "reason"]
    lines: list[list[Cell]] = [
        [row.number, *(row.source.get(name, "") for name in columns), reason(row.errors)]
        for row in rows
    ]
    if path.suffix.lower() == ".xlsx":
        content = write_sheet(header, lines, title="rejected")
    else:
        content = write_csv(header, lines)
    write_whole(path, content)
    return len(lines)


def rejects_sheet(
    rows: Iterable[tuple[int, Mapping[str, str], str]], *, columns: Sequence[str]
) -> bytes:
    """Return rows that stayed out as a workbook: number in the list, cells, reason.

    Mended, it can be read as a list again.
    """
    lines: list[list[Cell]] = [
        [number, *(source.get(name, "") for name in columns), reason]
        for number, source, reason in rows
    ]
    return write_sheet(["行号", *columns, "未导入原因"], lines, title="未导入")


def reason(errors: Iterable[FieldError]) -> str:
    """Say what is wrong with a row: in Chinese, and in English beside it."""
    return ";".join(
        f"{error.zh}({error.field}: {error.message})" if error.zh
        else f"{error.field}: {error.message}"
        for error in errors
    )  # fmt: skip
