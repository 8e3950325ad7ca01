"""Values of keepers: checked, masked, and never an ID-card number."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.errors import InvalidInput
from app.domain.keepers import (
    Values,
    card_check_sign,
    check,
    check_changes,
    check_reason,
    holds_card_number,
    holds_phone,
    is_phone,
    mask_employer,
    mask_name,
    mask_phone,
    name_key,
    plain_phone,
)

TODAY = date(2026, 3, 2)
GOOD = {"name": "张小平", "phone": "139 0000 1234", "employer": "渝中区某银行"}
BODY = "50010319800229123"
LONG_CARD = BODY + card_check_sign(BODY)
SHORT_CARD = "500103800229123"

PHONES = st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True)
NAMES = st.text("张王李赵欧阳诸葛买提江艾力安娜", min_size=2, max_size=12)


def wrong(**given: object) -> dict[str, str]:
    """The messages by field for values of which some are replaced."""
    values = {**GOOD, "consented_on": TODAY, "today": TODAY, **given}
    with pytest.raises(InvalidInput) as caught:
        check(**values)  # type: ignore[arg-type]
    assert all(error.zh for error in caught.value.errors)
    return {error.field: error.message for error in caught.value.errors}


def test_values_are_kept_in_one_form() -> None:
    kept = check(
        name="  阿依古丽•买买提 ", phone="+86 139-0000-1234", employer="渝中区 某  银行",
        consented_on=TODAY, today=TODAY,
    )  # fmt: skip
    assert kept == Values("阿依古丽·买买提", "13900001234", "渝中区 某 银行")


def test_everything_that_is_wrong_is_said_at_once() -> None:
    assert set(wrong(name="", phone="", employer=" ", consented_on=None)) == {
        "name", "phone", "employer", "consented_on",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("phone", "said"),
    [
        ("1390000123", "has 10 digits"),
        ("139000012345", "has 12 digits"),
        ("023 63851234", "begin with 13 to 19"),
        ("12900001234", "begin with 13 to 19"),
        ("139 0000 123a", "digits alone"),
        ("13900001234 / 13900001235", "one mobile number"),
        ("<script>", "digits alone"),
    ],
)
def test_a_phone_that_is_none_is_explained(phone: str, said: str) -> None:
    assert said in wrong(phone=phone)["phone"]
    assert not is_phone(phone)


@pytest.mark.parametrize(
    "name", ["张", "13900001234", "张三1", "<b>张三</b>", "张" * 51, "张\n=1+1"]
)
def test_a_name_that_is_none_is_refused(name: str) -> None:
    assert "name" in wrong(name=name)


@pytest.mark.parametrize("field", ["name", "phone", "employer"])
@pytest.mark.parametrize(
    "number",
    [LONG_CARD, LONG_CARD.lower(), f"{LONG_CARD[:6]} {LONG_CARD[6:14]} {LONG_CARD[14:]}",
     f"身份证{LONG_CARD}", SHORT_CARD, "500103-800229-123", "５００１０３８００２２９１２３"],
)  # fmt: skip
def test_an_id_card_number_is_refused_in_every_field(field: str, number: str) -> None:
    said = wrong(**{field: number})[field]
    assert "ID-card" in said
    with pytest.raises(InvalidInput, match="ID-card"):
        check_changes({field: number})
    with pytest.raises(InvalidInput, match="ID-card"):
        check_reason(f"核对 {number}")


@given(
    area=st.integers(110000, 659999), day=st.dates(date(1900, 1, 1), date(2025, 12, 31)),
    serial=st.integers(0, 999),
)  # fmt: skip
def test_every_id_card_number_is_recognised_and_one_sign_off_is_none(
    area: int, day: date, serial: int
) -> None:
    body = f"{area}{day:%Y%m%d}{serial:03}"
    card = body + card_check_sign(body)
    assert holds_card_number(f"张三 {card},女")
    other = "0123456789X"[("0123456789X".index(card[-1]) + 1) % 11]
    assert not holds_card_number(body + other)
    assert holds_card_number(f"{area}{day:%y%m%d}{serial:03}")


def test_numbers_of_other_kinds_are_no_id_card_numbers() -> None:
    for text in (
        "13900001234",
        "渝工发〔2026〕12号",
        "500103-00042-8",
        "500103999999123",
        "1" * 18,
    ):
        assert not holds_card_number(text), text


@pytest.mark.parametrize(
    ("day", "field"),
    [(None, True), (TODAY + timedelta(days=1), True), (date(1999, 1, 1), True), (TODAY, False)],
)
def test_consent_has_a_day_that_is_not_to_come(day: date | None, field: bool) -> None:
    if field:
        assert set(wrong(consented_on=day)) == {"consented_on"}
    else:
        assert check(**GOOD, consented_on=day, today=TODAY).phone == "13900001234"


def test_the_employing_unit_is_no_place_for_a_phone() -> None:
    assert "its own field" in wrong(employer="某银行 13900001234")["employer"]


def test_a_change_keeps_what_is_left_empty_and_takes_at_least_one_value() -> None:
    assert check_changes({"name": "", "phone": "139 0000 5678", "else": "x"}) == {
        "phone": "13900005678"
    }
    with pytest.raises(InvalidInput, match="at least one"):
        check_changes({"name": " ", "phone": ""})


@pytest.mark.parametrize("reason", ["", "  ", "看", "打给13900001234核实", "x" * 201])
def test_a_reason_is_wanted_and_holds_no_value(reason: str) -> None:
    with pytest.raises(InvalidInput):
        check_reason(reason)


def test_masks_are_as_people_know_them() -> None:
    assert mask_name("张小平") == mask_name("张三") == "张**"
    assert mask_phone("13900001234") == "139****1234"
    assert mask_employer("渝中区某银行") == "渝中**"
    assert mask_employer("银行") == "银**"


@given(
    name=NAMES, phone=PHONES, employer=st.text("渝中区银行工会邮局分行", min_size=2, max_size=20)
)
def test_a_mask_never_holds_what_it_masks(name: str, phone: str, employer: str) -> None:
    masks = Values(name, phone, employer).masked
    assert name not in masks.name
    assert phone not in masks.phone
    assert employer not in masks.employer
    assert masks.name == mask_name(name[0] + "某某某")
    assert phone[3:7] not in masks.phone.replace(phone[:3], "", 1).replace(phone[-4:], "", 1)


@given(PHONES, st.sampled_from(["", "+86", "86", "0086", "+86 "]), st.sampled_from([" ", "-", ""]))
def test_a_phone_is_read_however_it_is_written(phone: str, before: str, between: str) -> None:
    written = before + between.join((phone[:3], phone[3:7], phone[7:]))
    assert plain_phone(written) == phone
    assert is_phone(written)
    assert holds_phone(f"请打{written}联系")


def test_a_name_is_looked_up_however_it_is_spaced() -> None:
    assert name_key("阿依古丽·买买提") == name_key("阿依古丽 买买提")
    assert name_key("Ann O'Neil") == name_key("ann oneil")


def test_values_do_not_show_in_a_picture_of_the_object() -> None:
    assert "13900001234" not in repr(Values("张小平", "13900001234", "某银行"))
