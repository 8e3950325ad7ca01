"""Standards of construction as dated data, and what an inspection by one comes to.

A standard has versions, a version has criteria: mandatory ones, which a station must fulfil, and
weighted ones, which add up to a score. Stars follow from score and criteria. Nothing of a
standard is code: other provinces count eight haves (八有) or seven ones (七个一).
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from app.domain.errors import FieldError, InvalidInput

BEST_SCORE = 100
MOST_STARS = 5
# days to mend what a criterion says nothing about, and months until the next inspection
RECTIFY_DAYS, MOST_DAYS = 15, 365
EVERY_MONTHS, MOST_MONTHS = 12, 120
MOST_WEIGHT = 1000
LONGEST_NAME = 200
CODE = re.compile(r"[a-z][a-z0-9_]{0,39}")
# being shown on a public map has a record per company
MAP_LISTING = "map_listing"
RECORDS = ("", MAP_LISTING)


class Verdict(StrEnum):
    """What was found of one criterion."""

    FULFILLED = "fulfilled"
    FAILED = "failed"
    NOT_APPLICABLE = "not_applicable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Criterion:
    """One point of a standard.

    Attributes:
        code: its key within the version.
        name, name_en: what has to be so.
        mandatory: whether failing it fails the station.
        weight: what it adds to the score, 0 for one that only has to be so.
        evidence: whether a photo is wanted, or the record that stands for one.
        may_not_apply: whether a station may be excused from it.
        days: how long a station has to mend it, None for what the version says.
        record: a record of the register that proves it as well as a photo does.
    """

    code: str
    name: str
    name_en: str
    mandatory: bool = False
    weight: int = 0
    evidence: bool = False
    may_not_apply: bool = False
    days: int | None = None
    record: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StarRule:
    """How many stars a score earns, if the named criteria are fulfilled too."""

    stars: int
    least_score: float
    requires: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StandardVersion:
    """A standard as it holds from a day on.

    Raises:
        InvalidInput: if its parts do not fit each other.
    """

    standard: str
    version: int
    name: str
    name_en: str
    valid_from: date
    criteria: tuple[Criterion, ...]
    stars: tuple[StarRule, ...] = ()
    source: str = ""
    rectify_days: int = RECTIFY_DAYS
    every_months: int = EVERY_MONTHS

    def __post_init__(self) -> None:
        if errors := _faults(self):
            raise InvalidInput(errors, attempted=f"take the standard {self.standard}")

    @property
    def codes(self) -> frozenset[str]:
        """The codes of its criteria."""
        return frozenset(criterion.code for criterion in self.criteria)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What an inspector found of one criterion, and how many photos and records show it."""

    verdict: Verdict
    note: str = ""
    photos: int = 0
    records: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What follows from the findings of an inspection.

    Attributes:
        passed: whether no mandatory criterion failed.
        score: share of the weights that apply and are fulfilled, 0 to 100; None without weights.
        stars: earned by the star rules; 0 if not passed.
        failed: codes of mandatory criteria that failed, in the order of the standard.
        to_mend: codes of all criteria that failed.
    """

    passed: bool
    score: float | None
    stars: int
    failed: tuple[str, ...]
    to_mend: tuple[str, ...]


def judge(standard: StandardVersion, findings: Mapping[str, Finding]) -> Judgement:
    """Return what the findings of an inspection come to.

    Raises:
        InvalidInput: if a criterion is unanswered, unknown or wrongly excused, if a failure is
            not explained, or if a wanted photo is missing.
    """
    if errors := _unanswered(standard, findings):
        raise InvalidInput(errors, attempted="close the inspection")
    counted = [c for c in standard.criteria if findings[c.code].verdict != Verdict.NOT_APPLICABLE]
    fulfilled = {c.code for c in counted if findings[c.code].verdict == Verdict.FULFILLED}
    failed = tuple(c.code for c in counted if c.mandatory and c.code not in fulfilled)
    whole = sum(c.weight for c in counted)
    earned = sum(c.weight for c in counted if c.code in fulfilled)
    # halves go up, in whole numbers, as the database has it too
    score = None if whole == 0 else (20 * BEST_SCORE * earned + whole) // (2 * whole) / 10
    return Judgement(
        passed=not failed,
        score=score,
        stars=0 if failed else _stars(standard, score, fulfilled),
        failed=failed,
        to_mend=tuple(c.code for c in counted if c.code not in fulfilled),
    )


def in_force(versions: Sequence[StandardVersion], on: date) -> StandardVersion | None:
    """Return the version of one standard that holds on a day; None before the first."""
    begun = [version for version in versions if version.valid_from <= on]
    return max(begun, key=lambda version: (version.valid_from, version.version), default=None)


def _stars(standard: StandardVersion, score: float | None, fulfilled: set[str]) -> int:
    return max(
        (
            rule.stars
            for rule in standard.stars
            if (score or 0.0) >= rule.least_score and fulfilled.issuperset(rule.requires)
        ),
        default=0,
    )


def _unanswered(standard: StandardVersion, findings: Mapping[str, Finding]) -> list[FieldError]:
    errors = [
        FieldError(code, "is no criterion of this standard", "不是本标准的条目")
        for code in sorted(set(findings) - standard.codes)
    ]
    for criterion in standard.criteria:
        gap = _gap(criterion, findings.get(criterion.code))
        if gap is not None:
            chinese, english = gap
            errors.append(
                FieldError(
                    criterion.code, f"{criterion.name}: {english}", f"{criterion.name}:{chinese}"
                )
            )
    return errors


def _gap(criterion: Criterion, finding: Finding | None) -> tuple[str, str] | None:
    """What keeps a finding from being taken, in both languages."""
    if finding is None:
        return "还没有填", "not answered"
    excused = finding.verdict == Verdict.NOT_APPLICABLE
    if excused and not criterion.may_not_apply:
        return "此项不能免除", "applies everywhere"
    if finding.verdict == Verdict.FAILED and not finding.note.strip():
        return "请写明问题", "say what is wrong"
    shown = finding.photos > 0 or (bool(criterion.record) and finding.records > 0)
    if criterion.evidence and not excused and not shown:
        if criterion.record:
            return "需要照片或地图收录记录", "a photo is wanted, or the record that shows it"
        return "需要照片", "a photo is wanted"
    return None


def _faults(standard: StandardVersion) -> list[FieldError]:
    errors = _number_faults(standard)
    if not standard.criteria:
        errors.append(FieldError("criteria", "there is none", "没有任何条目"))
    counts = Counter(criterion.code for criterion in standard.criteria)
    errors += [
        FieldError("criteria", f"{code!r} stands there {count} times", f"{code} 出现了 {count} 次")
        for code, count in counts.items()
        if count > 1
    ]
    for c in standard.criteria:
        errors += _criterion_faults(c)
    counted = Counter(rule.stars for rule in standard.stars)
    for rule in standard.stars:
        if not 1 <= rule.stars <= MOST_STARS or not 0 <= rule.least_score <= BEST_SCORE:
            errors.append(
                FieldError(
                    "stars", f"{rule.stars} stars from {rule.least_score} points",
                    f"{rule.stars} 星、{rule.least_score} 分不在范围内",
                )
            )  # fmt: skip
        if counted[rule.stars] > 1:
            errors.append(
                FieldError(
                    "stars", f"{rule.stars} stars have more than one rule",
                    f"{rule.stars} 星有不止一条规则",
                )
            )  # fmt: skip
        errors += [
            FieldError(
                "stars", f"{rule.stars} stars require {code!r}, which is no criterion",
                f"{rule.stars} 星要求的 {code} 不是条目",
            )
            for code in rule.requires
            if code not in standard.codes
        ]  # fmt: skip
    return errors


def _number_faults(standard: StandardVersion) -> list[FieldError]:
    errors = []
    if not 1 <= standard.rectify_days <= MOST_DAYS:
        errors.append(
            FieldError("rectify_days", f"expected 1 to {MOST_DAYS}", f"应为 1 到 {MOST_DAYS} 天")
        )
    if not 1 <= standard.every_months <= MOST_MONTHS:
        errors.append(
            FieldError(
                "every_months", f"expected 1 to {MOST_MONTHS}", f"应为 1 到 {MOST_MONTHS} 个月"
            )
        )
    return errors


def _criterion_faults(c: Criterion) -> list[FieldError]:
    errors = []
    if not CODE.fullmatch(c.code):
        errors.append(
            FieldError(
                "criteria", f"{c.code!r} is no code: small letters, digits and _, at most 40",
                f"{c.code} 不是代码:小写字母开头,可含数字和下划线,最多 40 个字符",
            )
        )  # fmt: skip
    if not c.name.strip() or max(len(c.name), len(c.name_en)) > LONGEST_NAME:
        errors.append(
            FieldError(
                "criteria", f"{c.code!r} needs a name of at most {LONGEST_NAME} signs",
                f"{c.code} 需要名称,最多 {LONGEST_NAME} 个字",
            )
        )  # fmt: skip
    if not 0 <= c.weight <= MOST_WEIGHT:
        side = "below 0" if c.weight < 0 else f"above {MOST_WEIGHT}"
        errors.append(
            FieldError(
                "criteria", f"{c.code!r} has the weight {c.weight}, {side}",
                f"{c.code} 的分值 {c.weight} 不在 0 到 {MOST_WEIGHT} 之间",
            )
        )  # fmt: skip
    if c.days is not None and not 1 <= c.days <= MOST_DAYS:
        errors.append(
            FieldError(
                "criteria", f"{c.code!r} has {c.days} days, expected 1 to {MOST_DAYS}",
                f"{c.code} 的整改天数 {c.days} 不在 1 到 {MOST_DAYS} 之间",
            )
        )  # fmt: skip
    if c.record not in RECORDS:
        errors.append(
            FieldError(
                "criteria", f"{c.code!r} names the record {c.record!r}, which there is not",
                f"{c.code} 指明的记录 {c.record} 不存在",
            )
        )  # fmt: skip
    return errors
