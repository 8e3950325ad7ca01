"""Earlier numbers, former names, and what other systems call a station."""

import unicodedata
from enum import StrEnum

from app.domain.errors import FieldError, InvalidInput

LONGEST_VALUE, LONGEST_SOURCE = 100, 100


class AliasKind(StrEnum):
    """What an alias is."""

    NUMBER = "number"
    NAME = "name"
    EXTERNAL = "external"


ALIAS_NAMES: dict[AliasKind, tuple[str, str]] = {
    AliasKind.NUMBER: ("旧编号", "Earlier number"),
    AliasKind.NAME: ("曾用名", "Former name"),
    AliasKind.EXTERNAL: ("外部系统编号", "Id in another system"),
}


def check_alias(kind: str, value: str, source: str) -> tuple[AliasKind, str, str]:
    """Return an alias as it is kept.

    Raises:
        InvalidInput: naming what is missing or too long.
    """
    kept = unicodedata.normalize("NFKC", value).strip()
    whose = source.strip()
    errors = []
    known = next((one for one in AliasKind if one.value == kind), None)
    if known is None:
        errors.append(FieldError("kind", f"is one of {', '.join(AliasKind)}", "请选择类型"))
    if not kept:
        errors.append(FieldError("value", "is needed", "请填写编号或名称"))
    elif len(kept) > LONGEST_VALUE or not kept.isprintable():
        errors.append(
            FieldError(
                "value", f"takes at most {LONGEST_VALUE} printed signs",
                f"最多 {LONGEST_VALUE} 个可见字符",
            )
        )  # fmt: skip
    if len(whose) > LONGEST_SOURCE or not (whose.isprintable() or not whose):
        errors.append(FieldError("source", f"takes at most {LONGEST_SOURCE} signs", "来源过长"))
    elif known is AliasKind.EXTERNAL and not whose:
        errors.append(
            FieldError("source", "name the system whose id this is", "请写明是哪个系统的编号")
        )
    if errors or known is None:
        raise InvalidInput(errors, attempted="enter another number or name of the station")
    return known, kept, whose
