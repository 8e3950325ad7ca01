"""The past of a station beside its versions: everything that happened, for who sees it whole."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from app.domain.lifecycle import State
from app.service import awards, closures, confirmations, merging, records, station_photos
from app.service.awards import STAR
from app.service.closures import Closure
from app.service.moves import Document
from app.service.records import Happening
from app.service.station_photos import Upload
from app.store.cluster import Cluster
from app.store.rights import acting_as
from tests.service.inspecting import inspect
from tests.service.test_tending import jpeg
from tests.service.town_hall import Hall, open_hall
from tests.store.people import one

TOMORROW = datetime.now(UTC) + timedelta(days=1)


@pytest.fixture(scope="module")
def hall(cluster: Cluster) -> Iterator[Hall]:
    with open_hall(cluster, "past") as opened:
        yield opened


def happened(hall: Hall, person: str, station: int) -> list[Happening]:
    """What happened beside versions, the oldest first."""
    past = records.past(hall.connection, hall.actor(person), station, most=100)
    return [one for one in past.events if isinstance(one, Happening)][::-1]


def shown_as(hall: Hall, person: str) -> str:
    """What a person of the staff is called in the past."""
    return str(one(
        hall.connection,
        "SELECT coalesce(nullif(full_name, ''), name) FROM user_account WHERE id = %s",
        hall.actor(person).user_id,
    ))  # fmt: skip


def test_everything_that_happened_stands_in_the_past_with_who_did_it(hall: Hall) -> None:
    station = hall.station("north", State.ACTIVE)
    clerk, chief = hall.actor("north_clerk"), hall.actor("chief")
    confirmations.confirm(hall.connection, clerk, station)
    closure = closures.close(
        hall.connection, clerk, station, Closure(TOMORROW, TOMORROW + timedelta(hours=2), "停水")
    )
    closures.cancel(hall.connection, clerk, station, closure)
    [photo] = station_photos.add(
        hall.connection, clerk, station, [Upload("a.jpg", jpeg())], kind="outside", zone=UTC
    ).kept
    station_photos.remove(hall.connection, clerk, station, photo)
    inspect(hall, "north_inspector", station, failing={"facilities": "饮水机不出水"})
    inspect(hall, "north_inspector", station, follow_up=True)
    stars = awards.of_station(hall.connection, chief, station).proposed
    awards.give(
        hall.connection, chief, station, year=2026, kind=STAR, stars=stars,
        document=Document("渝工〔2026〕66号"),
    )  # fmt: skip
    [star] = awards.of_station(hall.connection, chief, station).awards
    awards.withdraw(hall.connection, chief, star.id, reason="复核不符")

    told = [(one.kind, one.actor) for one in happened(hall, "north_clerk", station)]

    person = {name: shown_as(hall, name) for name in ("north_clerk", "north_inspector", "chief")}
    expected = [
        ("station.confirm", "north_clerk"),
        ("closed", "north_clerk"),
        ("closure_called_off", "north_clerk"),
        ("photo_added", "north_clerk"),
        ("photo_removed", "north_clerk"),
        ("inspected", "north_inspector"),
        ("rectification_opened", "north_inspector"),
        ("followed_up", "north_inspector"),
        ("rectification_cleared", "north_inspector"),
        ("award_given", "chief"),
        ("award_withdrawn", "chief"),
    ]
    assert sorted(told) == sorted((kind, person[who]) for kind, who in expected)


def test_a_merge_and_a_split_are_told_at_the_survivor(hall: Hall) -> None:
    station, other = (hall.station("north", State.ACTIVE, name=name) for name in ("甲站", "乙站"))
    judge = hall.actor("north_judge")
    merging.merge(
        hall.connection, judge, survivor=station, other=other, groups=(), reason="同一处",
        revisions={id_: hall.revision(id_) for id_ in (station, other)},
    )  # fmt: skip
    merging.split(hall.connection, judge, other, reason="不是一处", revision=hall.revision(other))
    told = [(one.kind, one.told["other"]) for one in happened(hall, "north_judge", station)]
    assert told == [("took_over", "乙站"), ("gave_back", "乙站")]


def test_other_unions_see_nothing_of_it(hall: Hall) -> None:
    station = hall.station("north", State.ACTIVE)
    confirmations.confirm(hall.connection, hall.actor("north_clerk"), station)
    assert [one.kind for one in happened(hall, "north_auditor", station)] == ["station.confirm"]
    for stranger in ("south_clerk", "planner"):
        past = records.past(hall.connection, hall.actor(stranger), station)
        assert past.events == ()
        with acting_as(hall.connection, hall.actor(stranger)):
            assert one(hall.connection, "SELECT count(*) FROM station_events(%s)", station) == 0
