"""XLSX workbooks: reading one sheet within limits, writing one sheet."""

import io
import zipfile
from collections.abc import Iterable, Sequence
from xml.etree.ElementTree import ParseError

from openpyxl import Workbook, load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from app.domain.errors import UnreadableFile
from app.files.cells import cell_text, guarded, printable

MAX_UNPACKED_BYTES = 200 * 1024 * 1024
# a sheet of one repeated word shrinks to about a hundredth; beyond this it is a trap
MAX_PACKING_RATIO = 200
_RATIO_MATTERS_FROM_BYTES = 10 * 1024 * 1024

Cell = str | int | float | bool | None


def sheet_cells(
    content: bytes, *, file_name: str, sheet: str | None, max_rows: int
) -> tuple[list[list[str]], list[str]]:
    """Read the cells of one sheet as text, row by row from row 1, with warnings.

    Raises:
        UnreadableFile: if it is damaged, unpacks to too much, or has no such sheet.
    """
    _check_packing(content, file_name)
    damaged = UnreadableFile(
        f"{file_name} is not a workbook that can be read: it is damaged or of another kind.",
        remedy="Open it in a spreadsheet program, save it as .xlsx and try again.",
    )
    try:
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
    except (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError, ParseError, OSError):
        raise damaged from None
    try:
        names = [one.title for one in book.worksheets]
        if sheet is not None and sheet not in names:
            raise UnreadableFile(
                f"{file_name} has no sheet {sheet!r}; it has {', '.join(names)}.",
                remedy="Name one of them.",
            )
        filled = {}
        for name in [sheet] if sheet else names:
            cells = _cells(book[name], max_rows, file_name)
            if any(any(row) for row in cells):
                filled[name] = cells
    except (zipfile.BadZipFile, KeyError, ValueError, TypeError, ParseError, EOFError):
        raise damaged from None
    finally:
        book.close()
    if not filled:
        raise UnreadableFile(f"{file_name} holds no row.", remedy="Save the list again.")
    first, *others = filled
    notes = [f"only sheet {first} was read; not read: {', '.join(others)}"] if others else []
    return filled[first], notes


def _cells(worksheet: object, max_rows: int, file_name: str) -> list[list[str]]:
    found: list[list[str]] = []
    # a sheet's own idea of its size may be wrong in either direction
    worksheet.reset_dimensions()  # type: ignore[attr-defined]
    for values in worksheet.iter_rows(values_only=True):  # type: ignore[attr-defined]
        found.append([cell_text(value) for value in values])
        if len(found) > max_rows:
            raise UnreadableFile(
                f"{file_name} has more than {max_rows:,} rows.", remedy="Split it into parts."
            )
    return found


def _check_packing(content: bytes, file_name: str) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            unpacked = sum(item.file_size for item in archive.infolist())
    except (zipfile.BadZipFile, OSError):
        raise UnreadableFile(
            f"{file_name} is cut short or damaged.", remedy="Copy or download it again."
        ) from None
    ratio = unpacked / len(content)
    trap = unpacked > _RATIO_MATTERS_FROM_BYTES and ratio > MAX_PACKING_RATIO
    if unpacked > MAX_UNPACKED_BYTES or trap:
        raise UnreadableFile(
            f"{file_name} unpacks to {unpacked / 2**20:,.0f} MB ({ratio:,.0f} times its size); "
            f"at most {MAX_UNPACKED_BYTES // 2**20} MB and {MAX_PACKING_RATIO} times are read.",
            remedy="Save the list alone, without pictures and empty sheets.",
        )


def write_sheet(columns: Sequence[str], rows: Iterable[Sequence[Cell]], *, title: str) -> bytes:
    """Write one sheet with a header row; no text of it can run as a formula."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(title)
    sheet.append([guarded(printable(name)) for name in columns])
    for row in rows:
        sheet.append([guarded(printable(c)) if isinstance(c, str) else c for c in row])
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()
