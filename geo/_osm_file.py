"""Open an OpenStreetMap extract and say plainly what is wrong with it."""

from collections.abc import Callable, Iterator
from pathlib import Path

import osmium
from osmium.osm import osm_entity_bits
from osmium.osm.types import OSMEntity

from geo.errors import SourceUnreadable

Progress = Callable[[str, float], None]

# a PBF file opens with the length of its first header, then a field holding this word
_MARK = b"OSMHeader"
_MARK_WITHIN = 32


def processor(path: Path, entities: osm_entity_bits) -> osmium.FileProcessor:
    """Prepare to stream objects from an extract; what its name ends in does not matter.

    Raises:
        SourceUnreadable: the file is absent, empty, or not an OpenStreetMap PBF file.
    """
    try:
        with path.open("rb") as stream:
            opening = stream.read(_MARK_WITHIN)
    except OSError as error:
        reason = (error.strerror or "it cannot be opened").lower()
        raise SourceUnreadable(str(path), reason) from None
    if not opening:
        raise SourceUnreadable(str(path), "the file is empty")
    if _MARK not in opening:
        raise SourceUnreadable(
            str(path),
            "it is not an OpenStreetMap extract in PBF form (.osm.pbf), or is cut off at its start",
        )
    return osmium.FileProcessor(osmium.io.File(str(path), "pbf"), entities)


def objects(path: Path, source: osmium.FileProcessor) -> Iterator[OSMEntity]:
    """Yield what ``source`` reads, to the last block of the file.

    Raises:
        SourceUnreadable: the file ends within a block, or a block is damaged. A file that was
            cut exactly between two blocks cannot be told from a whole one.
    """
    try:
        yield from source
    except (RuntimeError, UnicodeDecodeError) as error:
        raise SourceUnreadable(str(path), _reason(str(error))) from None


def _reason(message: str) -> str:
    if "EOF" in message or "truncated" in message.lower():
        return "it ends in the middle of a block, so it was cut short; fetch it again"
    return "a block of it is damaged; fetch it again"
