"""Pairs side by side, merged and split by forms."""

from collections.abc import Iterator
from typing import Any

import pytest
from werkzeug.test import TestResponse

from app.domain.lifecycle import State
from app.service import duplicates
from app.store.cluster import Cluster
from tests.web.desks import Desk, Office, hidden, open_office

LIST = "/manage/duplicates"


@pytest.fixture(scope="module")
def office(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    with open_office(cluster, tmp_path_factory.mktemp("pairs"), "office_pairs") as opened:
        yield opened


@pytest.fixture
def judge(office: Office) -> Iterator[Desk]:
    yield office.desk("north_judge")
    with office.runtime.connection() as connection:
        connection.execute("DELETE FROM station")


@pytest.fixture
def pair(office: Office) -> tuple[int, int, int]:
    """Two stations at one place, and the id of their pair."""
    first = office.station("north", State.ACTIVE, name="较场口渝工港湾", address="民权路28号")
    second = office.station(
        "north", State.ACTIVE, name="较场口驿站", hours="24/7", services=("water",)
    )
    with office.runtime.connection() as connection:
        duplicates.search(connection)
    return first, second, int(office.one("SELECT id FROM duplicate_pair"))


def text_of(answer: TestResponse) -> str:
    return answer.get_data(as_text=True)


def filled(page: TestResponse, first: int, second: int, **more: Any) -> dict[str, Any]:
    """The form of a comparison as the page carries it."""
    ids = {f"revision_{id_}": hidden(page, f"revision_{id_}") for id_ in (first, second)}
    return {"once": hidden(page, "once"), "first": first, "second": second, **ids, **more}


def test_pairs_are_listed_with_their_reasons(pair: tuple[int, int, int], judge: Desk) -> None:
    page = text_of(judge.get(LIST))
    assert f"{LIST}/{pair[2]}" in page
    assert "相距 0 米" in page
    assert "名称相似 100%" in page
    assert "To be looked at 1" in page


def test_an_empty_list_says_when_the_next_search_is(office: Office, judge: Desk) -> None:
    assert "每晚会重新比对" in text_of(judge.get(LIST))
    assert "这里还没有记录" in text_of(judge.get(f"{LIST}?state=dismissed"))


def test_two_are_shown_field_by_field_and_merged_by_choice(
    office: Office, pair: tuple[int, int, int], judge: Desk
) -> None:
    first, second, found = pair
    page = judge.get(f"{LIST}/{found}")
    text = text_of(page)
    # what the survivor lacks is taken from the other
    assert f'name="field_hours" value="{second}" checked' in text
    assert f'name="field_name" value="{first}" checked' in text
    assert 'name="field_door"' not in text
    done = judge.post(
        f"{LIST}/merge",
        filled(page, first, second, survivor=first, reason="同一处", field_hours=second,
               field_services=second, field_name=first),
    )  # fmt: skip
    assert done.status_code == 303
    assert "已合并" in text_of(judge.get(done.location or ""))
    assert office.rows("SELECT name, hours, services FROM station WHERE id = %s", first) == [
        ("较场口渝工港湾", "24/7", ["water"])
    ]
    assert office.one("SELECT merged_into FROM station WHERE id = %s", second) == first


def test_the_other_one_may_stay(office: Office, pair: tuple[int, int, int], judge: Desk) -> None:
    first, second, found = pair
    page = judge.get(f"{LIST}/{found}")
    judge.post(
        f"{LIST}/merge",
        filled(page, first, second, survivor=second, reason="同一处", field_address=first),
    )
    assert office.rows("SELECT address, hours FROM station WHERE id = %s", second) == [
        ("民权路28号", "24/7")
    ]
    assert office.one("SELECT state FROM station WHERE id = %s", first) == "merged"


def test_a_merge_that_is_refused_keeps_what_was_chosen(
    office: Office, pair: tuple[int, int, int], judge: Desk
) -> None:
    first, second, found = pair
    page = judge.get(f"{LIST}/{found}")
    sent = filled(page, first, second, survivor=second, field_name=first, reason="")
    silent = judge.post(f"{LIST}/merge", sent)
    assert silent.status_code == 422
    assert "请填写原因" in text_of(silent)
    assert f'name="field_name" value="{first}" checked' in text_of(silent)
    assert f'name="survivor" value="{second}" checked' in text_of(silent)
    none = judge.post(f"{LIST}/merge", {**sent, "survivor": "", "reason": "同一处"})
    assert "请选择保留哪一个" in text_of(none)
    office.rows("UPDATE station SET seats = 9 WHERE id = %s RETURNING 1", first)
    late = judge.post(f"{LIST}/merge", {**sent, "reason": "同一处"})
    assert late.status_code == 409
    assert "刚刚被别人改过" in text_of(late)
    assert office.one("SELECT count(*) FROM station_merge") == 0


def test_a_merge_that_is_sent_twice_is_made_once(
    office: Office, pair: tuple[int, int, int], judge: Desk
) -> None:
    first, second, found = pair
    sent = filled(judge.get(f"{LIST}/{found}"), first, second, survivor=first, reason="同一处")
    answers = [judge.post(f"{LIST}/merge", sent) for _ in range(2)]
    assert [one.status_code for one in answers] == [303, 303]
    assert office.one("SELECT count(*) FROM station_merge") == 1


def test_a_pair_is_put_aside_with_a_note_and_taken_up_again(
    pair: tuple[int, int, int], judge: Desk
) -> None:
    found = pair[2]
    silent = judge.post(f"{LIST}/{found}/dismissed")
    assert silent.status_code == 422
    assert "请写明为什么不是" in text_of(silent)
    assert judge.post(f"{LIST}/{found}/dismissed", {"note": "楼上楼下"}).status_code == 303
    assert "楼上楼下" in text_of(judge.get(f"{LIST}?state=dismissed"))
    assert judge.post(f"{LIST}/{found}/proposed").status_code == 303
    assert f"{LIST}/{found}" in text_of(judge.get(LIST))


def test_a_merged_station_is_split_on_a_page_that_says_what_goes_back(
    office: Office, pair: tuple[int, int, int], judge: Desk
) -> None:
    first, second, found = pair
    judge.post(
        f"{LIST}/merge",
        filled(judge.get(f"{LIST}/{found}"), first, second, survivor=first, reason="同一处",
               field_hours=second),
    )  # fmt: skip
    page = judge.get(f"{LIST}/split/{second}")
    assert "会还原" in text_of(page)
    sent = {"once": hidden(page, "once"), "revision": hidden(page, "revision"), "reason": " "}
    silent = judge.post(f"{LIST}/split/{second}", sent)
    assert silent.status_code == 422
    done = judge.post(f"{LIST}/split/{second}", {**sent, "reason": "是两个"})
    assert (done.status_code, done.location) == (303, f"/manage/stations/{second}")
    assert office.rows("SELECT state FROM station WHERE id = %s", second) == [("active",)]
    assert office.one("SELECT hours FROM station WHERE id = %s", first) is None
    assert judge.get(f"{LIST}/split/{second}").status_code == 409


def test_a_stations_page_shows_proposals_and_what_it_took_over(
    office: Office, pair: tuple[int, int, int], judge: Desk
) -> None:
    first, second, found = pair
    section = f"/manage/stations/{first}/duplicates"
    assert f"{LIST}/{found}" in text_of(judge.get(section, htmx=True))
    judge.post(
        f"{LIST}/merge",
        filled(judge.get(f"{LIST}/{found}"), first, second, survivor=first, reason="同一处"),
    )
    # there is nothing left to merge, only to split
    compared = text_of(judge.get(f"{LIST}/{found}"))
    assert f"{LIST}/split/{second}" in compared
    assert "merge-button" not in compared
    page = text_of(judge.get(section, htmx=True))
    assert f"/manage/stations/{second}" in page
    assert f"{LIST}/split/{second}" in page
    gone = text_of(judge.get(f"/manage/stations/{second}/duplicates", htmx=True))
    assert "已合并到" in gone
    assert f"/manage/stations/{first}" in gone
    other = office.station("north", State.ACTIVE, name="孤站", longitude=106.1, latitude=29.1)
    assert "没有发现重复" in text_of(judge.get(f"/manage/stations/{other}/duplicates", htmx=True))


def test_numbers_and_old_numbers_lead_to_the_end_of_a_chain(office: Office, judge: Desk) -> None:
    ids = [
        office.station("north", State.ACTIVE, name=name, earlier_numbers=(f"旧-{name}",))
        for name in ("甲", "乙", "丙")
    ]
    codes = [office.one("SELECT code FROM station WHERE id = %s", id_) for id_ in ids]
    with office.runtime.connection() as connection:
        for other, survivor in ((ids[2], ids[1]), (ids[1], ids[0])):
            connection.execute("SELECT merge_stations(%s, %s, '{}', 'x')", (survivor, other))
    office.runtime.refresh()
    for text in (codes[2], codes[1]):
        page = text_of(judge.get(f"/s/{text}"))
        assert f"/s/{codes[0]}" in page
    led = judge.get("/s/旧-丙")
    assert (led.status_code, led.location) == (302, f"/s/{codes[2]}")
    assert judge.get(f"/s/{codes[0]}").status_code == 200


def test_a_pair_of_others_is_not_shown(
    office: Office, pair: tuple[int, int, int], judge: Desk
) -> None:
    south = office.desk("south_clerk")
    assert south.get(f"{LIST}/{pair[2]}").status_code == 404
    assert f"{LIST}/{pair[2]}" not in text_of(south.get(LIST))
    assert judge.get(f"{LIST}/{pair[2]}").status_code == 200
    compare = south.get(f"{LIST}/compare?first={pair[0]}&second={pair[1]}")
    # both are open to the public, so they may be looked at, and merged by nobody of the south
    assert compare.status_code == 200
    sent = filled(compare, pair[0], pair[1], survivor=pair[0], reason="同一处")
    refused = south.post(f"{LIST}/merge", sent)
    assert refused.status_code == 403
    assert "市总工会" in text_of(refused)
