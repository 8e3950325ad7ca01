"""Doubts by themselves: when they end, who decides, what an answer becomes under them."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from app.domain.closures import Closure
from app.domain.doubts import Doubt, Locked, decides, doubted_until
from app.domain.errors import InvalidInput
from app.domain.hours import OpenState, Reason
from app.domain.lifecycle import State
from app.domain.opening import opening
from app.domain.reports import (
    TICKET_SIGNS,
    ReportKind,
    answers_of,
    read_signs,
    read_ticket,
    shown_ticket,
    signs,
)

ZONE = ZoneInfo("Asia/Shanghai")
HOUR = timedelta(hours=1)
# a Wednesday
DAY = datetime(2026, 3, 11, tzinfo=ZONE)


def doubt(begins: float, ends: float, reported: float | None = None) -> Doubt:
    at = begins if reported is None else reported
    return Doubt(DAY + begins * HOUR, DAY + ends * HOUR, DAY + at * HOUR)


@pytest.mark.parametrize(
    ("hours", "made", "ends"),
    [
        ("Mo-Fr 09:00-17:00", 10, 17), ("Mo-Fr 09:00-17:00", 17, None),
        ("Mo-Fr 09:00-17:00", 8.99, None), ("Sa-Su 09:00-17:00", 10, None),
        ("Mo-Su 08:30-12:00,14:00-18:00", 11.9, 18), ("Mo-Su 08:30-12:00,14:00-18:00", 13, None),
        ("Mo-Su 18:00-02:00", 18, 26), ("Tu 18:00-02:00", 1, 2), ("24/7", 0, 12), ("24/7", 23, 35),
        ("Mo-Fr 00:00-24:00", 9, 21), (None, 10, None), ("", 10, None), ("nonsense", 10, None),
    ],
)  # fmt: skip
def test_a_doubt_ends_with_the_hours_of_its_day(
    hours: str | None, made: float, ends: float | None
) -> None:
    found = doubted_until(hours, DAY + made * HOUR, zone=ZONE)
    assert found == (None if ends is None else DAY + ends * HOUR)


def test_a_holiday_that_the_hours_do_not_speak_of_is_nothing_to_doubt() -> None:
    spring_festival = datetime(2026, 2, 18, 10, tzinfo=ZONE)
    assert doubted_until("Mo-Su 08:00-20:00", spring_festival, zone=ZONE) is None
    assert doubted_until("24/7", spring_festival, zone=ZONE) == spring_festival + 12 * HOUR


def test_two_weak_reports_decide_if_nothing_binds_them_and_both_are_in_force() -> None:
    def locked(at: float, network: bytes, device: bytes, *, until: float = 20) -> Locked:
        return Locked(DAY + at * HOUR, DAY + until * HOUR, False, network, device)

    new = locked(12, b"n2", b"d2")
    assert not decides(new, [], proved_at=None)
    assert decides(new, [locked(9, b"n1", b"d1")], proved_at=None)
    assert not decides(new, [locked(9, b"n2", b"d1")], proved_at=None)
    assert not decides(new, [locked(9, b"n1", b"d2")], proved_at=None)
    assert not decides(new, [locked(9, b"n1", b"d1", until=12)], proved_at=None)
    assert not decides(new, [locked(9, b"n1", b"d1")], proved_at=DAY + 10 * HOUR)
    assert decides(new, [locked(9, b"n1", b"d1")], proved_at=DAY + 9 * HOUR)


def test_an_open_answer_ends_where_a_doubt_begins_and_is_unknown_until_it_ends() -> None:
    doubts = (doubt(9, 12), doubt(11, 15, 13))
    before = opening(State.ACTIVE, "24/7", DAY + 8 * HOUR, zone=ZONE, doubts=doubts)
    assert (before.state, before.until) == (OpenState.OPEN, DAY + 9 * HOUR)
    held = opening(State.ACTIVE, "24/7", DAY + 11 * HOUR, zone=ZONE, doubts=doubts)
    assert (held.state, held.reason) == (OpenState.UNKNOWN, Reason.REPORTED_LOCKED)
    assert (held.until, held.opens_at) == (DAY + 15 * HOUR, DAY + 15 * HOUR)
    assert held.reported_at == DAY + 13 * HOUR
    assert held.until is not None
    assert held.until.tzinfo is ZONE
    after = opening(State.ACTIVE, "24/7", DAY + 15 * HOUR, zone=ZONE, doubts=doubts)
    assert (after.state, after.reported_at) == (OpenState.OPEN, None)


def test_a_doubt_changes_nothing_where_it_is_closed_but_when_it_surely_opens() -> None:
    hours, doubts = "Mo-Su 08:00-12:00,14:00-18:00", (doubt(9, 16),)
    answer = opening(State.ACTIVE, hours, DAY + 13 * HOUR, zone=ZONE, doubts=doubts)
    assert (answer.state, answer.opens_at) == (OpenState.CLOSED, DAY + 16 * HOUR)
    held = opening(State.ACTIVE, hours, DAY + 10 * HOUR, zone=ZONE, doubts=doubts)
    assert (held.until, held.opens_at) == (DAY + 12 * HOUR, DAY + 16 * HOUR)


def test_a_closure_and_a_suspension_say_more_than_a_doubt() -> None:
    closure = Closure(DAY + 10 * HOUR, DAY + 12 * HOUR, "停电")
    answer = opening(
        State.ACTIVE, "24/7", DAY + 11 * HOUR, zone=ZONE, closures=(closure,),
        doubts=(doubt(9, 13),),
    )  # fmt: skip
    assert (answer.state, answer.reason) == (OpenState.CLOSED, Reason.CLOSURE)
    assert answer.opens_at == DAY + 13 * HOUR
    answer = opening(State.SUSPENDED, "24/7", DAY, zone=ZONE, doubts=(doubt(0, 9),))
    assert answer.reason is Reason.SUSPENDED


def test_tickets_are_read_as_people_type_them() -> None:
    ticket = signs(0b00000_00001_11111, TICKET_SIGNS)
    assert ticket == "000000001Z"
    assert shown_ticket(ticket) == "0000-000-01Z"
    assert read_ticket("oooo-ooo-oiz") == read_ticket(" 0000 000 0LZ ") == ticket
    for wrong in ("", "0000-000-01", "0000-000-01ZZ", "0000-000-01U", "0000-000-01é"):
        with pytest.raises(InvalidInput):
            read_ticket(wrong)
    assert read_signs("x", 8) == ""


def test_every_kind_has_a_good_answer_and_two_more() -> None:
    for kind in ReportKind:
        assert len(set(answers_of(kind))) == 3
