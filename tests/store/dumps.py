"""What a dump of the database holds, and a search in it that looks behind the usual wrappings."""

import base64
import json
import re
import subprocess
import zlib
from collections.abc import Collection, Iterator
from contextlib import suppress

import psycopg
from psycopg.conninfo import conninfo_to_dict

_BINARY = re.compile(rb"\\x((?:[0-9a-f]{2})+)")


def dumped(url: str) -> str:
    """Everything a dump shows of the database."""
    parts = conninfo_to_dict(url)
    with psycopg.connect(url) as connection:
        version = connection.info.server_version // 10000
    command = [f"/usr/lib/postgresql/{version}/bin/pg_dump", "--inserts", "-h", str(parts["host"]),
               "-U", str(parts.get("user") or "root"), str(parts["dbname"])]  # fmt: skip
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def traces(dump: str, values: Collection[str]) -> set[tuple[str, str]]:
    """The values that a dump holds, each with the dress in which it was found.

    Looked at are the text and every binary value in it, unpacked too; as UTF-8, UTF-16 of both
    orders, escaped as in JSON, and each of them in hex and in base64, wherever it begins there.
    """
    places = [dump.encode(), *_binaries(dump.encode())]
    return {
        (value, dress)
        for value in values
        for dress, needle in _dresses(value)
        if any(needle in place for place in places)
    }


def _binaries(dump: bytes) -> Iterator[bytes]:
    for found in _BINARY.finditer(dump):
        content = bytes.fromhex(found[1].decode())
        yield content
        # gzip, zlib, bare deflate
        for window in (31, 15, -15):
            with suppress(zlib.error):
                yield zlib.decompressobj(window).decompress(content)


def _dresses(value: str) -> Iterator[tuple[str, bytes]]:
    plain = {
        "utf-8": value.encode(),
        "utf-16-le": value.encode("utf-16-le"),
        "utf-16-be": value.encode("utf-16-be"),
    }
    escaped = json.dumps(value)[1:-1].encode()
    yield "json", escaped
    yield "json", escaped.replace(b"\\", b"\\\\")
    for name, content in plain.items():
        yield name, content
        yield f"{name} in hex", content.hex().encode()
        yield f"{name} in hex", content.hex().upper().encode()
        for skipped in range(3):
            letters = base64.b64encode(bytes(skipped) + content)
            # only what the value alone decides
            begin, end = -(-skipped * 8 // 6), (skipped + len(content)) * 8 // 6
            yield f"{name} in base64", letters[begin:end]
            yield f"{name} in base64", letters[begin:end].translate(bytes.maketrans(b"+/", b"-_"))
