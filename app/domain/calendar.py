"""Public holidays and make-up workdays, as dated data.

The State Council announces each year's holidays (节假日) and the weekends that are worked
in exchange (调休) in the November before. The seed comes from the ``holidays`` package,
which carries those announcements; a newer announcement replaces it as a new
:class:`Calendar`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from functools import lru_cache
from types import MappingProxyType

import holidays

_FIRST_YEAR = 2015
# how far ahead the package is asked; it guesses dates beyond the announcements it knows
_LAST_YEAR_ASKED = 2040
_DAY = timedelta(days=1)
_SATURDAY = 5


class DayKind(StrEnum):
    """What a day is to opening hours."""

    ORDINARY = "ordinary"
    HOLIDAY = "holiday"
    MAKE_UP_WORKDAY = "make_up_workday"
    NOT_ANNOUNCED = "not_announced"


@dataclass(frozen=True, slots=True)
class Calendar:
    """The days that differ from the plain week.

    Attributes:
        days: every holiday and make-up workday; all other days are ordinary.
        first_year, last_year: the years that ``days`` is complete for.
    """

    days: Mapping[date, DayKind] = field(repr=False)
    first_year: int
    last_year: int

    def kind(self, day: date) -> DayKind:
        """Return what a day is; not announced outside the known years."""
        if not self.first_year <= day.year <= self.last_year:
            return DayKind.NOT_ANNOUNCED
        return self.days.get(day, DayKind.ORDINARY)


@lru_cache(maxsize=1)
def china() -> Calendar:
    """Return mainland China's calendar for the years that are announced.

    A weekend that touches a holiday is part of it, as in the announcements: 2026's Spring
    Festival runs from Sunday 15 to Monday 23 February.
    """
    source = holidays.country_holidays("CN", years=range(_FIRST_YEAR, _LAST_YEAR_ASKED))
    worked = set(source.weekend_workdays)
    # a year without a make-up workday has not been announced
    last_year = max(day.year for day in worked)
    free = {day for day in source if day.year <= last_year}
    days = dict.fromkeys(free | _touching_weekends(free, worked), DayKind.HOLIDAY)
    days.update(dict.fromkeys(worked, DayKind.MAKE_UP_WORKDAY))
    return Calendar(MappingProxyType(days), _FIRST_YEAR, last_year)


def _touching_weekends(free: set[date], worked: set[date]) -> set[date]:
    found: set[date] = set()
    for start in free:
        for step in (-_DAY, _DAY):
            day = start + step
            while day.weekday() >= _SATURDAY and day not in worked:
                found.add(day)
                day += step
    return found
