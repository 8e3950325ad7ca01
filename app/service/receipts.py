"""Forms that are sent twice, by a double click or a retry, and are done once."""

import secrets
from collections.abc import Callable
from datetime import timedelta

from app.domain.actor import Actor
from app.domain.errors import FieldError, InvalidInput
from app.store import receipts, rights
from app.store.database import Connection

KEPT = timedelta(days=30)
SHORTEST, LONGEST = 16, 100


def token() -> str:
    """Return a token for a form that is about to be shown."""
    return secrets.token_urlsafe(18)


def once(connection: Connection, actor: Actor, given: str, work: Callable[[], str]) -> str:
    """Do the work of a form once, whole or not at all; return where it led.

    The same form again, at the same time or later, does nothing and leads to the
    same place. A form whose work failed was not taken, and may be sent again.

    Args:
        given: the token that the form carries.
        work: does what the form asks and returns where to go.

    Raises:
        InvalidInput: if the form carries no token of ours.
    """
    if not (SHORTEST <= len(given) <= LONGEST and given.isascii() and given.isprintable()):
        raise InvalidInput(
            [FieldError("once", "the form carries no token", "表单已失效,请刷新页面后再提交。")],
            attempted="take the form",
            remedy="Load the page anew and send the form again.",
        )

    def whole() -> str:
        with connection.transaction():
            fresh, location = receipts.take(connection, user_id=actor.user_id, token=given)
            if not fresh:
                return location or "/manage"
            led = work()
            receipts.close(connection, user_id=actor.user_id, token=given, location=led)
            return led

    return rights.settled(whole)


def led(connection: Connection, actor: Actor, given: str) -> str | None:
    """Return where a form led that was done before; None if it was not."""
    with connection.transaction():
        return receipts.location(connection, user_id=actor.user_id, token=given)


def forget_old(connection: Connection) -> int:
    """Remove receipts that nobody will send again; return how many."""
    return receipts.forget(connection, older_than=KEPT)
