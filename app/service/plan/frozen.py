"""Figures once reported that stand for good, beside what the same question gives today."""

from dataclasses import dataclass

from app.domain.actor import Actor
from app.domain.errors import FieldError, HarborError, InvalidInput, NotFound, SamePerson
from app.domain.texts import is_shown
from app.service import coverage
from app.service.coverage import Told
from app.service.plan.planners import check_planner
from app.service.runtime import Runtime
from app.store import frozen
from app.store.database import Connection
from app.store.frozen import FrozenFigure
from app.store.rights import acting_as, refusals

__all__ = ["Compared", "FrozenFigure", "check_freezer", "compared", "freeze", "listed", "sign"]

LONGEST_TITLE, LONGEST_NOTE, MOST_LISTED = 200, 1000, 100
# inputs by what they are called
_INPUTS = {
    "method": ("计算方法", "the method"),
    "stations_digest": ("站点登记", "the stations"),
    "demand_digest": ("人口数据", "the people"),
    "network_digest": ("步行路网", "the walking network"),
    "scope_digest": ("统计范围", "the scope"),
    "districts_digest": ("区县区划", "the districts"),
    "calendar_digest": ("节假日历", "the calendar"),
    "max_snap_metres": ("到街道的最远距离", "the farthest way to a street"),
}


@dataclass(frozen=True, slots=True)
class Compared:
    """A frozen figure beside today's.

    Attributes:
        today: the answer to the same question today; None if it cannot be answered.
        changed: what is different since, in Chinese and English.
        problem: why today's is missing, in Chinese and English.
    """

    figure: FrozenFigure
    today: Told | None
    changed: tuple[tuple[str, str], ...] = ()
    problem: tuple[str, str] = ("", "")


def freeze(harbor: Runtime, actor: Actor | None, run: int, *, title: str, note: str = "") -> int:
    """Freeze the figures of a run with their inputs; return the frozen figure's number.

    Raises:
        InvalidInput: if it has no title, or more words than fit.
        NotFound: if there is no such run.
        ForbiddenHere: if the person is neither planner nor admin.
    """
    check_freezer(harbor, actor)
    title, note = _words(title, note)
    with harbor.connection() as connection:
        coverage.find(connection, run)
        with acting_as(connection, actor), refusals("freeze the figures"):
            return frozen.freeze(connection, run=run, title=title, note=note)


def check_freezer(harbor: Runtime, actor: Actor | None) -> None:
    """Raise :class:`ForbiddenHere` unless the person may freeze figures."""
    with harbor.connection() as connection, acting_as(connection, actor):
        check_planner(connection, "freeze the figures", "定版")


def _words(title: str, note: str) -> tuple[str, str]:
    title, note = title.strip(), note.strip()
    errors = []
    if not 1 <= len(title) <= LONGEST_TITLE:
        errors.append(FieldError(
            "title", f"expected 1 to {LONGEST_TITLE} signs", f"请填写标题,不超过 {LONGEST_TITLE} 字"
        ))  # fmt: skip
    if len(note) > LONGEST_NOTE:
        errors.append(FieldError(
            "note", f"expected at most {LONGEST_NOTE} signs", f"说明不超过 {LONGEST_NOTE} 字"
        ))  # fmt: skip
    for field, text in (("title", title), ("note", note)):
        if not is_shown(text):
            errors.append(FieldError(field, "holds signs that cannot be shown", "含有不可见字符"))
    if errors:
        raise InvalidInput(errors, attempted="freeze the figures")
    return title, note


def sign(harbor: Runtime, actor: Actor, number: int) -> None:
    """Sign a frozen figure off, as another person than froze it.

    Raises:
        NotFound: if there is none.
        SamePerson: if the person froze it.
        ForbiddenHere: if the person is no admin of the city.
        Conflict: if it is signed already.
    """
    with (
        harbor.connection() as connection,
        acting_as(connection, actor),
        refusals("sign the figures off"),
    ):
        figure = _find(connection, number)
        if figure.frozen_by == actor.user_id:
            raise SamePerson("sign the figures off", "one who froze them")
        frozen.sign(connection, number, signed_by=actor.user_id)


def listed(harbor: Runtime, actor: Actor | None) -> list[FrozenFigure]:
    """Return the newest frozen figures."""
    with harbor.connection() as connection, acting_as(connection, actor):
        return frozen.listed(connection, most=MOST_LISTED)


def compared(harbor: Runtime, actor: Actor | None, number: int) -> Compared:
    """Return a frozen figure beside what its question gives today; nothing is stored.

    Raises:
        NotFound: if there is none.
    """
    with harbor.connection() as connection:
        with acting_as(connection, actor):
            figure = _find(connection, number)
        return _compare(harbor, connection, figure)


def _find(connection: Connection, number: int) -> FrozenFigure:
    figure = frozen.find(connection, number)
    if figure is None:
        raise NotFound(f"There is no frozen figure {number}.", zh=f"没有编号为 {number} 的定版数。")
    return figure


def _compare(harbor: Runtime, connection: Connection, figure: FrozenFigure) -> Compared:
    try:
        streets = harbor.snapshot().streets
        question, changes = coverage.asked(figure.inputs, as_of=None)
        today = coverage.tell(
            connection, streets, harbor.settings, question, changes, grounds=harbor.shelf.grounds
        )
    except HarborError as error:
        said = f"{error} {error.remedy}".strip()
        return Compared(figure, None, problem=(error.zh or said, said))
    changed = [
        words
        for key, words in _INPUTS.items()
        if today.inputs.get(key) != figure.inputs.get(key)
    ]  # fmt: skip
    return Compared(figure, today, tuple(changed))
