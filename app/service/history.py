"""The past of stations: a timeline with differences, and how things were at a moment."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.domain.actor import Actor
from app.domain.difference import Difference, differences
from app.domain.errors import NotFound
from app.domain.lifecycle import MOVES
from app.store import changes, happenings
from app.store.changes import Version
from app.store.database import Connection
from app.store.rights import acting_as

__all__ = [
    "Happening", "Step", "Version", "as_of", "begins", "between", "listing", "newest", "timeline",
]  # fmt: skip

# what follows from a change rather than being one
_FOLLOWS = frozenset(
    {"state_since", "submitted_by", "reviewed_by", "approved_by", "change_request_id", "adcode"}
)
_ACTIONS = {(move.origin.value, move.target.value): move.action for move in MOVES}


@dataclass(frozen=True, slots=True)
class Step:
    """One version of a station, and what made it differ from the one before.

    Attributes:
        action: ``enter``, ``edit`` or the action of the move.
        actor_id, actor: the person, None and empty for the server's operator.
        reason: as the move gave it.
        until: the date that the move gave.
        change_request_id: the request that this edit carried out.
    """

    version: int
    revision: int | None
    at: datetime
    action: str
    state: str
    reason: str
    actor_id: int | None
    actor: str
    request_id: str | None
    differences: tuple[Difference, ...]
    until: str = ""
    change_request_id: int | None = None


@dataclass(frozen=True, slots=True)
class Happening:
    """Something in a station's past that left no version.

    Attributes:
        at, actor: when, and the name of who did it; empty for the server's operator.
        kind: what happened: ``asked``, ``inspected``, ``award_given``, ``keeper.add`` …
        text: the reason, remark or caption that was given.
        told: what its sentence needs beside.
    """

    at: datetime
    actor: str
    kind: str
    text: str
    told: Mapping[str, Any]


def timeline(connection: Connection, actor: Actor, station_id: int) -> list[Step]:
    """Return every version of a station with its differences, the oldest first.

    Raises:
        NotFound: if the person may see none of it.
    """
    with acting_as(connection, actor):
        versions = changes.versions(connection, station_id)
        people = changes.people(connection, station_id)
    if not versions:
        raise NotFound(f"There is no history of station {station_id} that you may see.")
    before: list[Version | None] = [None, *versions]
    return [_step(old, new, people) for old, new in zip(before, versions, strict=False)]


def newest(
    connection: Connection, station_id: int, *, before: int | None, most: int
) -> tuple[tuple[Step, ...], bool]:
    """Return the last steps of a station before a version, the newest first, and whether there
    are more; in the sight of who acts, inside their transaction.
    """
    versions = changes.newest_versions(connection, station_id, before=before, most=most + 1)
    people = changes.people(connection, station_id)
    older: list[Version | None] = [*versions[1:], None]
    steps = [_step(old, new, people) for old, new in zip(older, versions, strict=False)]
    return tuple(steps[:most]), len(versions) > most


def begins(connection: Connection, station_id: int, version: int) -> datetime | None:
    """Return when a version began, in the sight of who acts."""
    found = changes.newest_versions(connection, station_id, before=version + 1, most=1)
    return found[0].valid_from if found else None


def between(
    connection: Connection, station_id: int, *, since: datetime | None, until: datetime | None
) -> list[Happening]:
    """Return what happened to a station beside its versions, the oldest first; in the sight of
    who acts, inside their transaction.

    Args:
        since, until: from the one moment on, and before the other.
    """
    found = happenings.of_station(connection, station_id, since=since, until=until)
    people = changes.people(connection, station_id)
    return [
        Happening(one.at, people.get(one.actor_id or 0, ""), one.kind, one.reason, one.told)
        for one in found
    ]


def as_of(connection: Connection, actor: Actor, station_id: int, moment: datetime) -> Version:
    """Return a station as it was at a moment.

    Raises:
        NotFound: if there was no such station then, or the person may not see it.
    """
    with acting_as(connection, actor):
        found = changes.version_at(connection, station_id, moment=moment)
    if found is None:
        raise NotFound(f"Station {station_id} was not there at {moment.isoformat()}.")
    return found


def listing(
    connection: Connection, actor: Actor, moment: datetime, *, after_id: int = 0, most: int = 100
) -> list[Version]:
    """Return the stations of the person's scope as they were at a moment, by id."""
    with acting_as(connection, actor):
        return changes.versions_at(connection, moment=moment, after_id=after_id, most=most)


def _step(old: Version | None, new: Version, people: dict[int, str]) -> Step:
    moved = old is not None and old.state != new.state
    if old is None:
        action = "enter" if new.version == 1 else "edit"
    else:
        action = _ACTIONS.get((old.state, new.state), "edit")
    return Step(
        version=new.version,
        revision=new.revision,
        at=new.valid_from,
        action=action,
        state=new.state,
        reason=str(new.facts.get("state_reason") or "") if moved else "",
        actor_id=new.actor_id,
        actor=people.get(new.actor_id or 0, ""),
        request_id=new.request_id,
        differences=() if old is None else differences(_shown(old), _shown(new)),
        until=str(new.facts.get("state_until") or "") if moved else "",
        change_request_id=_request_of(old, new),
    )


def _request_of(old: Version | None, new: Version) -> int | None:
    """The change request that an edit names; the one of an earlier edit stays in the row."""
    named = new.facts.get("change_request_id")
    before = None if old is None else old.facts.get("change_request_id")
    return int(named) if named is not None and named != before else None


def _shown(version: Version) -> dict[str, Any]:
    facts = {name: value for name, value in version.facts.items() if name not in _FOLLOWS}
    return {"state": version.state, **facts}
