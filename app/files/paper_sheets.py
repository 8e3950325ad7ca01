"""The tables of a report as a workbook, a sheet a table."""

import io
import re
from collections.abc import Mapping
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter

from app.files.cells import guarded, printable
from app.files.paper import Column, Headline, Kind, Paper, Table, Value

_FORMATS: Mapping[Kind, str] = {
    "share": "0.0%", "bar": "0.0%", "minutes": "0.0", "number": "#,##0.##", "text": "General",
}  # fmt: skip
# what a sheet may not be called, and how long its name may be
_UNFIT = re.compile(r"[\\/*?:\[\]]")
_LONGEST_NAME = 31
_WIDEST = 60


def paper_sheets(paper: Paper) -> bytes:
    """Write every table of a report, and on the first sheet what it holds for, as XLSX.

    Numbers are numbers; no text of it can run as a formula.
    """
    book = Workbook(write_only=True)
    taken: set[str] = set()
    for table in (_about(paper), *paper.tables()):
        sheet = book.create_sheet(_name(table.name, taken))
        _write(sheet, table)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def _about(paper: Paper) -> Table:
    lines: list[tuple[Value, ...]] = [*paper.cover]
    for block in paper.blocks:
        if isinstance(block, Headline):
            lines += [(block.value, block.words), ("", block.definition)]
    name = "说明" if paper.language == "zh" else "About"
    return Table(name, (Column(paper.title), Column(paper.label)), tuple(lines))


# openpyxl's types know neither widths of such a sheet nor its cells
def _write(sheet: Any, table: Table) -> None:
    sheet.freeze_panes = "A2"
    for at, column in enumerate(table.columns):
        texts = [column.title, *(str(row[at] or "") for row in table.rows)]
        wide = max(_wide(text) for text in texts) + 2
        sheet.column_dimensions[get_column_letter(at + 1)].width = min(max(wide, 7), _WIDEST)
    sheet.append([_cell(sheet, column.title, "text", bold=True) for column in table.columns])
    for row in table.rows:
        sheet.append([
            _cell(sheet, value, column.kind)
            for value, column in zip(row, table.columns, strict=True)
        ])  # fmt: skip
    if table.note:
        sheet.append([])
        sheet.append([_cell(sheet, table.note, "text")])


def _cell(sheet: Any, value: Value, kind: Kind, *, bold: bool = False) -> Any:
    text = guarded(printable(value)) if isinstance(value, str) else value
    cell = WriteOnlyCell(sheet, value=text)
    if isinstance(text, str):
        # whatever it begins with, it is text
        cell.data_type = "s"
    else:
        cell.number_format = _FORMATS[kind]
    cell.font = Font(bold=bold)
    cell.alignment = Alignment(vertical="top", wrap_text=isinstance(text, str))
    return cell


def _wide(text: str) -> float:
    return sum(2.0 if ord(sign) > 0x2E7F else 1.05 for sign in text)


def _name(wanted: str, taken: set[str]) -> str:
    """Return a name for a sheet that none before it has."""
    plain = _UNFIT.sub(" ", printable(wanted)).strip("' ")[:_LONGEST_NAME] or "1"
    name, at = plain, 2
    while name.casefold() in taken:
        name = f"{plain[: _LONGEST_NAME - 3]} {at}"
        at += 1
    taken.add(name.casefold())
    return name
