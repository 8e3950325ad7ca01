"""The furniture of a drawn map: legend below it, scale, north and sources on it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from app.files.map_marks import (
    INK,
    PAPER,
    SOFT,
    Language,
    added_mark,
    gap_mark,
    station_mark,
    text,
)
from app.files.map_shapes import MapShapes

_ROUND = (50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000)
# the longest bar, as a share of the sheet
_BAR_SHARE = 0.2
_ROW, _LEFT, _SIZE = 30.0, 4.0, 16.0
_GAP = 34.0


@dataclass(frozen=True, slots=True)
class Strip:
    """The legend under a map, and how high it is."""

    markup: str
    height: float


def minutes_words(limit: float, language: Language) -> tuple[str, str, str, str]:
    """Name the four bands of walking time: the thirds of the limit and what lies beyond."""
    thirds = [f"{limit * at / 3:.3g}" for at in range(4)]
    if language == "zh":
        bands = [f"{a}–{b} 分钟" for a, b in pairwise(thirds)]
        return bands[0], bands[1], bands[2], f"超过 {limit:g} 分钟或走不到"
    bands = [f"{a}–{b} min" for a, b in pairwise(thirds)]
    return bands[0], bands[1], bands[2], f"over {limit:g} min, or no way"


def title(shapes: MapShapes, language: Language) -> str:
    """Say in a line what the map shows, for who cannot see it."""
    if language == "zh":
        return f"地图:街道按走到最近开放站点的分钟数着色,上限 {shapes.minutes:g} 分钟"
    return f"Map: streets by minutes to the nearest open station, up to {shapes.minutes:g}"


def strip(
    shapes: MapShapes, language: Language, *, width: float, colours: Mapping[int, str]
) -> Strip:
    """Explain what is drawn, in rows under the map."""
    zh = language == "zh"
    names = minutes_words(shapes.minutes, language)
    entries = [
        (_swatch(colour), name) for colour, name in zip(colours.values(), names, strict=True)
    ]
    states = {f["properties"]["open"] for f in shapes.stations["features"]}
    marks = [
        ("open", "开放的站点", "open station"),
        ("closed", "此时关闭", "closed then"),
        ("unknown", "时间不明", "hours not known"),
        ("lacking", "缺所需服务", "lacks a service"),
    ]
    second = [
        (station_mark(13, 0, state), a if zh else b) for state, a, b in marks if state in states
    ]
    if shapes.added["features"]:
        second.append((added_mark(13, 0), "新站点" if zh else "new station"))
    if shapes.gaps["features"]:
        drop = f'<g transform="translate(4 11) scale(.72)">{gap_mark(13, 0, "1")}</g>'
        second.append((drop, "缺口,按人数编号" if zh else "gap, numbered by people"))
    if shapes.scope["features"]:
        line = '<path d="M0 0h28" stroke="#0b5c56" stroke-width="2.4" stroke-dasharray="9 4"/>'
        second.append((line, "统计范围" if zh else "scope"))
    lead = "走到最近的站点" if zh else "Walk to the nearest station"
    rows = [_row(entries, lead=lead)] + ([_row(second)] if second else [])
    markup = "".join(
        f'<g transform="translate({_LEFT:g} {24 + _ROW * at:g})">{row}</g>'
        for at, row in enumerate(rows)
    )
    return Strip(markup, 24 + _ROW * len(rows) - 6)


def _swatch(colour: str) -> str:
    return f'<path d="M2 0h24" stroke="{colour}" stroke-width="6" stroke-linecap="round"/>'


def _row(entries: Sequence[tuple[str, str]], *, lead: str = "") -> str:
    parts, x = [], 0.0
    if lead:
        parts.append(text(0, 5.5, lead, size=_SIZE, fill=SOFT, anchor="start"))
        x = _wide(lead) + _GAP
    for mark, name in entries:
        parts.append(f'<g transform="translate({x:g} 0)">{mark}</g>')
        parts.append(text(x + 36, 5.5, name, size=_SIZE, fill=INK, anchor="start"))
        x += 36 + _wide(name) + _GAP
    return "".join(parts)


def _wide(words: str) -> float:
    return sum(1.0 if ord(sign) > 0x2E7F else 0.54 for sign in words) * _SIZE


def furniture(
    shapes: MapShapes, language: Language, *, width: float, height: float, metres_per_pixel: float
) -> str:
    """Draw what stands on the sheet: north, a scale bar, who made the ground, a demo's label."""
    label = shapes.label[0 if language == "zh" else 1]
    parts = [
        _north(width - 40, 48),
        _scale(24, height - 26, width, metres_per_pixel, language),
        text(width - 14, height - 14, shapes.attribution, size=12.5, fill=SOFT, anchor="end",
             halo=3.5),
    ]  # fmt: skip
    if label:
        wide = _wide(label) + 28
        parts.append(
            f'<rect x="16" y="16" width="{wide:g}" height="34" rx="8" fill="#fdf1dd" '
            'stroke="#e7c188"/>' + text(30, 39, label, size=_SIZE, fill="#92500a", anchor="start")
        )
    return "".join(parts)


def _north(x: float, y: float) -> str:
    return (
        f'<g transform="translate({x:g} {y:g})"><circle r="24" fill="{PAPER}" fill-opacity="0.82"/>'
        f'<path d="M0 -15L7.5 9 0 4.5Z" fill="{INK}"/>'
        f'<path d="M0 -15L-7.5 9 0 4.5Z" fill="{PAPER}" stroke="{INK}" stroke-width="1.2" '
        'stroke-linejoin="round"/>' + text(0, 20.5, "N", size=12.5, weight=700) + "</g>"
    )


def _scale(x: float, y: float, width: float, metres_per_pixel: float, language: Language) -> str:
    most = width * _BAR_SHARE * metres_per_pixel
    metres = max((m for m in _ROUND if m <= most), default=_ROUND[0])
    long = metres / metres_per_pixel
    far = f"{metres / 1000:g}" if metres >= 1000 else f"{metres:g}"
    unit = ("公里" if language == "zh" else "km") if metres >= 1000 else (
        "米" if language == "zh" else "m")  # fmt: skip
    return (
        f'<rect x="{x - 10:g}" y="{y - 24:g}" width="{long + 70:.1f}" height="38" rx="6" '
        f'fill="{PAPER}" fill-opacity="0.82"/>'
        f'<path d="M{x:g} {y - 6:g}v8h{long:.1f}v-8" fill="none" stroke="{INK}" '
        'stroke-width="1.8"/>'
        f'<path d="M{x:g} {y + 2:g}h{long / 2:.1f}" stroke="{INK}" stroke-width="5"/>'
        + text(x, y - 10, "0", size=13)
        + text(x + long, y - 10, f"{far} {unit}", size=13)
    )
