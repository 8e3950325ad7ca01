"""A curve over days drawn as SVG, labelled at its end."""

from collections.abc import Callable, Sequence
from datetime import date
from html import escape

from app.files.map_marks import INK, PAPER, SOFT, TEAL, text

_WIDTH, _HEIGHT = 1200.0, 380.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 74.0, 110.0, 26.0, 44.0
_GRID = "#d8e0e2"


def draw_curve(
    days: Sequence[date],
    shares: Sequence[float | None],
    events: Sequence[tuple[date, int, int]],
    *,
    title: str,
    family: str = "Noto Sans SC",
) -> str:
    """Draw shares of 0 to 1 over days, with a tick where stations opened or closed.

    Args:
        events: day, how many opened, how many closed.
        title: what it shows, for who cannot see it.
    """
    known = [(day, share) for day, share in zip(days, shares, strict=True) if share is not None]
    low = max(0.0, min((share for _, share in known), default=0.0) - 0.08)
    low = int(low * 10) / 10
    first, last = min(days), max(days)
    length = max((last - first).days, 1)

    def x(day: date) -> float:
        return _LEFT + (day - first).days / length * (_WIDTH - _LEFT - _RIGHT)

    def y(share: float) -> float:
        return _TOP + (1 - share) / (1 - low) * (_HEIGHT - _TOP - _BOTTOM)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH:g} {_HEIGHT:g}" '
        f'width="{_WIDTH:g}" height="{_HEIGHT:g}" role="img" '
        f'font-family="{escape(family)}, sans-serif">',
        f"<title>{escape(title)}</title>",
        f'<rect width="{_WIDTH:g}" height="{_HEIGHT:g}" fill="{PAPER}"/>',
        *_grid(low, y),
        *_ticks(events, x),
        text(x(first), _HEIGHT - 12, first.isoformat(), size=17, fill=SOFT, anchor="start"),
        text(x(last), _HEIGHT - 12, last.isoformat(), size=17, fill=SOFT, anchor="end"),
    ]
    if known:
        # a share holds until the next day that is known
        path = f"M{x(known[0][0]):.1f} {y(known[0][1]):.1f}"
        path += "".join(f"H{x(day):.1f}V{y(share):.1f}" for day, share in known[1:])
        end_x, end_y = x(known[-1][0]), y(known[-1][1])
        foot = _HEIGHT - _BOTTOM
        parts += [
            f'<path d="{path}V{foot:g}H{x(known[0][0]):.1f}Z" fill="{TEAL}" fill-opacity="0.1"/>',
            f'<path d="{path}" fill="none" stroke="{TEAL}" stroke-width="3.4" '
            'stroke-linejoin="round"/>',
            f'<circle cx="{end_x:.1f}" cy="{end_y:.1f}" r="5.5" fill="{TEAL}"/>',
            text(end_x + 14, end_y + 8, f"{known[-1][1]:.1%}", size=23, fill=INK, anchor="start",
                 weight=700),
        ]  # fmt: skip
    return "".join([*parts, "</svg>"])


def _grid(low: float, y: Callable[[float], float]) -> list[str]:
    lines = []
    at = 1.0
    while at >= low - 1e-9:
        lines.append(
            f'<path d="M{_LEFT:g} {y(at):.1f}H{_WIDTH - _RIGHT:g}" stroke="{_GRID}"/>'
            + text(_LEFT - 12, y(at) + 6, f"{at:.0%}", size=17, fill=SOFT, anchor="end")
        )
        at -= 0.1 if low >= 0.5 else 0.2
    return lines


def _ticks(events: Sequence[tuple[date, int, int]], x: Callable[[date], float]) -> list[str]:
    foot = _HEIGHT - _BOTTOM
    return [
        f'<path d="M{x(day):.1f} {foot:g}v{-9 if opened >= closed else 9}" '
        f'stroke="{TEAL if opened >= closed else "#b91c1c"}" stroke-width="2.4"/>'
        for day, opened, closed in events
    ]
