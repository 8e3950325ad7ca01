"""The keeper in the form of a station: read from what was sent, masked once it is kept.

What is typed here goes to the vault alone. It comes back in the page that was sent and found
wrong, and nowhere else: no draft, no saving by itself, no login in between carries it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from flask import request

from app.domain.actor import Actor
from app.domain.errors import FieldError, InvalidInput
from app.service import keepers
from app.service.first_keeper import PREFIX, NewKeeper
from app.service.keepers import Connection, MaskedKeeper
from app.service.station_forms import Mode, Opened
from app.web.context import runtime
from app.web.forms import LEFT_OUT

_VALUES = ("name", "phone", "employer")
_LOST = FieldError(
    f"{PREFIX}name",
    "your login ended meanwhile, and personal values are not carried over: type them again",
    "登录曾过期,负责人信息不会随表单保留,请重新填写。",
)


@dataclass(frozen=True, slots=True, repr=False)
class KeeperFields:
    """What the section shows.

    Attributes:
        named: who serves, masked.
        typed: what was sent and is not kept yet, by the name of its input.
        asks: whether there are inputs.
    """

    named: tuple[MaskedKeeper, ...]
    typed: Mapping[str, str]
    asks: bool
    today: date


def given(*, again: bool = False) -> NewKeeper | None:
    """Return the keeper of the form that was sent; None if none was typed.

    Args:
        again: the form was taken before.

    Raises:
        InvalidInput: if the values were left out on their way through a login.
    """
    form = request.form
    if form.get(LEFT_OUT) == PREFIX:
        raise InvalidInput([_LOST], attempted="name the keeper")
    name, phone, employer = (form.get(PREFIX + value, "") for value in _VALUES)
    if not (name + phone + employer).strip():
        return None
    return NewKeeper(
        runtime().vault, name, phone, employer,
        agreed=form.get(f"{PREFIX}agreed") == "yes",
        consented_on=form.get(f"{PREFIX}consented_on", ""), today=_today(), again=again,
    )  # fmt: skip


def shown(
    connection: Connection, person: Actor, opened: Opened, *, kept: bool = False
) -> KeeperFields:
    """Return what the section shows of a station's keepers.

    Args:
        kept: what was sent is in the register by now.
    """
    named: tuple[MaskedKeeper, ...] = ()
    if opened.station_id is not None:
        listed = keepers.masked(connection, person, opened.station_id, vault=runtime().vault)
        named = tuple(one for one in listed if one.duty.state == "serving")
    typed = {} if kept else _typed()
    asks = opened.mode in (Mode.NEW, Mode.DRAFT) and not named
    return KeeperFields(named, typed, asks or bool(typed), _today())


def _typed() -> dict[str, str]:
    if request.method != "POST":
        return {}
    typed = {name: value for name, value in request.form.items() if name.startswith(PREFIX)}
    return typed if any(typed.get(PREFIX + value, "").strip() for value in _VALUES) else {}


def _today() -> date:
    return datetime.now(runtime().settings.zone).date()
