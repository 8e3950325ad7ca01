"""Additions, changes and removals of public stations, to be followed from a cursor on."""

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterator
from datetime import UTC, timedelta
from typing import Any

from app.domain.errors import FieldError, InvalidInput
from app.service.runtime import Runtime
from app.store import station_changes
from app.store.station_changes import EARLIEST, Mark, PublicFacts, Step
from geo.datum import Datum, from_wgs84, parse_datum

# what the public is told beside number, state and place
FACTS = ("name", "name_en", "address", "services", "hours", "hours_text", "door", "host_name")
_MICROSECOND = timedelta(microseconds=1)


def changes(harbor: Runtime, *, since: str, limit: int, datum: str) -> dict[str, Any]:
    """Return what became of public stations after a cursor, oldest first.

    Args:
        since: a cursor, empty for the very beginning.
        limit: how many versions are looked through at most; of most, nothing is told.

    Raises:
        InvalidInput: if the cursor is none of ours.
        DatabaseDown: if the database does not answer.
    """
    mark, known = _mark(since), parse_datum(datum)
    with harbor.connection() as connection:
        until = station_changes.settled_until(connection)
        steps = station_changes.after(connection, mark, until=until, keys=list(FACTS), most=limit)
    return {
        "changes": [told for step in steps for told in _told(step, known)],
        "cursor": _cursor(steps[-1].mark) if steps else since,
        "more": len(steps) == limit,
    }


def _told(step: Step, datum: Datum) -> Iterator[dict[str, Any]]:
    """Say what a version changed for the public: nothing, one thing, or two with a new number."""
    before, now = step.before, step.now
    renumbered = before is not None and now is not None and before.code != now.code
    at = step.mark.at.isoformat(timespec="seconds")
    if before is not None and (now is None or renumbered):
        survivor = now.code if now is not None else step.survivor
        yield {
            "change": "removed", "code": before.code, "at": at, "state": step.state,
            "survivor": survivor, "station": None,
        }  # fmt: skip
    if now is not None and now != before:
        added = before is None or renumbered
        yield {
            "change": "added" if added else "changed", "code": now.code, "at": at,
            "state": now.state, "survivor": None, "station": _station(now, datum),
        }  # fmt: skip


def _station(told: PublicFacts, datum: Datum) -> dict[str, Any]:
    lon, lat = from_wgs84(told.longitude, told.latitude, datum=datum)
    return {
        "code": told.code,
        "state": told.state,
        "verified": told.verified,
        "lon": round(lon, 7),
        "lat": round(lat, 7),
        **{name: told.facts.get(name) for name in FACTS},
    }


def _cursor(mark: Mark) -> str:
    moment = (mark.at - EARLIEST) // _MICROSECOND
    return urlsafe_b64encode(f"{moment}.{mark.station_id}.{mark.version}".encode()).decode()


def _mark(cursor: str) -> Mark:
    if not cursor:
        return Mark()
    try:
        moment, station, version = map(int, urlsafe_b64decode(cursor.encode()).decode().split("."))
        at = (EARLIEST + moment * _MICROSECOND).astimezone(UTC)
    except (ValueError, OverflowError, binascii.Error):
        raise InvalidInput(
            [FieldError("since", "is no cursor of this server", "游标无效")],
            attempted="list changes",
        ) from None
    return Mark(at, station, version)
