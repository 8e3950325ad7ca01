"""What a drawn map shows, as plain shapes that can be kept and read back."""

import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

Line = Sequence[Sequence[float]]
Collection = Mapping[str, Any]
# what is kept is text of ours; nothing we draw unpacks to more
MOST_BYTES = 400_000_000


def collection() -> dict[str, Any]:
    """Return a feature collection without any feature."""
    return {"type": "FeatureCollection", "features": []}


@dataclass(frozen=True, slots=True)
class StreetBand:
    """Streets of one band of walking time and one width.

    Attributes:
        band: 0, 1, 2 for the thirds of the limit, 9 for what lies beyond or is not reached.
        width: 0 for main streets, 1 for local ones, 2 for paths, steps and the like.
        lines: lines of longitude, latitude in WGS-84.
    """

    band: int
    width: int
    lines: Sequence[Line]


@dataclass(frozen=True, slots=True, kw_only=True)
class MapShapes:
    """Everything a map of the plan is drawn from, in WGS-84.

    Attributes:
        minutes: the limit, of whose thirds the bands are.
        bounds: west, south, east, north of what is to be seen.
        basemap: feature collections under ``landuse``, ``water``, ``street`` and ``place``,
            whose features have the properties ``kind`` and ``name``.
        streets: streets by band.
        scope: what is counted as the feature whose ``part`` is region; areas and streets that it
            was declared by, if any.
        districts: districts with the share of people within the limit as ``share``.
        stations: points with ``id``, ``code``, ``name`` and ``open``, which is open, closed,
            unknown or lacking.
        gaps: points with ``rank``, ``name`` and ``people`` not covered.
        added: points of new stations with ``name``.
        attribution: who made what lies below.
        label: said on the map if everything on it is made up.
    """

    minutes: float
    bounds: tuple[float, float, float, float]
    basemap: Mapping[str, Collection]
    streets: Sequence[StreetBand]
    scope: Collection = field(default_factory=collection)
    districts: Collection = field(default_factory=collection)
    stations: Collection = field(default_factory=collection)
    gaps: Collection = field(default_factory=collection)
    added: Collection = field(default_factory=collection)
    attribution: str = ""
    label: tuple[str, str] = ("", "")

    def packed(self) -> bytes:
        """Write the shapes as packed JSON; :meth:`unpacked` reads them back."""
        text = json.dumps(asdict(self), ensure_ascii=False, separators=(",", ":"))
        return zlib.compress(text.encode(), 6)

    @classmethod
    def unpacked(cls, content: bytes) -> "MapShapes":
        """Read what :meth:`packed` wrote."""
        text = zlib.decompressobj().decompress(content, MOST_BYTES)
        values = json.loads(text)
        values["bounds"] = tuple(values["bounds"])
        values["label"] = tuple(values["label"])
        values["streets"] = [StreetBand(**band) for band in values["streets"]]
        return cls(**values)
