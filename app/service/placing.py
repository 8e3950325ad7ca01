"""Giving drafts a place: whose turn it is, what was pasted, what speaks against a place."""

from dataclasses import dataclass
from datetime import datetime

from app.domain.actor import Actor
from app.domain.errors import FieldError, InvalidInput, NotFound
from app.domain.shared_place import SOURCE_NAMES, read_shared
from app.domain.written_degrees import checked as checked_degrees
from app.files.photos import read_photo
from app.service import duplicates, edits
from app.service.duplicates import Likely
from app.service.place_check import check_place
from app.service.runtime import Runtime
from app.store import audit, placing, rights
from app.store.database import Connection
from app.store.placing import Turn, Unplaced
from app.store.rights import acting_as, refusals
from app.store.station_forms import UnionChoice
from geo.datum import parse_datum, to_wgs84
from geo.errors import GeoError
from geo.plane import straight_metres

LONGEST_NOTE = 500
# how a place came to be, as the audit names it
WAYS = ("map", "search", "phone", "photo", "geocoder", *SOURCE_NAMES)


@dataclass(frozen=True, slots=True)
class Point:
    """A place as it was given and where that is.

    Attributes:
        longitude, latitude: WGS-84 degrees.
        datum, given: the datum it was given in, and the degrees as given.
        way: how it came, one of :data:`WAYS`.
    """

    longitude: float
    latitude: float
    datum: str
    given: tuple[float, float]
    way: str


class DatumNeeded(InvalidInput):
    """Coordinates without a datum: they may mean places half a kilometre apart."""

    def __init__(self, given: tuple[float, float], source: str, likely: str | None) -> None:
        self.given, self.source, self.likely = given, source, likely
        super().__init__(
            [FieldError("datum", "say which map they come from", "请选择坐标来自哪种地图")],
            attempted="read the place",
        )


@dataclass(frozen=True, slots=True)
class Next:
    """The draft whose turn it is, None when there is none, and its place in the queue."""

    turn: Turn
    draft: Unplaced | None


@dataclass(frozen=True, slots=True)
class Taken:
    """A record that does not wait for a place any more, though somebody was at it.

    Attributes:
        place: its longitude and latitude, None if it left the queue without one.
    """

    id: int
    name: str
    address: str
    place: tuple[float, float] | None

    def metres(self, at: Point | None) -> float | None:
        """Return how far its place is from another in metres, None without both."""
        if at is None or self.place is None:
            return None
        return float(straight_metres(at.longitude, at.latitude, *([x] for x in self.place))[0])


@dataclass(frozen=True, slots=True)
class Checked:
    """What was found at a place: its district, what speaks against it, stations around it."""

    district: tuple[str, str, str] | None
    warnings: tuple[FieldError, ...]
    near: tuple[Likely, ...]


def next_draft(
    connection: Connection, actor: Actor, *, after_id: int = 0, noted: bool = False
) -> Next:
    """Return the draft after another, by id, from the beginning again after the last."""
    with acting_as(connection, actor):
        turn = placing.turn(connection, after_id=after_id, noted=noted)
        draft = None if turn.station_id is None else placing.unplaced(connection, turn.station_id)
    return Next(turn, draft)


def this_draft(connection: Connection, actor: Actor, station_id: int) -> Next:
    """Return one draft with its place in the queue.

    Raises:
        NotFound: if there is none, or it has a place already.
    """
    with acting_as(connection, actor):
        draft = placing.unplaced(connection, station_id)
        if draft is None or draft.placed or draft.state not in edits.EDITABLE:
            raise NotFound(
                f"Record {station_id} does not wait for a place.",
                zh="这条记录不需要定位:可能已有人定好了位置,或者已经提交。",
            )
        return Next(placing.turn_of(connection, station_id), draft)


def taken(connection: Connection, actor: Actor, station_id: int) -> Taken:
    """Return a record that left the queue while somebody was placing it.

    Raises:
        NotFound: if the person may not see it.
    """
    with acting_as(connection, actor):
        record = placing.unplaced(connection, station_id)
        place = placing.place_of(connection, station_id)
    if record is None:
        raise NotFound(
            f"There is no record {station_id} among those you may see.",
            zh="没有这条记录,或您无权查看。",
        )
    return Taken(record.id, record.name, record.address, place)


def read_point(text: str, *, datum: str = "") -> Point:
    """Read a share text, a link or coordinates.

    Args:
        datum: what the person said the coordinates refer to; wins over a guess only.

    Raises:
        InvalidInput: if it holds no place.
        DatumNeeded: if only the person knows the datum.
    """
    shared = read_shared(text)
    known = shared.datum or datum
    if not known:
        raise DatumNeeded((shared.longitude, shared.latitude), shared.source, shared.likely)
    return point(shared.longitude, shared.latitude, datum=known, way=shared.source)


def point(longitude: float, latitude: float, *, datum: str, way: str) -> Point:
    """Return a place given in a datum.

    Raises:
        InvalidInput: if it is none.
    """
    try:
        given = checked_degrees(longitude, latitude)
        known = parse_datum(datum)
        east, north = to_wgs84(*given, datum=known)
    except GeoError as error:
        raise InvalidInput(
            [FieldError("datum", str(error), "坐标或坐标系有误,请核对")], attempted="read the place"
        ) from error
    return Point(east, north, known.value, given, way if way in WAYS else "text")


def read_photo_place(content: bytes, *, name: str) -> Point:
    """Return where a photo was taken; the photo is not kept.

    Raises:
        UnreadableFile, InvalidInput: if it is no photo.
        InvalidInput: if the photo does not say where it was taken.
        DatumNeeded: if it names a datum that is not known.
    """
    photo = read_photo(content, name=name)
    if photo.longitude is None or photo.latitude is None:
        raise InvalidInput(
            [
                FieldError(
                    "photo",
                    "the photo does not say where it was taken; apps that send photos on often"
                    " remove that",
                    "照片里没有位置信息(经聊天软件转发的照片通常会去掉位置),请用原图。",
                )
            ],
            attempted="read the place of the photo",
        )
    try:
        datum = parse_datum(photo.datum or "wgs84")
    except GeoError:
        given = (photo.longitude, photo.latitude)
        raise DatumNeeded(given, "photo", None) from None
    return point(photo.longitude, photo.latitude, datum=datum, way="photo")


def check(
    harbor: Runtime, connection: Connection, actor: Actor, draft: Unplaced, at: Point
) -> Checked:
    """Look at a place for a draft; nothing of it forbids the place."""
    snapshot, settings = harbor.snapshot(), harbor.settings
    union = None if draft.union is None else UnionChoice(*draft.union)
    with acting_as(connection, actor):
        found = check_place(
            connection, snapshot, longitude=at.longitude, latitude=at.latitude,
            day=datetime.now(settings.zone).date(), max_metres=settings.max_snap_metres,
            union=union, area_name=draft.area_name,
        )  # fmt: skip
    near = duplicates.likely(
        connection, actor, name=draft.name, address=draft.address,
        place=(at.longitude, at.latitude), besides=draft.id,
    )  # fmt: skip
    return Checked(found.district, found.warnings, tuple(near))


def save(connection: Connection, actor: Actor, station_id: int, at: Point, *, revision: int) -> int:
    """Give a draft its place, with the datum and degrees as given; return its new revision.

    Raises:
        HarborError: as :func:`app.service.edits.edit_draft`.
    """
    fields = {
        "place": [at.longitude, at.latitude], "source_datum": at.datum,
        "source_longitude": at.given[0], "source_latitude": at.given[1],
    }  # fmt: skip
    with connection.transaction():
        saved = edits.edit_draft(connection, actor, station_id, fields, revision=revision)
        with acting_as(connection, actor):
            placing.withdraw_note(connection, station_id)
            audit.record(
                connection, "station.place", f"station {station_id}",
                {"way": at.way, "datum": at.datum, "revision": saved},
            )  # fmt: skip
    return saved


def cannot_find(connection: Connection, actor: Actor, station_id: int, note: str) -> None:
    """Put a draft aside whose place cannot be found, saying why.

    Raises:
        InvalidInput: without a note.
        NotFound, ForbiddenHere: if the person may not see or not edit it.
    """
    attempted = f"put station {station_id} aside"
    if not note.strip() or len(note) > LONGEST_NOTE:
        raise InvalidInput(
            [
                FieldError(
                    "note", f"say why, in at most {LONGEST_NOTE} signs",
                    f"请写明原因,不超过 {LONGEST_NOTE} 字",
                )
            ],
            attempted=attempted,
        )  # fmt: skip

    def once() -> None:
        this_draft(connection, actor, station_id)
        with acting_as(connection, actor), refusals(attempted):
            placing.take_note(connection, station_id, note.strip())

    rights.settled(once)


def look_again(connection: Connection, actor: Actor, station_id: int) -> None:
    """Put a draft back among those to be placed.

    Raises:
        NotFound, ForbiddenHere: if the person may not see or not edit it.
    """
    this_draft(connection, actor, station_id)
    with acting_as(connection, actor), refusals(f"take up station {station_id}"):
        placing.withdraw_note(connection, station_id)
