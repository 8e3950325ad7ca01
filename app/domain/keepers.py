"""Keepers, the named persons in charge of a station: their values checked, and masked for lists."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from app.domain.errors import FieldError, InvalidInput
from app.domain.roles import Role

LONGEST_NAME, LONGEST_EMPLOYER, LONGEST_REASON = 50, 100, 200
SHORTEST_REASON = 4
PHONE_DIGITS = 11
FIRST_CONSENT = date(2000, 1, 1)

# who names keepers, who answers what a keeper proposes, who may see the values themselves
NAMERS = frozenset({Role.UNION_STAFF, Role.CITY_ADMIN})
CONFIRMERS = NAMERS | {Role.REVIEWER}
UNMASKERS = CONFIRMERS | {Role.INSPECTOR}

PIN_DIGITS = 6
# wrong PINs that shut a link: so many within a quarter of an hour, or within a day
PIN_LIMITS: tuple[tuple[int, timedelta], ...] = (
    (5, timedelta(minutes=15)),
    (20, timedelta(days=1)),
)

# what a proposed successor waits for an answer before the values are erased
PROPOSAL_WAITS = timedelta(days=30)

NAME, PHONE, EMPLOYER = "name", "phone", "employer"
FIELDS = (NAME, PHONE, EMPLOYER)

_MOBILE = re.compile(r"1[3-9]\d{9}")
_COUNTRY = re.compile(r"(?:\+|00)?86(?=1[3-9]\d{9}$)")
_NAME = re.compile(r"[^\W\d_][^\W\d_·.'\- ]*(?:[·.'\- ]+[^\W\d_]+)*\.?")
_LONG_CARD = re.compile(r"(?<!\d)\d{17}[\dX](?![\dX])")
_SHORT_CARD = re.compile(r"(?<!\d)\d{15}(?!\d)")
_CARD_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CARD_SIGNS = "10X98765432"
# what people put between digits
_BETWEEN = re.compile(r"(?<=\d)[\s\-.·,、_/]+(?=[\dXx])")

_NO_CARD = FieldError(
    "",
    "this looks like an ID-card number, which Harbor never keeps; leave it out",
    "这像是身份证号。系统不收集身份证号,请删去。",
)


class KeeperState(StrEnum):
    """Where a keeper's duty stands."""

    PROPOSED = "proposed"
    SERVING = "serving"
    ENDED = "ended"
    REFUSED = "refused"


STATE_NAMES: dict[KeeperState, tuple[str, str]] = {
    KeeperState.PROPOSED: ("待工会确认", "Proposed"),
    KeeperState.SERVING: ("在任", "Serving"),
    KeeperState.ENDED: ("已卸任", "Ended"),
    KeeperState.REFUSED: ("未确认", "Not confirmed"),
}


class EndCode(StrEnum):
    """Why a duty ends without a successor."""

    LEFT = "left"
    MISTAKEN = "mistaken"


END_NAMES: dict[str, tuple[str, str]] = {
    "left": ("不再担任", "No longer in charge"),
    "mistaken": ("登记有误(立即清除信息)", "Entered by mistake (erased at once)"),
    "handed_over": ("已移交", "Handed over"),
    "refused": ("未确认", "Not confirmed"),
    "station_gone": ("站点已退出", "The station left"),
}


@dataclass(frozen=True, slots=True, repr=False)
class Values:
    """The personal values of one keeper; they do not show in a picture of the object."""

    name: str
    phone: str
    employer: str

    @property
    def masked(self) -> "Masks":
        """What lists may show of them."""
        return Masks(mask_name(self.name), mask_phone(self.phone), mask_employer(self.employer))


@dataclass(frozen=True, slots=True)
class Masks:
    """What lists show of a keeper: 张**, 139****1234, 渝中**."""

    name: str = ""
    phone: str = ""
    employer: str = ""


def check(
    *, name: str, phone: str, employer: str, consented_on: date | None, today: date
) -> Values:
    """Return the values of a keeper as they are kept.

    Args:
        consented_on: the day on which the person agreed to be named.
        today: the day it is where the register is.

    Raises:
        InvalidInput: for everything that is wrong, field by field.
    """
    wrong = [
        *_wrong_name(_tidy(name)),
        *_wrong_phone(phone),
        *_wrong_employer(_tidy(employer)),
        *_wrong_consent(consented_on, today),
    ]
    if wrong:
        raise InvalidInput(wrong, attempted="name the keeper")
    return Values(_tidy(name), plain_phone(phone), _tidy(employer))


def check_changes(given: Mapping[str, str]) -> dict[str, str]:
    """Return the values that a change gives, as they are kept.

    Raises:
        InvalidInput: for everything that is wrong, or if nothing is given.
    """
    wanted = {field: text for field, text in given.items() if field in FIELDS and text.strip()}
    checks = {NAME: _wrong_name, EMPLOYER: _wrong_employer}
    wrong = [
        error
        for field, text in wanted.items()
        for error in (_wrong_phone(text) if field == PHONE else checks[field](_tidy(text)))
    ]
    if not wanted:
        wrong = [FieldError(NAME, "give at least one value that changes", "请至少填写一项。")]
    if wrong:
        raise InvalidInput(wrong, attempted="change what is kept of the keeper")
    return {
        field: plain_phone(text) if field == PHONE else _tidy(text)
        for field, text in wanted.items()
    }


def check_reason(reason: str) -> str:
    """Return the reason for seeing the values; it goes into the audit, so it holds none itself.

    Raises:
        InvalidInput: if it is missing, long, or holds a phone or an ID-card number.
    """
    text = _tidy(reason)
    wrong = None
    if len(text) < SHORTEST_REASON:
        wrong = ("say in a few words what for", "请写明查看的原因(至少 4 个字)。")
    elif len(text) > LONGEST_REASON:
        wrong = (f"at most {LONGEST_REASON} signs", f"最多 {LONGEST_REASON} 个字。")
    elif holds_card_number(text) or holds_phone(text):
        wrong = (
            "the reason is kept in the audit: leave phones and ID-card numbers out",
            "原因会写入审计,请不要填写电话或身份证号。",
        )
    if wrong:
        raise InvalidInput([FieldError("reason", *wrong)], attempted="show the keeper's values")
    return text


def plain_phone(text: str) -> str:
    """Return a number as digits alone, without the country's code and what people put between."""
    digits = re.sub(r"[\s\-.()()·]+", "", unicodedata.normalize("NFKC", text))
    return _COUNTRY.sub("", digits)


def is_phone(text: str) -> bool:
    """Whether a text is one mobile number of China."""
    return bool(_MOBILE.fullmatch(plain_phone(text)))


def holds_phone(text: str) -> bool:
    """Whether there is a mobile number anywhere in a text."""
    return bool(re.search(rf"(?<!\d)(?:(?:00)?86)?{_MOBILE.pattern}(?!\d)", _joined(text)))


def holds_card_number(text: str) -> bool:
    """Whether there is an ID-card number anywhere in a text.

    Eighteen signs whose date and check sign fit (GB 11643-1999), or the fifteen
    digits of before; however they are spaced.
    """
    joined = _joined(text)
    return any(_is_long_card(found[0]) for found in _LONG_CARD.finditer(joined)) or any(
        found[0][0] != "0" and _is_day("19" + found[0][6:12])
        for found in _SHORT_CARD.finditer(joined)
    )


def no_card_number(field: str, text: str) -> list[FieldError]:
    """Return an error beside a field whose text holds an ID-card number, nothing otherwise."""
    if not holds_card_number(text):
        return []
    return [FieldError(field, _NO_CARD.message, _NO_CARD.zh)]


def card_check_sign(digits: str) -> str:
    """Return the last sign of an ID-card number over the seventeen digits before it."""
    total = sum(int(d) * weight for d, weight in zip(digits, _CARD_WEIGHTS, strict=True))
    return _CARD_SIGNS[total % 11]


def mask_name(name: str) -> str:
    """Return a name with its first sign alone, whatever its length: 张**."""
    return f"{name[:1]}**"


def mask_phone(phone: str) -> str:
    """Return a mobile number with its first three and last four digits: 139****1234."""
    return f"{phone[:3]}****{phone[-4:]}" if len(phone) == PHONE_DIGITS else "****"


def mask_employer(employer: str) -> str:
    """Return the first two signs of an employing unit, fewer of a short one: 渝中**."""
    return f"{employer[: 2 if len(employer) > 3 else 1]}**" if employer else ""


def name_key(name: str) -> str:
    """Return a name in the one form that it is looked up by."""
    return re.sub(r"[\s·.'\-]+", "", unicodedata.normalize("NFKC", name)).casefold()


def _joined(text: str) -> str:
    return _BETWEEN.sub("", unicodedata.normalize("NFKC", text)).upper()


def _is_long_card(signs: str) -> bool:
    fits = card_check_sign(signs[:-1]) == signs[-1]
    return fits and signs[0] != "0" and _is_day(signs[6:14])


def _is_day(digits: str) -> bool:
    try:
        day = date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return False
    return 1850 <= day.year <= 2100


def _tidy(text: str) -> str:
    """Compose signs alike, and put one space where there are several."""
    return " ".join(unicodedata.normalize("NFKC", text).replace("•", "·").split())


def _card(field: str, text: str) -> list[FieldError]:
    if not holds_card_number(text):
        return []
    return [FieldError(field, _NO_CARD.message, _NO_CARD.zh)]


def _wrong_name(name: str) -> list[FieldError]:
    if found := _card(NAME, name):
        return found
    if not name:
        return [FieldError(NAME, "the keeper's real name is wanted", "请填写真实姓名。")]
    if len(name) > LONGEST_NAME:
        return [
            FieldError(NAME, f"at most {LONGEST_NAME} signs", f"姓名最多 {LONGEST_NAME} 个字。")
        ]
    if len(name) < 2 or not _NAME.fullmatch(name):
        return [
            FieldError(
                NAME,
                "a name is two signs or more, of letters alone, with · or a space between parts",
                "姓名至少 2 个字,只能用文字,各部分之间可用“·”或空格。",
            )
        ]
    return []


def _wrong_phone(text: str) -> list[FieldError]:
    if found := _card(PHONE, text):
        return found
    phone = plain_phone(text)
    if not phone:
        said = ("a mobile number is wanted", "请填写手机号码。")
    elif not (phone.isascii() and phone.isdigit()):
        said = (
            "one mobile number of digits alone, like 139 0000 1234",
            "只填一个手机号码,只用数字,如 139 0000 1234。",
        )
    elif len(phone) != PHONE_DIGITS:
        said = (
            f"has {len(phone)} digits; a mobile number has {PHONE_DIGITS}",
            f"有 {len(phone)} 位数字,手机号码应为 {PHONE_DIGITS} 位。",
        )
    elif not _MOBILE.fullmatch(phone):
        said = (
            "is no mobile number: those begin with 13 to 19",
            "不是手机号码:手机号码以 13 至 19 开头。",
        )
    else:
        return []
    return [FieldError(PHONE, *said)]


def _wrong_employer(employer: str) -> list[FieldError]:
    if found := _card(EMPLOYER, employer):
        return found
    if not employer:
        return [FieldError(EMPLOYER, "the employing unit is wanted", "请填写工作单位。")]
    if len(employer) > LONGEST_EMPLOYER:
        said = (f"at most {LONGEST_EMPLOYER} signs", f"工作单位最多 {LONGEST_EMPLOYER} 个字。")
    elif not employer.isprintable():
        said = ("holds signs that cannot be printed", "含有不能显示的字符。")
    elif holds_phone(employer):
        said = (
            "holds a phone number, which belongs in its own field",
            "含有电话号码,请填到电话一栏。",
        )
    else:
        return []
    return [FieldError(EMPLOYER, *said)]


def _wrong_consent(consented_on: date | None, today: date) -> list[FieldError]:
    if consented_on is None:
        said = (
            "the day on which the person agreed to be named is wanted",
            "请填写本人同意登记的日期。",
        )
    elif consented_on > today:
        said = ("lies in the future", "同意日期不能晚于今天。")
    elif consented_on < FIRST_CONSENT:
        said = ("lies too far back", "同意日期过早,请核对。")
    else:
        return []
    return [FieldError("consented_on", *said)]
