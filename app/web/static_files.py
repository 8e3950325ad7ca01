"""Our own scripts and styles: under an address that names what they hold, packed once.

``/static/v-{digest}/rider.js`` may be kept for a year: the digest is that of the whole
folder, so a module finds those that it imports under its own address, and a new release
has new addresses for all of them. ``/static/rider.js`` is the same file, asked for again
each time.
"""

import gzip
import mimetypes
import re
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import cast

from flask import Flask, abort, current_app, request, url_for
from werkzeug.wrappers import Response

from app.settings import PROJECT

FOLDER = PROJECT / "static"
# made by set-up, each file named after the tag of what it holds
PACKED = FOLDER / "vendor" / ".packed"
ENDPOINT = "static"
YEAR = 31_536_000
KEPT_FOR_GOOD = f"public, max-age={YEAR}, immutable"
# what gains nothing from packing is packed already
_PACKED_KINDS = ("text/", "application/json", "image/svg")
# a name that browsers insist on, whatever the machine's own table says
_KINDS = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}
_IMPORTED = re.compile(r"^import\b[^'\"]*['\"]\./([\w./-]+\.js)['\"]", re.MULTILINE)


@dataclass(frozen=True)
class StaticFile:
    """One file, read and packed when first asked for."""

    path: Path

    @cached_property
    def plain(self) -> bytes:
        """What it holds."""
        return self.path.read_bytes()

    @cached_property
    def packed(self) -> bytes | None:
        """The same in gzip; None where that would not make it smaller."""
        if not self.kind.startswith(_PACKED_KINDS):
            return None
        packed = gzip.compress(self.plain, mtime=0)
        return packed if len(packed) < len(self.plain) else None

    @cached_property
    def brotli(self) -> bytes | None:
        """The same in Brotli, where set-up has packed what it holds."""
        found = PACKED / f"{self.tag}.br"
        return found.read_bytes() if found.is_file() else None

    @cached_property
    def tag(self) -> str:
        """Another one for another content."""
        return sha256(self.plain).hexdigest()[:20]

    @property
    def kind(self) -> str:
        """Its media type."""
        guessed = mimetypes.guess_type(self.path.name)[0]
        return _KINDS.get(self.path.suffix) or guessed or "application/octet-stream"


class StaticFiles:
    """The files of a folder as they are when first asked for; nothing else can be asked for."""

    def __init__(self, folder: Path = FOLDER) -> None:
        self._folder = folder

    @cached_property
    def files(self) -> dict[str, StaticFile]:
        """Every file by its name below the folder, without hidden ones."""
        found = sorted(path for path in self._folder.rglob("*") if path.is_file())
        names = {path.relative_to(self._folder).as_posix(): path for path in found}
        return {
            name: StaticFile(path)
            for name, path in names.items()
            if not any(part.startswith(".") for part in name.split("/"))
        }

    @cached_property
    def digest(self) -> str:
        """What the whole folder holds, in a few signs."""
        whole = "".join(f"{name}\0{file.tag}\n" for name, file in self.files.items())
        return sha256(whole.encode()).hexdigest()[:12]

    def modules_of(self, name: str) -> list[str]:
        """Name the modules that one imports before it runs, the farthest last; itself first."""
        found = [name]
        for module in found:
            text = self.files[module].plain.decode()
            found += [needed for needed in _IMPORTED.findall(text) if needed not in found]
        return found


def init_app(app: Flask, files: StaticFiles) -> None:
    """Serve the files, and let templates name them by ``asset`` and ``modules_of``."""
    app.extensions["harbor_static"] = files
    app.add_url_rule("/static/<path:filename>", ENDPOINT, _serve)
    app.add_url_rule("/static/v-<digest>/<path:filename>", ENDPOINT, _serve)
    app.url_defaults(_with_digest)
    app.jinja_env.globals["asset"] = asset
    app.jinja_env.globals["modules_of"] = lambda name: [asset(n) for n in files.modules_of(name)]


def asset(name: str) -> str:
    """Return the address of a file under which it may be kept for good."""
    return url_for(ENDPOINT, filename=name)


def _with_digest(endpoint: str, values: dict[str, object]) -> None:
    """Let every address of a file that a page names carry the digest."""
    if endpoint == ENDPOINT:
        values.setdefault("digest", static_files().digest)


def static_files() -> StaticFiles:
    """Return the files that this application serves."""
    return cast(StaticFiles, current_app.extensions["harbor_static"])


def versioned_root() -> str:
    """Return the address of the folder, for pages that are not made of templates."""
    return asset("x").removesuffix("/x")


def _serve(filename: str, digest: str = "") -> Response:
    """Serve a file; a page from before a release finds its own, but under no lasting address."""
    files = static_files()
    file = files.files.get(filename)
    if file is None:
        abort(404)
    keeping = KEPT_FOR_GOOD if digest == files.digest else "no-cache"
    if file.brotli is not None and request.accept_encodings.quality("br") > 0:
        return _answer(file.brotli, "br", tag=file.tag, kind=file.kind, keeping=keeping)
    return packed_answer(file.plain, file.packed, tag=file.tag, kind=file.kind, keeping=keeping)


def packed_answer(
    plain: bytes, packed: bytes | None, *, tag: str, kind: str, keeping: str
) -> Response:
    """Answer with the packed bytes where they are taken, or with nothing where they are known."""
    if packed is not None and request.accept_encodings.quality("gzip") > 0:
        return _answer(packed, "gzip", tag=tag, kind=kind, keeping=keeping)
    response = _answer(plain, "", tag=tag, kind=kind, keeping=keeping)
    if packed is not None:
        response.vary.add("Accept-Encoding")
    return response


def _answer(content: bytes, encoding: str, *, tag: str, kind: str, keeping: str) -> Response:
    response = Response(content, mimetype=kind)
    if encoding:
        response.headers["Content-Encoding"] = encoding
        response.vary.add("Accept-Encoding")
    response.set_etag(f"{tag}-{encoding}" if encoding else tag)
    response.headers["Cache-Control"] = keeping
    return response.make_conditional(request)
