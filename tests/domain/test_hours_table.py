"""The table of rules by moments, answered by the server."""

import pytest

from app.domain.opening import opening
from tests.domain.hours_cases import CALENDAR, CASES, ZONE, Case

AT_LEAST = 60


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_the_server_answers_as_worked_out_by_hand(case: Case) -> None:
    answer = opening(
        case.record, case.hours, case.at, zone=ZONE, closures=case.closures, calendar=CALENDAR
    )
    until = answer.until if answer.state.value == "open" else None
    assert (answer.state.value, until, answer.opens_at, answer.reason.value) == (
        case.state, case.until, case.opens, case.reason,
    )  # fmt: skip


def test_the_table_is_as_long_as_promised() -> None:
    assert len({case.name + str(case.closures) for case in CASES}) >= AT_LEAST
