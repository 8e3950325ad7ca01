"""Changes that wait to be decided: listed in scope, decided by another person, many at once."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from werkzeug.test import TestResponse

from app.domain.lifecycle import State
from app.service import edits, receipts
from app.store.cluster import Cluster
from tests.store.people import PEOPLE, sees_whole
from tests.web.desks import Office, hidden, open_office

CHANGES = "/manage/changes"


@pytest.fixture(scope="module")
def office(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    with open_office(cluster, tmp_path_factory.mktemp("changes"), "change_pages") as opened:
        yield opened


def asked(office: Office, union: str = "north", person: str = "north_clerk", **fields: Any) -> int:
    """A change that somebody asked for."""
    station = office.station(union, State.ACTIVE, name="甲站")
    with office.runtime.connection() as connection:
        made = edits.ask_for_change(
            connection, office.desk(person).actor, station, fields or {"name": "乙站"},
            revision=1, reason="改名 <b>",
        )  # fmt: skip
    return made.id


def send(office: Office, person: str, change: int, what: str, **data: str) -> TestResponse:
    form = {"once": receipts.token(), **data}
    return office.desk(person).post(f"{CHANGES}/{change}/{what}", form)


def state(office: Office, change: int) -> str:
    return str(office.one("SELECT state FROM change_request WHERE id = %s", change))


def name(office: Office, change: int) -> str:
    return str(
        office.one(
            "SELECT s.name FROM station s JOIN change_request c ON c.station_id = s.id"
            " WHERE c.id = %s", change,
        )
    )  # fmt: skip


def test_a_request_is_listed_with_its_difference_for_its_scope_alone(office: Office) -> None:
    change = asked(office)
    for person in PEOPLE:
        answer = office.desk(person).get(CHANGES)
        if not PEOPLE[person]:
            assert answer.status_code == 403
            continue
        text = answer.get_data(as_text=True)
        assert (f'value="{change}"' in text) == sees_whole(person, "north"), person
    text = office.desk("north_judge").get(CHANGES).get_data(as_text=True)
    assert re.search(r"<del>.*甲站.*</del></td><td><ins>.*乙站.*</ins>", text)
    assert "改名 &lt;b&gt;" in text
    assert "Person north_clerk" in text


def test_who_may_decide_sees_the_buttons_on_the_station(office: Office) -> None:
    change = asked(office)
    station = office.one("SELECT station_id FROM change_request WHERE id = %s", change)
    expected = {
        "north_judge": {"accept", "refuse"},
        "north_clerk": {"withdraw"},
        "north_second": set(),
        "south_clerk": set(),
        "chief": {"accept", "refuse"},
    }
    for person, actions in expected.items():
        text = office.desk(person).get(f"/manage/stations/{station}").get_data(as_text=True)
        assert set(re.findall(rf"{CHANGES}/{change}/(\w+)", text)) == actions, person


def test_another_person_accepts_and_the_record_has_it(office: Office) -> None:
    change = asked(office)
    done = send(office, "north_judge", change, "accept")
    assert done.status_code == 303
    assert (state(office, change), name(office, change)) == ("accepted", "乙站")
    assert "已同意变更" in office.desk("north_judge").get(done.location or "").get_data(
        as_text=True
    )


def test_who_asked_does_not_accept(office: Office) -> None:
    change = asked(office, person="north_alone")
    answer = send(office, "north_alone", change, "accept")
    assert answer.status_code == 409
    assert "须由另一人办理" in answer.get_data(as_text=True)
    assert (state(office, change), name(office, change)) == ("open", "甲站")


@pytest.mark.parametrize("person", ["north_clerk", "north_inspector", "north_auditor"])
@pytest.mark.parametrize("what", ["accept", "refuse"])
def test_without_the_role_nobody_decides(office: Office, person: str, what: str) -> None:
    change = asked(office, person="north_second")
    assert send(office, person, change, what, reason="x").status_code == 409
    assert state(office, change) == "open"


def test_another_unions_request_is_not_there(office: Office) -> None:
    change = asked(office)
    for what in ("accept", "refuse", "withdraw"):
        assert send(office, "south_judge", change, what, reason="x").status_code == 404
    assert state(office, change) == "open"


def test_a_refusal_takes_a_reason_and_keeps_it(office: Office) -> None:
    change = asked(office)
    for reason in ("", "  ", "长" * 2001):
        missed = send(office, "north_judge", change, "refuse", reason=reason)
        assert missed.status_code == 422
        assert "请填写不同意的理由" in missed.get_data(as_text=True)
    assert send(office, "north_judge", change, "refuse", reason="牌子没换").status_code == 303
    kept = office.one("SELECT decision FROM change_request WHERE id = %s", change)
    assert (state(office, change), kept) == ("refused", "牌子没换")


def test_who_asked_withdraws(office: Office) -> None:
    change = asked(office)
    assert send(office, "north_second", change, "withdraw").status_code == 409
    assert send(office, "north_clerk", change, "withdraw").status_code == 303
    assert state(office, change) == "withdrawn"
    late = send(office, "north_judge", change, "accept")
    assert late.status_code == 409


def test_a_double_click_decides_once(office: Office) -> None:
    change = asked(office)
    once = receipts.token()
    answers = [send(office, "north_judge", change, "accept", once=once) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [303, 303]
    assert answers[0].location == answers[1].location


def test_many_are_accepted_at_once_and_those_that_cannot_be_say_why(office: Office) -> None:
    good = [asked(office) for _ in range(3)]
    own = asked(office, person="north_alone")
    desk = office.desk("north_alone")
    form = {"once": hidden(desk.get(CHANGES), "once"), "decide": "accept"}
    part = desk.post(CHANGES, {**form, "id": [str(i) for i in (*good, own)]})
    text = part.get_data(as_text=True)
    assert part.status_code == 409
    assert "已处理 3 项,1 项没有处理" in text
    assert "须由另一人办理" in text
    assert [state(office, i) for i in good] == ["accepted"] * 3
    assert state(office, own) == "open"
    judge = office.desk("north_judge")
    rest = judge.post(CHANGES, {"once": receipts.token(), "decide": "accept", "id": [str(own)]})
    assert (rest.status_code, rest.location) == (303, f"{CHANGES}?accepted=1")


def test_many_are_refused_with_one_reason_which_is_kept_when_nothing_is_chosen(
    office: Office,
) -> None:
    chosen = [asked(office) for _ in range(2)]
    desk = office.desk("north_judge")
    form = {"decide": "refuse", "reason": "统一不改"}
    nothing = desk.post(CHANGES, {**form, "once": receipts.token()})
    assert nothing.status_code == 422
    assert "请至少勾选一项" in nothing.get_data(as_text=True)
    assert ">统一不改</textarea>" in nothing.get_data(as_text=True)
    ids = [str(i) for i in chosen]
    without = desk.post(CHANGES, {"decide": "refuse", "once": receipts.token(), "id": ids})
    assert without.status_code == 422
    assert without.get_data(as_text=True).count(" checked") == 2
    done = desk.post(CHANGES, {**form, "once": receipts.token(), "id": ids})
    assert (done.status_code, done.location) == (303, f"{CHANGES}?refused=2")
    assert [state(office, i) for i in chosen] == ["refused", "refused"]


def test_an_empty_list_says_what_to_do(office: Office) -> None:
    text = office.desk("rail_clerk").get(CHANGES).get_data(as_text=True)
    assert "没有待定的变更申请" in text


def test_ids_that_are_none_decide_nothing(office: Office) -> None:
    desk = office.desk("north_judge")
    for ids in (["x"], ["-1"], ["9" * 30], ["0"]):
        answer = desk.post(CHANGES, {"once": receipts.token(), "decide": "accept", "id": ids})
        assert answer.status_code == 409
