"""Corrections to streets: a stair that is missing, a gate that is shut, a kind that is wrong.

Corrections are kept apart from the source, as GeoJSON, and applied at every build; each says
whether it was applied or no longer matches, and why. There are three:

- ``add``: a line that the source lacks. Each of its ends joins the nearest street within 5 m: a
  node of it within 2 m, else a new node that cuts it. Of two equally near a street comes before a
  bridge or a tunnel; ``expects`` prefers streets of that kind. An end may join another added line
  or stay free, but one of them must lead to the rest. It is *already so* if nine tenths of
  it run within 3 m of a street of its kind.
- ``change``: the kind, steps, direction, ride or name of the street under a line, or at a point.
  A point means the stretch between two junctions as far as kind, name and directions stay the
  same.
- ``shut``: at a point a gate, which cuts the street there (all streets, if it stands within half
  a metre of their junction); as a line the stretch of street under it, closed to all.

**Which street is meant.** A point means the nearest segment within 8 m. A line is followed as
:func:`geo._corrections_match.stretch` describes: within 8 m and 30 degrees of direction, so that
a street that crosses, above or below, is never meant. Where two run side by side or one above
the other, ``expects`` names the kind that is meant; if the source has another kind there, the
correction no longer matches.

All ``add`` come first, then all ``change``, then all ``shut``, each in the order of their ids.
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

from shapely.geometry import LineString

from geo._corrections_add import add_all
from geo._corrections_change import change, gate, shut
from geo._corrections_draft import Draft
from geo._corrections_read import (
    Action,
    Correction,
    Way,
    parse_corrections,
    properties_of,
    to_geojson,
)
from geo.errors import InvalidCorrections
from geo.streets import StreetGraph

__all__ = [
    "Action",
    "Correction",
    "Outcome",
    "Way",
    "apply",
    "parse_corrections",
    "properties_of",
    "to_geojson",
]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one correction.

    Attributes:
        id, action: of the correction.
        applied: whether it took effect; else it no longer matches.
        reason: why it does not match; of one that was applied, what is odd about it, mostly
            nothing.
    """

    id: str
    action: Action
    applied: bool
    reason: str = ""


def apply(
    streets: StreetGraph, corrections: Sequence[Correction]
) -> tuple[StreetGraph, list[Outcome]]:
    """Return the corrected streets, and what became of each correction, in the order of ids.

    The streets given stay as they are; without a correction that applies they are returned
    themselves. What is left of the source keeps its order; what is new follows.

    Raises:
        InvalidCorrections: two corrections have one id.
    """
    ordered = sorted(corrections, key=lambda one: one.id)
    twice = {a.id for a, b in itertools.pairwise(ordered) if a.id == b.id}
    if twice:
        raise InvalidCorrections(tuple((one, "its id is used twice") for one in sorted(twice)))
    if not ordered or not streets.segments:
        nothing = "the source holds no street"
        return streets, [Outcome(one.id, one.action, False, nothing) for one in ordered]
    draft = Draft(streets)
    outcomes = {
        one.id: Outcome(one.id, one.action, applied, reason)
        for one, applied, reason in add_all(draft, _of(ordered, Action.ADD))
    }
    for one in _of(ordered, Action.CHANGE):
        reason = change(draft, one)
        outcomes[one.id] = Outcome(one.id, one.action, not reason, reason)
    for one in _of(ordered, Action.SHUT):
        reason = shut(draft, one) if isinstance(one.geometry, LineString) else gate(draft, one)
        outcomes[one.id] = Outcome(one.id, one.action, not reason, reason)
    listed = [outcomes[one.id] for one in ordered]
    return (draft.finish() if any(one.applied for one in listed) else streets), listed


def _of(ordered: Sequence[Correction], action: Action) -> list[Correction]:
    return [one for one in ordered if one.action is action]
