"""What is kept of hours is what would be worked out anew."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from app.domain.closures import Closure
from app.domain.hours import OpenState
from app.domain.lifecycle import State
from app.domain.opening import opening
from app.service.openings import AHEAD, SLOT_MINUTES, Openings
from tests.domain.hours_cases import CALENDAR, OFFICE, ZONE, moment
from tests.service.packs import station

BEGINS = moment("02-10 00:00")
TEXTS = (
    OFFICE, "24/7", None, "off", "Mo-Su 18:00-02:00", "Mo-Su 08:00-20:00; PH off", "nonsense(",
    "Dec 24 10:00-12:00", "Mo-Fr 09:00-17:00; PH off", "Mo-Su 00:00-24:00; Apr 12 off",
    "Sa 10:00-10:20", "Mo-Fr 08:00-12:00,14:00-18:00; PH 10:00-16:00",
)  # fmt: skip
CLOSURE = Closure(BEGINS + timedelta(hours=9), BEGINS + timedelta(days=3, hours=15), "检修")
STATIONS = [
    *(station(text) for text in TEXTS),
    *(station(text, closures=[CLOSURE]) for text in TEXTS[:4]),
    station("24/7", state=State.SUSPENDED),
]
# a few days about the Spring Festival, to the second
seconds = st.integers(0, 20 * 86_400)


@given(st.lists(st.tuples(st.integers(0, len(STATIONS) - 1), seconds), min_size=1, max_size=60))
def test_kept_answers_are_right_at_every_second(asked: list[tuple[int, int]]) -> None:
    kept = Openings(STATIONS, CALENDAR)
    for index, second in asked:
        one, at = STATIONS[index], BEGINS + timedelta(seconds=second)
        assert kept.of(one, at, zone=ZONE) == opening(
            State(one.state), one.hours, at, zone=ZONE, closures=one.closures, calendar=CALENDAR
        )


@given(seconds, st.integers(0, int(AHEAD.total_seconds())))
def test_who_is_left_out_is_closed_all_the_time(second: int, later: int) -> None:
    kept, at = Openings(STATIONS, CALENDAR), BEGINS + timedelta(seconds=second)
    mask = kept.not_shut(at, zone=ZONE)
    for one, maybe in zip(STATIONS, mask.tolist(), strict=True):
        if not maybe:
            found = kept.of(one, at + timedelta(seconds=later), zone=ZONE)
            assert found.state is OpenState.CLOSED


def test_most_of_what_is_shut_at_night_is_left_out() -> None:
    kept = Openings(STATIONS, CALENDAR)
    mask = kept.not_shut(moment("03-11 03:00"), zone=ZONE).tolist()
    assert [one.hours for one, maybe in zip(STATIONS[:8], mask, strict=False) if maybe] == [
        "24/7", None, "nonsense(",
    ]  # fmt: skip
    assert AHEAD.total_seconds() / 60 > SLOT_MINUTES
