"""Numbers of stations: made, read back however written, and guarded against typing errors."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain import number
from app.domain.errors import InvalidInput

areas = st.integers(100_000, 999_999).map(str)
serials = st.integers(1, 99_999)


def test_the_check_digit_is_that_of_the_worked_example_of_the_standard() -> None:
    assert number.check_digit("0794") == "5"


def test_a_number_is_area_serial_and_check_digit() -> None:
    code = number.make("500103", 42)
    assert code == "50010300042" + number.check_digit("50010300042")
    assert number.display(code) == f"渝港 500103-00042-{code[-1]}"


@given(areas, serials)
def test_every_written_form_reads_back_to_the_same_number(area: str, serial: int) -> None:
    code = number.make(area, serial)
    printed = number.display(code)
    wide = code.translate(str.maketrans("0123456789", "０１２３４５６７８９"))
    dashed = printed.replace("-", "–")
    for text in (code, printed, printed.replace("渝港 ", ""), f"  {printed}\n", wide, dashed):
        assert number.check(text) == code


@given(areas, serials, st.integers(0, 11), st.integers(1, 9))
def test_every_single_mistyped_digit_is_found(area: str, serial: int, at: int, by: int) -> None:
    code = number.make(area, serial)
    wrong = code[:at] + str((int(code[at]) + by) % 10) + code[at + 1 :]
    with pytest.raises(InvalidInput, match="mistyped"):
        number.check(wrong)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "other signs"),
        ("500103", "6 digits, not 12"),
        ("渝港 500103-0004-8", "11 digits, not 12"),
        ("渝港 50010A-00042-8", "other signs"),
        ("٥٠٠١٠٣٠٠٠٤٢٨", "other signs"),
    ],
)
def test_what_is_no_number_says_what_one_looks_like(text: str, message: str) -> None:
    with pytest.raises(InvalidInput, match=message) as caught:
        number.check(text)
    assert "500103-00042" in str(caught.value)
    assert caught.value.remedy


@pytest.mark.parametrize(
    ("area", "serial", "field"),
    [("50010", 1, "area_code"), ("05010３", 1, "area_code"), ("500103", 0, "serial"),
     ("500103", 100_000, "serial")],
)  # fmt: skip
def test_a_code_or_serial_out_of_range_is_refused(area: str, serial: int, field: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        number.make(area, serial)
    assert [error.field for error in caught.value.errors] == [field]
