"""The keeper whom the form of a station names: checked beside the facts, and never among them."""

from dataclasses import dataclass
from datetime import date

from app.domain.actor import Actor
from app.domain.errors import FieldError, InvalidInput
from app.domain.keepers import check
from app.service import keepers
from app.service.vault import Vault
from app.store.database import Connection

# how the form calls the fields, which have other names where a keeper is all there is
PREFIX = "keeper_"
_AGREED = FieldError(
    f"{PREFIX}agreed",
    "ask the person first, and tick this once they have agreed",
    "请先征得本人同意,再勾选此项。",
)
_DAY = FieldError(
    f"{PREFIX}consented_on", "write it as 2026-01-31", "日期应写成 2026-01-31 的样子。"
)


@dataclass(frozen=True, slots=True, repr=False)
class NewKeeper:
    """A keeper as typed; nothing of it shows in a picture of the object.

    Attributes:
        vault: what the values are sealed with.
        agreed: whether the person has agreed to be named.
        consented_on: the day of that, as typed.
        today: the day it is where the register is.
        again: the form was taken before, so that the keeper may be named already.
    """

    vault: Vault
    name: str
    phone: str
    employer: str
    agreed: bool
    consented_on: str
    today: date
    again: bool = False

    @property
    def day(self) -> date | None:
        """The day of consent; None if it is missing or no day."""
        try:
            return date.fromisoformat(self.consented_on.strip())
        except ValueError:
            return None


def wrong(given: NewKeeper | None) -> tuple[FieldError, ...]:
    """Return everything that is wrong with a keeper as typed, by the fields of the form."""
    if given is None:
        return ()
    try:
        check(
            name=given.name, phone=given.phone, employer=given.employer,
            consented_on=given.day, today=given.today,
        )  # fmt: skip
        found: tuple[FieldError, ...] = ()
    except InvalidInput as error:
        found = _as_in_the_form(error)
    if given.consented_on.strip() and given.day is None:
        found = (*(one for one in found if one.field != _DAY.field), _DAY)
    return found if given.agreed else (*found, _AGREED)


def enter(
    connection: Connection, actor: Actor, station_id: int, given: NewKeeper | None
) -> int | None:
    """Name the keeper of a station inside the caller's transaction; return the id.

    Raises:
        InvalidInput: by the fields of the form; also for a phone that is a keeper's of this
            station already, unless the form is taken again.
        ForbiddenHere, Conflict, NotFound: as :func:`app.service.keepers.add`.
    """
    if given is None:
        return None
    found = wrong(given)
    if found:
        raise InvalidInput(list(found), attempted="name the keeper")
    try:
        return keepers.add(
            connection, given.vault, actor, station_id, name=given.name, phone=given.phone,
            employer=given.employer, consented_on=given.day, today=given.today,
        )  # fmt: skip
    except InvalidInput as error:
        # the values are right: what is left is that this phone keeps the station already
        if given.again:
            return None
        raise InvalidInput(list(_as_in_the_form(error)), attempted="name the keeper") from None


def _as_in_the_form(error: InvalidInput) -> tuple[FieldError, ...]:
    return tuple(FieldError(PREFIX + one.field, one.message, one.zh) for one in error.errors)
