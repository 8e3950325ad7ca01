"""What the register's past can be asked about: nothing before its first record."""

from datetime import date, datetime, tzinfo

from app.domain.errors import FieldError, InvalidInput
from app.store import station_versions
from app.store.database import Connection


def first_day(connection: Connection, zone: tzinfo) -> date | None:
    """Return the day of the first record of any station, None for an empty register."""
    first = station_versions.first_version(connection)
    return None if first is None else first.astimezone(zone).date()


def check_recorded(connection: Connection, moment: datetime | None, zone: tzinfo) -> None:
    """Raise :class:`InvalidInput` for a day before the first record: nothing is known of it."""
    first = None if moment is None else first_day(connection, zone)
    if moment is None or first is None or moment.astimezone(zone).date() >= first:
        return
    day = moment.astimezone(zone).date()
    raise InvalidInput(
        [
            FieldError(
                "as_of",
                f"{day} is before the first record of the register, which is of {first}",
                f"{day} 早于登记册的第一条记录({first})",
            )
        ],
        attempted="look at the past",
        remedy=f"Choose {first} or a later day.",
    )
