"""The outbox at work: notices on their way, and reminders of confirmations that come due."""

from datetime import datetime, timedelta

from app.service import keepers, notices
from app.service.carriers import carrier_of
from app.service.notices import Delivered
from app.service.vault import Vault
from app.settings import Settings
from app.store import confirmations
from app.store.database import Connection

# told so long before it is due, and again when it is
AHEAD = timedelta(days=14)
MOST_REMINDED = 5_000


def send(connection: Connection, vault: Vault, settings: Settings) -> Delivered:
    """Send the notices that wait; called again and again by a worker."""

    def phone_of(keeper_id: int) -> str | None:
        found = keepers.contact(connection, vault, keeper_id)
        return None if found is None else found.phone

    return notices.deliver(connection, carrier_of(settings), phone_of)


def remind(connection: Connection, settings: Settings, now: datetime) -> int:
    """Tell keepers of stations whose confirmation comes due or is over; return how many heard it.

    Nobody hears of one date twice before it, and twice after it.
    """
    lasting = timedelta(days=settings.confirm_days)
    told = 0
    with connection.transaction():
        for one in confirmations.expired(
            connection, before=now + AHEAD - lasting, most=MOST_REMINDED
        ):
            due = one.since + lasting
            day = due.astimezone(settings.zone).date()
            when = "over" if due <= now else "soon"
            told += notices.announce(
                connection, event=f"confirmation.due:{one.station_id}:{day}:{when}",
                kind="confirmation.due", station_id=one.station_id, keepers=True,
                says={"station": one.name, "until": day},
            )  # fmt: skip
    return told
