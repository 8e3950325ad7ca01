"""What a new report becomes in the register: its row, its photo, the doubt, the notices."""

import secrets
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.domain.calendar import Calendar
from app.domain.doubts import Locked, decides, doubted_until
from app.domain.errors import FieldError, InvalidInput, UnreadableFile
from app.domain.hours import OpenState
from app.domain.lifecycle import State
from app.domain.opening import opening
from app.domain.reports import KIND_NAMES, TICKET_SIGNS, ReportKind, signs
from app.domain.roles import Role
from app.files.photos import Photo, read_photo
from app.service import notices
from app.service._sources import Marks, Spot, is_strong
from app.settings import Settings
from app.store import reports, stored_files
from app.store.database import Connection
from app.store.reports import NewReport
from app.store.stations import StationRecord


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Draft:
    """A report as a rider sends it.

    Attributes:
        station: its number, however written.
        kind: a code of :class:`app.domain.reports.ReportKind`.
        photo: the bytes of a photo.
        once: a token by which a report that is sent again is the same.
        proof: what the QR code of the plaque says behind ``p=``.
        spot: where the phone is.
    """

    station: str
    kind: str
    text: str = ""
    photo: bytes | None = None
    once: UUID | None = None
    proof: str = ""
    spot: Spot | None = None


def write(
    connection: Connection,
    settings: Settings,
    calendar: Calendar,
    draft: Draft,
    record: StationRecord,
    marks: list[Marks],
    photo: Photo | None,
    now: datetime,
) -> str:
    """Write a report with its photo and the notices of it; return its ticket."""
    kind = ReportKind(draft.kind)
    strong = is_strong(connection, record, asked=draft.station, proof=draft.proof, spot=draft.spot)
    until = _doubted_until(record, settings, calendar, now) if kind is ReportKind.LOCKED else None
    new = NewReport(
        ticket=signs(secrets.randbits(64), TICKET_SIGNS),
        station_id=record.id,
        kind=kind.value,
        words=draft.text,
        photo_id=None if photo is None else _keep_photo(connection, record, photo),
        made_at=now,
        strong=strong,
        once=draft.once,
        salt_id=marks[0].salt_id,
        network=marks[0].network,
        device=marks[0].device,
        doubts_until=until,
        decides=until is not None and _decides(connection, record, marks, now, until, strong),
    )
    reports.add(connection, new)
    # while one of a kind is open, the next is no news
    first = reports.oldest_open(connection, record.id, kind.value)
    notices.announce(
        connection, event=f"report.received:{first}", kind="report.received",
        station_id=record.id, roles=(Role.UNION_STAFF,), keepers=True,
        says={"station": record.name, "reason": KIND_NAMES[kind][0]},
    )  # fmt: skip
    return new.ticket


def _doubted_until(
    record: StationRecord, settings: Settings, calendar: Calendar, now: datetime
) -> datetime | None:
    """Return until when a locked door raises doubts; None if riders were not told it is open."""
    told = opening(
        State(record.state), record.hours, now,
        zone=settings.zone, closures=record.closures, calendar=calendar,
    )  # fmt: skip
    if told.state is not OpenState.OPEN:
        return None
    return doubted_until(record.hours, now, zone=settings.zone, calendar=calendar)


def _decides(
    connection: Connection,
    record: StationRecord,
    marks: list[Marks],
    now: datetime,
    until: datetime,
    strong: bool,
) -> bool:
    """Whether a report of a locked door raises a doubt; marks compare under one salt alone."""
    before, proved_at = reports.locked(connection, record.id, at=now)
    return any(
        decides(
            Locked(now, until, strong, one.network, one.device),
            [
                Locked(row.made_at, row.doubts_until, row.strong, row.network, row.device)
                for row in before
                if row.salt_id == one.salt_id
            ],
            proved_at=proved_at,
        )
        for one in marks
    )


def read(content: bytes) -> Photo:
    try:
        return read_photo(content, name="photo")
    except InvalidInput as error:
        raise InvalidInput(
            [FieldError("photo", one.message, one.zh) for one in error.errors],
            attempted="read the photo",
        ) from None
    except UnreadableFile as error:
        raise InvalidInput(
            [FieldError("photo", str(error), error.zh)], attempted="read the photo",
            remedy=error.remedy,
        ) from None  # fmt: skip


def _keep_photo(connection: Connection, record: StationRecord, photo: Photo) -> int:
    return stored_files.keep(
        connection, name="report.jpg", media_type="image/jpeg", content=photo.jpeg,
        station_id=record.id, union_id=None, width=photo.width, height=photo.height,
    )  # fmt: skip
