"""The sheet that shows a hill: two maps side by side, and the height along one walk."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

import numpy as np
import shapely
from numpy.typing import NDArray

from app.settings import PROJECT
from geo.plane import metres_per_degree
from tests.bench.contours import contours
from tests.bench.hill import Hill, Profile, Reached, street_lines

WIDTH, HEIGHT = 1440, 1130
MARGIN, GAP = 40, 24
PANEL_WIDTH = (WIDTH - 2 * MARGIN - GAP) // 2
PANEL_TOP, PANEL_HEIGHT = 186, 610
PROFILE_TOP, PROFILE_HEIGHT = 886, 170
# room around the flat rule's polygon
MAP_MARGIN_METRES = 60.0
CONTOUR_METRES = 10.0
SCALE_METRES = 500
HEIGHT_STEP_METRES = 20
LEGEND_GAP = 12


def palette() -> dict[str, str]:
    """Return the colours of the light theme that all pages share."""
    text = (PROJECT / "static" / "tokens.css").read_text("utf-8")
    light = text[: text.index("@media")]
    return dict(re.findall(r"--([a-z0-9-]+): (#[0-9a-f]{3,6})\b", light))


INK = palette()
CONTOUR = "#d3c3a6"
STREET = "#c3c6c6"
# what the flat rule promises and nobody walks in time
LOST = INK["amber"]
WALK = INK["me"]
BANDS = (INK["min-5"], INK["min-10"], INK["min-15"])


@dataclass(frozen=True)
class Frame:
    """Turns WGS-84 degrees into pixels of a panel whose corner is at 0, 0."""

    west: float
    north: float
    per_longitude: float
    per_latitude: float

    @classmethod
    def around(cls, shape: shapely.Geometry) -> "Frame":
        """Fit a shape into a panel, in its middle."""
        west, south, east, north = shapely.bounds(shape).tolist()
        degrees = metres_per_degree((south + north) / 2)
        scale = min(
            PANEL_WIDTH / ((east - west) * degrees[0] + 2 * MAP_MARGIN_METRES),
            PANEL_HEIGHT / ((north - south) * degrees[1] + 2 * MAP_MARGIN_METRES),
        )
        x, y = degrees[0] * scale, degrees[1] * scale
        return cls(
            (west + east) / 2 - PANEL_WIDTH / 2 / x,
            (south + north) / 2 + PANEL_HEIGHT / 2 / y,
            x,
            y,
        )

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """West, south, east, north of what the panel shows."""
        east = self.west + PANEL_WIDTH / self.per_longitude
        return self.west, self.north - PANEL_HEIGHT / self.per_latitude, east, self.north

    @property
    def metre(self) -> float:
        """Pixels of a metre."""
        return self.per_latitude / metres_per_degree(self.north)[1]

    def pixels(self, lonlat: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return x, y of shape (n, 2)."""
        corner, scale = (self.west, self.north), (self.per_longitude, -self.per_latitude)
        return (lonlat - np.array(corner)) * np.array(scale)


def draw(hill: Hill, elevation: Path) -> str:
    """Return the sheet as SVG."""
    frame = Frame.around(hill.official.polygons[-1])
    relief = contours(elevation, frame.bounds, step_metres=CONTOUR_METRES)
    body = [
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="{INK["paper"]}"/>',
        *_heading(hill),
    ]
    for number, reached in enumerate((hill.official, hill.terrain)):
        left = MARGIN + number * (PANEL_WIDTH + GAP)
        body += _panel_heading(left, hill, reached, honest=number == 1)
        body.append(f'<g transform="translate({left} {PANEL_TOP})" clip-path="url(#panel)">')
        body += _map(frame, relief, hill, reached, honest=number == 1)
        body.append("</g>")
    body += _legend()
    body += _profile(hill)
    body += _foot()
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" '
        f'height="{HEIGHT}" font-family="PingFang SC, Noto Sans SC, Noto Sans CJK SC, '
        'Microsoft YaHei, system-ui, sans-serif">'
        f'<clipPath id="panel"><rect width="{PANEL_WIDTH}" height="{PANEL_HEIGHT}" rx="12"/>'
        "</clipPath>" + "\n".join(body) + "</svg>\n"
    )


def _text(x: float, y: float, words: str, **style: object) -> str:
    given = {"font_size": 14, "fill": INK["ink"], **style}
    looks = " ".join(f'{name.replace("_", "-")}="{value}"' for name, value in given.items())
    return f'<text x="{x:.1f}" y="{y:.1f}" {looks}>{words}</text>'


def _soft(words: str, size: int = 13) -> str:
    """English beside Chinese: smaller and lighter."""
    return f'<tspan font-size="{size}" font-weight="400" fill="{INK["ink-soft"]}"> {words}</tspan>'


def _path(points: Iterable[NDArray[np.float64]], **style: object) -> str:
    """Return one path element of many lines, in tenths of a pixel."""
    looks = " ".join(f'{name.replace("_", "-")}="{value}"' for name, value in style.items())
    parts = []
    for line in points:
        first, *rest = np.round(line, 1).tolist()
        parts.append(f"M{first[0]:g} {first[1]:g}" + "".join(f"L{x:g} {y:g}" for x, y in rest))
    return f'<path d="{"".join(parts)}" {looks}/>'


def _lines(frame: Frame, lines: Sequence[shapely.Geometry], **style: object) -> str:
    """Draw lines of WGS-84 degrees, as far as the panel shows them."""
    window = shapely.box(*frame.bounds)
    shown = [line for line in lines if shapely.intersects(line, window)]
    drawn = (frame.pixels(shapely.get_coordinates(line)) for line in shown)
    return _path(drawn, fill="none", stroke_linecap="round", stroke_linejoin="round", **style)


def _area(frame: Frame, shape: shapely.Geometry, **style: object) -> str:
    rings = shapely.get_rings(shape)
    return _path(
        (frame.pixels(shapely.get_coordinates(ring)) for ring in rings),
        fill_rule="evenodd",
        stroke_linejoin="round",
        **style,
    )


def _heading(hill: Hill) -> list[str]:
    kept = hill.terrain.metres / hill.official.metres
    english = f"One hill station, 15 minutes on foot: terrain leaves {kept:.0%} of the streets"
    spot = f"{hill.place[0]:.4f}, {hill.place[1]:.4f} · {hill.height:.0f} m"
    return [
        _text(MARGIN, 62, "山坡上的一个驿站，步行 15 分钟", font_size=30, font_weight=700),
        _text(
            MARGIN,
            94,
            f"平地规则算进去的街道，按坡度和石梯只剩 <tspan font-weight='700' "
            f"fill='{INK['ink']}'>{kept:.0%}</tspan>" + _soft(english, 15),
            font_size=17,
            fill=INK["ink-soft"],
        ),
        _text(
            WIDTH - MARGIN,
            62,
            "Porto Alegre" + _soft(spot, 14),
            font_size=17,
            font_weight=600,
            text_anchor="end",
        ),
    ]


def _panel_heading(left: float, hill: Hill, reached: Reached, *, honest: bool) -> list[str]:
    name, english = (
        ("按地形", "terrain: slopes, stairs, lifts")
        if honest
        else ("平地规则", "official: 4 km/h on everything")
    )
    shape = reached.polygons[-1]
    per_longitude, per_latitude = metres_per_degree(hill.place[1])
    area = shapely.area(shape) * per_longitude * per_latitude / 1e6
    figures = (
        f"{reached.metres / 1000:.1f} km{_soft('街道 streets')}"
        f"<tspan dx='14'>{area:.2f} km²</tspan>{_soft('面积 area')}"
    )
    return [
        _text(left, 166, name + _soft(english, 14), font_size=20, font_weight=700),
        _text(left + PANEL_WIDTH, 166, figures, font_size=20, font_weight=700, text_anchor="end"),
    ]


def _map(
    frame: Frame,
    relief: dict[float, NDArray[np.object_]],
    hill: Hill,
    reached: Reached,
    *,
    honest: bool,
) -> list[str]:
    network = hill.network
    parts = [f'<rect width="{PANEL_WIDTH}" height="{PANEL_HEIGHT}" fill="{INK["map-ground"]}"/>']
    for level, lines in relief.items():
        width = 1.4 if level % (5 * CONTOUR_METRES) == 0 else 0.7
        parts.append(_lines(frame, list(lines), stroke=CONTOUR, stroke_width=width))
    for colour, opacity, shape in zip(
        reversed(BANDS), (0.16, 0.12, 0.12), reversed(reached.polygons), strict=True
    ):
        parts.append(_area(frame, shape, fill=colour, fill_opacity=opacity))
    parts.append(_lines(frame, list(street_lines(network)), stroke=STREET, stroke_width=0.8))
    if honest:
        lost = hill.official.streets[-1].lines(network)
        parts.append(_lines(frame, list(lost), stroke=LOST, stroke_width=1.3))
    for colour, width, found in zip(
        reversed(BANDS), (1.7, 2.0, 2.4), reversed(reached.streets), strict=True
    ):
        parts.append(_lines(frame, list(found.lines(network)), stroke=colour, stroke_width=width))
    stairs = list(street_lines(network, stairs=True))
    parts.append(
        _lines(frame, stairs, stroke=INK["map-steps"], stroke_width=3.4, stroke_dasharray="1.2 2.6")
    )
    outline = hill.official.polygons[-1]
    dashes = {"stroke_dasharray": "5 4"} if honest else {}
    colour = LOST if honest else INK["min-5"]
    parts.append(_area(frame, outline, fill="none", stroke=colour, stroke_width=1.6, **dashes))
    if honest:
        own = reached.polygons[-1]
        parts.append(_area(frame, own, fill="none", stroke=INK["min-5"], stroke_width=1.6))
    parts += _walk(frame, reached.walk)
    parts += _station(frame, hill.place)
    return [*parts, *_scale(frame)]


def _walk(frame: Frame, walk: Profile) -> list[str]:
    line = frame.pixels(walk.line)
    looks = {"fill": "none", "stroke_linecap": "round", "stroke_linejoin": "round"}
    (x, y) = line[0]
    minutes = f"{walk.seconds / 60:.0f} 分钟 min"
    return [
        _path([line], stroke="#fff", stroke_width=7, stroke_opacity=0.85, **looks),
        _path([line], stroke=WALK, stroke_width=3, **looks),
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="9" fill="{WALK}" stroke="#fff" stroke-width="2"/>',
        _text(x, y + 4, "A", font_size=11, font_weight=700, fill="#fff", text_anchor="middle"),
        _label(x, y - 16, minutes, WALK),
    ]


def _label(x: float, y: float, words: str, colour: str) -> str:
    return _text(
        x,
        y,
        escape(words),
        font_size=15,
        font_weight=700,
        fill=colour,
        stroke="#fff",
        stroke_width=4,
        stroke_linejoin="round",
        paint_order="stroke",
        text_anchor="middle",
    )


def _station(frame: Frame, place: tuple[float, float]) -> list[str]:
    x, y = frame.pixels(np.array([place]))[0]
    return [
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="15" fill="{INK["teal"]}" stroke="#fff" '
        'stroke-width="3"/>',
        _text(x, y + 5.5, "港", font_size=15, font_weight=700, fill="#fff", text_anchor="middle"),
    ]


def _scale(frame: Frame) -> list[str]:
    long = SCALE_METRES * frame.metre
    x, y = PANEL_WIDTH - 20 - long, PANEL_HEIGHT - 20
    ink = INK["map-ink"]
    bar = f"M{x:.1f} {y - 6}v6h{long:.1f}v-6"
    return [
        f'<path d="{bar}" fill="none" stroke="{ink}" stroke-width="1.5"/>',
        _text(x + long / 2, y - 8, f"{SCALE_METRES} m", font_size=12, text_anchor="middle"),
    ]


def _legend() -> list[str]:
    """Lay the signs out in one row below the maps."""
    y = PANEL_TOP + PANEL_HEIGHT + 32
    signs = (
        (_line_sign(BANDS[0], 4), "0–5 分钟", "min"),
        (_line_sign(BANDS[1], 4), "5–10", "min"),
        (_line_sign(BANDS[2], 4), "10–15", "min"),
        (_line_sign(LOST, 3), "平地规则多算的", "only by the flat rule"),
        (_line_sign(STREET, 1.5), "走不到", "out of reach"),
        (_line_sign(INK["map-steps"], 5, "1.6 2.8"), "石梯", "stairs"),
        (_line_sign(WALK, 4), "A 到驿站", "a walk from A"),
        (_line_sign(CONTOUR, 2), f"等高线 {CONTOUR_METRES:g} m", "contours"),
    )
    parts, x = [], float(MARGIN)
    for sign, chinese, english in signs:
        parts.append(f'<g transform="translate({x:.0f} {y - 5})">{sign}</g>')
        parts.append(_text(x + 36, y, chinese + _soft(english, 12), font_size=14))
        x += 36 + _wide(chinese, 14) + _wide(f" {english}", 12) + LEGEND_GAP
    return parts


def _wide(words: str, size: float) -> float:
    """Guess the width of words: Chinese signs are square, others about half as wide."""
    return sum(size if ord(sign) > 0x2E80 else size * 0.55 for sign in words)


def _line_sign(colour: str, width: float, dashes: str = "none") -> str:
    return (
        f'<path d="M0 0h28" stroke="{colour}" stroke-width="{width}" stroke-dasharray="{dashes}"/>'
    )


def _profile(hill: Hill) -> list[str]:
    """Draw the height along the walk from A, by both paces."""
    walks = (hill.official.walk, hill.terrain.walk)
    farthest = max(walk.metres[-1] for walk in walks)
    low = min(walk.heights.min() for walk in walks) // HEIGHT_STEP_METRES * HEIGHT_STEP_METRES
    high = max(walk.heights.max() for walk in walks)
    left, right, bottom = MARGIN + 58, WIDTH - MARGIN - 330, PROFILE_TOP + PROFILE_HEIGHT

    def at(walk: Profile) -> NDArray[np.float64]:
        x = left + walk.metres / farthest * (right - left)
        y = bottom - (walk.heights - low) / (high - low) * (PROFILE_HEIGHT - 30)
        return np.column_stack((x, y))

    title = "沿途高程" + _soft("height along the way")
    parts = [_text(MARGIN, PROFILE_TOP, title, font_size=16, font_weight=700)]
    for height in np.arange(low, high + 1, HEIGHT_STEP_METRES).tolist():
        y = bottom - (height - low) / (high - low) * (PROFILE_HEIGHT - 30)
        parts.append(f'<path d="M{left} {y:.1f}H{right}" stroke="{INK["line"]}"/>')
        parts.append(
            _text(
                left - 16,
                y + 4,
                f"{height:g} m",
                font_size=12,
                fill=INK["ink-soft"],
                text_anchor="end",
            )
        )
    honest = at(walks[1])
    ground = np.vstack(([honest[0, 0], bottom], honest, [honest[-1, 0], bottom]))
    parts.append(_path([ground], fill=WALK, fill_opacity=0.1))
    parts.append(_path([honest], fill="none", stroke=WALK, stroke_width=2.5))
    x, y = honest[-1]
    parts += [
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="11" fill="{INK["teal"]}" stroke="#fff" '
        'stroke-width="2"/>',
        _text(x, y + 4, "港", font_size=11, font_weight=700, fill="#fff", text_anchor="middle"),
    ]
    x, y = honest[0]
    parts += [
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="9" fill="{WALK}" stroke="#fff" stroke-width="2"/>',
        _text(x, y + 4, "A", font_size=11, font_weight=700, fill="#fff", text_anchor="middle"),
    ]
    return parts + _figures(hill, right + 56)


def _figures(hill: Hill, x: float) -> list[str]:
    """Say in numbers what the walk from A is."""
    flat, honest = hill.official.walk, hill.terrain.walk
    rows = (
        ("平地规则", "official", f"{flat.seconds / 60:.1f} 分钟 min", INK["ink"]),
        ("按地形", "terrain", f"{honest.seconds / 60:.1f} 分钟 min", WALK),
        ("路程", "way", f"{honest.metres[-1]:,.0f} m", INK["ink"]),
        ("爬升", "climb", f"{honest.ascent:.0f} m", INK["ink"]),
    )
    top = PROFILE_TOP
    parts = [
        _text(
            x, top, "从 A 走到驿站" + _soft("from A to the station"), font_size=16, font_weight=700
        )
    ]
    for number, (chinese, english, figure, colour) in enumerate(rows, start=1):
        y = top + number * 34
        parts.append(_text(x, y, chinese + _soft(english), font_size=15))
        parts.append(
            _text(
                WIDTH - MARGIN,
                y,
                figure,
                font_size=17,
                font_weight=700,
                fill=colour,
                text_anchor="end",
            )
        )
    return parts


def _foot() -> list[str]:
    words = "地图数据 Map data © OpenStreetMap contributors, ODbL · 高程 elevation: 30 m grid"
    return [_text(MARGIN, HEIGHT - 26, words, font_size=12, fill=INK["ink-soft"])]
