"""A keeper's own way in: a personal link on a card, and a PIN that is known to nobody else.

The link opens an account of the keeper's alone, without a password, whose one right is the
role of keeper at one station; sessions, guards and the audit are those of everybody. Of the
link the database knows a digest, of the PIN a slow hash.
"""

import secrets
from dataclasses import dataclass
from datetime import date, timedelta

from app.domain.accounts import FREE_NETWORK_FAILURES, REMEMBERED, delay
from app.domain.actor import Actor
from app.domain.errors import ForbiddenHere
from app.domain.keepers import PIN_DIGITS, PIN_LIMITS
from app.domain.roles import Role
from app.files import qr
from app.service import keepers, notices
from app.service._attempts import Caller, LoginRefused, LoginSlowed
from app.service._keeper_sight import refusals_of_keepers, seen
from app.service._passwords import fits, hashed
from app.service.logins import TOKEN_BYTES, LoggedIn, digest_of
from app.service.runtime import Runtime
from app.service.vault import Vault
from app.store import accounts, keeper_links, sessions
from app.store.database import Connection
from app.store.keeper_links import Kept, Link
from app.store.rights import acting_as

__all__ = [
    "Issued",
    "Kept",
    "LoginRefused",
    "LoginSlowed",
    "enter",
    "enter_again",
    "holder",
    "is_open",
    "issue",
    "kept",
    "picture",
    "propose",
    "revoke",
]

# short enough for a QR code that old phones read, too long to be guessed
LINK_BYTES = 24


@dataclass(frozen=True, slots=True, repr=False)
class Issued:
    """A new link and its PIN: shown once, and kept nowhere."""

    token: str
    pin: str


# By staff ---------------------------------------------------------------------------------------


def issue(connection: Connection, actor: Actor, keeper_id: int) -> Issued:
    """Give a keeper a link and a PIN; the ones before are shut at once.

    Raises:
        NotFound: if there is no such keeper in the person's sight.
        ForbiddenHere: if the person names no keepers for the station's union.
        Conflict: if the keeper does not serve.
    """
    issued = Issued(
        secrets.token_urlsafe(LINK_BYTES), f"{secrets.randbelow(10**PIN_DIGITS):0{PIN_DIGITS}}"
    )
    pin_hash = hashed(issued.pin)
    with refusals_of_keepers("give the keeper a link"), acting_as(connection, actor):
        seen(connection, keeper_id)
        keeper_links.issue(
            connection, keeper_id, token_digest=digest_of(issued.token), pin_hash=pin_hash
        )
    return issued


def picture(address: str) -> str:
    """Return a link's QR code as an SVG picture that a page can hold."""
    return qr.data_uri(address, scale=6)


def revoke(connection: Connection, actor: Actor, keeper_id: int) -> bool:
    """Shut a keeper's link, and every session it opened; false if there was none.

    Raises:
        NotFound, ForbiddenHere: as :func:`issue`.
    """
    with refusals_of_keepers("shut the keeper's link"), acting_as(connection, actor):
        seen(connection, keeper_id)
        return keeper_links.revoke(connection, keeper_id)


# By the keeper ----------------------------------------------------------------------------------


def holder(harbor: Runtime, token: str) -> int | None:
    """Return whose account a link opens, None if it is not in force."""
    with harbor.connection() as connection:
        link = keeper_links.by_digest(connection, digest_of(token))
    return None if link is None else link.user_id


def is_open(harbor: Runtime, user_id: int) -> bool:
    """Whether a link in force opens an account."""
    with harbor.connection() as connection:
        return keeper_links.by_user(connection, user_id) is not None


def enter(harbor: Runtime, token: str, pin: str, caller: Caller) -> LoggedIn:
    """Open a session by link and PIN.

    Raises:
        LoginRefused: if the link is not in force, or the PIN is wrong.
        LoginSlowed: if the PIN was wrong too often: the link is shut for a while.
    """
    with harbor.connection() as connection:
        link = keeper_links.by_digest(connection, digest_of(token))
    return _enter(harbor, link, pin, caller)


def enter_again(harbor: Runtime, user_id: int, pin: str, caller: Caller) -> LoggedIn:
    """Open a session by the PIN alone, on a phone that held one of the same keeper before.

    Args:
        user_id: whose session it was, as :func:`app.service.logins.standing` says.

    Raises:
        LoginRefused, LoginSlowed: as :func:`enter`.
    """
    with harbor.connection() as connection:
        link = keeper_links.by_user(connection, user_id)
    return _enter(harbor, link, pin, caller)


def kept(connection: Connection, actor: Actor) -> Kept:
    """Return the station of a keeper.

    Raises:
        ForbiddenHere: if the person keeps none at this moment.
    """
    with acting_as(connection, actor):
        return _kept(connection)


def propose(
    connection: Connection,
    vault: Vault,
    actor: Actor,
    *,
    name: str,
    phone: str,
    employer: str,
    consented_on: date | None,
    today: date | None = None,
) -> int:
    """Name who follows; the union is told, and until it confirms, who proposes goes on.

    A proposal made before is taken back by it.

    Raises:
        ForbiddenHere: if the person keeps no station at this moment.
        InvalidInput, Conflict: as :func:`app.service.keepers.add`.
    """
    with connection.transaction():
        station = kept(connection, actor)
        proposed = keepers.hand_over(
            connection, vault, actor, station.keeper_id, name=name, phone=phone,
            employer=employer, consented_on=consented_on, today=today,
        )  # fmt: skip
        with acting_as(connection, actor):
            notices.announce(
                connection, event=f"keeper.proposed:{proposed}", kind="keeper.proposed",
                station_id=station.station_id, roles=(Role.UNION_STAFF, Role.REVIEWER),
                says={"station": station.name},
            )  # fmt: skip
    return proposed


def _kept(connection: Connection) -> Kept:
    found = keeper_links.kept(connection)
    if found is None:
        raise ForbiddenHere(
            "You keep no station at this moment.",
            remedy="Ask the union for a new card.",
            zh="您目前没有负责的站点。如有需要,请向工会索取新的卡片。",
        )
    return found


def _enter(harbor: Runtime, link: Link | None, pin: str, caller: Caller) -> LoggedIn:
    if link is None:
        raise LoginRefused("The link is not in force.")
    with harbor.connection() as connection:
        _admit(connection, _key(link), caller)
    # a hash takes long, and whoever waits for its turn holds no connection
    right = fits(link.pin_hash, "".join(pin.split())[: PIN_DIGITS + 1])
    token = secrets.token_urlsafe(TOKEN_BYTES)
    with harbor.connection() as connection, connection.transaction():
        # it may have been shut meanwhile
        right = right and keeper_links.by_user(connection, link.user_id) == link
        if right:
            _begin(connection, link, token, caller)
        else:
            _record(connection, "keeper.login_failed", link, caller)
    if not right:
        raise LoginRefused("The PIN is wrong.")
    return LoggedIn(link.user_id, token, must_change=False)


def _begin(connection: Connection, link: Link, token: str, caller: Caller) -> None:
    sessions.add_attempt(connection, _key(link), caller.network, succeeded=True, at=caller.at)
    sessions.begin_session(
        connection, digest_of(token), link.user_id, device=caller.device, at=caller.at
    )
    keeper_links.note_used(connection, link.id, caller.at)
    _record(connection, "keeper.login", link, caller, device=caller.device)


def _key(link: Link) -> str:
    # of the link, so that a new one begins anew; no account may be called so
    return f"?link-{link.id}"


def _admit(connection: Connection, key: str, caller: Caller) -> None:
    """Note an attempt as failed before it is looked at, or refuse to look at it."""
    with connection.transaction():
        sessions.lock_attempts(connection, key, caller.network)
        waits = [timedelta(0)]
        for most, within in PIN_LIMITS:
            failures = sessions.failures_of_name(connection, key, since=caller.at - within)
            if failures.last is not None and failures.count >= most:
                waits.append(failures.last + within - caller.at)
        network = sessions.failures_of_network(
            connection, caller.network, since=caller.at - REMEMBERED
        )
        if network.last is not None:
            pause = delay(network.count, free=FREE_NETWORK_FAILURES)
            waits.append(network.last + pause - caller.at)
        if max(waits) > timedelta(0):
            raise LoginSlowed(int(max(waits).total_seconds()) + 1)
        sessions.add_attempt(connection, key, caller.network, succeeded=False, at=caller.at)


def _record(
    connection: Connection, action: str, link: Link, caller: Caller, **details: object
) -> None:
    accounts.record(
        connection,
        action,
        f"station {link.station_id}",
        {"keeper": link.keeper_id, "link": link.id, "network": caller.network, **details},
        user=link.user_id if action == "keeper.login" else None,
        request=caller.request,
    )
