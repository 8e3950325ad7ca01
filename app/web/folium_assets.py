"""What a folium page loads: our own scripts and styles, by address or written into the page."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

LIBRARIES = (
    "vendor/leaflet/leaflet.js",
    "vendor/leaflet.heat/leaflet-heat.js",
)
TILE_LIBRARY = "vendor/protomaps-leaflet/protomaps-leaflet.js"
STYLES = (
    "vendor/leaflet/leaflet.css",
    "tokens.css",
    "manage.css",
)
SERVER_MODULE = "manage_server.js"
FILE_MODULE = "manage_file.js"

_IMPORT = re.compile(r"^import \{ ([\w, ]+) \} from '\./([\w]+\.js)';\n", re.MULTILINE)
_EXPORT = re.compile(r"^export ((?:async )?function|const) (\w+)", re.MULTILINE)
_UNTAGGED = re.compile(r"<(script|style)\b(?![^>]*\bnonce=)", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Assets:
    """Where our static files are, for the browser and for us.

    Attributes:
        url: the address under which the folder is served, without a slash at its end.
        folder: the folder itself.
    """

    url: str
    folder: Path

    def address(self, name: str) -> str:
        """The address of a file on our own server."""
        return f"{self.url}/{name}"

    def read(self, name: str) -> str:
        """The text of a file.

        Raises:
            FileNotFoundError: naming the file; libraries are put in place by the set-up.
        """
        return (self.folder / name).read_text(encoding="utf-8")


def linked_head(assets: Assets) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """Name scripts and styles, each under a name of its own: folium keeps both in one list."""
    scripts = [(f"script {name}", assets.address(name)) for name in (*LIBRARIES, TILE_LIBRARY)]
    styles = [(f"style {name}", assets.address(name)) for name in STYLES]
    return scripts, styles


def inlined_head(assets: Assets) -> str:
    """Write libraries and styles into the head of a page that asks nobody for anything."""
    styles = [
        f"<style>{_closed(_imageless(assets.read(name)), 'style')}</style>" for name in STYLES
    ]
    scripts = [f"<script>{_closed(assets.read(name), 'script')}</script>" for name in LIBRARIES]
    return "\n".join([*styles, *scripts])


def bundle(assets: Assets, entry: str) -> str:
    """Join a module and those it imports into one classic script.

    Each module becomes a function of its own, so that no two names can meet. Our modules
    use named imports from the same folder and exported functions and constants, nothing else.

    Raises:
        ValueError: naming the module that is written in any other way.
    """
    joined: list[str] = []
    _join(assets, entry, joined, seen=set())
    return _closed("\n".join(joined), "script")


def _join(assets: Assets, name: str, joined: list[str], *, seen: set[str]) -> None:
    if name in seen:
        return
    seen.add(name)
    source = assets.read(name)
    for _, needed in _IMPORT.findall(source):
        _join(assets, needed, joined, seen=seen)
    body = _IMPORT.sub(lambda found: f"const {{ {found[1]} }} = {_variable(found[2])};\n", source)
    exported = [found[1] for found in _EXPORT.findall(body)]
    body = _EXPORT.sub(r"\1 \2", body)
    if re.search(r"^(?:import|export)\b", body, re.MULTILINE):
        raise ValueError(f"{name} imports or exports in a way that cannot be joined into one file")
    joined.append(
        f"const {_variable(name)} = (() => {{\n{body}\nreturn {{ {', '.join(exported)} }};\n}})();"
    )


def _variable(name: str) -> str:
    return "harbor_" + name.removesuffix(".js")


def _closed(text: str, tag: str) -> str:
    """Keep a text from ending the element it is written into; the meaning in the text stays."""
    closed = re.sub(rf"</(?={tag})", r"<\\/", text, flags=re.IGNORECASE)
    if re.search(r"<!--|<script\b", closed, re.IGNORECASE):
        raise ValueError(f"a file holds markup that cannot stand inside <{tag}>")
    return closed


def _imageless(style: str) -> str:
    """Drop references to images: those of Leaflet's own controls and pins, which we do not use."""
    return re.sub(r"url\([^)]*\)", "none", style)


def page_json(value: object) -> str:
    """Write a value as JSON that can stand inside a script element whatever its strings hold."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return text


def data_block(identifier: str, value: object) -> str:
    """A script element that carries data for our modules and is never run."""
    return f'<script type="application/json" id="{identifier}">{page_json(value)}</script>'


def with_nonce(markup: str, nonce: str) -> str:
    """Put the nonce of the answer's Content-Security-Policy on every script and style element."""
    return _UNTAGGED.sub(rf'<\1 nonce="{nonce}"', markup)


def joined_markup(parts: Sequence[str]) -> str:
    """Join pieces of markup, each on a line of its own."""
    return "\n".join(part for part in parts if part)
