"""Answers in gzip, where a caller takes it and nobody can learn a secret from their size.

What is packed beside text of a caller's choice tells by its length whether that text
repeats (BREACH), so nothing is packed that staff see or that holds a form's token; a nonce
is another one in every answer.
"""

import gzip

from flask import Flask, Response, g, request

LEAST_BYTES = 1000
# a tenth of the time of the best packing, for a tenth more bytes
LEVEL = 4
_PUBLIC = ("/api/", "/s/", "/sw.js", "/manifest.webmanifest")
_KINDS = frozenset({
    "application/json", "application/geo+json", "application/manifest+json", "text/html",
    "text/javascript",
})  # fmt: skip


def init_app(app: Flask) -> None:
    """Pack public answers."""
    app.after_request(_pack)


def _pack(response: Response) -> Response:
    if not _is_public() or response.mimetype not in _KINDS:
        return response
    if response.direct_passthrough or "Content-Encoding" in response.headers:
        return response
    response.headers.add("Vary", "Accept-Encoding")
    # most callers that take no gzip do not even name it
    if "gzip" not in request.headers.get("Accept-Encoding", "") or "form_binding" in g:
        return response
    content = response.get_data()
    if len(content) < LEAST_BYTES or request.accept_encodings.quality("gzip") <= 0:
        return response
    response.set_data(packed(content))
    response.headers["Content-Encoding"] = "gzip"
    tag, _ = response.get_etag()
    if tag is not None:
        response.set_etag(tag, weak=True)
    return response


def best_packed(response: Response) -> Response:
    """Pack an answer as well as can be, where gzip is taken."""
    if request.accept_encodings.quality("gzip") > 0:
        response.set_data(gzip.compress(response.get_data(), mtime=0))
        response.headers["Content-Encoding"] = "gzip"
        response.headers.add("Vary", "Accept-Encoding")
    return response


def packed(content: bytes) -> bytes:
    """Return the same in gzip."""
    return gzip.compress(content, LEVEL, mtime=0)


def _is_public() -> bool:
    return request.path == "/" or request.path.startswith(_PUBLIC)
