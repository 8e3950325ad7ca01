"""Printed pages: a typst template and values in, a PDF out.

Values reach a template as JSON and never as markup, and a template reads no
other file than those it is handed, so nothing in a record can become code.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from pathlib import PurePosixPath
from typing import Any, cast

import typst

from app.domain.errors import MissingSystemPart

# the first one that the machine has
FAMILIES = (
    "PingFang SC", "Noto Sans CJK SC", "Noto Sans SC", "Source Han Sans SC", "Microsoft YaHei",
    "WenQuanYi Micro Hei", "Droid Sans Fallback",
)  # fmt: skip


def pdf(
    template: str, values: Mapping[str, Any], *, pictures: Mapping[str, bytes] | None = None
) -> bytes:
    """Typeset a template.

    Args:
        template: the name of a file beside this module's templates, without ``.typ``.
        values: what it reads as ``data``; anything that JSON takes.
        pictures: SVG, PNG or JPEG by the name under which values refer to them.

    Raises:
        MissingSystemPart: if the machine has no font with Chinese characters.
    """
    fonts, family = _fonts()
    source = files("app.files").joinpath("templates", f"{template}.typ").read_bytes()
    inside: dict[str, bytes] = {"main": source}
    for name, content in (pictures or {}).items():
        if PurePosixPath(name).name != name:
            raise ValueError(f"{name!r} is no plain name of a picture")
        inside[name] = content
    data = json.dumps({**values, "font": family}, ensure_ascii=False)
    made = typst.compile(
        cast(Any, inside),  # files by name, which its types leave out
        font_paths=fonts,
        sys_inputs={"data": data},
        # equal input gives an equal file
        timestamp=datetime(2020, 1, 1, tzinfo=UTC),
    )
    return bytes(made)


def family() -> str:
    """Return the font with Chinese characters that drawings are to name.

    Raises:
        MissingSystemPart: if the machine has none.
    """
    return _fonts()[1]


def png(drawing: str, *, pixels: int) -> bytes:
    """Turn an SVG into a PNG so many pixels wide.

    Raises:
        MissingSystemPart: if the machine has no font with Chinese characters.
    """
    fonts, _ = _fonts()
    page = '#set page(width: 600pt, height: auto, margin: 0pt)\n#image("drawing.svg", width: 100%)'
    made = typst.compile(
        cast(Any, {"main": page.encode(), "drawing.svg": drawing.encode()}),
        font_paths=fonts,
        format="png",
        ppi=pixels / 600 * 72,
    )
    return bytes(made)


@cache
def _fonts() -> tuple[typst.Fonts, str]:
    fonts = typst.Fonts(include_system_fonts=True)
    known = set(fonts.families())
    others = sorted(name for name in known if "CJK SC" in name or name.endswith(" SC"))
    family = next((name for name in (*FAMILIES, *others) if name in known), None)
    if family is None:
        raise MissingSystemPart(
            "Could not typeset a page: this machine has no font with Chinese characters.",
            remedy="Install one, on Debian and Ubuntu: apt-get install fonts-noto-cjk",
        )
    return fonts, family
