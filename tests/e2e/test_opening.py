"""Hours on the phone: from the stretches it was sent, a real browser gives the server's answers."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from playwright.sync_api import Browser

from app.domain.calendar import Calendar
from app.domain.closures import Closure
from app.domain.hours import OpenState
from app.domain.lifecycle import State
from app.domain.opening import opening
from app.service.schedules import schedules
from app.store.stations import StationRecord
from tests.domain.hours_cases import CALENDAR, CASES, ZONE
from tests.domain.test_timeline import CALENDAR as WINTER
from tests.domain.test_timeline import DAY, DAYS, HOURS, MINUTE, START, closures
from tests.e2e.browser import Visit
from tests.e2e.server import Server
from tests.service.packs import snapshot, station

ASK = """async ([pack, asked]) => {
  const { schedulesOf, stateAt } = await import('/static/opening.js');
  const schedules = schedulesOf(pack);
  return asked.map(([schedule, minute]) => stateAt(schedules[schedule], minute));
}"""
ASK_EACH = """async (questions) => {
  const { schedulesOf, stateAt } = await import('/static/opening.js');
  return questions.map(([pack, minute]) => stateAt(schedulesOf(pack)[0], minute));
}"""
# the pack was fetched just now, some days ago, almost a fortnight ago
AGES = (timedelta(), timedelta(days=3, hours=7), timedelta(days=13, hours=23, minutes=59))


@pytest.fixture(scope="module")
def phone(browser: Browser, server: Server) -> Iterator[Visit]:
    made = Visit(browser, server.address)
    made.go("/")
    yield made
    trouble = made.close()
    assert not trouble, "\n".join(trouble)


def minute_of(moment: datetime | None) -> int | None:
    return None if moment is None else int(moment.timestamp()) // 60


def pack_of(
    stations: list[StationRecord], begins: datetime, calendar: Calendar = CALENDAR
) -> dict[str, Any]:
    found = schedules(snapshot(calendar), stations, begins, DAYS, ZONE)
    return {
        "begins": minute_of(begins),
        "days": DAYS,
        "schedules": [found.schedules[index] for index in found.of_station],
        "reasons": found.reasons,
    }


def test_the_phone_answers_the_whole_table_as_the_server_does(phone: Visit) -> None:
    asked = [(case, age) for case in CASES for age in AGES]
    packs = [
        pack_of([station(case.hours, state=case.record, closures=case.closures)], case.at - age)
        for case, age in asked
    ]
    minutes = [minute_of(case.at) for case, _ in asked]
    found = phone.page.evaluate(ASK_EACH, list(zip(packs, minutes, strict=True)))
    expected = [
        {
            "open": case.state, "open_until": minute_of(case.until),
            "opens_at": minute_of(case.opens), "reason": case.reason,
        }
        for case, _ in asked
    ]  # fmt: skip
    wrong = [
        f"{case.name}, {age} old: {said}"
        for (case, age), said, due in zip(asked, found, expected, strict=True)
        if said != due
    ]
    assert wrong == []


@settings(max_examples=60)
@given(HOURS, closures(), st.lists(st.integers(0, DAYS * 1440 - 1), min_size=1, max_size=40))
def test_the_phone_answers_for_any_hours_and_minute_as_the_server_does(
    phone: Visit, hours: str | None, shut: tuple[Closure, ...], minutes: list[int]
) -> None:
    pack = pack_of([station(hours, closures=shut)], START, WINTER)
    begins = pack["begins"]
    found = phone.page.evaluate(ASK, [pack, [[0, begins + minute] for minute in minutes]])
    for minute, said in zip(minutes, found, strict=True):
        at = START + minute * MINUTE
        answer = opening(State.ACTIVE, hours, at, zone=ZONE, closures=shut, calendar=WINTER)
        assert said == {
            "open": answer.state.value,
            "open_until": minute_of(answer.until) if answer.state is OpenState.OPEN else None,
            "opens_at": minute_of(answer.opens_at),
            "reason": answer.reason.value,
        }


def test_a_pack_that_has_run_out_or_a_clock_far_off_is_not_known(phone: Visit) -> None:
    begins = CASES[0].at
    pack = pack_of([station("24/7"), station("off")], begins)
    moments = [
        begins - MINUTE, begins, begins + DAYS * DAY - MINUTE, begins + DAYS * DAY,
        begins.replace(year=1970, month=1, day=2), begins.replace(year=2038),
    ]  # fmt: skip
    asked = [[number, minute_of(at)] for number in (0, 1) for at in moments]
    found = [said["open"] for said in phone.page.evaluate(ASK, [pack, asked])]
    assert found[:6] == ["unknown", "open", "open", "unknown", "unknown", "unknown"]
    assert found[6:] == ["unknown", "closed", "closed", "unknown", "unknown", "unknown"]
    nothing = phone.page.evaluate(ASK.replace("asked.map", "[[0, NaN]].map"), [pack, []])
    assert nothing == [
        {"open": "unknown", "open_until": None, "opens_at": None, "reason": "outdated"}
    ]
