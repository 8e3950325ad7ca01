"""A report as a document that can be edited: headings, tables and pictures of a word processor."""

import io
from collections.abc import Mapping
from typing import Any

from docx import Document
from docx.document import Document as Docx
from docx.enum.section import WD_ORIENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor
from docx.table import _Cell
from docx.text.paragraph import Paragraph as Words

from app.files import paper_docx_parts as parts
from app.files.cells import printable
from app.files.paper import (
    Block,
    Heading,
    Headline,
    Heat,
    Paper,
    Paragraph,
    Picture,
    Points,
    Table,
    cells,
    heat_colour,
)
from app.files.typeset import png

_INK, _SOFT = RGBColor(0x14, 0x24, 0x2B), RGBColor(0x51, 0x63, 0x6B)
_TEAL, _DEEP = RGBColor(0x0F, 0x76, 0x6E), RGBColor(0x0B, 0x5C, 0x56)
_PAGE_MM, _MARGIN_MM = (210, 297), 20
_INNER_MM = _PAGE_MM[0] - 2 * _MARGIN_MM
_PICTURE_PIXELS = 2000
_RIGHT = ("number", "share", "minutes")
# rows of a table that stays on one page
_SHORT = 10
# of a bar that is whole, in letters
_BAR_SIGNS = 20
_LATIN, _CHINESE = "Arial", "Microsoft YaHei"


def paper_docx(paper: Paper, pictures: Mapping[str, str]) -> bytes:
    """Write a report as DOCX.

    Args:
        pictures: SVG by the names that its pictures have.

    Raises:
        MissingSystemPart: if the machine has no font with Chinese characters.
    """
    document = Document()
    _page(document, paper)
    _styles(document)
    _cover(document, paper)
    for block in paper.blocks:
        _write(document, block, pictures)
    properties = document.core_properties
    properties.title, properties.author = printable(paper.title), "Harbor 渝工港湾"
    properties.language = "zh-CN" if paper.language == "zh" else "en"
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def _page(document: Docx, paper: Paper) -> None:
    section = document.sections[0]
    section.orientation = WD_ORIENT.PORTRAIT
    section.page_width, section.page_height = Mm(_PAGE_MM[0]), Mm(_PAGE_MM[1])
    section.left_margin = section.right_margin = Mm(_MARGIN_MM)
    section.top_margin = section.bottom_margin = Mm(_MARGIN_MM)
    if paper.label:
        label = section.header.paragraphs[0]
        label.alignment = WD_ALIGN_PARAGRAPH.CENTER
        _run(label, paper.label, size=8, colour=RGBColor(0x92, 0x50, 0x0A))
    foot = section.footer.paragraphs[0]
    _run(foot, f"{paper.footer}\t\t", size=8, colour=_SOFT)
    parts.page_number(foot)


def _styles(document: Docx) -> None:
    styles = document.styles
    looks = {
        "Normal": (10.5, _INK, False, 4), "Title": (24, _INK, True, 4),
        "Heading 1": (15, _DEEP, True, 6), "List Bullet": (10.5, _INK, False, 2),
        "Caption": (8.5, _SOFT, False, 8),
    }  # fmt: skip
    for name, (size, colour, bold, after) in looks.items():
        style: Any = styles[name]
        style.font.size, style.font.bold, style.font.italic = Pt(size), bold, False
        style.font.color.rgb, style.font.name = colour, _LATIN
        parts.set_fonts(style.element.get_or_add_rPr(), latin=_LATIN, chinese=_CHINESE)
        style.paragraph_format.space_after = Pt(after)
    heading: Any = styles["Heading 1"]
    heading.paragraph_format.space_before = Pt(18)
    parts.underline(styles["Title"].element.get_or_add_pPr(), colour="0F766E", eighths=12)


def _cover(document: Docx, paper: Paper) -> None:
    kicker = document.add_paragraph()
    _run(kicker, paper.kicker, size=10, colour=_TEAL, bold=True)
    document.add_paragraph(printable(paper.title), style="Title")
    table = document.add_table(rows=0, cols=2)
    for label, value in paper.cover:
        row = table.add_row()
        _fill(row.cells[0], label, colour=_SOFT, size=9.5)
        _fill(row.cells[1], value, size=9.5)
    parts.widths(table, [0.2 * _INNER_MM, 0.8 * _INNER_MM])


def _write(document: Docx, block: Block, pictures: Mapping[str, str]) -> None:
    match block:
        case Heading(words):
            document.add_paragraph(printable(words), style="Heading 1")
        case Paragraph(words, "lead"):
            parts.shade_paragraph(_lead(document, words), "E0F1EE")
        case Paragraph(words, "small"):
            document.add_paragraph(printable(words), style="Caption")
        case Paragraph(words, _):
            document.add_paragraph(printable(words))
        case Points(items):
            for item in items:
                document.add_paragraph(printable(item), style="List Bullet")
        case Headline():
            _headline(document, block)
        case Picture():
            _picture(document, block, pictures[block.name])
        case Table():
            _table(document, block)
        case Heat():
            _heat(document, block)


def _lead(document: Docx, words: str) -> Words:
    lead = document.add_paragraph()
    lead.paragraph_format.space_before = lead.paragraph_format.space_after = Pt(6)
    lead.paragraph_format.keep_with_next = True
    _run(lead, words, size=11.5, colour=_DEEP)
    return lead


def _headline(document: Docx, block: Headline) -> None:
    figure = document.add_paragraph()
    figure.paragraph_format.space_before = Pt(14)
    figure.paragraph_format.space_after = Pt(2)
    _run(figure, block.value, size=46, colour=_DEEP, bold=True)
    _run(document.add_paragraph(), block.words, size=13)
    document.add_paragraph(printable(block.definition), style="Caption")


def _picture(document: Docx, block: Picture, svg: str) -> None:
    place = document.add_paragraph()
    place.paragraph_format.keep_with_next = bool(block.note)
    content = io.BytesIO(png(svg, pixels=round(_PICTURE_PIXELS * block.share)))
    shape = place.add_run().add_picture(content, width=Mm(_INNER_MM * block.share))
    parts.describe(shape, printable(block.says))
    if block.note:
        document.add_paragraph(printable(block.note), style="Caption")


def _table(document: Docx, block: Table) -> None:
    table = document.add_table(rows=1, cols=len(block.columns))
    right = [column.kind in _RIGHT for column in block.columns]
    for at, column in enumerate(block.columns):
        _fill(table.rows[0].cells[at], column.title, size=8.5, colour=_SOFT, right=right[at])
    for texts, values in zip(cells(block), block.rows, strict=True):
        row = table.add_row()
        for at, words in enumerate(texts):
            value = values[at]
            if block.columns[at].kind == "bar" and isinstance(value, float | int):
                _bar(row.cells[at], float(value), words)
            else:
                _fill(row.cells[at], words, size=9, right=right[at])
    whole = sum(column.width for column in block.columns)
    parts.widths(table, [column.width / whole * _INNER_MM for column in block.columns])
    parts.ruled(table)
    if len(block.rows) <= _SHORT:
        parts.kept_together(table)
    _noted(document, block.note)


def _heat(document: Docx, block: Heat) -> None:
    table = document.add_table(rows=1 + len(block.days), cols=25)
    for hour in range(24):
        _fill(table.rows[0].cells[hour + 1], str(hour), size=6, colour=_SOFT, centre=True)
    for row, day, shares in zip(table.rows[1:], block.days, block.cells, strict=True):
        # python-docx walks a row for each look at its cells
        boxes = row.cells
        _fill(boxes[0], day, size=7, colour=_SOFT)
        for box, share in zip(boxes[1:], shares, strict=True):
            ground, ink = heat_colour(share)
            words = "" if share is None else f"{share * 100:.0f}"
            _fill(box, words, size=6, colour=RGBColor.from_string(ink[1:].upper()), centre=True)
            parts.shade_cell(box, ground[1:].upper())
    parts.widths(table, [0.085 * _INNER_MM, *[0.915 / 24 * _INNER_MM] * 24])
    parts.tight(table)
    parts.kept_together(table)
    _noted(document, block.note)


def _noted(document: Docx, note: str) -> None:
    words = document.add_paragraph(printable(note), style="Caption")
    words.paragraph_format.space_before = Pt(3)


def _bar(cell: _Cell, share: float, words: str) -> None:
    place = _fill(cell, "█" * max(round(share * _BAR_SIGNS), 0), size=8, colour=_TEAL)
    _run(place, f" {words}", size=9)


def _fill(
    cell: _Cell,
    words: str,
    *,
    size: float,
    colour: RGBColor = _INK,
    right: bool = False,
    centre: bool = False,
) -> Words:
    place: Words = cell.paragraphs[0]
    place.paragraph_format.space_after = Pt(1)
    if right or centre:
        place.alignment = WD_ALIGN_PARAGRAPH.RIGHT if right else WD_ALIGN_PARAGRAPH.CENTER
    _run(place, words, size=size, colour=colour)
    return place


def _run(
    place: Words, words: str, *, size: float, colour: RGBColor = _INK, bold: bool = False
) -> None:
    run = place.add_run(printable(words))
    run.font.size, run.font.bold, run.font.color.rgb = Pt(size), bold, colour
    run.font.name = _LATIN
    run._element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), _CHINESE)
