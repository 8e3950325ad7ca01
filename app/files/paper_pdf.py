"""A report as a PDF."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from app.files.paper import Block, Heat, Paper, Table, cells, heat_colour
from app.files.typeset import pdf


def paper_pdf(paper: Paper, pictures: Mapping[str, str]) -> bytes:
    """Typeset a report.

    Args:
        pictures: SVG by the names that its pictures have.

    Raises:
        MissingSystemPart: if the machine has no font with Chinese characters.
    """
    return pdf(
        "report",
        {
            "language": paper.language,
            "title": paper.title,
            "kicker": paper.kicker,
            "cover": [list(line) for line in paper.cover],
            "label": paper.label,
            "footer": paper.footer,
            "blocks": [_block(block) for block in paper.blocks],
        },
        pictures={f"{name}.svg": svg.encode() for name, svg in pictures.items()},
    )


def _block(block: Block) -> dict[str, Any]:
    match block:
        case Heat():
            return _heat(block)
        case Table():
            return _table(block)
        case _:
            # the template reads the fields of the simple ones as they are
            return {"is": type(block).__name__.lower(), **asdict(block)}


def _table(table: Table) -> dict[str, Any]:
    return {
        "is": "table",
        "columns": [
            {"title": c.title, "kind": c.kind, "width": c.width} for c in table.columns
        ],
        "rows": [list(row) for row in cells(table)],
        # how long a bar is drawn
        "values": [list(row) for row in table.rows],
        "note": table.note,
    }  # fmt: skip


def _heat(heat: Heat) -> dict[str, Any]:
    def cell(share: float | None) -> dict[str, str]:
        ground, ink = heat_colour(share)
        words = "" if share is None else f"{share * 100:.0f}"
        return {"ground": ground, "ink": ink, "words": words}

    return {
        "is": "heat",
        "days": list(heat.days),
        "cells": [[cell(share) for share in row] for row in heat.cells],
        "note": heat.note,
    }
