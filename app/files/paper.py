"""A report as its parts, in one language; every kind of document writes the same parts."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from app.files.map_marks import Language

Value = str | float | int | None
Kind = Literal["text", "number", "share", "minutes", "bar"]


@dataclass(frozen=True, slots=True)
class Heading:
    """Where a section begins."""

    text: str


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Plain sentences; ``lead`` is a finding and stands out, ``small`` is small print."""

    text: str
    style: Literal["body", "lead", "small"] = "body"


@dataclass(frozen=True, slots=True)
class Points:
    """Short sentences, one below the other."""

    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Headline:
    """The one figure, and what exactly it is."""

    value: str
    words: str
    definition: str


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its head, what its cells are, and its part of the width.

    A ``share`` is of 0 to 1 and shown as a percentage; a ``bar`` is one that is drawn as well.
    """

    title: str
    kind: Kind = "text"
    width: float = 1.0


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under heads. ``name`` is that of its sheet in a workbook."""

    name: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Value, ...], ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Heat:
    """A share of 0 to 1 for each hour of a week, Monday first; None where there is none."""

    name: str
    days: tuple[str, ...]
    cells: tuple[tuple[float | None, ...], ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Picture:
    """A drawing by the name under which its SVG is handed on, and what it shows."""

    name: str
    says: str
    note: str = ""
    # of the width of the page
    share: float = 1.0


Block = Heading | Paragraph | Points | Headline | Table | Heat | Picture


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """A whole report in one language.

    Attributes:
        kicker: the line above the title.
        cover: label and value of what the figures hold for.
        label: said at the top of every page if everything in it is made up.
        footer: at the foot of every page.
        appendix: tables that only a workbook holds, whole.
    """

    language: Language
    title: str
    kicker: str
    cover: tuple[tuple[str, str], ...]
    blocks: tuple[Block, ...]
    label: str = ""
    footer: str = ""
    appendix: tuple[Table, ...] = field(default=())

    def tables(self) -> list[Table]:
        """Return every table of the report and its appendix, heat tables spread over columns."""
        found = [one for one in self.blocks if isinstance(one, Table)]
        heats = [spread(one) for one in self.blocks if isinstance(one, Heat)]
        return [*found, *heats, *self.appendix]


def spread(heat: Heat) -> Table:
    """Return a heat table as a table with a column an hour."""
    hours = tuple(Column(f"{hour:02}", "share") for hour in range(24))
    rows = tuple((day, *cells) for day, cells in zip(heat.days, heat.cells, strict=True))
    return Table(heat.name, (Column(""), *hours), rows, heat.note)


def shown(value: Value, kind: Kind) -> str:
    """Write a cell as it is read."""
    if value is None or value == "":
        return "–"
    if isinstance(value, str):
        return value
    if kind in ("share", "bar"):
        return f"{value:.1%}".replace("%", " %")
    if kind == "minutes":
        return f"{value:.1f}"
    return f"{value:,.0f}" if abs(value) >= 100 or float(value).is_integer() else f"{value:,.1f}"


def heat_colour(share: float | None) -> tuple[str, str]:
    """Return ground and ink of a cell of the heat table: the more, the darker."""
    if share is None:
        return "#f3f6f6", "#51636b"
    low, high = (238, 244, 243), (11, 92, 86)
    part = min(max(share, 0.0), 1.0)
    ground = tuple(round(a + (b - a) * part) for a, b in zip(low, high, strict=True))
    return "#{:02x}{:02x}{:02x}".format(*ground), "#ffffff" if part > 0.5 else "#14242b"


def cells(table: Table) -> Sequence[tuple[str, ...]]:
    """Return the rows of a table as they are read."""
    kinds = [column.kind for column in table.columns]
    return [
        tuple(shown(value, kind) for value, kind in zip(row, kinds, strict=True))
        for row in table.rows
    ]
