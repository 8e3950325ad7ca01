"""Accounts: names, passwords that are not guessed, who a person is, how guesses are slowed down."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from app.domain.errors import FieldError, InvalidInput
from app.domain.roles import Role

NAME = re.compile(r"[a-z0-9][a-z0-9._-]{1,49}")
SHORTEST, LONGEST = 10, 200
# what is left of a password without its commonplaces has to have so many signs
LEAST_OWN = 4

IDLE = timedelta(hours=8)
LONGEST_LOGIN = timedelta(days=30)
# who may see pages of staff; a keeper has pages of his own
STAFF = frozenset(Role) - {Role.KEEPER}
# a role in these needs a union, or a word that every union is meant
SCOPED = frozenset({Role.UNION_STAFF, Role.REVIEWER, Role.INSPECTOR})

# failures that cost nothing: of one name, and of a whole office behind one address
FREE_FAILURES, FREE_NETWORK_FAILURES = 4, 30
FIRST_DELAY, LONGEST_DELAY = timedelta(seconds=2), timedelta(minutes=10)
REMEMBERED = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Grant:
    """A role in a scope.

    Attributes:
        role: which.
        union_id: the union it is for, and those below it; None is every union.
        station_id: the one station of a keeper.
    """

    role: Role
    union_id: int | None = None
    station_id: int | None = None


@dataclass(frozen=True, slots=True)
class Person:
    """Who is logged in, with the grants that hold at this moment."""

    id: int
    name: str
    full_name: str = ""
    grants: tuple[Grant, ...] = ()
    must_change: bool = False
    has_second_factor: bool = False

    @property
    def roles(self) -> frozenset[Role]:
        """The roles held in whatever scope."""
        return frozenset(grant.role for grant in self.grants)

    @property
    def shown(self) -> str:
        """What pages call this person."""
        return self.full_name or self.name


class PasswordFault(StrEnum):
    """Why a password is not taken."""

    SHORT = "short"
    LONG = "long"
    NAME = "name"
    COMMON = "common"


# Chinese and English, as they stand beside the field
FAULT_WORDS: dict[PasswordFault, tuple[str, str]] = {
    PasswordFault.SHORT: (f"至少 {SHORTEST} 个字符", f"At least {SHORTEST} signs"),
    PasswordFault.LONG: (f"最多 {LONGEST} 个字符", f"At most {LONGEST} signs"),
    PasswordFault.NAME: ("不能含有账号名或姓名", "It must not hold the name of the account"),
    PasswordFault.COMMON: (
        "太容易猜到:连号、键盘顺序、日期或常用词以外还要有别的字",
        "Too easy to guess: add something beside rows of keys, dates and common words",
    ),
}

_WORDS = (
    "password", "passwort", "passwd", "pass", "admin", "administrator", "root", "user", "login",
    "welcome", "letmein", "changeme", "secret", "default", "master", "test", "guest", "hello",
    "iloveyou", "monkey", "dragon", "football", "sunshine", "princess", "woaini", "aini", "mima",
    "nihao", "5201314", "1314520", "1314", "520", "harbor", "harbour", "gangwan", "yugong",
    "gonghui", "union", "station", "zhandian",
    "chongqing", "yuzhong", "china", "zhongguo", "beijing", "shanghai", "abc", "a1b2c3", "1q2w3e",
    "密码", "口令", "管理员", "工会", "港湾", "渝工", "重庆", "中国", "你好", "我爱你",
)  # fmt: skip
_ROWS = (
    "01234567890", "abcdefghijklmnopqrstuvwxyz", "qwertyuiop", "asdfghjkl", "zxcvbnm",
    "1qaz2wsx3edc4rfv5tgb6yhn", "qazwsxedcrfvtgbyhnujm", "!@#$%^&*()", "147258369", "789456123",
)  # fmt: skip
_ROW_LEAST = 3
_LOOKALIKES = str.maketrans("0134578@$!", "oleastbasi")
_DATE = re.compile(r"(19|20)\d\d([-./年]?[01]?\d([-./月]?[0-3]?\d日?)?)?")
_REPEATED = re.compile(r"(.+?)\1{2,}|(.)\2+")
_PHONE = re.compile(r"1[3-9]\d{9}")


def check_name(name: str) -> str:
    """Return the name of an account as it is kept.

    Raises:
        InvalidInput: if it cannot be one.
    """
    kept = name.strip().lower()
    if not NAME.fullmatch(kept):
        message = (
            f"{name!r} cannot be a name: 2 to 50 letters a-z, digits, dots, dashes and"
            " underscores, beginning with a letter or digit"
        )
        zh = "2 到 50 个小写字母、数字、点、横线或下划线,以字母或数字开头"
        raise InvalidInput([FieldError("name", message, zh)], attempted="name an account")
    return kept


def plain_form(password: str) -> str:
    """Return a password in one form, however a keyboard composes its signs."""
    return unicodedata.normalize("NFKC", password)


def password_faults(password: str, *, names: Iterable[str] = ()) -> tuple[PasswordFault, ...]:
    """Return what is wrong with a password, nothing if it may be taken.

    Args:
        names: what the password must not be made of: the account's name, the person's.
    """
    text = plain_form(password).casefold()
    found = []
    if len(text) < SHORTEST:
        found.append(PasswordFault.SHORT)
    if len(text) > LONGEST:
        # nothing that takes time is done with what is longer
        return (PasswordFault.LONG,)
    own = [plain_form(name).casefold() for name in names if len(name) > 1]
    if any(name in text and len(text) - len(name) < LEAST_OWN + 2 for name in own):
        found.append(PasswordFault.NAME)
    elif len(text) >= SHORTEST and _left(text) < LEAST_OWN:
        found.append(PasswordFault.COMMON)
    return tuple(found)


def check_password(password: str, *, names: Iterable[str] = ()) -> str:
    """Return a password in the form it is kept in.

    Raises:
        InvalidInput: if it is short, long, made of a name, or easy to guess.
    """
    faults = password_faults(password, names=names)
    if faults:
        said = [FieldError("password", *FAULT_WORDS[fault][::-1]) for fault in faults]
        raise InvalidInput(said, attempted="set the password")
    return plain_form(password)


def _left(text: str) -> int:
    """How many signs are left without commonplaces, as typed or with look-alikes read."""
    return min(_stripped(text), _stripped(text.translate(_LOOKALIKES)))


def _stripped(text: str) -> int:
    for pattern in (_PHONE, _DATE):
        text = pattern.sub("", text)
    for word in sorted(_WORDS, key=len, reverse=True):
        text = text.replace(word, "")
    text = _without_rows(text)
    text = _REPEATED.sub("", text)
    return len(set(text))


def _without_rows(text: str) -> str:
    """Take out stretches that follow a row of keys or of the alphabet, either way."""
    kept, at = [], 0
    while at < len(text):
        length = _row_length(text, at)
        if length < _ROW_LEAST:
            kept.append(text[at])
            length = 1
        at += length
    return "".join(kept)


def _row_length(text: str, at: int) -> int:
    longest = 0
    for row in (*_ROWS, *(row[::-1] for row in _ROWS)):
        length = 0
        while at + length < len(text) and text[at : at + length + 1] in row:
            length += 1
        longest = max(longest, length)
    return longest


def delay(failures: int, *, free: int = FREE_FAILURES) -> timedelta:
    """Return how long after the last of some failures in a row the next attempt may come."""
    if failures < free:
        return timedelta(0)
    longer: int = 1 << min(failures - free, 20)
    return min(FIRST_DELAY * longer, LONGEST_DELAY)
