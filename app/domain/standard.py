"""Standards of construction as dated data, and what an inspection by one comes to.

A standard has versions, a version has criteria: mandatory ones, which a station must fulfil, and
weighted ones, which add up to a score. Stars follow from score and criteria. Nothing of a
standard is code: other provinces count eight haves (八有) or seven ones (七个一).
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from app.domain.errors import FieldError, InvalidInput

BEST_SCORE = 100
MOST_STARS = 5


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
        evidence: whether a photo is wanted.
        may_not_apply: whether a station may be excused from it.
    """

    code: str
    name: str
    name_en: str
    mandatory: bool = False
    weight: int = 0
    evidence: bool = False
    may_not_apply: bool = False


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

    def __post_init__(self) -> None:
        if errors := _faults(self):
            raise InvalidInput(errors, attempted=f"take the standard {self.standard}")

    @property
    def codes(self) -> frozenset[str]:
        """The codes of its criteria."""
        return frozenset(criterion.code for criterion in self.criteria)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What an inspector found of one criterion, and how many photos show it."""

    verdict: Verdict
    note: str = ""
    photos: int = 0


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
    score = None if whole == 0 else round(BEST_SCORE * earned / whole, 1)
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
        FieldError(code, "is no criterion of this standard")
        for code in sorted(set(findings) - standard.codes)
    ]
    for criterion in standard.criteria:
        finding = findings.get(criterion.code)
        if finding is None:
            errors.append(FieldError(criterion.code, f"{criterion.name}: not answered"))
        elif finding.verdict == Verdict.NOT_APPLICABLE and not criterion.may_not_apply:
            errors.append(FieldError(criterion.code, f"{criterion.name}: applies everywhere"))
        elif finding.verdict == Verdict.FAILED and not finding.note.strip():
            errors.append(FieldError(criterion.code, f"{criterion.name}: say what is wrong"))
        elif (
            criterion.evidence and finding.photos == 0 and finding.verdict != Verdict.NOT_APPLICABLE
        ):
            errors.append(FieldError(criterion.code, f"{criterion.name}: a photo is wanted"))
    return errors


def _faults(standard: StandardVersion) -> list[FieldError]:
    errors = []
    if not standard.criteria:
        errors.append(FieldError("criteria", "there is none"))
    counts = Counter(criterion.code for criterion in standard.criteria)
    errors += [
        FieldError("criteria", f"{code!r} stands there {count} times")
        for code, count in counts.items()
        if count > 1
    ]
    errors += [
        FieldError("criteria", f"{c.code!r} has the weight {c.weight}, below 0")
        for c in standard.criteria
        if c.weight < 0
    ]
    for rule in standard.stars:
        if not 1 <= rule.stars <= MOST_STARS or not 0 <= rule.least_score <= BEST_SCORE:
            errors.append(FieldError("stars", f"{rule.stars} stars from {rule.least_score} points"))
        errors += [
            FieldError("stars", f"{rule.stars} stars require {code!r}, which is no criterion")
            for code in rule.requires
            if code not in standard.codes
        ]
    return errors


def _must(code: str, name: str, name_en: str, *, evidence: bool = False) -> Criterion:
    return Criterion(code=code, name=name, name_en=name_en, mandatory=True, evidence=evidence)


def _kit(code: str, name: str, name_en: str, weight: int, *, evidence: bool = False) -> Criterion:
    return Criterion(code=code, name=name, name_en=name_en, weight=weight, evidence=evidence)


# the first standard: the six haves in one of the two forms seen, with the base kit
SIX_HAVES = StandardVersion(
    standard="six_haves",
    version=1,
    name="六有标准",
    name_en="Six haves",
    valid_from=date(2023, 7, 1),
    source="one of two forms seen in the provinces; weights and stars are assumptions",
    criteria=(
        _must("sign", "有标识", "A sign at the door", evidence=True),
        _must("layout", "有布局", "A room or corner of its own", evidence=True),
        _must("facilities", "有设施", "Seats, water and power that work", evidence=True),
        _must("services", "有服务", "The services that are posted are there"),
        _must("rules", "有制度", "Rules, hours and a keeper's name on the wall", evidence=True),
        _must("map", "有地图", "Found on the public maps"),
        _kit("warmth", "冷可取暖", "Warmth", 10),
        _kit("cooling", "热可纳凉", "Cooling", 10),
        _kit("water", "渴可喝水", "Drinking water", 10),
        Criterion(
            code="toilet", name="急可如厕", name_en="A toilet, here or the nearest named",
            weight=10, may_not_apply=True,
        ),
        _kit("seat", "累可歇脚", "Seats", 10),
        _kit("first_aid", "伤可用药", "First aid, in date", 10),
        _kit("microwave", "微波炉", "A microwave", 8),
        _kit("charging", "手机充电", "Phone charging", 8),
        _kit("wifi", "无线网络", "Wi-Fi", 4),
        _kit("area_30", "面积不少于30平方米", "At least 30 m²", 8),
        _kit("seats_20", "可容纳20人", "Room for 20 people", 6),
        _kit("aed", "自动体外除颤器", "A defibrillator", 6, evidence=True),
    ),
    stars=(
        StarRule(stars=1, least_score=50),
        StarRule(stars=2, least_score=60),
        StarRule(stars=3, least_score=70),
        StarRule(stars=4, least_score=85),
        # at least 30 m², 20 people and a defibrillator: the rule of Fuzhou
        StarRule(stars=5, least_score=90, requires=("area_30", "seats_20", "aed")),
    ),
)  # fmt: skip
STANDARDS: tuple[StandardVersion, ...] = (SIX_HAVES,)
