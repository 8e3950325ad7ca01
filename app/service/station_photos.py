"""Photos of a station: added several at a time, described, arranged, removed, shown to riders."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import tzinfo

from app.domain.actor import Actor
from app.domain.errors import FieldError, InvalidInput, NotFound, UnreadableFile
from app.domain.facts import PHOTO_KINDS
from app.files.photos import FIELD, Photo, read_photo
from app.service import _tending, stored_files
from app.store import station_photos
from app.store.confirmations import Standing
from app.store.database import Connection
from app.store.rights import acting_as, refusals
from app.store.station_photos import PhotoFile, PhotoRecord

__all__ = [
    "Added", "PhotoFile", "PhotoRecord", "Upload", "add", "describe", "file_of", "of_station",
    "public_file", "remove", "shift",
]  # fmt: skip

MOST_PHOTOS = 30
MOST_AT_ONCE = 12
LONGEST_CAPTION = 200
_KINDS = frozenset(kind.code for kind in PHOTO_KINDS)


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as it was sent."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Added:
    """What became of the files: ids of the photos kept, and why others were not."""

    kept: tuple[int, ...]
    refused: tuple[FieldError, ...]


def of_station(
    connection: Connection, actor: Actor, station_id: int
) -> tuple[Standing, list[PhotoRecord]]:
    """Return a station and its photos in their order.

    Raises:
        NotFound: if the person may not see it.
    """
    with acting_as(connection, actor):
        standing = _tending.seen(connection, station_id)
        return standing, station_photos.of_station(connection, station_id)


def add(
    connection: Connection,
    actor: Actor,
    station_id: int,
    uploads: Sequence[Upload],
    *,
    kind: str,
    zone: tzinfo,
) -> Added:
    """Keep the files that are photos, all in one transaction, and say why others are not.

    Raises:
        InvalidInput: if no file was sent, or too many, or the kind is none.
        NotFound, ForbiddenHere: if the person may not see or not tend the station.
    """
    attempted = f"add photos to station {station_id}"
    _check(kind=kind, caption="", attempted=attempted)
    if not uploads:
        raise _invalid("no photo was chosen", "请选择照片", attempted)
    if len(uploads) > MOST_AT_ONCE:
        raise _invalid(
            f"more than {MOST_AT_ONCE} photos at once", f"一次最多上传 {MOST_AT_ONCE} 张", attempted
        )
    with acting_as(connection, actor):
        _tending.tended(connection, station_id, attempted)
    # decoding takes its time, and holds no transaction open
    photos, refused = _read(uploads, zone)
    kept = []
    with acting_as(connection, actor), refusals(attempted):
        present = len(station_photos.of_station(connection, station_id))
        if present + len(photos) > MOST_PHOTOS:
            raise _invalid(
                f"a station has at most {MOST_PHOTOS} photos, and this one has {present}",
                f"每站最多 {MOST_PHOTOS} 张照片,现有 {present} 张,请先删去一些",
                attempted,
            )
        for name, photo in photos:
            file_id, thumbnail_id = _keep(connection, station_id, name, photo)
            kept.append(station_photos.add(
                connection, station_id, kind=kind, file_id=file_id, thumbnail_id=thumbnail_id
            ))  # fmt: skip
    return Added(tuple(kept), tuple(refused))


def describe(
    connection: Connection, actor: Actor, station_id: int, photo_id: int, *, kind: str, caption: str
) -> None:
    """Say what a photo shows.

    Raises:
        InvalidInput: if the kind is none, or the caption too long.
        NotFound, ForbiddenHere: if the person may not see or not tend the station.
    """
    attempted = f"describe photo {photo_id}"
    plain = " ".join(caption.split())
    _check(kind=kind, caption=plain, attempted=attempted)
    with acting_as(connection, actor):
        _tending.tended(connection, station_id, attempted)
        with refusals(attempted):
            done = station_photos.describe(
                connection, station_id, photo_id, kind=kind, caption=plain
            )
        if not done:
            raise _unknown(photo_id)


def shift(
    connection: Connection, actor: Actor, station_id: int, photo_id: int, *, steps: int
) -> None:
    """Move a photo towards the front (below zero) or the back; at an end it stays.

    Raises:
        NotFound, ForbiddenHere: if the person may not see or not tend the station.
    """
    attempted = f"arrange photo {photo_id}"
    with acting_as(connection, actor):
        _tending.tended(connection, station_id, attempted)
        order = [photo.id for photo in station_photos.of_station(connection, station_id)]
        if photo_id not in order:
            raise _unknown(photo_id)
        place = max(0, min(len(order) - 1, order.index(photo_id) + steps))
        order.remove(photo_id)
        order.insert(place, photo_id)
        with refusals(attempted):
            station_photos.arrange(connection, station_id, order)


def remove(connection: Connection, actor: Actor, station_id: int, photo_id: int) -> None:
    """Take a photo off the station.

    Raises:
        NotFound, ForbiddenHere: if the person may not see or not tend the station.
    """
    attempted = f"remove photo {photo_id}"
    with acting_as(connection, actor):
        _tending.tended(connection, station_id, attempted)
        with refusals(attempted):
            done = station_photos.remove(connection, station_id, photo_id)
        if not done:
            raise _unknown(photo_id)


def file_of(
    connection: Connection, actor: Actor, station_id: int, photo_id: int, *, small: bool
) -> PhotoFile:
    """Return the file of a photo for staff.

    Raises:
        NotFound: if the person may not see it.
    """
    with acting_as(connection, actor):
        found = station_photos.file_of(connection, station_id, photo_id, small=small)
    if found is None:
        raise _unknown(photo_id)
    return found


def public_file(connection: Connection, code: str, photo_id: int, *, small: bool) -> PhotoFile:
    """Return the file of a photo of a station that riders see.

    Raises:
        NotFound: if there is none, or the station is not public.
    """
    with connection.transaction():
        found = station_photos.public_file(connection, code, photo_id, small=small)
    if found is None:
        raise _unknown(photo_id)
    return found


def _read(
    uploads: Sequence[Upload], zone: tzinfo
) -> tuple[list[tuple[str, Photo]], list[FieldError]]:
    photos, refused = [], []
    for upload in uploads:
        try:
            photos.append((upload.name, read_photo(upload.content, name=upload.name, zone=zone)))
        except InvalidInput as error:
            refused += error.errors
        except UnreadableFile as error:
            refused.append(FieldError(FIELD, str(error), error.zh))
    return photos, refused


def _keep(connection: Connection, station_id: int, name: str, photo: Photo) -> tuple[int, int]:
    stem = name.rsplit("/", 1)[-1].rsplit(".", 1)[0][:100] or "photo"
    large = stored_files.keep(
        connection, name=f"{stem}.jpg", media_type="image/jpeg", content=photo.jpeg,
        station_id=station_id, width=photo.width, height=photo.height,
    )  # fmt: skip
    small = stored_files.keep(
        connection, name=f"{stem}-small.jpg", media_type="image/jpeg", content=photo.thumbnail,
        station_id=station_id,
    )  # fmt: skip
    return large, small


def _check(*, kind: str, caption: str, attempted: str) -> None:
    errors = []
    if kind not in _KINDS:
        errors.append(FieldError("kind", f"{kind!r} is no kind of photo", "请选择照片类别"))
    if len(caption) > LONGEST_CAPTION:
        errors.append(FieldError(
            "caption", f"is longer than {LONGEST_CAPTION} characters",
            f"说明超过 {LONGEST_CAPTION} 字",
        ))  # fmt: skip
    if errors:
        raise InvalidInput(errors, attempted=attempted)


def _invalid(message: str, zh: str, attempted: str) -> InvalidInput:
    return InvalidInput([FieldError(FIELD, message, zh)], attempted=attempted)


def _unknown(photo_id: int) -> NotFound:
    return NotFound(
        f"There is no photo {photo_id} among those you may see.", zh="没有这张照片,或已被删去。"
    )
