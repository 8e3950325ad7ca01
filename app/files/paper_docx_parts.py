"""What a word processor's document can hold and python-docx has no words for."""

from collections.abc import Sequence
from typing import Any

from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt
from docx.table import Table, _Cell
from docx.text.paragraph import Paragraph

_RULE, _STRONG = "D8E0E2", "14242B"


def _made(name: str, **attributes: str) -> Any:
    element: Any = OxmlElement(name)
    for key, value in attributes.items():
        element.set(qn(f"w:{key}"), value)
    return element


def set_fonts(properties: Any, *, latin: str, chinese: str) -> None:
    """Name the fonts of a style, for Latin letters and for Chinese signs."""
    fonts = properties.get_or_add_rFonts()
    for name in list(fonts.attrib):
        # a theme's fonts would go before the named ones
        del fonts.attrib[name]
    for name, font in (("ascii", latin), ("hAnsi", latin), ("cs", latin), ("eastAsia", chinese)):
        fonts.set(qn(f"w:{name}"), font)


def page_number(place: Paragraph) -> None:
    """Write the number of the page, which the program fills in."""
    written = place.add_run()
    written.font.size = Pt(8)
    run = written._element
    run.append(_made("w:fldChar", fldCharType="begin"))
    instruction = _made("w:instrText")
    instruction.text = "PAGE"
    run.append(instruction)
    run.append(_made("w:fldChar", fldCharType="end"))


def underline(properties: Any, *, colour: str, eighths: int) -> None:
    """Draw one line below paragraphs of a style, whatever line it had."""
    for old in properties.findall(qn("w:pBdr")):
        properties.remove(old)
    edges = _made("w:pBdr")
    edges.append(_made("w:bottom", val="single", sz=str(eighths), space="6", color=colour))
    properties.insert_element_before(edges, "w:shd", "w:spacing", "w:ind", "w:jc", "w:rPr")


def shade_paragraph(place: Paragraph, colour: str) -> None:
    """Lay a ground under a paragraph."""
    properties: Any = place._element.get_or_add_pPr()
    shade = _made("w:shd", val="clear", color="auto", fill=colour)
    properties.insert_element_before(shade, "w:spacing", "w:ind", "w:jc", "w:rPr")


def shade_cell(cell: _Cell, colour: str) -> None:
    """Lay a ground under a cell."""
    properties: Any = cell._element.get_or_add_tcPr()
    properties.append(_made("w:shd", val="clear", color="auto", fill=colour))


def describe(shape: Any, words: str) -> None:
    """Say what a picture shows, for who cannot see it."""
    shape._inline.docPr.set("descr", words)


def widths(table: Table, millimetres: Sequence[float]) -> None:
    """Set the widths of columns; a program reads them of the cells."""
    table.autofit = False
    for column, wide in zip(table.columns, millimetres, strict=True):
        column.width = Mm(wide)
    for row in table.rows:
        for cell, wide in zip(row.cells, millimetres, strict=True):
            cell.width = Mm(wide)


def ruled(table: Table) -> None:
    """Draw thin lines between rows, strong ones at the top, and repeat the first row on pages."""
    edges = _made("w:tblBorders")
    for name, size, colour in (("top", "8", _STRONG), ("bottom", "4", _RULE),
                               ("insideH", "4", _RULE)):  # fmt: skip
        edges.append(_made(f"w:{name}", val="single", sz=size, space="0", color=colour))
    properties: Any = table._element.tblPr
    properties.append(edges)
    for row in table.rows:
        kept: Any = row._tr.get_or_add_trPr()
        kept.append(_made("w:cantSplit"))
    first: Any = table.rows[0]._tr.get_or_add_trPr()
    first.append(_made("w:tblHeader"))


def tight(table: Table) -> None:
    """Leave cells no margin at their sides."""
    margins = _made("w:tblCellMar")
    for side in ("left", "right"):
        margins.append(_made(f"w:{side}", w="10", type="dxa"))
    properties: Any = table._element.tblPr
    properties.append(margins)


def kept_together(table: Table) -> None:
    """Keep a table on one page: each row but the last with the one below it."""
    for row in table.rows[:-1]:
        for cell in row.cells:
            for place in cell.paragraphs:
                place.paragraph_format.keep_with_next = True
