"""Acting as a person: what PostgreSQL's rights of rows then hold the connection to."""

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import TypeVar

import psycopg
from psycopg.pq import TransactionStatus

from app.domain.actor import Actor
from app.domain.errors import Conflict, FieldError, ForbiddenHere, InvalidInput
from app.store.database import Connection

STAFF = "harbor_staff"
ADMIN = "harbor_admin"
# a tie that the database broke is tried again so often, each time after a longer pause
TRIES = 8
PAUSE_SECONDS = 0.05

T = TypeVar("T")

_SET = (
    "SELECT set_config('role', %s, true), set_config('harbor.user', %s, true),"
    " set_config('harbor.request', %s, true)"
)
_READ = (
    "SELECT current_setting('role'), coalesce(current_setting('harbor.user', true), ''),"
    " coalesce(current_setting('harbor.request', true), '')"
)


@contextmanager
def acting(
    connection: Connection, *, user_id: int, admin: bool = False, request_id: str = ""
) -> Iterator[None]:
    """Act as a person for one transaction, which nests.

    Inside, every statement has the rights of the person's database role and the
    scope of their grants. Afterwards role and person are what they were: settings
    outlive a savepoint that is released, so they are put back by hand.
    """
    nested = connection.info.transaction_status is not TransactionStatus.IDLE
    with connection.transaction():
        before = connection.execute(_READ).fetchone() if nested else None
        _set(connection, (ADMIN if admin else STAFF, str(user_id), request_id))
        yield
        # a failure undoes the settings together with the work
        if before is not None:
            _set(connection, before)


def acting_as(connection: Connection, actor: Actor | None) -> AbstractContextManager[object]:
    """Act as a person for one transaction, as :func:`acting`; None is the server's operator."""
    if actor is None:
        return connection.transaction()
    return acting(connection, user_id=actor.user_id, admin=actor.admin, request_id=actor.request_id)


def settled(work: Callable[[], T]) -> T:
    """Do a transaction, and again whenever the database ends it to break a tie.

    Raises:
        Conflict: if it was ended every time.
    """
    for attempt in range(TRIES):
        try:
            return work()
        except (psycopg.errors.DeadlockDetected, psycopg.errors.SerializationFailure):
            time.sleep(PAUSE_SECONDS * (attempt + 1))
    raise Conflict(
        "Many people are changing the same records at this moment; nothing was changed.",
        remedy="Try again.",
        zh="此刻有多人在改同样的记录,没有做任何改动。请再试一次。",
    )


def _set(connection: Connection, values: tuple[str, ...]) -> None:
    connection.execute(_SET, values)


def roles(connection: Connection, *, union_id: int | None) -> frozenset[str]:
    """Return the roles the acting person has in the scope of a union."""
    row = connection.execute("SELECT acting_roles(%s)", (union_id,)).fetchone()
    return frozenset(row[0]) if row is not None else frozenset()


@contextmanager
def refusals(attempted: str) -> Iterator[None]:
    """Turn what the database refuses into errors of the domain.

    Raises:
        ForbiddenHere: for a right that is missing.
        InvalidInput: for a value that a column does not take.
        Conflict: for a rule of the register that the change does not keep.
    """
    try:
        yield
    except psycopg.errors.InsufficientPrivilege as error:
        raise ForbiddenHere(
            f"Could not {attempted}: {_said(error)}.",
            zh="您的角色不能这样做,或记录属于其他工会。没有做任何改动。",
        ) from error
    except (psycopg.errors.DataError, psycopg.errors.NotNullViolation) as error:
        wrong = FieldError(
            error.diag.column_name or "changes", _said(error), "这一项的内容不合要求"
        )
        raise InvalidInput([wrong], attempted=attempted) from error
    except psycopg.errors.ForeignKeyViolation as error:
        field = (error.diag.constraint_name or "services").removeprefix("station_")
        wrong = FieldError(field.removesuffix("_fkey"), _said(error), "没有这个选项,请重新选择")
        raise InvalidInput([wrong], attempted=attempted) from error
    except psycopg.errors.UniqueViolation as error:
        # a constraint names its columns' values: only what a guard of ours said is told
        said = "it is there already" if error.diag.constraint_name else _said(error)
        raise Conflict(
            f"Could not {attempted}: {said}.", zh="已经有一样的记录了,没有做任何改动。"
        ) from error
    except psycopg.errors.CheckViolation as error:
        raise _checked(error, attempted) from error


def _checked(error: psycopg.errors.CheckViolation, attempted: str) -> Conflict | InvalidInput:
    constraint = error.diag.constraint_name
    if constraint == "number_counter_last_serial_check":
        return Conflict(
            f"Could not {attempted}: every number under the union's code is issued.",
            remedy="Nothing was changed. Let the union have another code.",
            zh="这个工会代码下的编号已经用完,没有做任何改动。请为工会换一个代码。",
        )
    if constraint is None or error.diag.table_name != "station":
        return Conflict(
            f"Could not {attempted}: {_said(error)}.",
            zh="与登记规则不符,没有做任何改动。请刷新后再看。",
        )
    field = constraint.removeprefix("station_").removesuffix("_check").rstrip("0123456789")
    wrong = FieldError(field, "is not what the column takes", "不合这一栏的要求")
    return InvalidInput([wrong], attempted=attempted)


def _said(error: psycopg.Error) -> str:
    return (error.diag.message_primary or "the database refused").rstrip(".")
