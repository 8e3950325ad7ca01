"""XLSX workbooks: reading one sheet within limits, writing one sheet."""

import io
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from openpyxl import Workbook
from openpyxl.reader.excel import ExcelReader

from app.domain.errors import HarborError, UnreadableFile
from app.files.cells import cell_text, guarded, printable
from app.files.notes import Note

# five thousand rows of sixty columns of text unpack to half of it
MAX_UNPACKED_BYTES = 60 * 1024 * 1024
# of what is parsed as one tree, at some ten times its size: styles, names, content types
MAX_PART_BYTES = 2 * 1024 * 1024
# a sheet of one repeated word shrinks to about a hundredth; beyond this it is a trap
MAX_PACKING_RATIO = 200
# a list has some dozens; a cell in the last column of a sheet fills the row up to it
MAX_COLUMNS = 500
_RATIO_MATTERS_FROM_BYTES = 10 * 1024 * 1024

Cell = str | int | float | bool | None
# what makes a sheet's cell a formula, in the file itself
_FORMULAS = (b"<f>", b"<f ", b"<f/")
_MACROS = "vbaProject.bin"
_READ_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet of a workbook: its name, whether it is hidden, and its first rows."""

    name: str
    hidden: bool
    head: tuple[tuple[str, ...], ...]


def sheets(content: bytes, *, file_name: str, head: int = 40) -> tuple[Sheet, ...]:
    """Return the sheets of a workbook with their first rows; the rest is not unpacked.

    Raises:
        UnreadableFile: as :func:`sheet_cells`.
    """
    with _opened(content, file_name) as book:
        return tuple(
            Sheet(
                one.title,
                one.sheet_state != "visible",
                tuple(tuple(row) for row in _cells(one, head, file_name, whole=False)),
            )
            for one in book.worksheets
        )


class _Archive(zipfile.ZipFile):
    """An archive of which no large part is unpacked whole; sheets and texts are streams."""

    def read(self, name: str | zipfile.ZipInfo, pwd: bytes | None = None) -> bytes:
        """Return a part.

        Raises:
            UnreadableFile: if it is larger than the part of a list is, whatever it says itself.
        """
        with self.open(name, pwd=pwd) as part:
            content = part.read(MAX_PART_BYTES + 1)
        if len(content) > MAX_PART_BYTES:
            most = MAX_PART_BYTES // 2**20
            raise UnreadableFile(
                f"A part of the workbook unpacks to more than {most} MB: {part.name}.",
                remedy="Copy the cells of the list into a new workbook and save that.",
                zh=f"工作簿里有一个部分解压后超过 {most} MB,不是普通的名单。"
                "请把名单的单元格复制到新的工作簿,另存为 .xlsx 再试。",
            )
        return content


class _Reader(ExcelReader):
    """Reads sheets as streams and everything else within limits."""

    def __init__(self, content: bytes) -> None:
        super().__init__(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
        self.archive.close()
        self.archive = _Archive(io.BytesIO(content))

    def read_chartsheet(self, sheet: object, rel: object) -> None:
        """Pass over a sheet that is a chart: it holds no row."""


@contextmanager
def _opened(content: bytes, file_name: str) -> Iterator[Any]:
    """Give the workbook; whatever fails while it is read is a damaged file.

    Raises:
        UnreadableFile: if it cannot be read, or unpacks to too much.
    """
    try:
        _check_packing(content, file_name)
        reader = _Reader(content)
        with reader.archive:
            reader.read()
            yield reader.wb
    except HarborError:
        raise
    except Exception as error:  # the reader raises whatever comes to it from damaged bytes
        raise _damaged(file_name) from error


def _damaged(file_name: str) -> UnreadableFile:
    return UnreadableFile(
        f"{file_name} is not a workbook that can be read: it is damaged or of another kind.",
        remedy="Open it in a spreadsheet program, save it as .xlsx and try again.",
        zh="这个工作簿读不了:文件损坏或不是 xlsx。请用表格软件打开后另存为 .xlsx 再试。",
    )


def sheet_cells(
    content: bytes, *, file_name: str, sheet: str | None, max_rows: int
) -> tuple[list[list[str]], list[str]]:
    """Read the cells of one sheet as text, row by row from row 1, with warnings.

    Raises:
        UnreadableFile: if it is damaged, unpacks to too much, or has no such sheet.
    """
    with _opened(content, file_name) as book:
        names = [one.title for one in book.worksheets]
        if sheet is not None and sheet not in names:
            raise UnreadableFile(
                f"{file_name} has no sheet {sheet!r}; it has {', '.join(names)}.",
                remedy="Name one of them.",
                zh=f"没有名为“{sheet}”的工作表;有:{'、'.join(names)}。",
            )
        # somebody hid a sheet because it is not the list
        hidden = {one.title for one in book.worksheets if one.sheet_state != "visible"}
        filled = {}
        for name in [sheet] if sheet else sorted(names, key=lambda name: name in hidden):
            cells = _cells(book[name], max_rows, file_name)
            if any(any(row) for row in cells):
                filled[name] = cells
        found = _notes(content, book, filled)
    if not filled:
        raise UnreadableFile(
            f"{file_name} holds no row.", remedy="Save the list again.",
            zh="表里没有数据行,请检查后重新保存。",
        )  # fmt: skip
    return filled[next(iter(filled))], found


def _notes(content: bytes, book: Any, filled: dict[str, list[list[str]]]) -> list[str]:
    """Say what of a workbook was not read, and what was not run."""
    if not filled:
        return []
    first, *others = filled
    notes: list[str] = []
    if others:
        listed = ", ".join(others)
        notes.append(Note(
            f"only sheet {first} was read; not read: {listed}",
            f"只读了工作表“{first}”,没有读:{listed}",
        ))  # fmt: skip
    if book[first].sheet_state != "visible":
        notes.append(Note(f"sheet {first} is hidden", f"工作表“{first}”是隐藏的"))
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        if any(name.endswith(_MACROS) for name in archive.namelist()):
            notes.append(Note(
                "the workbook holds macros; they were neither run nor kept",
                "工作簿带有宏,未运行也未保存",
            ))  # fmt: skip
        if _holds_formulas(archive, str(book[first]._worksheet_path).lstrip("/")):
            notes.append(Note(
                "the sheet holds formulas; the values saved with them were taken, none was run",
                "表里有公式:只取保存时的结果,不会重新计算",
            ))  # fmt: skip
    return notes


def _holds_formulas(archive: zipfile.ZipFile, path: str) -> bool:
    before = b""
    with archive.open(path) as stream:
        while chunk := stream.read(_READ_BYTES):
            if any(sign in before + chunk for sign in _FORMULAS):
                return True
            before = chunk[-4:]
    return False


def _cells(
    worksheet: object, max_rows: int, file_name: str, *, whole: bool = True
) -> list[list[str]]:
    found: list[list[str]] = []
    # a sheet's own idea of its size may be wrong in either direction
    worksheet.reset_dimensions()  # type: ignore[attr-defined]
    for values in worksheet.iter_rows(values_only=True):  # type: ignore[attr-defined]
        if len(found) >= max_rows:
            if not whole:
                break
            raise UnreadableFile(
                f"{file_name} has more than {max_rows:,} rows.", remedy="Split it into parts.",
                zh=f"超过 {max_rows:,} 行,请拆成几份分别导入。",
            )  # fmt: skip
        found.append(_filled(values))
    return found


def _filled(values: Sequence[object]) -> list[str]:
    """Return a row as text up to its last cell that holds anything, one column beyond the most."""
    kept = [cell_text(value) for value in values[: MAX_COLUMNS + 1]]
    while kept and not kept[-1]:
        kept.pop()
    return kept


def _check_packing(content: bytes, file_name: str) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            unpacked = sum(item.file_size for item in archive.infolist())
    except zipfile.BadZipFile:
        raise UnreadableFile(
            f"{file_name} is cut short or damaged.", remedy="Copy or download it again.",
            zh="文件不完整或已损坏,请重新复制或下载。",
        ) from None  # fmt: skip
    ratio = unpacked / len(content)
    trap = unpacked > _RATIO_MATTERS_FROM_BYTES and ratio > MAX_PACKING_RATIO
    if unpacked > MAX_UNPACKED_BYTES or trap:
        raise UnreadableFile(
            f"{file_name} unpacks to {unpacked / 2**20:,.0f} MB ({ratio:,.0f} times its size); "
            f"at most {MAX_UNPACKED_BYTES // 2**20} MB and {MAX_PACKING_RATIO} times are read.",
            remedy="Save the list alone, without pictures and empty sheets.",
            zh="文件解压后过大,可能是压缩炸弹。请只保留名单本身,去掉图片和空表后再试。",
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
