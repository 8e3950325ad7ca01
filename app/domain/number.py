"""The number on a station's plaque.

Six digits name the issuing union's area, five are a serial, the last is a
check digit by ISO/IEC 7064 MOD 11,10 over the eleven before it. It finds every
single wrong digit and nearly every swap of two neighbours.
"""

import re
import unicodedata

from app.domain.errors import FieldError, InvalidInput

AREA_DIGITS = 6
SERIAL_DIGITS = 5
LENGTH = AREA_DIGITS + SERIAL_DIGITS + 1
PREFIX = "渝港"
_LAST_SERIAL = 10**SERIAL_DIGITS - 1
_AREA = re.compile(r"[1-9]\d{5}", re.ASCII)
# a prefix, blanks and every dash a keyboard or a spreadsheet may have put in
_DECORATION = re.compile(rf"^(?:{PREFIX})?|[\s\-‐-―−_·.]+")


def make(area_code: str, serial: int) -> str:
    """Make the number with this serial under this area code: 12 digits, nothing between.

    Raises:
        InvalidInput: if the area code is not six digits or the serial not 1 to 99,999.
    """
    errors = []
    if not _AREA.fullmatch(area_code):
        errors.append(FieldError("area_code", f"{area_code!r} is not a code of six digits"))
    if not 1 <= serial <= _LAST_SERIAL:
        errors.append(
            FieldError("serial", f"{serial} is outside 1 to {_LAST_SERIAL}; the code is used up")
        )
    if errors:
        raise InvalidInput(errors, attempted="make a station number")
    body = f"{area_code}{serial:0{SERIAL_DIGITS}d}"
    return body + check_digit(body)


def check(text: str) -> str:
    """Read a number however it is written and return its 12 digits.

    Accepts the printed form with prefix, blanks and dashes of any kind, and
    full-width digits.

    Raises:
        InvalidInput: if it is no such number, or a digit is mistyped.
    """
    digits = _DECORATION.sub("", unicodedata.normalize("NFKC", text).strip())
    if not (digits.isascii() and digits.isdigit()):
        raise _wrong(
            f"{text!r} has other signs than digits; a number looks like {_example()}",
            f"“{text}”里有数字以外的字符;编号形如 {_example()}。",
        )
    if len(digits) != LENGTH:
        raise _wrong(
            f"{text!r} has {len(digits)} digits, not {LENGTH}; expected {_example()}",
            f"“{text}”有 {len(digits)} 位数字,应为 {LENGTH} 位,形如 {_example()}。",
        )
    if check_digit(digits[:-1]) != digits[-1]:
        raise _wrong(
            f"{text!r} is mistyped: its check digit {digits[-1]} does not fit the others",
            f"“{text}”有误:末位校验码 {digits[-1]} 与前面的数字不符,请对照牌子逐位核对。",
        )
    return digits


def display(code: str) -> str:
    """Write a number as it is printed on the plaque.

    Raises:
        InvalidInput: as :func:`check` does.
    """
    digits = check(code)
    serial = digits[AREA_DIGITS:-1]
    return f"{PREFIX} {digits[:AREA_DIGITS]}-{serial}-{digits[-1]}"


def check_digit(digits: str) -> str:
    """Return the check digit of a string of digits, by ISO/IEC 7064 MOD 11,10."""
    product = 10
    for digit in digits:
        total = (product + int(digit)) % 10 or 10
        product = 2 * total % 11
    return str((11 - product) % 10)


def _example() -> str:
    body = "50010300042"
    return f"{PREFIX} {body[:AREA_DIGITS]}-{body[AREA_DIGITS:]}-{check_digit(body)}"


def _wrong(message: str, zh: str) -> InvalidInput:
    return InvalidInput(
        [FieldError("code", message, zh)],
        attempted="read the station number",
        remedy="Compare it with the plaque, digit by digit.",
    )
