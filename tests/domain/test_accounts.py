"""Names, passwords that nobody guesses, and how long guesses have to wait."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.accounts import (
    FAULT_WORDS,
    FREE_FAILURES,
    LONGEST,
    LONGEST_DELAY,
    SHORTEST,
    STAFF,
    Grant,
    PasswordFault,
    Person,
    check_name,
    check_password,
    delay,
    password_faults,
)
from app.domain.errors import InvalidInput
from app.domain.roles import Role


@pytest.mark.parametrize("name", ["anna", "li.na", "a1", "union_500103", " Anna "])
def test_a_name_is_kept_in_small_letters(name: str) -> None:
    assert check_name(name) == name.strip().lower()


@pytest.mark.parametrize("name", ["", "a", ".anna", "李娜", "an na", "a" * 51, "anna\n;", "-x"])
def test_what_cannot_be_a_name_is_refused_by_name(name: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        check_name(name)
    assert caught.value.errors[0].field == "name"


@pytest.mark.parametrize(
    "password",
    [
        "1234567890", "0987654321", "aaaaaaaaaaaa", "abcabcabcabc", "qwertyuiop", "password12",
        "P@ssw0rd2024", "admin123456", "1qaz2wsx3edc", "20240101abc", "harbor2025!", "13812345678",
        "woaini1314520", "chongqing2025", "密码123456789", "gonghui888888", "Welcome2024!!",
        "qwer1234asdf", "1988年10月01日", "letmein12345", "zxcvbnm12345",
    ],
)  # fmt: skip
def test_a_commonplace_password_is_refused(password: str) -> None:
    assert password_faults(password) == (PasswordFault.COMMON,)


@pytest.mark.parametrize(
    "password",
    [
        "correct horse battery", "今天下午我去江边喝老荫茶", "tV9-kq!mZ2rp", "梯坎上面的第三家面馆",
        "xk7dq-wn4hp-8szbe-m3ryt", "kites over jialing 41",
    ],
)  # fmt: skip
def test_a_password_of_ones_own_is_taken(password: str) -> None:
    assert password_faults(password, names=("anna", "李娜")) == ()


def test_a_password_is_measured_at_both_ends() -> None:
    assert PasswordFault.SHORT in password_faults("k" + "x" * (SHORTEST - 2))
    assert password_faults("ä" * (LONGEST + 1)) == (PasswordFault.LONG,)


@pytest.mark.parametrize("password", ["annafeldmann", "annafeldmann12", "ANNAFELDMANN!"])
def test_a_password_made_of_the_name_is_refused(password: str) -> None:
    assert PasswordFault.NAME in password_faults(password, names=("annafeldmann",))


def test_a_refused_password_is_not_in_the_message() -> None:
    with pytest.raises(InvalidInput) as caught:
        check_password("1234567890")
    assert "1234567890" not in str(caught.value)


def test_every_fault_has_words_in_both_languages() -> None:
    assert set(FAULT_WORDS) == set(PasswordFault)
    assert all(len(words) == 2 and all(words) for words in FAULT_WORDS.values())


def test_the_same_password_typed_on_another_keyboard_is_the_same() -> None:
    wide = "\uff4b\uff49\uff54\uff45\uff53 over jialing 41"
    assert check_password(wide) == check_password("kites over jialing 41")


@given(st.text(max_size=250))
def test_any_text_gets_a_verdict_at_once(text: str) -> None:
    faults = password_faults(text, names=("anna",))
    if len(text) < SHORTEST // 4:
        assert PasswordFault.SHORT in faults


def test_the_first_failures_cost_nothing_and_later_ones_ever_more() -> None:
    waits = [delay(failures) for failures in range(40)]
    assert waits[:FREE_FAILURES] == [timedelta(0)] * FREE_FAILURES
    assert waits == sorted(waits)
    assert waits[FREE_FAILURES] == timedelta(seconds=2)
    assert waits[FREE_FAILURES + 1] == timedelta(seconds=4)
    assert waits[-1] == LONGEST_DELAY
    assert delay(10**9) == LONGEST_DELAY


def test_a_person_has_the_roles_of_the_grants_and_a_keeper_is_no_staff() -> None:
    grants = (Grant(Role.REVIEWER, 3), Grant(Role.REVIEWER, 4), Grant(Role.PLANNER))
    person = Person(1, "anna", grants=grants)
    assert person.roles == {Role.REVIEWER, Role.PLANNER}
    assert person.shown == "anna"
    assert Role.KEEPER not in STAFF
