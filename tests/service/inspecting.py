"""Inspections as people make them, for tests: sheets filled in, photos in place."""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime

from app.domain.actor import Actor
from app.domain.standard import Verdict
from app.service import inspections
from app.service.inspections import Answer, Outcome
from app.store import inspections as kept
from app.store import stored_files
from app.store.database import Connection
from app.store.rights import acting_as
from tests.service.town_hall import Hall

GOOD = Answer(Verdict.FULFILLED)
JPEG = b"\xff\xd8\xff\xe0 a picture of a door \xff\xd9"


def today() -> date:
    return datetime.now(UTC).date()


def put_photos(
    connection: Connection, actor: Actor, inspection: int, criteria: Iterable[str]
) -> None:
    """Put a photo to each of the criteria."""
    with acting_as(connection, actor):
        draft = kept.get(connection, inspection)
        assert draft is not None
        for code in criteria:
            files = [
                stored_files.keep(
                    connection, name=name, media_type="image/jpeg", content=JPEG,
                    station_id=draft.station_id, union_id=None, width=None, height=None,
                )
                for name in ("photo.jpg", "thumbnail.jpg")
            ]  # fmt: skip
            kept.add_photo(
                connection, inspection, criterion=code, file_id=files[0], thumbnail_id=files[1],
                taken_at=None,
            )  # fmt: skip


def fill_in(
    hall: Hall,
    person: str,
    station: int,
    *,
    failing: Mapping[str, str] | None = None,
    excused: Iterable[str] = (),
    follow_up: bool = False,
) -> int:
    """Begin an inspection and answer everything, with the photos that are wanted."""
    actor, connection = hall.actor(person), hall.connection
    id_ = inspections.begin(connection, actor, station, day=today(), follow_up=follow_up)
    sheet = inspections.sheet(connection, actor, id_)
    answers = {criterion.code: GOOD for criterion in sheet.criteria}
    answers |= {code: Answer(Verdict.FAILED, note) for code, note in (failing or {}).items()}
    answers |= dict.fromkeys(excused, Answer(Verdict.NOT_APPLICABLE))
    inspections.save(connection, actor, id_, answers)
    put_photos(connection, actor, id_, [c.code for c in sheet.criteria if c.evidence])
    return id_


def inspect(
    hall: Hall,
    person: str,
    station: int,
    *,
    failing: Mapping[str, str] | None = None,
    excused: Iterable[str] = (),
    follow_up: bool = False,
) -> Outcome:
    """Inspect a station and submit it."""
    id_ = fill_in(
        hall, person, station, failing=failing, excused=excused, follow_up=follow_up
    )  # fmt: skip
    return inspections.submit(hall.connection, hall.actor(person), id_, {})
