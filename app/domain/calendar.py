"""Public holidays and make-up workdays, as dated data.

The State Council announces each year's holidays (节假日) and the weekends that are worked
in exchange (调休) in the November before. The seed comes from the ``holidays`` package,
which carries those announcements; years that are imported take the place of its own.
"""

import hashlib
from collections.abc import Iterable, Mapping
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
class SpecialDay:
    """A holiday or a make-up workday, as it is announced."""

    day: date
    kind: DayKind
    name: str = ""


@dataclass(frozen=True, slots=True)
class Calendar:
    """The days that differ from the plain week.

    Attributes:
        days: every holiday and make-up workday; all other days are ordinary.
        years: those that ``days`` is complete for.
    """

    days: Mapping[date, DayKind] = field(repr=False)
    years: frozenset[int]

    def kind(self, day: date) -> DayKind:
        """Return what a day is; not announced outside the known years."""
        if day.year not in self.years:
            return DayKind.NOT_ANNOUNCED
        return self.days.get(day, DayKind.ORDINARY)

    @property
    def digest(self) -> str:
        """A name of what it says: calendars that say the same have the same."""
        said = [f"{day} {self.days[day]}" for day in sorted(self.days) if day.year in self.years]
        return hashlib.sha256(repr((sorted(self.years), said)).encode()).hexdigest()[:16]

    def with_years(self, years: Iterable[int], days: Iterable[SpecialDay]) -> "Calendar":
        """Return it with whole years replaced or added.

        Args:
            days: every holiday and make-up workday of those years.
        """
        replaced = frozenset(years)
        kept = {day: kind for day, kind in self.days.items() if day.year not in replaced}
        return _completed(kept | {one.day: one.kind for one in days}, self.years | replaced)


@lru_cache(maxsize=1)
def china() -> Calendar:
    """Return mainland China's calendar for the years that the seed knows as announced.

    2026's Spring Festival, as an example, runs from Sunday 15 to Monday 23 February.
    """
    source = holidays.country_holidays("CN", years=range(_FIRST_YEAR, _LAST_YEAR_ASKED))
    worked = set(source.weekend_workdays)
    # a year without a make-up workday has not been announced
    last_year = max(day.year for day in worked)
    days = {day: DayKind.HOLIDAY for day in source if day.year <= last_year}
    days.update(dict.fromkeys(worked, DayKind.MAKE_UP_WORKDAY))
    return _completed(days, frozenset(range(_FIRST_YEAR, last_year + 1)))


def _completed(days: dict[date, DayKind], years: frozenset[int]) -> Calendar:
    """Make a calendar; a weekend that touches a holiday is part of it, as in announcements."""
    found = dict(days)
    for start, kind in days.items():
        for step in (-_DAY, _DAY) if kind is DayKind.HOLIDAY else ():
            day = start + step
            while day.weekday() >= _SATURDAY and day not in days:
                found[day] = DayKind.HOLIDAY
                day += step
    return Calendar(MappingProxyType(found), years)
