"""The marks of a drawn map: a station, a new one, a gap, a word. Shape tells, colour agrees."""

from html import escape
from typing import Literal

Language = Literal["zh", "en"]

PAPER, INK, SOFT = "#ffffff", "#14242b", "#51636b"
TEAL, AMBER, BRICK, BLUE = "#0f766e", "#b45309", "#b91c1c", "#2563eb"


def text(
    x: float,
    y: float,
    words: str,
    *,
    size: float,
    fill: str = INK,
    anchor: str = "middle",
    weight: int = 400,
    halo: float = 0.0,
) -> str:
    """A line of words, with a paper edge around it where it lies on a map."""
    edge = (
        f' stroke="{PAPER}" stroke-width="{halo:g}" stroke-opacity="0.9" stroke-linejoin="round"'
        ' paint-order="stroke"'
        if halo
        else ""
    )
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size:g}" font-weight="{weight}" fill="{fill}" '
        f'text-anchor="{anchor}"{edge}>{escape(words)}</text>'
    )


def station_mark(x: float, y: float, state: str, size: float = 1.0) -> str:
    """A disc: open; a square: closed; a triangle: nobody knows; a ring: lacks what is asked."""
    r = 6.2 * size
    if state == "open":
        shape = f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{r:.1f}" fill="{TEAL}"'
    elif state == "closed":
        # what is shut steps back behind what is open
        half = r * 0.72
        shape = (
            f'<rect x="{x - half:.1f}" y="{y - half:.1f}" width="{2 * half:.1f}" '
            f'height="{2 * half:.1f}" fill="{PAPER}"'
        )
        return f'{shape} stroke="{BRICK}" stroke-opacity="0.75" stroke-width="{1.7 * size:.1f}"/>'
    elif state == "lacking":
        shape = f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{r * 0.8:.1f}" fill="{PAPER}"'
        return f'{shape} stroke="{SOFT}" stroke-width="{2.1 * size:.1f}"/>'
    else:
        points = f"{x:.1f},{y - r * 1.15:.1f} {x + r * 1.1:.1f},{y + r * 0.85:.1f} "
        points += f"{x - r * 1.1:.1f},{y + r * 0.85:.1f}"
        shape = f'<polygon points="{points}" fill="#d97706"'
    return f'{shape} stroke="{PAPER}" stroke-width="{1.7 * size:.1f}"/>'


def added_mark(x: float, y: float) -> str:
    """A diamond with a cross: a station that is not there yet."""
    r = 11.5
    return (
        f'<path d="M{x:.1f} {y - r:.1f}l{r} {r} {-r} {r} {-r} {-r}Z" fill="{BLUE}" '
        f'stroke="{PAPER}" stroke-width="2.2"/>'
        f'<path d="M{x - 4.6:.1f} {y:.1f}h9.2M{x:.1f} {y - 4.6:.1f}v9.2" stroke="{PAPER}" '
        'stroke-width="2.4" fill="none"/>'
    )


def gap_mark(x: float, y: float, rank: str) -> str:
    """A numbered drop whose foot is at the place."""
    return (
        f'<path d="M{x:.1f} {y:.1f}c-3 -7 -13 -11 -13 -22a13 13 0 0 1 26 0c0 11 -10 15 -13 22Z" '
        f'fill="{AMBER}" stroke="{PAPER}" stroke-width="2"/>'
        + text(x, y - 17.2, rank, size=14.5, fill=PAPER, weight=700)
    )
