"""Unions as a list names them: code, name, kind, the union above, from and until when."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from app.domain.errors import FieldError, InvalidInput

FIRST_DAY = date(1949, 10, 1)
LONGEST_NAME = 100
_CODE = re.compile(r"[1-9]\d{5}", re.ASCII)


class UnionKind(StrEnum):
    """What a union is of: the city, a district, or a trade, which has no area."""

    CITY = "city"
    DISTRICT = "district"
    INDUSTRIAL = "industrial"


KIND_NAMES: dict[UnionKind, tuple[str, str]] = {
    UnionKind.CITY: ("市总工会", "City union"),
    UnionKind.DISTRICT: ("区县总工会", "District union"),
    UnionKind.INDUSTRIAL: ("产业工会", "Industrial union"),
}
# what people write above a column, and in it
COLUMNS: dict[str, tuple[str, ...]] = {
    "code": ("code", "代码", "编码", "工会代码", "行政区划代码"),
    "name": ("name", "名称", "工会名称", "工会"),
    "name_en": ("name_en", "英文名称", "英文名"),
    "kind": ("kind", "类型", "类别"),
    "parent": ("parent", "上级", "上级代码", "上级工会"),
    "valid_from": ("valid_from", "from", "起", "成立日期", "生效日期"),
    "valid_to": ("valid_to", "to", "止", "撤销日期", "失效日期"),
}
_KIND_WORDS: dict[str, UnionKind] = {
    **{kind.value: kind for kind in UnionKind},
    **{names[0]: kind for kind, names in KIND_NAMES.items()},
    "市": UnionKind.CITY, "市级": UnionKind.CITY,
    "区县": UnionKind.DISTRICT, "区": UnionKind.DISTRICT, "县": UnionKind.DISTRICT,
    "产业": UnionKind.INDUSTRIAL,
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Union:
    """One union.

    Attributes:
        code: six digits; the numbers that it issues begin with it.
        parent: code of the union above, None for the city's.
        valid_from, valid_to: the first day, and the first day without it.
    """

    code: str
    name: str
    name_en: str
    kind: UnionKind
    parent: str | None
    valid_from: date
    valid_to: date | None


def read_unions(rows: Iterable[tuple[int, Mapping[str, str]]]) -> list[Union]:
    """Read the rows of a list, each with its number and its cells by column.

    Raises:
        InvalidInput: with everything that is wrong, by row; also if a code stands twice, or
            a union is above itself.
    """
    found: list[Union] = []
    errors: list[FieldError] = []
    for number, cells in rows:
        row = {name: _cell(cells, words) for name, words in COLUMNS.items()}
        if any(row.values()):
            union, wrong = _read(number, row)
            errors += wrong
            if union is not None:
                found.append(union)
    seen: set[str] = set()
    for union in found:
        if union.code in seen:
            errors.append(FieldError("code", f"{union.code} stands twice", f"{union.code} 重复"))
        seen.add(union.code)
    if not found and not errors:
        errors.append(FieldError("rows", "there is no union in the file", "文件里没有工会"))
    if errors:
        raise InvalidInput(
            errors,
            attempted="read the list of unions",
            remedy="Nothing was changed. Correct the rows and import again.",
        )
    return found


def _cell(cells: Mapping[str, str], words: Iterable[str]) -> str:
    by_word = {column.strip().lower(): text.strip() for column, text in cells.items()}
    return next((by_word[word] for word in words if by_word.get(word)), "")


def _read(number: int, row: Mapping[str, str]) -> tuple[Union | None, list[FieldError]]:
    errors = []

    def wrong(field: str, message: str, zh: str) -> None:
        errors.append(FieldError(field, f"row {number}: {message}", f"第 {number} 行:{zh}"))

    if not _CODE.fullmatch(row["code"]):
        wrong("code", f"{row['code']!r} is not six digits", f"代码“{row['code']}”不是六位数字")
    if not 0 < len(row["name"]) <= LONGEST_NAME:
        wrong("name", f"a name of 1 to {LONGEST_NAME} signs is needed", "请填写名称")
    kind = _KIND_WORDS.get(row["kind"].lower())
    if kind is None:
        wrong("kind", f"{row['kind']!r} is not city, district or industrial",
              f"类型“{row['kind']}”应为市总工会、区县总工会或产业工会")  # fmt: skip
    if row["parent"] and not _CODE.fullmatch(row["parent"]):
        wrong("parent", f"{row['parent']!r} is not the code of a union",
              f"上级“{row['parent']}”应为六位代码")  # fmt: skip
    if row["parent"] == row["code"]:
        wrong("parent", "a union is not above itself", "上级不能是自己")
    begins = ends = None
    try:
        begins, ends = _day(row["valid_from"]) or FIRST_DAY, _day(row["valid_to"])
    except ValueError:
        wrong("valid_from", "days are written 2025-11-06", "日期请写成 2025-11-06")
    if begins and ends and ends <= begins:
        wrong("valid_to", f"{ends} is not after {begins}", f"{ends} 不晚于 {begins}")
    if errors or kind is None or begins is None:
        return None, errors
    return Union(
        code=row["code"], name=row["name"], name_en=row["name_en"], kind=kind,
        parent=row["parent"] or None, valid_from=begins, valid_to=ends,
    ), []  # fmt: skip


def _day(text: str) -> date | None:
    """Read a day; None for an empty cell.

    Raises:
        ValueError: if it is none.
    """
    return date.fromisoformat(text[:10].replace("/", "-")) if text else None
