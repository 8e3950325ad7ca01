"""Standards: drafts of versions that an admin of the city writes, and releases from a day on."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date

from app.domain.actor import Actor
from app.domain.errors import ChangedMeanwhile, Conflict, FieldError, InvalidInput, NotFound
from app.domain.standard import StandardVersion, in_force
from app.files import standards as files
from app.store import standards
from app.store.database import Connection
from app.store.rights import acting_as, refusals
from app.store.standards import StoredVersion

__all__ = [
    "StandardVersion", "StoredVersion", "View", "document", "drop_draft", "end", "find",
    "import_file", "listing", "may_write", "open_draft", "release", "save_draft", "show",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class View:
    """A version, and where it stands among the others of its standard.

    Attributes:
        in_force: whether it is what an inspection of today goes by.
    """

    version: StoredVersion
    in_force: bool


def listing(connection: Connection, actor: Actor | None, *, day: date) -> list[View]:
    """Return every version, standard by standard; None acts as the server's operator."""
    with _acting(connection, actor):
        found = standards.versions(connection)
    released = [version.on(day) for version in found if version.state == "released"]
    current = {
        code: in_force([v for v in released if v.standard == code], day)
        for code in {version.standard for version in found}
    }
    return [View(version, _holds(version, current.get(version.standard), day)) for version in found]


def may_write(connection: Connection, actor: Actor) -> bool:
    """Whether a person is an admin of the whole city."""
    with acting_as(connection, actor):
        return standards.acts_for_city(connection)


def show(connection: Connection, actor: Actor | None, version_id: int) -> StoredVersion:
    """Return a version.

    Raises:
        NotFound: if there is none.
    """
    with _acting(connection, actor):
        return _known(connection, version_id)


def find(connection: Connection, code: str, number: int | None = None) -> StoredVersion:
    """Return a version of a standard for the server's operator: the last one unless named.

    Raises:
        NotFound: if there is none.
    """
    with connection.transaction():
        found = [v for v in standards.versions(connection) if v.standard == code]
    for version in found:
        if number in (None, version.version):
            return version
    asked = code if number is None else f"{code}@{number}"
    known = ", ".join(sorted({v.standard for v in found})) or "see `harbor standards list`"
    raise NotFound(
        f"There is no standard {asked}.", remedy=f"Known: {known}.", zh=f"没有标准 {asked}。"
    )


def open_draft(connection: Connection, actor: Actor, code: str) -> int:
    """Return the draft of a standard's next version, begun with what the last one says.

    Raises:
        NotFound: if there is no such standard.
        ForbiddenHere: to who is no admin of the city.
    """
    attempted = f"begin a version of {code}"
    with acting_as(connection, actor):
        known = standards.draft_of(connection, code)
        if known is not None:
            return known
        last = next((v for v in standards.versions(connection) if v.standard == code), None)
        if last is None:
            raise NotFound(f"There is no standard {code}.", zh="没有这项标准。")
        with refusals(attempted):
            made = standards.begin(
                connection, code, source=last.source, rectify_days=last.rectify_days
            )
            standards.write(
                connection, made, source=last.source, rectify_days=last.rectify_days,
                criteria=last.criteria, stars=last.stars,
            )  # fmt: skip
        return made


def save_draft(
    connection: Connection,
    actor: Actor,
    version_id: int,
    wanted: StandardVersion,
    *,
    revision: int,
) -> int:
    """Write a draft anew, with the names of its standard; return its new revision.

    Raises:
        NotFound: if there is none.
        ChangedMeanwhile: if somebody else was faster.
        Conflict: if it is released.
        ForbiddenHere: to who is no admin of the city.
    """
    attempted = f"save version {wanted.version} of {wanted.standard}"
    with acting_as(connection, actor):
        known = _draft(connection, version_id, attempted)
        if known.revision != revision:
            raise ChangedMeanwhile(
                attempted=attempted, expected=revision, revision=known.revision, changes=()
            )
        with refusals(attempted):
            standards.enter(
                connection, known.standard, wanted.name, wanted.name_en, wanted.every_months
            )
            saved = standards.write(
                connection, version_id, source=wanted.source, rectify_days=wanted.rectify_days,
                criteria=wanted.criteria, stars=wanted.stars,
            )  # fmt: skip
    return saved or known.revision + 1


def release(
    connection: Connection, actor: Actor | None, version_id: int, *, valid_from: date, today: date
) -> StoredVersion:
    """Release a draft from a day on; from then on it never changes.

    Raises:
        NotFound, Conflict: if there is no such draft.
        InvalidInput: if the day has passed or is not after the version before, or parts of the
            draft do not fit each other.
        ForbiddenHere: to who is no admin of the city.
    """
    attempted = f"release version {version_id}"
    with _acting(connection, actor):
        draft = _draft(connection, version_id, attempted)
        draft.on(valid_from)
        before = max(
            (
                v.valid_from
                for v in standards.versions(connection)
                if v.standard == draft.standard and v.valid_from is not None
            ),
            default=None,
        )
        error = None
        if valid_from < today:
            error = FieldError("valid_from", "expected today or later", "须为今天或以后")
        elif before is not None and valid_from <= before:
            error = FieldError(
                "valid_from", f"expected a day after {before}, when the last version began",
                f"须晚于上一版本的生效日 {before}",
            )  # fmt: skip
        if error is not None:
            raise InvalidInput([error], attempted=attempted)
        with refusals(attempted):
            standards.release(connection, version_id, valid_from=valid_from)
        return _known(connection, version_id)


def drop_draft(connection: Connection, actor: Actor, version_id: int) -> None:
    """Throw a draft away.

    Raises:
        NotFound, Conflict, ForbiddenHere: as :func:`save_draft`.
    """
    attempted = f"drop version {version_id}"
    with acting_as(connection, actor):
        _draft(connection, version_id, attempted)
        with refusals(attempted):
            standards.drop(connection, version_id)


def end(connection: Connection, actor: Actor | None, code: str, *, on: date | None) -> None:
    """Let a standard end on a day, from which on nothing is inspected by it; None: it goes on.

    Raises:
        NotFound, ForbiddenHere: as :func:`open_draft`.
    """
    with _acting(connection, actor), refusals(f"end {code}"):
        if not standards.end(connection, code, on=on):
            raise NotFound(f"There is no standard {code}.", zh="没有这项标准。")


def import_file(
    connection: Connection, actor: Actor | None, content: bytes, *, name: str, today: date
) -> StoredVersion:
    """Take a JSON file as the draft of a standard's next version.

    Raises:
        UnreadableFile, InvalidInput: if the file cannot be used; every fault is named.
        Conflict: if the standard has a draft already.
        ForbiddenHere: to who is no admin of the city.
    """
    attempted = f"import {name}"
    wanted = files.read_standard(content, name=name, today=today)
    with _acting(connection, actor), refusals(attempted):
        if standards.draft_of(connection, wanted.standard) is not None:
            raise Conflict(
                f"Could not {attempted}: {wanted.standard} has a draft already.",
                remedy="Release it or drop it on the page /manage/standards.",
                zh="该标准已有草稿,请先发布或删除。",
            )
        standards.enter(
            connection, wanted.standard, wanted.name, wanted.name_en, wanted.every_months
        )
        made = standards.begin(
            connection, wanted.standard, source=wanted.source, rectify_days=wanted.rectify_days
        )
        standards.write(
            connection, made, source=wanted.source, rectify_days=wanted.rectify_days,
            criteria=wanted.criteria, stars=wanted.stars,
        )  # fmt: skip
        return _known(connection, made)


def document(version: StoredVersion, *, today: date) -> bytes:
    """Return a version as a file that can be imported again."""
    return files.written(version.on(today), released=version.state == "released")


@contextmanager
def _acting(connection: Connection, actor: Actor | None) -> Iterator[None]:
    """Act as a person, or as the server's operator in a transaction."""
    with connection.transaction() if actor is None else acting_as(connection, actor):
        yield


def _holds(version: StoredVersion, current: StandardVersion | None, day: date) -> bool:
    going_on = version.ended_on is None or version.ended_on > day
    return (
        going_on
        and version.state == "released"
        and current is not None
        and current.version == version.version
    )


def _known(connection: Connection, version_id: int) -> StoredVersion:
    found = standards.version(connection, version_id)
    if found is None:
        raise NotFound(f"There is no version {version_id} of a standard.", zh="没有这个标准版本。")
    return found


def _draft(connection: Connection, version_id: int, attempted: str) -> StoredVersion:
    found = _known(connection, version_id)
    if found.state != "draft":
        raise Conflict(
            f"Could not {attempted}: a released version never changes.",
            remedy="Begin the next version.",
            zh="已发布的版本不能再改,请新建下一版本。",
        )
    return found
