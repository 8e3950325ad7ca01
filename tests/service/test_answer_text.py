"""The text of an answer is, byte for byte, what the plain dict is as JSON."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.hours import OpenAnswer, OpenState, Reason
from app.service.answer_text import answer_text
from app.service.cards import cards_of
from app.service.nearest import Answer, Found, Missing, Way, nearest
from app.service.present import answer_json
from app.service.question import Question
from app.store.cluster import Cluster
from geo.datum import from_wgs84
from tests.service import towns
from tests.service.packs import station
from tests.service.towns import Town, at_block

ZONE = ZoneInfo("Asia/Shanghai")
HERE = at_block(7.0, 7.0)
MOMENT = datetime(2026, 3, 15, 3, 0, 59, tzinfo=ZONE)
STATIONS = [station("24/7"), station(None)]
CARDS = cards_of(STATIONS)


@pytest.fixture(scope="module")
def town(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with towns.opened(cluster, tmp_path_factory.mktemp("texts")) as opened:
        yield opened


def plainly(answer: Answer, datum: str) -> str:
    return json.dumps(
        answer_json(answer, datum=datum), ensure_ascii=False, separators=(",", ":"), allow_nan=False
    )


@pytest.mark.parametrize("datum", ["wgs84", "cgcs2000", "gcj02", "bd09"])
@pytest.mark.parametrize(
    "more",
    [
        {"k": 50}, {"k": 50, "mode": "ebike"}, {"open": "arrival"}, {"open": "night"},
        {"services": ("hot_meal",)}, {"services": ("water",), "max_minutes": 0.1},
        {"services": ("baby_room", "aed")}, {"k": 50, "at": datetime(2026, 2, 17, tzinfo=UTC)},
    ],
    ids=str,
)  # fmt: skip
def test_answers_of_a_town(town: Town, more: dict[str, object], datum: str) -> None:
    lon, lat = from_wgs84(*HERE, datum=datum)
    question = Question(longitude=lon, latitude=lat, datum=datum, **more)  # type: ignore[arg-type]
    answer = nearest(town.runtime.snapshot(), town.settings, question)
    assert answer_text(answer, datum=datum) == plainly(answer, datum)


lengths = st.floats(0, 1e7)
moments = st.none() | st.integers(0, 10**8).map(lambda second: MOMENT + timedelta(seconds=second))
words = st.text(max_size=20)
answers = st.builds(
    OpenAnswer, st.sampled_from(OpenState), moments, moments, st.sampled_from(Reason), words,
    moments | st.just(MOMENT.astimezone(UTC)),
)  # fmt: skip
ways = st.builds(Way, lengths, lengths, lengths, lengths, lengths)
found = st.builds(
    lambda number, *rest: Found(STATIONS[number], CARDS[number], *rest), st.integers(0, 1), ways,
    lengths, answers, st.lists(words, max_size=3).map(tuple), st.booleans(),
)  # fmt: skip


@given(
    st.builds(
        Answer, mode=st.just("walk"), longitude=st.floats(-180, 180), latitude=st.floats(-90, 90),
        snap_metres=lengths, network=words, as_of=st.just(MOMENT),
        stations=st.lists(found, max_size=3).map(tuple),
        missing=st.none() | st.builds(Missing, st.just(("toilet",)), st.none() | found),
    )
)  # fmt: skip
def test_whatever_an_answer_says(answer: Answer) -> None:
    assert answer_text(answer) == plainly(answer, "wgs84")


def test_one_moment_in_two_zones_is_written_twice() -> None:
    for moment in (MOMENT, MOMENT.astimezone(UTC), MOMENT):
        opening = OpenAnswer(OpenState.CLOSED, moment, moment, Reason.HOURS)
        one = Found(STATIONS[0], CARDS[0], Way(1, 1, 1, 1, 1), 1.0, opening, (), False)
        answer = Answer("walk", 106.5, 29.5, 1.0, "town", MOMENT, (one,))
        assert f'"opens_at":"{moment.isoformat(timespec="minutes")}"' in answer_text(answer)
