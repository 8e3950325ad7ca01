"""Write tiny OpenStreetMap extracts drawn for a test, and read answers off a street graph.

A plan names each node by one letter and puts it at metres east and north of a made-up origin; a
way is a word of such letters.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import osmium
from osmium.osm.mutable import Node, Relation, Way

from geo.streets import Access, Kind, StreetGraph

ORIGIN = (106.55, 29.56)
# of one degree at the origin's latitude, near enough for a drawing
METRES_EAST, METRES_NORTH = 96_900.0, 110_860.0

Tags = Mapping[str, str]


def place(east: float, north: float) -> tuple[float, float]:
    """Return longitude and latitude as an extract stores them, on a grid of 1e-7 degrees."""
    return round(ORIGIN[0] + east / METRES_EAST, 7), round(ORIGIN[1] + north / METRES_NORTH, 7)


def write_extract(
    path: Path,
    nodes: Mapping[str, tuple[float, float]],
    ways: Sequence[tuple[str, Tags]] = (),
    *,
    node_tags: Mapping[str, Tags] | None = None,
    relations: Sequence[tuple[Sequence[tuple[int, str]], Tags]] = (),
    absent: str = "",
    box: tuple[float, float, float, float] | None = None,
) -> Path:
    """Write an extract; members of relations are (index of the way, role).

    ``absent`` nodes are named by ways but not written, as where an extract was cut. ``box`` is
    west, south, east, north in metres and goes to the header.
    """
    header = osmium.io.Header()
    if box is not None:
        header.add_box(osmium.osm.Box(*place(*box[:2]), *place(*box[2:])))
    with osmium.SimpleWriter(str(path), header=header, overwrite=True) as writer:
        for letter in sorted(nodes):
            if letter not in absent:
                tags = dict((node_tags or {}).get(letter, {}))
                writer.add_node(Node(id=ord(letter), location=place(*nodes[letter]), tags=tags))
        for number, (word, tags) in enumerate(ways, start=1):
            writer.add_way(Way(id=number, nodes=[ord(letter) for letter in word], tags=dict(tags)))
        for number, (members, tags) in enumerate(relations, start=1):
            named = [("w", index + 1, role) for index, role in members]
            writer.add_relation(Relation(id=number, members=named, tags=dict(tags)))
    return path


def letters(streets: StreetGraph, nodes: Mapping[str, tuple[float, float]]) -> list[str]:
    """Name the nodes of a street graph by the drawing, the nearest letter each."""
    found = []
    for longitude, latitude in zip(streets.longitude, streets.latitude, strict=True):
        found.append(
            min(
                nodes,
                key=lambda letter: (
                    abs(place(*nodes[letter])[0] - longitude)
                    + abs(place(*nodes[letter])[1] - latitude)
                ),
            )
        )
    return found


def moves(streets: StreetGraph, nodes: Mapping[str, tuple[float, float]]) -> set[str]:
    """Return every step a walker may take, as ``"ab"`` for from a to b."""
    return _moves(streets, nodes, Access.FORWARD, Access.BACKWARD)


def rides(streets: StreetGraph, nodes: Mapping[str, tuple[float, float]]) -> set[str]:
    """Return every step a rider may take, likewise."""
    return _moves(streets, nodes, Access.RIDE_FORWARD, Access.RIDE_BACKWARD)


def _moves(
    streets: StreetGraph, nodes: Mapping[str, tuple[float, float]], ahead: Access, behind: Access
) -> set[str]:
    name = letters(streets, nodes)
    steps = set()
    for a, b, access in zip(streets.start, streets.end, streets.access, strict=True):
        if access & ahead:
            steps.add(name[a] + name[b])
        if access & behind:
            steps.add(name[b] + name[a])
    return steps


def reached(
    streets: StreetGraph,
    nodes: Mapping[str, tuple[float, float]],
    origin: str,
    *,
    riding: bool = False,
) -> str:
    """Return the letters that a walker gets to from the nodes of one letter, in order."""
    ahead = Access.RIDE_FORWARD if riding else Access.FORWARD
    behind = Access.RIDE_BACKWARD if riding else Access.BACKWARD
    name = letters(streets, nodes)
    seen = {index for index, letter in enumerate(name) if letter == origin}
    before = -1
    while len(seen) != before:
        before = len(seen)
        for a, b, access in zip(streets.start, streets.end, streets.access, strict=True):
            if access & ahead and a in seen:
                seen.add(int(b))
            if access & behind and b in seen:
                seen.add(int(a))
    return "".join(sorted({name[index] for index in seen}))


def kinds(streets: StreetGraph) -> list[Kind]:
    """Return the kind of every segment."""
    return [Kind(kind) for kind in streets.kind]
