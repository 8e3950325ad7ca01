"""People in lists: cells with names and phones, split and checked one by one."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.contacts import Contact, Kind, Lack, read_contacts, read_day
from app.domain.keepers import card_check_sign

TODAY = date(2026, 6, 1)


def told(text: str) -> list[tuple[str, str, str]]:
    return [(one.name, one.phone, one.kind.value) for one in read_contacts(phones=text)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("13900001234", [("", "13900001234", "mobile")]),
        ("+86 139 0000 1234", [("", "13900001234", "mobile")]),
        ("张三 13900001234;李四:139-0000-5678",
         [("张三", "13900001234", "mobile"), ("李四", "13900005678", "mobile")]),
        ("13900001111/13900002222", [("", "13900001111", "mobile"), ("", "13900002222", "mobile")]),
        ("13900001111 13900002222", [("", "13900001111", "mobile"), ("", "13900002222", "mobile")]),
        ("0371-67956331;0371-60223349",
         [("", "037167956331", "landline"), ("", "037160223349", "landline")]),
        ("(023)6312 3456", [("", "02363123456", "landline")]),
        ("023-63123456转801", [("", "02363123456", "landline")]),
        ("400-800-8888", [("", "4008008888", "landline")]),
        ("187****2336", [("", "", "masked")]),
        ("张和平 139XXXX5678", [("张和平", "", "masked")]),
        ("63123456", [("", "", "unreadable")]),
        ("1390000123", [("", "", "unreadable")]),
        ("见门口", [("见门口", "", "none")]),
        ("", []),
    ],
)  # fmt: skip
def test_a_cell_is_split_into_its_people(text: str, found: list[tuple[str, str, str]]) -> None:
    assert told(text) == found


def test_names_of_one_column_go_to_the_phones_of_another_in_order() -> None:
    people = read_contacts(
        names="张三、李四、王五", phones="13900001111;13900002222", employer="某银行",
        consented_on="2026年5月1日",
    )  # fmt: skip
    assert [(one.name, one.phone, one.kind) for one in people] == [
        ("张三", "13900001111", Kind.MOBILE), ("李四", "13900002222", Kind.MOBILE),
        ("王五", "", Kind.NONE),
    ]  # fmt: skip
    assert people[0].lacks(today=TODAY) == ()
    assert people[2].lacks(today=TODAY) == (Lack.PHONE,)


def test_a_number_of_an_id_card_is_never_taken_for_anything() -> None:
    body = "11010119900307425"
    card = body + card_check_sign(body)
    for people in (read_contacts(phones=card), read_contacts(names=f"张三 {card}")):
        assert [one.phone for one in people] == [""] * len(people)
        assert all(card not in one.name for one in people)
        assert any(one.problem and "身份证" in one.problem.zh for one in people)


def test_what_is_missing_is_named() -> None:
    (person,) = read_contacts(phones="0371-55269597")
    assert person.lacks(today=TODAY) == (Lack.NAME, Lack.PHONE, Lack.EMPLOYER, Lack.CONSENT)
    assert person.masked == "037****9597"


def test_nothing_personal_shows_in_a_picture_of_a_person() -> None:
    assert "1390" not in repr(Contact("张三", "13900001234", Kind.MOBILE))
    assert "张三" not in repr(Contact("张三", "13900001234", Kind.MOBILE))


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-05-01", date(2026, 5, 1)), ("2026/5/1", date(2026, 5, 1)),
        ("20260501", date(2026, 5, 1)), ("2026年5月1日", date(2026, 5, 1)),
        ("2026-05-01 00:00:00", date(2026, 5, 1)), ("2026-02-30", None), ("昨天", None), ("", None),
    ],
)  # fmt: skip
def test_days_are_read_as_lists_write_them(text: str, day: date | None) -> None:
    assert read_day(text) == day


@given(st.text(max_size=60), st.text(max_size=60))
def test_whatever_stands_in_a_cell_a_phone_is_digits_and_a_problem_has_none(
    names: str, phones: str
) -> None:
    for one in read_contacts(names=names, phones=phones):
        assert one.phone == "" or (one.phone.isascii() and one.phone.isdigit())
        assert one.phone == "" or one.problem is None


@given(st.lists(st.integers(13_000_000_000, 19_999_999_999), min_size=1, max_size=5, unique=True))
def test_joined_mobile_numbers_all_come_back(numbers: list[int]) -> None:
    for sign in (";", "、", "/", ",", "\n", " "):
        found = read_contacts(phones=sign.join(map(str, numbers)))
        assert [one.phone for one in found] == [str(number) for number in numbers]
