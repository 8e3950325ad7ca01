"""Finding a place by its name: stations, neighbourhoods, streets, landmarks."""

from collections.abc import Sequence
from typing import Any

from app.domain.name_index import Named
from app.domain.search_words import needles, sounds_like
from app.service.names import LAYERS
from app.service.runtime import Runtime

MOST = 12
# kinds in the order in which they are listed, in both languages
KINDS = {
    "station": ("站点", "station"),
    "place": ("地名", "place"),
    "street": ("街道", "street"),
    "premises": ("地标", "landmark"),
}


def search(harbor: Runtime, words: str) -> dict[str, Any]:
    """Return what words find, from memory: stations first, ``lon`` and ``lat`` in WGS-84.

    What no name is written with is looked for by how it is read.

    Raises:
        DatabaseDown: if names were never read in this process and the database is down.
    """
    snapshot = harbor.snapshot()
    stations, of_map = harbor.names.of_stations(snapshot), harbor.names.of_map(snapshot)
    indexes = {"station": stations, **{layer: of_map.layers[layer] for layer in LAYERS}}

    def found_by(wanted: Sequence[str]) -> list[dict[str, Any]]:
        return _listed({kind: index.find(wanted, most=MOST) for kind, index in indexes.items()})

    as_written, as_read = needles(words), sounds_like(words)
    found = found_by(as_written)
    if not found and as_read != as_written:
        found = found_by(as_read)
    return {"places": found, "complete": of_map.complete}


def _listed(found: dict[str, list[Named]]) -> list[dict[str, Any]]:
    """Put kinds one after the other; stations leave half of the list to the others."""
    others = [(kind, one) for kind in LAYERS for one in found[kind]]
    left = MOST - min(len(others), MOST // 2)
    both = [*(("station", one) for one in found["station"][:left]), *others]
    return [_written(kind, one) for kind, one in both[:MOST]]


def _written(kind: str, one: Named) -> dict[str, Any]:
    zh, en = KINDS[kind]
    return {
        "name": one.name,
        "name_en": one.name_en,
        "kind": kind,
        "kind_zh": zh,
        "kind_en": en,
        "lon": round(one.longitude, 6),
        "lat": round(one.latitude, 6),
    }
