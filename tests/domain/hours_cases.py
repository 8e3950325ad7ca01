"""Rules by moments with answers worked out by hand, for the server and for the phone.

The calendar is that of 2026 as the State Council announced it, and of no other year:
11 March is a Wednesday; 15 to 23 February, Sunday to Monday, are the Spring Festival.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from app.domain.calendar import Calendar, DayKind
from app.domain.closures import Closure
from app.domain.lifecycle import State

ZONE = ZoneInfo("Asia/Shanghai")


def _days(first: str, last: str) -> list[date]:
    begin, end = (date.fromisoformat(f"2026-{day}") for day in (first, last))
    return [begin + timedelta(days=n) for n in range((end - begin).days + 1)]


_FREE = (
    ("01-01", "01-03"), ("02-15", "02-23"), ("04-04", "04-06"), ("05-01", "05-05"),
    ("06-19", "06-21"), ("09-25", "09-27"), ("10-01", "10-07"),
)  # fmt: skip
_WORKED = ("01-04", "02-14", "02-28", "05-09", "09-20", "10-10")
CALENDAR = Calendar(
    {day: DayKind.HOLIDAY for span in _FREE for day in _days(*span)}
    | {_days(day, day)[0]: DayKind.MAKE_UP_WORKDAY for day in _WORKED},
    frozenset({2026}),
)


def moment(text: str) -> datetime:
    """Read ``03-11 10:00`` of 2026, or the same with a year before it."""
    return datetime.fromisoformat(text if len(text) > 11 else f"2026-{text}").replace(tzinfo=ZONE)


@dataclass(frozen=True)
class Case:
    """A station at a moment; ``until`` is told of an open one, ``opens`` of all others."""

    hours: str | None
    at: datetime
    state: str
    until: datetime | None
    opens: datetime | None
    reason: str
    closures: tuple[Closure, ...] = ()
    record: State = State.ACTIVE

    @property
    def name(self) -> str:
        return f"{self.hours} at {self.at:%Y-%m-%d %H:%M}"


def _open(hours: str, at: str, until: str | None, reason: str = "hours") -> Case:
    return Case(hours, moment(at), "open", until and moment(until), None, reason)


def _shut(hours: str | None, at: str, opens: str | None, reason: str = "hours") -> Case:
    return Case(hours, moment(at), "closed", None, opens and moment(opens), reason)


def _unknown(hours: str | None, at: str, opens: str | None, reason: str) -> Case:
    return Case(hours, moment(at), "unknown", None, opens and moment(opens), reason)


def _closing(case: Case, begins: str, ends: str) -> Case:
    closure = Closure(moment(begins), moment(ends), "停电检修")
    return Case(case.hours, case.at, case.state, case.until, case.opens, case.reason, (closure,))


OFFICE = "Mo-Fr 08:30-12:00,13:00-17:30; PH off"
PLAIN = "Mo-Fr 09:00-17:00"
NIGHT = "Mo-Su 20:00-02:00"
SHORT = "Mo-Su 09:00-17:00; PH 10:00-12:00"
USUAL = 'Mo-Su 09:00-17:00; PH unknown "as usual"'
SUNDAY = "Mo-Fr 09:00-17:00; PH,Su 10:00-12:00"
SEASONS = "May-Sep 08:00-20:00; Oct-Apr 09:00-17:00"
FRIDAY = "Mo-Th 09:00-18:00; Fr 09:00-16:00"
ONE_DAY_OFF = "Mo-Su 09:00-17:00; 2026 Mar 12 off"
LAST_WEEK = "Mo-Su 09:00-17:00; 2026 Mar 12-2026 Mar 14 10:00-12:00"
ON_DUTY = "Mo-Fr 09:00-17:00; 2026 Feb 18 10:00-12:00"
NIGHT_OFF = "Mo-Su 20:00-02:00; PH off"
SIX_DAYS = "Mo-Sa 20:00-02:00; Su off"
LATE = "Mo-Su 22:00-04:00"
NOON = ("03-11 12:00", "03-12 12:00")
LUNCH = ("03-11 09:00", "03-12 12:30")

CASES = (
    # lunch breaks, and the edges of a day
    _open(OFFICE, "03-11 10:00", "03-11 12:00"),
    _shut(OFFICE, "03-11 12:00", "03-11 13:00"),
    _shut(OFFICE, "03-11 12:59", "03-11 13:00"),
    _open(OFFICE, "03-11 13:00", "03-11 17:30"),
    _shut(OFFICE, "03-11 08:29", "03-11 08:30"),
    _open(OFFICE, "03-11 17:29", "03-11 17:30"),
    _shut(OFFICE, "03-11 17:30", "03-12 08:30"),
    _shut(OFFICE, "03-13 18:00", "03-16 08:30"),
    _shut(OFFICE, "03-14 10:00", "03-16 08:30"),
    # at all hours
    _open("24/7", "03-11 03:00", None),
    _open("24/7", "02-17 03:00", None),
    _open("24/7", "2027-01-01 03:00", None),
    # all day, until the next holidays: beyond what is sent along
    _open("Mo-Su 00:00-24:00; PH off", "03-11 03:00", "04-04 00:00"),
    # past midnight
    _open(NIGHT, "03-11 23:00", "03-12 02:00"),
    _open(NIGHT, "03-12 01:59", "03-12 02:00"),
    _shut(NIGHT, "03-12 02:00", "03-12 20:00"),
    _open(SIX_DAYS, "03-15 01:00", "03-15 02:00"),
    _shut(SIX_DAYS, "03-15 03:00", "03-16 20:00"),
    _shut(SIX_DAYS, "03-16 01:00", "03-16 20:00"),
    _open("Fr 22:00-06:00", "03-14 05:00", "03-14 06:00"),
    _open("Mo-Su 08:00-24:00", "03-11 23:30", "03-12 00:00"),
    # the week of the Spring Festival: off, hours of its own, as usual, not said
    _shut(OFFICE, "02-18 10:00", "02-24 08:30", "holiday"),
    _unknown(PLAIN, "02-18 10:00", "02-24 09:00", "holiday"),
    _shut(PLAIN, "02-18 18:00", "02-24 09:00", "holiday"),
    _open(SHORT, "02-18 11:00", "02-18 12:00", "holiday"),
    _shut(SHORT, "02-18 12:30", "02-19 10:00", "holiday"),
    _shut(SHORT, "02-23 13:00", "02-24 09:00", "holiday"),
    _open(USUAL, "02-18 10:00", "02-18 17:00", "holiday"),
    _open(SUNDAY, "02-18 11:00", "02-18 12:00", "holiday"),
    _shut(SUNDAY, "02-18 15:00", "02-19 10:00", "holiday"),
    # nights that run into it, within it and out of it
    _open(NIGHT_OFF, "02-15 01:00", "02-15 02:00", "holiday"),
    _shut(NIGHT_OFF, "02-16 01:00", "02-24 20:00", "holiday"),
    _open(LATE, "02-14 23:00", "02-15 04:00", "make_up_workday"),
    _open(LATE, "02-15 03:00", "02-15 04:00", "holiday"),
    _unknown(LATE, "02-16 02:00", "02-24 22:00", "holiday"),
    # make-up workdays: a Saturday is the Friday before, a Sunday the Monday after
    _open(OFFICE, "02-14 10:00", "02-14 12:00", "make_up_workday"),
    _shut(OFFICE, "02-14 18:00", "02-24 08:30", "make_up_workday"),
    _open("Mo-Fr 09:00-17:00; Sa off", "02-14 10:00", "02-14 17:00", "make_up_workday"),
    _open("Mo 09:00-17:00", "01-04 10:00", "01-04 17:00", "make_up_workday"),
    _shut("Su 09:00-17:00", "01-04 10:00", "01-11 09:00", "make_up_workday"),
    _shut("Sa,Su 10:00-16:00", "02-28 11:00", "03-01 10:00", "make_up_workday"),
    _open(FRIDAY, "02-28 15:00", "02-28 16:00", "make_up_workday"),
    _shut(FRIDAY, "02-28 17:00", "03-02 09:00", "make_up_workday"),
    # a year that is not announced
    _unknown(OFFICE, "2027-01-06 10:00", None, "not_announced"),
    _shut(OFFICE, "2027-01-06 20:00", None),
    _shut(OFFICE, "2026-12-31 20:00", None),
    _open(PLAIN, "2027-01-06 10:00", "2027-01-06 17:00"),
    _open("Mo-Su,PH 09:00-17:00", "2027-01-06 10:00", "2027-01-06 17:00"),
    _open(NIGHT_OFF, "2026-12-31 23:00", "2027-01-01 02:00"),
    # dates with hours of their own
    _shut(ONE_DAY_OFF, "03-11 18:00", "03-13 09:00"),
    _shut(ONE_DAY_OFF, "03-12 10:00", "03-13 09:00"),
    _open(LAST_WEEK, "03-13 11:00", "03-13 12:00"),
    _shut(LAST_WEEK, "03-14 15:00", "03-15 09:00"),
    _open(ON_DUTY, "02-18 11:00", "02-18 12:00", "holiday"),
    _unknown(ON_DUTY, "02-19 11:00", "02-24 09:00", "holiday"),
    _shut(
        "Mo-Fr 09:00-17:00; PH off; 2026 Oct 10 off", "10-10 10:00", "10-12 09:00",
        "make_up_workday",
    ),
    # seasons
    _open(SEASONS, "05-20 19:00", "05-20 20:00"),
    _shut(SEASONS, "04-15 19:00", "04-16 09:00"),
    _shut(SEASONS, "04-30 18:00", "05-06 08:00"),
    _open(SEASONS, "09-30 19:00", "09-30 20:00"),
    _shut("Jun-Aug 08:00-20:00", "05-12 12:00", "06-01 08:00"),
    _shut("Jun-Aug 08:00-20:00", "03-11 12:00", None),
    # closures: one that begins today and ends tomorrow
    _closing(_open("24/7", "03-11 10:00", "03-11 12:00"), *NOON),
    _closing(_shut("24/7", "03-11 13:00", "03-12 12:00", "closure"), *NOON),
    _closing(_open("24/7", "03-12 12:00", None), *NOON),
    _closing(_shut(OFFICE, "03-11 10:00", "03-12 13:00", "closure"), *LUNCH),
    _closing(_shut(OFFICE, "03-12 12:45", "03-12 13:00"), *LUNCH),
    _closing(_shut(None, "03-11 13:00", None, "closure"), *NOON),
    _closing(_unknown(None, "03-12 13:00", None, "no_hours"), *NOON),
    # the record says it all
    Case("24/7", moment("03-11 10:00"), "closed", None, None, "suspended",
         record=State.SUSPENDED),
    # nobody knows
    _unknown(None, "03-11 10:00", None, "no_hours"),
    _unknown(" ", "03-11 10:00", None, "no_hours"),
    _unknown("every now and then", "03-11 10:00", None, "unreadable"),
    _unknown("Mo-Fr unknown", "03-11 10:00", None, "hours"),
    _shut("Mo-Fr unknown", "03-14 10:00", None),
    _shut("off", "03-11 10:00", None),
)  # fmt: skip
