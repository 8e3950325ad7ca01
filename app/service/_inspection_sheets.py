"""What the page of an inspection shows, and what keeps it from being closed."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from hashlib import sha256

from app.domain.actor import Actor
from app.domain.errors import Conflict, NotFound
from app.domain.lifecycle import LOCKED
from app.domain.roles import Role
from app.domain.standard import (
    MAP_LISTING,
    Criterion,
    Finding,
    StandardVersion,
    Verdict,
    judge,
)
from app.store import inspections, map_listings, moves, rights, standards
from app.store.database import Connection
from app.store.inspections import Found, Inspection, Photo
from app.store.map_listings import MapListing
from app.store.moves import Subject

# the roles that may order a rectification
INSPECTORS = (Role.INSPECTOR, Role.REVIEWER, Role.CITY_ADMIN)


@dataclass(frozen=True, slots=True)
class Sheet:
    """An inspection with everything its page shows.

    Attributes:
        criteria: those that it has to answer.
        listings: what the maps say of the station.
        mine: whether it is the person's own draft.
    """

    inspection: Inspection
    version: StandardVersion
    criteria: tuple[Criterion, ...]
    findings: Mapping[str, Found]
    photos: Mapping[str, tuple[Photo, ...]]
    listings: tuple[MapListing, ...]
    inspector: str
    mine: bool

    @property
    def revision(self) -> str:
        """What tells these answers from others: the same for the same answers."""
        answers = sorted(
            (code, one.verdict or "", one.note) for code, one in self.findings.items()
            if one.verdict or one.note
        )  # fmt: skip
        said = json.dumps([answers, self.inspection.remark])
        return sha256(said.encode()).hexdigest()[:16]

    def proves(self, listing: MapListing) -> bool:
        """Whether somebody looked at a company's map about the day of the inspection."""
        if listing.checked_on is None:
            return False
        apart = abs((listing.checked_on - self.inspection.inspected_on).days)
        return apart <= self.inspection.record_days


def seen(connection: Connection, station_id: int) -> Subject:
    station = moves.subject(connection, station_id)
    if station is None:
        raise NotFound(
            f"There is no station {station_id} among those you may see.",
            zh="没有这个站点,或您无权查看。",
        )
    return station


def known(connection: Connection, inspection_id: int) -> Inspection:
    found = inspections.get(connection, inspection_id)
    if found is None:
        raise NotFound(
            f"There is no inspection {inspection_id} among those you may see.",
            zh="没有这次检查,或您无权查看。",
        )
    return found


def own(connection: Connection, actor: Actor, inspection_id: int, attempted: str) -> Inspection:
    found = known(connection, inspection_id)
    if found.state != "draft" or found.inspector_id != actor.user_id:
        raise Conflict(
            f"Could not {attempted}: it is {found.state}.",
            remedy="Begin another one at the station.",
            zh="这次检查已经提交或作废,不能再改。如需更正,请重新检查。",
        )
    return found


def hindrance(connection: Connection, actor: Actor, station: Subject) -> tuple[str, str]:
    """Why a person may not inspect a station, in Chinese and English."""
    if station.state not in LOCKED:
        return (
            "只有在用、暂停或整改中的站点可以检查。",
            f"a station that is {station.state} is not.",
        )
    if not rights.roles(connection, union_id=station.union_id) & set(INSPECTORS):
        return (
            "检查需要该工会的检查员、审核人或市总管理员。",
            "it takes an inspector, a reviewer or a city admin of the union.",
        )
    if station.submitted_by == actor.user_id:
        return "站点由您提交,须由他人检查。", "you submitted it, and it takes another person."
    return "", ""


def sheet_of(connection: Connection, actor: Actor, inspection: Inspection) -> Sheet:
    stored = standards.version(connection, inspection.version_id)
    if stored is None:
        raise NotFound(f"The standard of inspection {inspection.id} is gone.")
    version = stored.on(inspection.inspected_on)
    asked = inspections.asked(connection, inspection)
    photos: dict[str, list[Photo]] = {}
    for photo in inspections.photos(connection, inspection.id):
        photos.setdefault(photo.criterion, []).append(photo)
    people = inspections.people(connection, [inspection.station_id])
    return Sheet(
        inspection=inspection,
        version=version,
        criteria=tuple(c for c in version.criteria if asked is None or c.code in asked),
        findings=inspections.findings(connection, inspection.id),
        photos={code: tuple(some) for code, some in photos.items()},
        listings=tuple(map_listings.of_station(connection, inspection.station_id)),
        inspector=people.get(inspection.inspector_id, ""),
        mine=inspection.state == "draft" and inspection.inspector_id == actor.user_id,
    )


def check(found: Sheet) -> None:
    """Say everything that is missing, before the database names the first of it.

    Raises:
        Conflict: for a draft that is too old: what was seen then proves nothing of today.
        InvalidInput: for what is missing, by criterion.
    """
    inspection = found.inspection
    if inspection.stale:
        raise Conflict(
            f"Could not submit inspection {inspection.id}: it was begun for"
            f" {inspection.inspected_on}, more than {inspection.submit_days} days ago.",
            remedy="Throw the draft away, and inspect the station anew.",
            zh=f"这份草稿是 {inspection.inspected_on} 的检查,"
            f"超过 {inspection.submit_days} 天不能再提交。请作废后重新检查。",
        )
    judge(
        replace(found.version, criteria=found.criteria, stars=()),
        {
            code: Finding(
                verdict=Verdict(one.verdict), note=one.note,
                photos=len(found.photos.get(code, ())), records=_records(found, code, one),
            )
            for code, one in found.findings.items()
            if one.verdict is not None
        },
    )  # fmt: skip


def _records(found: Sheet, code: str, one: Found) -> int:
    """How many records of the register show what was found."""
    wants = next((c.record for c in found.criteria if c.code == code), "")
    if wants != MAP_LISTING:
        return 0
    return sum(
        listing.visible is (one.verdict == Verdict.FULFILLED)
        for listing in found.listings
        if listing.visible is not None and found.proves(listing)
    )
