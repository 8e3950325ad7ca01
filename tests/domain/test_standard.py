"""What an inspection comes to: score, stars and what has to be mended follow from the data."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.errors import InvalidInput
from app.domain.six_haves import SIX_HAVES
from app.domain.standard import (
    Criterion,
    Finding,
    StandardVersion,
    StarRule,
    Verdict,
    in_force,
    judge,
)

GOOD = Finding(verdict=Verdict.FULFILLED, photos=1)
BAD = Finding(verdict=Verdict.FAILED, note="missing", photos=1)
EXCUSED = Finding(verdict=Verdict.NOT_APPLICABLE)


def findings(**others: Finding) -> dict[str, Finding]:
    return dict.fromkeys(SIX_HAVES.codes, GOOD) | others


def test_a_station_that_has_everything_earns_a_hundred_points_and_five_stars() -> None:
    judged = judge(SIX_HAVES, findings())
    assert (judged.passed, judged.score, judged.stars) == (True, 100.0, 5)
    assert judged.failed == judged.to_mend == ()


def test_one_failed_mandatory_criterion_fails_the_station_whatever_its_score() -> None:
    judged = judge(SIX_HAVES, findings(rules=BAD))
    assert (judged.passed, judged.score, judged.stars) == (False, 100.0, 0)
    assert judged.failed == judged.to_mend == ("rules",)


def test_a_small_station_without_a_defibrillator_keeps_four_stars_at_most() -> None:
    # 100 - 6 points would do for five stars, which need the defibrillator too
    assert judge(SIX_HAVES, findings(aed=BAD)).stars == 4
    # 100 - 8 - 6 - 6 = 80 points
    judged = judge(SIX_HAVES, findings(aed=BAD, area_30=BAD, seats_20=BAD))
    assert (judged.score, judged.stars) == (80.0, 3)
    assert judged.to_mend == ("area_30", "seats_20", "aed")


def test_what_does_not_apply_is_taken_out_of_the_sum() -> None:
    judged = judge(SIX_HAVES, findings(toilet=EXCUSED, wifi=BAD))
    # (100 - 10 - 4) of (100 - 10)
    assert judged.score == 95.6


@given(st.sets(st.sampled_from(sorted(SIX_HAVES.codes))))
def test_mending_a_criterion_never_costs_points_or_stars(failing: set[str]) -> None:
    before = judge(SIX_HAVES, findings(**dict.fromkeys(failing, BAD)))
    for code in failing:
        after = judge(SIX_HAVES, findings(**dict.fromkeys(failing - {code}, BAD)))
        assert after.score >= before.score
        assert after.stars >= before.stars
        assert set(after.to_mend) == failing - {code}


def test_an_inspection_that_is_not_finished_says_what_is_missing() -> None:
    answered = findings(
        wifi=EXCUSED,
        charging=Finding(verdict=Verdict.FAILED),
        sign=Finding(verdict=Verdict.FULFILLED),
        sauna=GOOD,
    )
    del answered["water"]
    with pytest.raises(InvalidInput) as caught:
        judge(SIX_HAVES, answered)
    told = {error.field: error.message for error in caught.value.errors}
    assert told == {
        "sauna": "is no criterion of this standard",
        "water": "渴可喝水: not answered",
        "wifi": "无线网络: applies everywhere",
        "charging": "手机充电: say what is wrong",
        "sign": "有标识: a photo is wanted",
    }


def test_a_standard_without_weights_has_no_score() -> None:
    plain = StandardVersion(
        standard="plain", version=1, name="牌", name_en="Sign", valid_from=date(2020, 1, 1),
        criteria=(Criterion(code="sign", name="牌", name_en="Sign", mandatory=True),),
    )  # fmt: skip
    assert judge(plain, {"sign": GOOD}).score is None


def test_the_version_of_the_day_holds() -> None:
    later = replace(SIX_HAVES, version=2, valid_from=date(2026, 1, 1))
    versions = (SIX_HAVES, later)
    assert in_force(versions, date(2023, 6, 30)) is None
    assert in_force(versions, date(2025, 12, 31)) is SIX_HAVES
    assert in_force(versions, date(2026, 1, 1)) is later


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"criteria": ()}, "there is none"),
        ({"criteria": (*SIX_HAVES.criteria, SIX_HAVES.criteria[0])}, "'sign' stands there 2 times"),
        ({"stars": (StarRule(stars=6, least_score=0),)}, "6 stars"),
        ({"stars": (StarRule(stars=1, least_score=101),)}, "from 101"),
        ({"stars": (StarRule(stars=1, least_score=1, requires=("pool",)),)}, "'pool'"),
    ],
)
def test_a_standard_whose_parts_do_not_fit_is_refused(
    changes: dict[str, object], words: str
) -> None:
    with pytest.raises(InvalidInput) as caught:
        replace(SIX_HAVES, **changes)  # type: ignore[arg-type]
    assert any(words in error.message for error in caught.value.errors)
