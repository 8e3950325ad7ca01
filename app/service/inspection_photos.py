"""Photos of an inspection: re-encoded, and kept with the criterion that they show."""

from datetime import tzinfo
from hashlib import sha256

from app.domain.actor import Actor
from app.domain.errors import FieldError, InvalidInput, NotFound
from app.files import photos
from app.service import stored_files
from app.service._inspection_sheets import own
from app.store import inspections
from app.store.database import Connection
from app.store.inspections import Photo
from app.store.rights import acting_as, refusals

__all__ = ["MOST_PHOTOS", "Photo", "add_photo", "remove_photo"]

MOST_PHOTOS = 8


def add_photo(
    connection: Connection,
    actor: Actor,
    inspection_id: int,
    criterion: str,
    *,
    content: bytes,
    name: str,
    zone: tzinfo,
) -> Photo:
    """Put a photo to a criterion of one's own draft; it is re-encoded before it is kept.

    The same photo sent again is the one that is there.

    Args:
        name: the file's name, for messages.
        zone: what the camera's clock showed, where the photo does not say.

    Raises:
        UnreadableFile, InvalidInput: if it is no photo, too large, or one too many.
        NotFound, Conflict: if it is not the person's own draft.
    """
    attempted = f"add a photo to inspection {inspection_id}"
    photo = photos.read_photo(content, name=name, zone=zone)
    with acting_as(connection, actor):
        draft = own(connection, actor, inspection_id, attempted)
        inspections.hold(connection, draft.id)
        # the answer to the first time was lost on its way
        known = inspections.photo_of_digest(
            connection, draft.id, criterion, sha256(photo.jpeg).digest()
        )
        if known is not None:
            return known
        there = [p for p in inspections.photos(connection, draft.id) if p.criterion == criterion]
        if len(there) >= MOST_PHOTOS:
            raise InvalidInput(
                [
                    FieldError(
                        criterion, f"at most {MOST_PHOTOS} photos", f"最多 {MOST_PHOTOS} 张照片"
                    )
                ],
                attempted=attempted,
            )
        file_id = stored_files.keep(
            connection, name="photo.jpg", media_type="image/jpeg", content=photo.jpeg,
            station_id=draft.station_id, width=photo.width, height=photo.height,
        )  # fmt: skip
        thumbnail_id = stored_files.keep(
            connection, name="thumbnail.jpg", media_type="image/jpeg", content=photo.thumbnail,
            station_id=draft.station_id,
        )  # fmt: skip
        with refusals(attempted):
            id_ = inspections.add_photo(
                connection, draft.id, criterion=criterion, file_id=file_id,
                thumbnail_id=thumbnail_id, taken_at=photo.taken_at,
            )  # fmt: skip
    return Photo(id_, criterion, file_id, thumbnail_id)


def remove_photo(connection: Connection, actor: Actor, inspection_id: int, photo_id: int) -> None:
    """Take a photo out of one's own draft.

    Raises:
        NotFound, Conflict: if there is none, or it is not the person's own draft.
    """
    attempted = f"remove a photo from inspection {inspection_id}"
    with acting_as(connection, actor):
        draft = own(connection, actor, inspection_id, attempted)
        with refusals(attempted):
            if not inspections.remove_photo(connection, draft.id, photo_id):
                raise NotFound(f"There is no photo {photo_id} here.", zh="没有这张照片。")
