"""Closures for a time against the plainest reckoning: minute by minute."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.closures import Closure, check_closure
from app.domain.errors import InvalidInput
from app.domain.hours import OpenState, Reason, state_at
from app.domain.lifecycle import State
from app.domain.opening import opening

ZONE = ZoneInfo("Asia/Shanghai")
START = datetime(2026, 3, 9, tzinfo=ZONE)  # a Monday far from holidays
STEP = timedelta(minutes=30)
HOURS = ("24/7", "Mo-Fr 09:00-17:00; PH off", "Mo-Su 20:00-02:00; PH off", None, "off",
         "Mo-Fr unknown; PH off")  # fmt: skip


def at(hours: float) -> datetime:
    return START + timedelta(hours=hours)


@st.composite
def closures(draw: st.DrawFn) -> tuple[Closure, ...]:
    found = []
    for _ in range(draw(st.integers(0, 3))):
        begins = draw(st.integers(0, 300))
        ends = begins + draw(st.integers(1, 120))
        found.append(Closure(START + begins * STEP, START + ends * STEP, "检修"))
    return tuple(sorted(found))


def plain(hours: str | None, shut: tuple[Closure, ...], moment: datetime) -> OpenState:
    """Whether it is open, by its hours and the closures alone."""
    if any(closure.begins <= moment < closure.ends for closure in shut):
        return OpenState.CLOSED
    return state_at(hours, moment, zone=ZONE).state


@given(st.sampled_from(HOURS), closures(), st.integers(0, 280))
def test_a_closed_station_opens_when_the_minutes_say(
    hours: str | None, shut: tuple[Closure, ...], steps: int
) -> None:
    moment = START + steps * STEP
    answer = opening(State.ACTIVE, hours, moment, zone=ZONE, closures=shut)
    assert answer.state is plain(hours, shut, moment)
    ahead = [moment + n * STEP for n in range(1, 700)]
    if answer.state is not OpenState.OPEN:
        opens = next((m for m in ahead if plain(hours, shut, m) is OpenState.OPEN), None)
        assert answer.opens_at == opens
    else:
        ends = next((m for m in ahead if plain(hours, shut, m) is not OpenState.OPEN), None)
        assert answer.until == ends


def test_the_reason_is_told_while_it_lasts_and_not_after() -> None:
    shut = (Closure(at(10), at(34), "停电检修"),)
    during = opening(State.ACTIVE, "24/7", at(12), zone=ZONE, closures=shut)
    assert (during.state, during.reason, during.note, during.until, during.opens_at) == (
        OpenState.CLOSED, Reason.CLOSURE, "停电检修", at(34), at(34),
    )  # fmt: skip
    after = opening(State.ACTIVE, "24/7", at(34), zone=ZONE, closures=shut)
    assert (after.state, after.reason, after.note) == (OpenState.OPEN, Reason.HOURS, "")


def test_closures_that_touch_or_overlap_end_with_the_last() -> None:
    shut = (
        Closure(at(10), at(20), "一"),
        Closure(at(15), at(30), "二"),
        Closure(at(30), at(40), "三"),
    )
    answer = opening(State.ACTIVE, "24/7", at(16), zone=ZONE, closures=shut)
    assert (answer.until, answer.opens_at, answer.note) == (at(40), at(40), "二")


def test_a_suspended_station_stays_suspended() -> None:
    shut = (Closure(at(10), at(20), "检修"),)
    answer = opening(State.SUSPENDED, "24/7", at(12), zone=ZONE, closures=shut)
    assert (answer.reason, answer.opens_at) == (Reason.SUSPENDED, None)


@pytest.mark.parametrize(
    ("closure", "fields"),
    [
        (Closure(at(5), at(4), "x"), {"ends"}),
        (Closure(at(-9), at(-1), "x"), {"ends"}),
        (Closure(at(0), at(24 * 367), "x"), {"ends"}),
        (Closure(at(0), at(4), " "), {"reason"}),
        (Closure(at(0), at(4), "长" * 201), {"reason"}),
        (Closure(at(5), at(4), ""), {"ends", "reason"}),
    ],
)
def test_a_closure_that_cannot_be_is_told_in_both_languages(
    closure: Closure, fields: set[str]
) -> None:
    with pytest.raises(InvalidInput) as refused:
        check_closure(closure, now=at(0))
    assert {error.field for error in refused.value.errors} == fields
    assert all(error.zh for error in refused.value.errors)
