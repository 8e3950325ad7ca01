"""A version of a standard as a JSON file: read with every fault named, and written back."""

import json
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails

from app.domain.errors import FieldError, InvalidInput, UnreadableFile
from app.domain.standard import (
    EVERY_MONTHS,
    MOST_DAYS,
    MOST_MONTHS,
    MOST_STARS,
    MOST_WEIGHT,
    RECTIFY_DAYS,
    Criterion,
    StandardVersion,
    StarRule,
)

MOST_BYTES = 1_000_000
MOST_CRITERIA = 200
CODE = r"^[a-z][a-z0-9_]{0,39}$"


# what a model finds, by its type
_FAULTS = {
    "missing": "缺少这一项",
    "extra_forbidden": "没有这一项,请检查拼写",
    "string_type": "应为文字",
    "int_type": "应为整数",
    "int_from_float": "应为整数",
    "float_type": "应为数字",
    "finite_number": "应为数字",
    "bool_type": "应为 true 或 false",
    "list_type": "应为列表 […]",
    "model_type": "应为 {{…}}",
    "string_too_short": "至少 {min_length} 个字",
    "string_too_long": "最多 {max_length} 个字",
    "string_pattern_mismatch": "只能用小写字母、数字和下划线,以字母开头",
    "greater_than_equal": "不能小于 {ge}",
    "less_than_equal": "不能大于 {le}",
    "literal_error": "只能是 {expected}",
    "too_short": "至少 {min_length} 项",
    "too_long": "最多 {max_length} 项",
}


class _Criterion(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True, strict=True)

    code: Annotated[str, Field(pattern=CODE)]
    name: Annotated[str, Field(min_length=1, max_length=200)]
    name_en: Annotated[str, Field(max_length=200)] = ""
    mandatory: bool = False
    weight: Annotated[int, Field(ge=0, le=MOST_WEIGHT)] = 0
    evidence: bool = False
    may_not_apply: bool = False
    days: Annotated[int, Field(ge=1, le=MOST_DAYS)] | None = None
    record: Literal["", "map_listing"] = ""


class _Stars(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    stars: Annotated[int, Field(ge=1, le=MOST_STARS)]
    least_score: Annotated[float, Field(ge=0, le=100, allow_inf_nan=False)]
    requires: list[str] = []


class _Standard(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True, strict=True)

    standard: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{1,39}$")]
    name: Annotated[str, Field(min_length=1, max_length=100)]
    name_en: Annotated[str, Field(max_length=100)] = ""
    source: Annotated[str, Field(max_length=500)] = ""
    rectify_days: Annotated[int, Field(ge=1, le=MOST_DAYS)] = RECTIFY_DAYS
    every_months: Annotated[int, Field(ge=1, le=MOST_MONTHS)] = EVERY_MONTHS
    # said by a file that was written from the register; the register itself counts versions
    version: int | None = None
    valid_from: str | None = None
    criteria: Annotated[list[_Criterion], Field(min_length=1, max_length=MOST_CRITERIA)]
    stars: Annotated[list[_Stars], Field(max_length=MOST_STARS)] = []


def read_standard(content: bytes, *, name: str, today: date) -> StandardVersion:
    """Read a version of a standard; its number and first day are the register's to give.

    Args:
        today: the day that stands for the first one until it is released.

    Raises:
        UnreadableFile: if it is too large or no JSON.
        InvalidInput: for everything in it that does not fit, by its path.
    """
    if len(content) > MOST_BYTES:
        raise UnreadableFile(f"{name} is larger than 1 MB.", zh=f"{name} 超过 1 MB。")
    try:
        found = _Standard.model_validate(json.loads(content.decode("utf-8-sig")))
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        place = f" at line {error.lineno}" if isinstance(error, json.JSONDecodeError) else ""
        raise UnreadableFile(
            f"{name} is no JSON file in UTF-8: it cannot be read{place}.",
            remedy="Write it like what `harbor standards show CODE --json` prints.",
            zh="这不是 UTF-8 编码的 JSON 文件,读不了。请参照已有标准导出的文件填写。",
        ) from None
    except ValidationError as error:
        raise InvalidInput(
            [
                FieldError(
                    ".".join(str(part) for part in fault["loc"]) or "file", fault["msg"],
                    _in_chinese(fault),
                )
                for fault in error.errors(include_url=False, include_input=False)
            ],
            attempted=f"read {name}",
        ) from None  # fmt: skip
    return StandardVersion(
        standard=found.standard, version=1, name=found.name, name_en=found.name_en,
        valid_from=today, source=found.source, rectify_days=found.rectify_days,
        every_months=found.every_months,
        criteria=tuple(Criterion(**one.model_dump()) for one in found.criteria),
        stars=tuple(
            StarRule(
                stars=rule.stars, least_score=round(rule.least_score, 1),
                requires=tuple(rule.requires),
            )
            for rule in sorted(found.stars, key=lambda rule: rule.stars)
        ),
    )  # fmt: skip


def _in_chinese(fault: ErrorDetails) -> str:
    """Say what the model found; the field itself is named beside it."""
    return _FAULTS.get(fault["type"], "填写有误").format(**fault.get("ctx", {}))


def as_document(version: StandardVersion, *, released: bool) -> dict[str, Any]:
    """Return a version as such a file holds it."""
    return {
        "standard": version.standard,
        "name": version.name,
        "name_en": version.name_en,
        "version": version.version,
        "valid_from": version.valid_from.isoformat() if released else None,
        "source": version.source,
        "rectify_days": version.rectify_days,
        "every_months": version.every_months,
        "criteria": [
            {
                "code": c.code, "name": c.name, "name_en": c.name_en, "mandatory": c.mandatory,
                "weight": c.weight, "evidence": c.evidence, "may_not_apply": c.may_not_apply,
                "days": c.days, "record": c.record,
            }
            for c in version.criteria
        ],
        "stars": [
            {"stars": r.stars, "least_score": r.least_score, "requires": list(r.requires)}
            for r in version.stars
        ],
    }  # fmt: skip


def written(version: StandardVersion, *, released: bool) -> bytes:
    """Return the file of a version."""
    document = as_document(version, released=released)
    return json.dumps(document, ensure_ascii=False, indent=2).encode() + b"\n"
