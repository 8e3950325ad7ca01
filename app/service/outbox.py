"""The outbox at work: notices on their way, and reminders of confirmations that come due."""

from datetime import datetime, timedelta

from app.service import keepers, notices
from app.service.carriers import carrier_of
from app.service.notices import Delivered
from app.service.vault import Vault
from app.settings import Settings
from app.store import confirmations
from app.store.confirmations import Due
from app.store.database import Connection

# told so long before it is due, and again when it is
AHEAD = timedelta(days=14)
# how many are told in one transaction
PAGE = 500


def send(connection: Connection, vault: Vault, settings: Settings) -> Delivered:
    """Send the notices that wait; called again and again by a worker."""

    def phone_of(keeper_id: int) -> str | None:
        found = keepers.contact(connection, vault, keeper_id)
        return None if found is None else found.phone

    return notices.deliver(connection, carrier_of(settings), phone_of)


def remind(connection: Connection, settings: Settings, now: datetime, *, page: int = PAGE) -> int:
    """Tell keepers of stations whose confirmation comes due or is over; return how many heard it.

    Nobody hears of one date twice before it, and twice after it. Every station has its turn,
    page after page, however many have been waiting for longer.
    """
    lasting = timedelta(days=settings.confirm_days)
    told, after = 0, None
    while True:
        with connection.transaction():
            found = confirmations.expired(
                connection, before=now + AHEAD - lasting, after=after, most=page
            )
            told += sum(_told(connection, settings, one, now) for one in found)
        if len(found) < page:
            return told
        after = (found[-1].since, found[-1].station_id)


def _told(connection: Connection, settings: Settings, one: Due, now: datetime) -> int:
    due = one.since + timedelta(days=settings.confirm_days)
    day = due.astimezone(settings.zone).date()
    when = "over" if due <= now else "soon"
    return notices.announce(
        connection, event=f"confirmation.due:{one.station_id}:{day}:{when}",
        kind="confirmation.due", station_id=one.station_id, keepers=True,
        says={"station": one.name, "until": day},
    )  # fmt: skip
