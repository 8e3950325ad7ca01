"""The state of a door in words: until when, why, and how old the proof is."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from app.domain.closures import Closure
from app.domain.doubts import Doubt
from app.service import opening_words
from app.service.opening_words import Said
from app.store.stations import StationRecord
from tests.domain.hours_cases import CALENDAR, ZONE
from tests.service.packs import station

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
# a Wednesday without anything about it
NOON = datetime(2026, 3, 11, 12, 0, tzinfo=ZONE)


def said(record: StationRecord, now: datetime = NOON) -> Said:
    return opening_words.said(record, now, zone=ZONE, calendar=CALENDAR)


def posted(hours: str | None, **more: object) -> StationRecord:
    return replace(station(hours), **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("hours", "state", "brief", "reasons"),
    [
        ("Mo-Fr 09:00-18:00", "open", False, [("开到 18:00", "until 18:00")]),
        ("Mo-Fr 09:00-12:09", "open", True,
         [("只开到 12:09,快关门了", "only until 12:09, closing soon")]),
        ("Mo-Fr 09:00-12:10", "open", False, [("开到 12:10", "until 12:10")]),
        ("24/7", "open", False, []),
        ("Mo-Fr 14:00-18:00", "closed", False, [("14:00 开门", "opens 14:00")]),
        ("Th 08:30-18:00", "closed", False, [("明天 08:30 开门", "opens tomorrow 08:30")]),
        ("Sa 08:30-18:00", "closed", False, [("周六 08:30 开门", "opens Sat 08:30")]),
        (None, "unknown", False, [("没有登记开放时间", "No hours on record")]),
    ],
)  # fmt: skip
def test_a_state_says_until_when_or_why(
    hours: str | None, state: str, brief: bool, reasons: list[tuple[str, str]]
) -> None:
    found = said(posted(hours))
    assert (found.state, found.brief, list(found.reasons)) == (state, brief, reasons)


def test_a_doubt_says_when_it_was_reported() -> None:
    doubt = Doubt(NOON - HOUR, NOON + HOUR, NOON - 40 * MINUTE)
    found = said(posted("24/7", doubts=(doubt,)))
    assert found.words == ("情况不明", "Not known if open")
    assert found.reasons == (("40 分钟前有人反映锁门", "reported locked 40 min ago"),)


def test_a_closure_says_so_and_when_the_door_opens_again() -> None:
    closure = Closure(NOON - HOUR, NOON + HOUR, "停水")
    found = said(posted("24/7", closures=(closure,)))
    assert [zh for zh, _ in found.reasons] == ["临时关闭", "13:00 开门"]
    suspended = said(posted("24/7", state="suspended"))
    assert [zh for zh, _ in suspended.reasons] == ["暂停开放"]


@pytest.mark.parametrize(
    ("age", "words"),
    [
        (None, ("开放时间还没有人到场证实", "nobody has seen it open yet")),
        (20 * MINUTE, ("20 分钟前有人证实开门", "seen open 20 min ago")),
        (5 * HOUR, ("5 小时前有人证实开门", "seen open 5 h ago")),
        (DAY, ("1 天前有人证实开门", "seen open 1 day ago")),
        (90 * DAY, ("90 天前有人证实开门", "seen open 90 days ago")),
        (91 * DAY, ("开放时间自 2025 年 12 月起未再确认", "hours not confirmed since 2025-12")),
    ],
)
def test_the_proof_says_how_old_it_is(age: timedelta | None, words: tuple[str, str]) -> None:
    proved = None if age is None else NOON - age
    assert said(posted("24/7", last_proved=proved)).proof == words
