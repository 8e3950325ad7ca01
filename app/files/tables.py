"""Lists as people keep them (CSV, XLSX, GeoJSON), read into one plain shape.

What kind a file is, its content says and not its name. Every cell becomes text; formulas
are never evaluated: the value saved with them counts.
"""

import csv
import io
from dataclasses import dataclass, field, replace
from pathlib import Path

from app.domain.errors import UnreadableFile
from app.files.encoding import decode
from app.files.geojson import features
from app.files.notes import Note
from app.files.workbook import MAX_COLUMNS, sheet_cells, sheets

MAX_FILE_BYTES = 200 * 1024 * 1024
MAX_ROWS = 200_000
# each is kept once, whether or not a row fills it
MAX_CELLS = 8_000_000
MAX_CELL_CHARACTERS = 32_767
# titles above the header, as official lists carry them
_MAX_TITLE_ROWS = 10
_HEAD_CHARACTERS = 65_536
_END = "end of the list"
_MOST_SHOWN = 40


@dataclass(frozen=True, slots=True)
class Row:
    """One record.

    Attributes:
        number: the row as a person counts it: the header of a spreadsheet is row 1; the
            first feature of a GeoJSON file is 1.
        values: text by column; absent cells are empty.
        point: longitude and latitude of a GeoJSON point as the file has them, else None.
        geometry_kind: what a GeoJSON feature holds instead of a point, else empty.
    """

    number: int
    values: dict[str, str]
    point: tuple[float, float] | None = None
    geometry_kind: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """A list with named columns.

    Attributes:
        kind: ``csv``, ``xlsx`` or ``geojson``.
        encoding: of a text file; empty for XLSX.
        warnings: what was odd but did not stop the reading, with row numbers.
    """

    kind: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    encoding: str = ""
    warnings: tuple[str, ...] = field(default=())


def read_table(
    source: Path | bytes,
    *,
    file_name: str | None = None,
    sheet: str | None = None,
    encoding: str | None = None,
) -> Table:
    """Read a list.

    Args:
        source: a path, or the bytes of an upload.
        file_name: what messages call it; the path's name by default.
        sheet: a sheet's name in a workbook; the first one that holds anything by default.
        encoding: of a CSV file, if known; else a byte order mark, UTF-8, GB18030 are tried.

    Raises:
        UnreadableFile: with what is wrong and what to do.
    """
    name = file_name or (source.name if isinstance(source, Path) else "the file")
    content = read_bytes(source, file_name=name)
    if content.startswith(b"PK\x03\x04"):
        cells, warnings = sheet_cells(content, file_name=name, sheet=sheet, max_rows=MAX_ROWS)
        return _table("xlsx", cells, name, "", warnings)
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        raise UnreadableFile(
            f"{name} is an old .xls workbook, or one with a password.",
            remedy="Open it, remove the password, save it as .xlsx and try again.",
            zh="这是旧版 .xls / .et 工作簿,或带有密码。请打开后去掉密码,另存为 .xlsx 再试。",
        )
    text, found = decode(content, file_name=name, encoding=encoding)
    head = text.lstrip()[:20].lower()
    if head.startswith(("<html", "<!doctype html", "<table", "<?xml")):
        raise UnreadableFile(
            f"{name} is a web page or XML saved under another name, not a spreadsheet.",
            remedy="Open it in a spreadsheet program, save it as .xlsx and try again.",
            zh="这是网页或 XML,不是电子表格。请用表格软件打开后另存为 .xlsx 再试。",
        )
    if head.startswith("{"):
        return _geojson_table(text, name, found)
    return _table("csv", _csv_cells(text, name), name, found, [])


@dataclass(frozen=True, slots=True)
class Preview:
    """What is seen of a list before it is read: its sheets, columns and first rows.

    Attributes:
        sheets: name of each sheet of a workbook, and whether it is hidden; none of others.
        sheet: the one that is shown.
    """

    table: Table
    sheets: tuple[tuple[str, bool], ...]
    sheet: str


def preview(content: bytes, *, file_name: str, sheet: str | None = None) -> Preview:
    """Look at the head of a list.

    Args:
        sheet: of a workbook; the first one that is not hidden and holds a list by default.

    Raises:
        UnreadableFile: as :func:`read_table`.
    """
    content = read_bytes(content, file_name=file_name)
    if not content.startswith(b"PK\x03\x04"):
        table = read_table(content, file_name=file_name)
        return Preview(replace(table, rows=table.rows[:_MOST_SHOWN]), (), "")
    found = sheets(content, file_name=file_name)
    names = [one.name for one in found]
    if sheet is not None and sheet not in names:
        raise UnreadableFile(f"{file_name} has no sheet {sheet!r}.", zh="没有这个工作表。")
    filled = [one for one in found if any(any(cell.strip() for cell in row) for row in one.head)]
    if sheet is not None:
        filled = [one for one in filled if one.name == sheet]
    if not filled:
        raise UnreadableFile(
            f"{file_name} holds no row.", remedy="Save the list again.", zh="表里没有数据行。"
        )
    chosen = min(filled, key=lambda one: one.hidden)
    table = _table("xlsx", [list(row) for row in chosen.head], file_name, "", [])
    hidden = tuple((one.name, one.hidden) for one in found)
    return Preview(replace(table, rows=table.rows[:_MOST_SHOWN]), hidden, chosen.name)


def read_bytes(source: Path | bytes, *, file_name: str) -> bytes:
    """Return a file's content, refusing what is absent, empty or too large."""
    if isinstance(source, Path):
        try:
            if source.stat().st_size > MAX_FILE_BYTES:
                raise UnreadableFile(
                    f"{file_name} is larger than {MAX_FILE_BYTES // 2**20} MB.",
                    remedy="Split it and read the parts one after another.",
                    zh=f"文件超过 {MAX_FILE_BYTES // 2**20} MB,请拆成几份分别导入。",
                )
            source = source.read_bytes()
        except OSError as error:
            raise UnreadableFile(
                f"Could not open {file_name}: {error.strerror}.", remedy="Check the path.",
                zh=f"打不开 {file_name},请检查路径。",
            ) from None  # fmt: skip
    if not source.strip():
        raise UnreadableFile(
            f"{file_name} is empty.", remedy="Save the list again.", zh="文件是空的,请重新保存。"
        )
    return source


def delimiter_of(text: str) -> str:
    """Return the sign that parts the cells: of ``, ; tab`` the most frequent in the header.

    Only the first line with any of them is judged: cells further down hold lists of their
    own, such as ``water;seat``.
    """
    unquoted = "".join(text[:_HEAD_CHARACTERS].split('"')[::2])
    for line in unquoted.splitlines():
        best = max((",", ";", "\t"), key=line.count)
        if best in line:
            return best
    return ","


def _csv_cells(text: str, name: str) -> list[list[str]]:
    # a row of our own at the end: within a quote that nobody closed it is none
    closed = io.StringIO(f"{text}\n{_END}\n", newline="")
    reader = csv.reader(closed, delimiter=delimiter_of(text), strict=False)
    found: list[list[str]] = []
    try:
        for cells in reader:
            found.append(cells)
            if len(found) > MAX_ROWS + 1:
                raise UnreadableFile(
                    f"{name} has more than {MAX_ROWS:,} rows.", remedy="Split it into parts.",
                    zh=f"超过 {MAX_ROWS:,} 行,请拆成几份分别导入。",
                )  # fmt: skip
    except csv.Error as error:
        raise UnreadableFile(
            f"{name} is not a CSV file that can be read: line {reader.line_num}: {error}.",
            remedy="Save the list again as CSV (UTF-8) or XLSX.",
            zh=f"CSV 第 {reader.line_num} 行读不了。请重新另存为 CSV (UTF-8) 或 XLSX。",
        ) from None
    if found.pop() != [_END]:
        raise UnreadableFile(
            f'{name} is not a CSV file that can be read: a quote (") in row {len(found) + 1} is'
            " not closed.",
            remedy="Close or remove that quote; nothing was taken from the file.",
            zh=f'第 {len(found) + 1} 行有一个双引号(")没有配对。请补上或删去,再重新上传。',
        )
    return found


def _table(
    kind: str, cells: list[list[str]], name: str, encoding: str, warnings: list[str]
) -> Table:
    filled = [index for index, row in enumerate(cells) if any(cell.strip() for cell in row)]
    if not filled:
        raise UnreadableFile(
            f"{name} holds no row.", remedy="Save the list again.", zh="表里没有数据行。"
        )
    top = _header(cells, filled)
    notes = list(warnings)
    if top != filled[0]:
        notes.append(Note(
            f"the header was taken from row {top + 1}; the rows above it are titles",
            f"表头取自第 {top + 1} 行,上面的行当作标题",
        ))  # fmt: skip
    columns = _columns(cells[top], notes)
    if len(columns) > MAX_COLUMNS:
        raise UnreadableFile(
            f"{name} has {len(columns)} columns; at most {MAX_COLUMNS} are read.",
            remedy="Remove the columns that are not needed.",
            zh=f"有 {len(columns)} 列,最多读 {MAX_COLUMNS} 列。请删去不用的列。",
        )
    if len(columns) * len(filled) > MAX_CELLS:
        raise UnreadableFile(
            f"{name} has {len(filled):,} rows of {len(columns)} columns; at most {MAX_CELLS:,}"
            " cells are read.",
            remedy="Remove the columns that are not needed, or split it into parts.",
            zh=f"行数乘列数超过 {MAX_CELLS:,},请删去不用的列,或拆成几份。",
        )
    rows = [_row(index + 1, columns, cells[index], notes) for index in filled if index > top]
    blank = filled[-1] - top - len(rows)
    if blank:
        notes.append(Note(f"{blank} blank rows were passed over", f"略过了 {blank} 个空行"))
    return Table(kind, columns, tuple(rows), encoding, tuple(notes))


def _header(cells: list[list[str]], filled: list[int]) -> int:
    """Take the first row with two or more cells, near the top, for the header."""
    for index in filled[:_MAX_TITLE_ROWS]:
        if sum(1 for cell in cells[index] if cell.strip()) > 1:
            return index
    return filled[0]


def _columns(header: list[str], notes: list[str]) -> tuple[str, ...]:
    last = max(index for index, cell in enumerate(header) if cell.strip())
    found: list[str] = []
    for index, cell in enumerate(header[: last + 1]):
        name = " ".join(cell.split()) or f"column {index + 1}"
        if name in found:
            notes.append(Note(
                f"two columns are named {name}; the second became {name} ({index + 1})",
                f"有两列都叫“{name}”,第二列记作“{name} ({index + 1})”",
            ))  # fmt: skip
            name = f"{name} ({index + 1})"
        found.append(name)
    return tuple(found)


def _row(number: int, columns: tuple[str, ...], cells: list[str], notes: list[str]) -> Row:
    if any(cell.strip() for cell in cells[len(columns) :]):
        notes.append(Note(
            f"row {number} has more cells than there are columns; the rest was left out",
            f"第 {number} 行的格子比表头多,多出的没有读",
        ))  # fmt: skip
    padded = [*cells, *[""] * (len(columns) - len(cells))]
    pairs = zip(columns, padded, strict=False)
    return Row(number, {name: cell[:MAX_CELL_CHARACTERS] for name, cell in pairs})


def _geojson_table(text: str, name: str, encoding: str) -> Table:
    found = features(text, file_name=name)
    columns = tuple(dict.fromkeys(key for item in found for key in item.properties))
    rows = tuple(
        Row(
            item.number,
            {column: item.properties.get(column, "") for column in columns},
            item.point,
            "" if item.point else item.geometry_kind,
        )
        for item in found
    )
    return Table("geojson", columns, rows, encoding)
