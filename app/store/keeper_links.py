"""The personal links of keepers, and the one station a keeper sees."""

from dataclasses import dataclass
from datetime import date, datetime

from app.store.database import Connection


@dataclass(frozen=True, slots=True, repr=False)
class Link:
    """A link in force, with the account it opens."""

    id: int
    keeper_id: int
    station_id: int
    user_id: int
    pin_hash: str


@dataclass(frozen=True, slots=True)
class Kept:
    """The station of the acting keeper, whatever state it is in.

    Attributes:
        proposed: the keeper who was proposed to follow, while that waits for the union.
    """

    keeper_id: int
    station_id: int
    name: str
    name_en: str
    code: str | None
    state: str
    state_reason: str
    state_until: date | None
    address: str
    union_name: str | None
    proposed: int | None


_LINK = (
    "SELECT l.id, k.id, k.station_id, k.user_id, l.pin_hash"
    " FROM keeper_link l JOIN keeper k ON k.id = l.keeper_id"
    " JOIN user_account p ON p.id = k.user_id"
    " WHERE l.revoked_at IS NULL AND k.state = 'serving' AND p.disabled_at IS NULL"
)


def by_digest(connection: Connection, token_digest: bytes) -> Link | None:
    """Return the link of a token, if it is in force; for the door, before anybody acts."""
    row = connection.execute(f"{_LINK} AND l.token_digest = %s", (token_digest,)).fetchone()
    return None if row is None else Link(*row)


def by_user(connection: Connection, user_id: int) -> Link | None:
    """Return the link in force that opens an account."""
    row = connection.execute(f"{_LINK} AND k.user_id = %s", (user_id,)).fetchone()
    return None if row is None else Link(*row)


def note_used(connection: Connection, link_id: int, at: datetime) -> None:
    """Note when a link was last used."""
    connection.execute("UPDATE keeper_link SET used_at = %s WHERE id = %s", (at, link_id))


def issue(connection: Connection, keeper_id: int, *, token_digest: bytes, pin_hash: str) -> int:
    """Put a link into force in the place of the one before; return its id."""
    row = connection.execute(
        "SELECT issue_keeper_link(%s, %s, %s)", (keeper_id, token_digest, pin_hash)
    ).fetchone()
    return 0 if row is None else int(row[0])


def revoke(connection: Connection, keeper_id: int) -> bool:
    """Shut a keeper's link and sessions; false if there was no link in force."""
    row = connection.execute("SELECT revoke_keeper_link(%s)", (keeper_id,)).fetchone()
    return row is not None and bool(row[0])


def kept(connection: Connection) -> Kept | None:
    """Return the station that the acting person keeps now."""
    row = connection.execute("SELECT * FROM kept_station()").fetchone()
    return None if row is None else Kept(*row)
