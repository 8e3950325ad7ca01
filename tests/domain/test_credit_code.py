"""The unified social credit code: its check character, and what a mistyped one is told."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.credit_code import LENGTH, SIGNS, check, check_character
from app.domain.errors import InvalidInput

# worked out by hand: 9 + 1*3 + 5*9 + 0 + 0 + 0 + 0 + 0 + M(21)*20 + A(10)*29 + 0 + 0 + 1*8
# + 2*24 + 3*10 + 4*30 + 5*28 = 1113 = 35 * 31 + 28, so the sign with the value 3
BODY = "91500000MA0012345"


def test_the_check_character_is_worked_out_modulo_31() -> None:
    assert check_character(BODY) == "3"
    assert check(BODY + "3") == BODY + "3"


@given(st.text(alphabet=SIGNS, min_size=17, max_size=17), st.data())
def test_every_single_wrong_sign_and_every_swap_of_neighbours_is_found(
    body: str, data: st.DataObject
) -> None:
    code = body + check_character(body)
    at = data.draw(st.integers(0, LENGTH - 1))
    other = data.draw(st.sampled_from([sign for sign in SIGNS if sign != code[at]]))
    with pytest.raises(InvalidInput, match="mistyped"):
        check(code[:at] + other + code[at + 1 :])
    left = data.draw(st.integers(0, LENGTH - 3))
    swapped = code[:left] + code[left + 1] + code[left] + code[left + 2 :]
    if swapped != code:
        with pytest.raises(InvalidInput, match="mistyped"):
            check(swapped)


def test_a_code_is_read_however_it_is_written() -> None:
    spaced = f" {BODY[:8].lower()} {BODY[8:]}-３ "
    assert check(spaced) == BODY + "3"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "has 0 signs, not 18"),
        (BODY, "has 17 signs"),
        (f"{BODY[:-1]}O3", "'O' in place 17, which no code has, perhaps 0"),
        (f"{BODY[:-1]}%3", "'%' in place 17"),
    ],
)
def test_what_is_no_code_is_told_where_it_is_wrong(text: str, words: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        check(text)
    assert words in caught.value.errors[0].message
    assert "licence" in caught.value.remedy
