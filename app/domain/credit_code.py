"""The unified social credit code (统一社会信用代码) of a host, by GB 32100-2015.

Eighteen signs: who registers (1), of what kind (1), the area (6), the organisation code (9), and
a check character over the seventeen before it, modulo 31. The letters I, O, S, V and Z do not
occur, so that none is taken for a digit.
"""

import unicodedata

from app.domain.errors import FieldError, InvalidInput

LENGTH = 18
SIGNS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_WEIGHTS = tuple(pow(3, i, 31) for i in range(LENGTH - 1))
# what a hand or a scan makes of signs that cannot occur
_TAKEN_FOR = {"I": "1", "O": "0", "S": "5", "Z": "2"}


def check(text: str) -> str:
    """Read a code however it is written and return its 18 signs in capitals.

    Raises:
        InvalidInput: if it is no such code, or a sign is mistyped, saying which.
    """
    code = "".join(unicodedata.normalize("NFKC", text).split()).replace("-", "").upper()
    if len(code) != LENGTH:
        raise _wrong(
            f"has {len(code)} signs, not {LENGTH}", f"应为 {LENGTH} 位,现在是 {len(code)} 位", text
        )
    for position, sign in enumerate(code, start=1):
        if sign not in SIGNS:
            hint = f", perhaps {_TAKEN_FOR[sign]}" if sign in _TAKEN_FOR else ""
            perhaps = f",是不是 {_TAKEN_FOR[sign]}" if sign in _TAKEN_FOR else ""
            raise _wrong(
                f"has {sign!r} in place {position}, which no code has{hint}",
                f"第 {position} 位的“{sign}”不会出现在信用代码里{perhaps}",
                text,
            )
    if check_character(code[:-1]) != code[-1]:
        raise _wrong(
            "is mistyped: its last sign does not fit the others",
            "校验位不符,有一位打错了,请对照营业执照逐位核对",
            text,
        )
    return code


def check_character(signs: str) -> str:
    """Return the check character of the first seventeen signs."""
    total = sum(SIGNS.index(sign) * weight for sign, weight in zip(signs, _WEIGHTS, strict=True))
    return SIGNS[-total % 31]


def _wrong(what: str, zh: str, text: str) -> InvalidInput:
    return InvalidInput(
        [FieldError("credit_code", f"{text!r} {what}", zh)],
        attempted="read the unified social credit code",
        remedy="Compare it with the licence of the host, sign by sign.",
    )
