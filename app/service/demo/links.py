"""Links: pieces of street between two nodes, before they are cut into segments."""

from dataclasses import dataclass, fields

import numpy as np

from app.service.demo.frame import Bools, Floats, Ints


@dataclass(frozen=True, slots=True)
class Links:
    """Columns of equal length, one row a link.

    Attributes:
        tail, head: node indices.
        kind, rank: of :class:`geo.streets.Kind` and :class:`geo.streets.Rank`.
        line: a number shared by the links of one street, -1 for a nameless one.
        arterial: whether the link is part of a road between superblocks.
    """

    tail: Ints
    head: Ints
    kind: Ints
    rank: Ints
    line: Ints
    arterial: Bools

    def __len__(self) -> int:
        return len(self.tail)

    def take(self, rows: Bools | Ints) -> "Links":
        """Return the chosen rows."""
        return Links(*(getattr(self, field.name)[rows] for field in fields(Links)))

    @classmethod
    def join(cls, parts: "list[Links]") -> "Links":
        """Put several together."""
        return cls(
            *(
                np.concatenate([getattr(part, field.name) for part in parts])
                for field in fields(Links)
            )
        )


def make_links(
    tail: Ints, head: Ints, *, kind: Ints | int, rank: Ints | int, line: Ints, arterial: bool
) -> Links:
    """Build links, spreading single values over all rows."""
    count = len(tail)
    return Links(
        tail=np.asarray(tail, dtype=np.int64),
        head=np.asarray(head, dtype=np.int64),
        kind=np.broadcast_to(np.asarray(kind, dtype=np.int64), count).copy(),
        rank=np.broadcast_to(np.asarray(rank, dtype=np.int64), count).copy(),
        line=np.asarray(line, dtype=np.int64),
        arterial=np.full(count, arterial),
    )


@dataclass(frozen=True, slots=True)
class Segments:
    """Links cut into short straight pieces.

    Attributes:
        xy: of all nodes, metres, shape (nodes, 2).
        tail, head: node indices, shape (segments,).
        link: the link of each segment.
        share: shape (nodes,), how far along its link an inserted node lies; NaN for others.
        ends: shape (nodes, 2), the two ends of that link.
    """

    xy: Floats
    tail: Ints
    head: Ints
    link: Ints
    share: Floats
    ends: Ints


def cut(xy: Floats, links: Links, *, piece_metres: float, rng: np.random.Generator) -> Segments:
    """Cut links longer than a piece into equal ones that bow a little to one side."""
    run = xy[links.head] - xy[links.tail]
    length = np.hypot(run[:, 0], run[:, 1])
    pieces = np.maximum(np.ceil(length / piece_metres).astype(np.int64), 1)
    pieces[links.arterial] = 1
    bow = rng.normal(0, 0.055, len(links)) * length
    inner = pieces - 1
    owner = np.repeat(np.arange(len(links)), inner)
    first = np.cumsum(inner) - inner
    rank = np.arange(len(owner)) - first[owner] + 1
    share = rank / pieces[owner]
    side = np.column_stack([-run[:, 1], run[:, 0]]) / np.maximum(length, 1e-9)[:, None]
    between = xy[links.tail][owner] + share[:, None] * run[owner]
    between += (bow[owner] * np.sin(np.pi * share))[:, None] * side[owner]
    link = np.repeat(np.arange(len(links)), pieces)
    step = np.arange(len(link)) - (np.cumsum(pieces) - pieces)[link]
    node = len(xy) + first[link] + step - 1
    old = np.full(len(xy), np.nan)
    none = np.full((len(xy), 2), -1, dtype=np.int64)
    return Segments(
        xy=np.vstack([xy, between]),
        tail=np.where(step == 0, links.tail[link], node),
        head=np.where(step == pieces[link] - 1, links.head[link], node + 1),
        link=link,
        share=np.concatenate([old, share]),
        ends=np.vstack([none, np.column_stack([links.tail, links.head])[owner]]),
    )
