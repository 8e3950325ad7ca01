"""Where public maps show a station: submitted, visible, checked on, a record a company."""

from dataclasses import dataclass, replace
from datetime import date

from app.domain.actor import Actor
from app.domain.errors import FieldError, InvalidInput, NotFound
from app.domain.roles import Role
from app.store import map_listings, moves, rights
from app.store.database import Connection
from app.store.map_listings import MapListing
from app.store.rights import acting_as, refusals

__all__ = ["Listings", "MapListing", "check", "of_station", "record"]

WRITERS = (Role.UNION_STAFF, Role.REVIEWER, Role.INSPECTOR, Role.CITY_ADMIN)
LONGEST_ID, LONGEST_NOTE = 100, 500


@dataclass(frozen=True, slots=True)
class Listings:
    """The records of a station, one a company, and whether the person may write them."""

    records: tuple[MapListing, ...]
    may_write: bool


def of_station(connection: Connection, actor: Actor, station_id: int) -> Listings:
    """Return what is known of a station on every company's map.

    Raises:
        NotFound: if there is no such station in the person's sight.
    """
    with acting_as(connection, actor):
        station = moves.subject(connection, station_id)
        if station is None:
            raise _unseen(station_id)
        has = rights.roles(connection, union_id=station.union_id)
        return Listings(
            tuple(map_listings.of_station(connection, station_id)), bool(has & set(WRITERS))
        )


def record(
    connection: Connection,
    actor: Actor,
    station_id: int,
    company: str,
    *,
    submitted_on: date | None,
    visible: bool | None,
    checked_on: date | None,
    external_id: str = "",
    note: str = "",
) -> None:
    """Write what is known of a station on one company's map.

    The company's id for the station finds it from then on.

    Raises:
        NotFound: if there is no such company, or no such station in the person's sight.
        ForbiddenHere: to who is no staff of its union.
        InvalidInput: for days that do not fit.
    """
    attempted = f"record where station {station_id} is shown"
    errors = []
    if (visible is None) != (checked_on is None):
        errors.append(
            FieldError(
                "checked_on", "whether it is visible goes with the day it was checked",
                "是否可见须与核查日期一起填写",
            )
        )  # fmt: skip
    if len(external_id.strip()) > LONGEST_ID:
        errors.append(
            FieldError("external_id", f"at most {LONGEST_ID} signs", f"最多 {LONGEST_ID} 个字符")
        )
    if len(note) > LONGEST_NOTE:
        errors.append(
            FieldError("note", f"at most {LONGEST_NOTE} signs", f"最多 {LONGEST_NOTE} 字")
        )
    if errors:
        raise InvalidInput(errors, attempted=attempted)
    with acting_as(connection, actor):
        known = _known(connection, station_id, company, attempted)
        wanted = replace(
            known, submitted_on=submitted_on, visible=visible, checked_on=checked_on,
            external_id=external_id.strip() or None, note=note.strip(),
        )  # fmt: skip
        if wanted != known:
            with refusals(attempted):
                map_listings.write(connection, station_id, wanted)


def check(
    connection: Connection,
    actor: Actor,
    station_id: int,
    company: str,
    *,
    visible: bool,
    day: date,
) -> None:
    """Note that somebody looked on a day, and leave the rest of the record as it is.

    Raises:
        NotFound, ForbiddenHere, InvalidInput: as :func:`record`.
    """
    attempted = f"record where station {station_id} is shown"
    with acting_as(connection, actor):
        known = _known(connection, station_id, company, attempted)
        with refusals(attempted):
            map_listings.write(
                connection, station_id, replace(known, visible=visible, checked_on=day)
            )


def _known(connection: Connection, station_id: int, company: str, attempted: str) -> MapListing:
    if moves.subject(connection, station_id) is None:
        raise _unseen(station_id)
    for listing in map_listings.of_station(connection, station_id):
        if listing.company == company:
            return listing
    raise NotFound(
        f"Could not {attempted}: there is no map company {company}.", zh="没有这个地图公司。"
    )


def _unseen(station_id: int) -> NotFound:
    return NotFound(
        f"There is no station {station_id} among those you may see.",
        zh="没有这个站点,或您无权查看。",
    )
