"""Call lists: keepers whom no gateway reached, told by telephone from a sheet of paper.

Numbers are shown a list at a time: for one reason, as one event of the audit that names every
keeper on it, and for so many lists an hour and person.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from app.domain.actor import Actor
from app.domain.errors import FieldError, InvalidInput, NotFound
from app.domain.keepers import Values, check_reason, plain_phone
from app.service import notices as told
from app.service._keeper_sight import open_values, refusals_of_keepers
from app.service.carriers import carrier_of
from app.service.notices import Shown
from app.service.vault import Vault
from app.settings import Settings
from app.store import audit, keepers, notices, sealed
from app.store.database import Connection
from app.store.keepers import LimitReached
from app.store.rights import acting_as

__all__ = ["LISTS_AN_HOUR", "MOST_ON_LIST", "CallList", "CallRow", "LimitReached", "done",
           "numbered", "waiting"]  # fmt: skip

MOST_ON_LIST = 100
LISTS_AN_HOUR = 3


@dataclass(frozen=True, slots=True)
class CallRow:
    """One call to make; ``keeper`` is None without a look, or if the keeper serves no more."""

    told: Shown
    keeper: Values | None = None


@dataclass(frozen=True, slots=True)
class CallList:
    """A part of the calls to make, the oldest first.

    Attributes:
        after: the last notice of the part before.
        total: how many calls there are in all parts from this one on.
        shows_numbers: whether names and phones were looked up.
    """

    rows: tuple[CallRow, ...]
    after: int
    total: int
    shows_numbers: bool = False

    @property
    def next_after(self) -> int | None:
        """From where the next part begins, None if this is the last one."""
        more = self.rows and self.total > len(self.rows)
        return self.rows[-1].told.notice.id if more else None


def waiting(
    connection: Connection, actor: Actor, settings: Settings, *, after: int = 0
) -> CallList:
    """Return what keepers of the person's scope are still to be told by a call.

    With a gateway those are the notices it failed to deliver: the others are on their way.
    """
    with acting_as(connection, actor):
        return _part(connection, settings, after)


def numbered(
    connection: Connection,
    vault: Vault,
    actor: Actor,
    settings: Settings,
    *,
    after: int = 0,
    reason: str,
) -> CallList:
    """Return a part of the list with names and phones; who saw them, and why, is in the audit.

    Raises:
        InvalidInput: for a reason that is missing, or that holds a personal value itself.
        LimitReached: after :data:`LISTS_AN_HOUR` lists within the hour; that is noted, too.
    """
    why = check_reason(reason)
    with (
        _noting_limits(connection, actor),
        refusals_of_keepers("show the call list"),
        acting_as(connection, actor),
    ):
        sealed.hold_keys(connection)
        opened = keepers.unmask_calls(
            connection, states=_states(settings), after_id=after, reason=why,
            most=MOST_ON_LIST, most_lists=LISTS_AN_HOUR,
        )  # fmt: skip
        part = _part(connection, settings, after)
        values = {notice: open_values(vault, one) for notice, one in opened.items()}
        # the event is undone together with the look
        if any(_names(why, one) for one in values.values()):
            raise InvalidInput(
                [FieldError(
                    "reason", "the reason is kept in the audit: leave the person out",
                    "原因会写入审计,请不要写出姓名或电话。",
                )],
                attempted="show the call list",
            )  # fmt: skip
    rows = tuple(CallRow(row.told, values.get(row.told.notice.id)) for row in part.rows)
    return CallList(rows, part.after, part.total, shows_numbers=True)


def done(connection: Connection, actor: Actor, notice_id: int) -> None:
    """Note that a keeper was told by a call.

    Raises:
        NotFound: if there is no such notice waiting in the person's scope.
    """
    with acting_as(connection, actor):
        if not notices.note_call(connection, notice_id):
            raise NotFound(
                f"No notice {notice_id} waits for a call from you.",
                zh="没有需要您电话通知的这一条。",
            )


def _states(settings: Settings) -> tuple[str, ...]:
    return ("waiting", "failed") if carrier_of(settings) is None else ("failed",)


def _part(connection: Connection, settings: Settings, after: int) -> CallList:
    states = _states(settings)
    found = notices.to_call(connection, states=states, after_id=after, most=MOST_ON_LIST)
    total = notices.count_to_call(connection, states=states, after_id=after)
    return CallList(tuple(CallRow(one) for one in told.shown(found)), after, total)


def _names(reason: str, person: Values) -> bool:
    personal = (person.name, plain_phone(person.phone))
    return any(value and value in reason for value in personal)


@contextmanager
def _noting_limits(connection: Connection, actor: Actor) -> Iterator[None]:
    try:
        yield
    except LimitReached:
        with acting_as(connection, actor):
            audit.record(connection, "keeper.unmask_refused", "calls", {})
        raise
