"""Hours in minutes for a phone: equal ones once, and no more than the answers need."""

from datetime import timedelta

from app.domain.closures import Closure
from app.domain.hours import Reason
from app.domain.lifecycle import State
from app.service.schedules import schedules
from tests.domain.hours_cases import CALENDAR, OFFICE, ZONE, moment
from tests.service.packs import snapshot, station

HOUR, DAY = 60, 24 * 60
REASON = {reason: number for number, reason in enumerate(Reason)}


def test_what_opens_alike_is_sent_once() -> None:
    stations = [
        station("Mo-Su 09:00-17:00"), station("09:00-17:00"), station("24/7"), station(None),
        station("Mo-Su 09:00-17:00", state=State.RECTIFYING),
        station("Mo-Su 09:00-17:00", state=State.SUSPENDED),
    ]  # fmt: skip
    found = schedules(snapshot(CALENDAR), stations, moment("03-09 00:00"), 14, ZONE)
    assert found.of_station == (0, 0, 1, 2, 0, 3)
    assert len(found.schedules) == 4
    assert found.reasons[found.schedules[3][0][3]] == "suspended"


def test_minutes_count_from_the_beginning_whatever_its_zone_and_seconds() -> None:
    begins = moment("03-11 07:00") + timedelta(seconds=59)
    found = schedules(
        snapshot(CALENDAR), [station(OFFICE)], begins.astimezone(), 1, ZONE
    )  # fmt: skip
    hours = REASON[Reason.HOURS]
    assert found.schedules[0] == (
        (90, 5 * HOUR, 1, hours),
        (6 * HOUR, 10 * HOUR + 30, 1, hours),
        # what opens after the day has ended
        (DAY + 90, DAY + 5 * HOUR, 1, hours),
    )


def test_closed_for_a_reason_is_told_and_closed_by_the_hours_is_not() -> None:
    shut = Closure(moment("03-11 12:00"), moment("03-11 12:00") + timedelta(seconds=40), "短")
    longer = Closure(moment("03-11 14:00"), moment("03-11 15:00"), "检修")
    begins = moment("03-11 00:00")
    found = schedules(
        snapshot(CALENDAR), [station("10:00-16:00", closures=[shut, longer])], begins, 1, ZONE
    )
    today = [span for span in found.schedules[0] if span[0] < DAY]
    assert [span[:3] for span in today] == [
        (10 * HOUR, 12 * HOUR, 1), (12 * HOUR, 14 * HOUR, 1), (14 * HOUR, 15 * HOUR, 0),
        (15 * HOUR, 16 * HOUR, 1),
    ]  # fmt: skip
    assert today[2][3] == REASON[Reason.CLOSURE]


def test_five_thousand_stations_share_a_schedule_for_each_of_their_hours() -> None:
    texts = [f"Mo-Fr {hour:02}:{part}-17:30; PH off" for hour in range(5, 11) for part in (10, 30)]
    stations = [station(texts[number % len(texts)]) for number in range(5000)]
    found = schedules(snapshot(CALENDAR), stations, moment("03-11 00:00"), 14, ZONE)
    assert len(found.schedules) == len(texts)
    assert sum(map(len, found.schedules)) <= 15 * len(texts)
