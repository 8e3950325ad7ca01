"""People named in lists of stations: cells with names and phones, split and checked one by one.

Lists join phones by ``;``, mask them (187****2336), put the name before the number, or
leave it out. Nothing is guessed: what cannot become a keeper says why.
"""

import re
import unicodedata
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from app.domain.errors import FieldError, InvalidInput
from app.domain.keepers import check, holds_card_number, is_phone, mask_name, plain_phone

# what stands between two people, and what belongs to a number
_BREAK = re.compile(r"[;,、/|\n\t]+|(?<=\d{7})\s+(?=(?:\+|0|1[3-9]|400|800)\d)|或者?")
_MASKED = re.compile(r"\d[\d\- ]*[*xX×•●﹡]{2,}[\d*xX×•●﹡\- ]*|[*×•●﹡]{2,}\d{2,}")
_NUMBER = re.compile(r"(?:\+|00)?[\d(][\d()\-\s—–-]{4,}\d(?:\s*(?:转|-|ext\.?)\s*\d{1,6})?")
_LANDLINE = re.compile(r"0[1-9]\d{1,2}[1-9]\d{6,7}|(?:400|800)\d{7}|1[02]\d{3,4}|9\d{4}")
_LOCAL = re.compile(r"[2-8]\d{6,7}")
_EXTENSION = re.compile(r"\s*(?:转|ext\.?|分机)\s*\d{1,6}$")
_LABEL = re.compile(
    r"(?:联系|值班|办公|固定|移动|服务)?(?:电话|手机|座机|号码)|tel|phone|mobile", re.IGNORECASE
)
MOST_IN_A_CELL = 20


class Kind(StrEnum):
    """What a phone in a list is."""

    MOBILE = "mobile"
    LANDLINE = "landline"
    MASKED = "masked"
    UNREADABLE = "unreadable"
    NONE = "none"


class Lack(StrEnum):
    """What a named person still needs to be a keeper."""

    NAME = "name"
    PHONE = "phone"
    EMPLOYER = "employer"
    CONSENT = "consented_on"


LACK_NAMES: dict[Lack, tuple[str, str]] = {
    Lack.NAME: ("真实姓名", "a real name"),
    Lack.PHONE: ("手机号码", "a mobile number"),
    Lack.EMPLOYER: ("工作单位", "an employing unit"),
    Lack.CONSENT: ("本人同意登记的日期", "the day of consent"),
}


@dataclass(frozen=True, slots=True, repr=False)
class Contact:
    """A person of a list, or a phone without one; the values do not show in a picture of it.

    Attributes:
        name: as the list has it, empty if it names nobody.
        phone: digits alone, empty unless it is a whole number.
        kind: what the phone is.
        employer: the employing unit.
        consented_on: the day on which the person agreed to be named.
        problem: why nothing can be kept of it; else None.
    """

    name: str
    phone: str
    kind: Kind
    employer: str = ""
    consented_on: date | None = None
    problem: FieldError | None = None

    @property
    def masked(self) -> str:
        """What a list may show of it."""
        shown = f"{self.phone[:3]}****{self.phone[-4:]}" if len(self.phone) > 7 else ""
        return " ".join(part for part in (mask_name(self.name) if self.name else "", shown) if part)

    def lacks(self, *, today: date) -> tuple[Lack, ...]:
        """Return what is missing before it can become a keeper; nothing if it can."""
        try:
            check(
                name=self.name, phone=self.phone, employer=self.employer,
                consented_on=self.consented_on, today=today,
            )  # fmt: skip
        except InvalidInput as error:
            named = {item.field for item in error.errors}
            return tuple(lack for lack in Lack if lack.value in named)
        return ()


def read_contacts(
    *, names: str = "", phones: str = "", employer: str = "", consented_on: str = ""
) -> tuple[Contact, ...]:
    """Read the people of one row.

    Args:
        names: the cell of names; several are parted as phones are.
        phones: the cell of phones, which may hold names too: ``张三 139…;李四 138…``.
        employer: the unit that employs them all.
        consented_on: the day on which they agreed to be named.

    Returns:
        One contact a phone, and one a name that no phone is left for.
    """
    agreed = read_day(consented_on)
    found = [_contact(part) for part in _parts(phones)]
    loose = [part for part in _parts(names) if not any(one.name == part for one in found)]
    if any(sign.isdigit() for part in loose for sign in part):
        # names and numbers in one cell under the name of a name
        found += [_contact(part) for part in loose]
        loose = []
    result = []
    for one in found:
        given = one.name
        if not given and loose:
            given = loose.pop(0)
        result.append(replace(one, name=given, employer=_plain(employer), consented_on=agreed))
    result += [
        Contact(name, "", Kind.NONE, _plain(employer), agreed, _card_problem(name))
        for name in loose
    ]
    return tuple(result[:MOST_IN_A_CELL])


def read_day(text: str) -> date | None:
    """Read a day as lists write it: 2026-05-01, 2026/5/1, 2026年5月1日, 20260501; else None."""
    match = re.fullmatch(
        r"\s*(\d{4})\s*[-/.年]?\s*(\d{1,2})\s*[-/.月]?\s*(\d{1,2})\s*日?(?:\s+0?0:00(?::00)?)?\s*",
        unicodedata.normalize("NFKC", text),
    )
    if match is None:
        return None
    try:
        return date(*(int(part) for part in match.groups()))
    except ValueError:
        return None


def _plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).split())


def _parts(text: str) -> list[str]:
    plain = unicodedata.normalize("NFKC", text)
    return [part.strip(" .:") for part in _BREAK.split(plain) if part.strip(" .:")]


def _card_problem(text: str) -> FieldError | None:
    if not holds_card_number(text):
        return None
    return FieldError(
        "keeper_phone",
        "looks like an ID-card number, which is never kept",
        "疑似身份证号,系统不收集",
    )


def _contact(part: str) -> Contact:
    """Read one person: what is no number is the name."""
    if (problem := _card_problem(part)) is not None:
        return Contact("", "", Kind.UNREADABLE, problem=problem)
    masked = _MASKED.search(part)
    if masked is not None:
        problem = FieldError(
            "keeper_phone",
            "the number is masked in the list; ask for the whole one",
            "号码被打码,不完整;请补充完整号码",
        )
        return Contact(_name(part, masked), "", Kind.MASKED, problem=problem)
    number = _NUMBER.search(part)
    if number is not None:
        return _numbered(_name(part, number), number.group())
    if any(sign.isdigit() for sign in part):
        return Contact("", "", Kind.UNREADABLE, problem=_unreadable())
    return Contact(_name(part, None), "", Kind.NONE)


def _numbered(name: str, text: str) -> Contact:
    """Read a number that stands whole."""
    digits = re.sub(r"\D", "", plain_phone(_EXTENSION.sub("", text)))
    if is_phone(digits):
        return Contact(name, digits, Kind.MOBILE)
    if _LANDLINE.fullmatch(digits):
        return Contact(name, digits, Kind.LANDLINE)
    problem = _unreadable(len(digits))
    if _LOCAL.fullmatch(digits):
        problem = FieldError(
            "keeper_phone",
            "the area code is missing before this fixed-line number",
            "固定电话缺少区号",
        )
    return Contact(name, "", Kind.UNREADABLE, problem=problem)


def _unreadable(digits: int = 0) -> FieldError:
    if not digits:
        return FieldError("keeper_phone", "is no phone number", "不是电话号码")
    return FieldError(
        "keeper_phone",
        f"has {digits} digits and is no phone number; a mobile number has 11",
        f"有 {digits} 位数字,不是有效号码;手机号码为 11 位",
    )


def _name(part: str, number: "re.Match[str] | None") -> str:
    left = part if number is None else part[: number.start()] + " " + part[number.end() :]
    # a remark in brackets is no part of the name
    left = re.sub(r"\([^()]*\)", " ", left)
    return _plain(_LABEL.sub(" ", left)).strip(" :;,()-—")
