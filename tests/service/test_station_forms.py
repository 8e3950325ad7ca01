"""Drafts made and edited by people through the form, under the rights of their own."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from app.domain.errors import ChangedMeanwhile, ForbiddenHere, InvalidInput, NotFound
from app.domain.lifecycle import State
from app.service import history, station_forms
from app.service.station_forms import Mode
from app.service.station_sheets import conflicts, filled, merged_sheet
from app.store.cluster import Cluster
from tests.service.town_hall import Hall, open_hall
from tests.store.people import give_keeper, one, rows

DAY = date(2026, 3, 2)
PLACE = {"longitude": ["106.5771"], "latitude": ["29.5572"], "datum": ["gcj02"]}


@pytest.fixture(scope="module")
def hall(cluster: Cluster) -> Iterator[Hall]:
    with open_hall(cluster, "hall_station_forms") as opened:
        yield opened


def sheet(hall: Hall, union: str = "north", **more: str) -> dict[str, list[str]]:
    given = {"name": "较场口站", "union_id": str(hall.city.unions[union]), **more}
    return {name: [value] for name, value in given.items()} | PLACE


def create(hall: Hall, person: str, given: dict[str, list[str]]) -> station_forms.Saved:
    return station_forms.create(
        hall.connection, hall.actor(person), given, bounds=None, partly=False
    )


def save(
    hall: Hall, person: str, station: int, given: dict[str, list[str]], revision: int
) -> station_forms.Saved:
    return station_forms.save(
        hall.connection, hall.actor(person), station, given, revision=revision, bounds=None
    )


def test_a_draft_is_entered_as_the_person_and_stands_in_history_and_audit(hall: Hall) -> None:
    saved = create(hall, "north_clerk", sheet(hall))
    told = history.timeline(hall.connection, hall.actor("north_clerk"), saved.station_id)
    assert [(step.action, step.actor) for step in told] == [("enter", "Person north_clerk")]
    events = rows(
        hall.connection, "SELECT action, user_id FROM audit_event WHERE subject = %s",
        f"station {saved.station_id}",
    )  # fmt: skip
    assert events == [("station.enter", hall.city.people["north_clerk"])]
    facts = rows(
        hall.connection, "SELECT source_datum, source_longitude, round(ST_X(place)::numeric, 3)"
        " FROM station WHERE id = %s", saved.station_id,
    )  # fmt: skip
    assert facts[0][:2] == ("gcj02", 106.5771)
    assert float(facts[0][2]) == pytest.approx(106.573, abs=0.002)
    assert one(hall.connection, "SELECT kind FROM register") == "real"


@pytest.mark.parametrize(
    ("person", "union", "refusal"),
    [
        ("south_clerk", "north", ForbiddenHere),
        ("north_judge", "north", ForbiddenHere),
        ("auditor", "north", ForbiddenHere),
        ("planner", "north", ForbiddenHere),
        ("north_clerk", "rail", ForbiddenHere),
    ],
)
def test_nobody_enters_stations_of_a_union_that_is_not_theirs(
    hall: Hall, person: str, union: str, refusal: type[Exception]
) -> None:
    before = one(hall.connection, "SELECT count(*) FROM station")
    with pytest.raises(refusal):
        create(hall, person, sheet(hall, union))
    assert one(hall.connection, "SELECT count(*) FROM station") == before


def test_the_unions_to_choose_from_are_those_of_the_day_in_ones_scope(hall: Hall) -> None:
    def unions(person: str, day: date = DAY) -> set[str | None]:
        opened = station_forms.begin(hall.connection, hall.actor(person), day=day)
        return {hall.city.name_of(one.id) for one in opened.unions}

    assert unions("north_clerk") == {"north"}
    assert unions("south_judge") == {"west"}
    assert unions("deputy") == {"city", "north", "south", "west"}
    assert unions("chief") == {"city", "north", "south", "west", "rail"}
    for person, day in (("north_judge", DAY), ("north_clerk", date(2019, 1, 1))):
        with pytest.raises(ForbiddenHere):
            unions(person, day)


def test_only_what_was_changed_in_the_form_is_written(hall: Hall) -> None:
    draft = hall.station("north", State.DRAFT, name="旧 名", hours="09:00-18:00", address="旧路")
    clerk = hall.actor("north_clerk")
    opened = station_forms.open_form(hall.connection, clerk, draft, day=DAY)
    assert (opened.mode, opened.revision) == (Mode.DRAFT, 1)
    same = {name: list(values) for name, values in opened.sheet.items()}
    assert save(hall, "north_clerk", draft, same, 1).revision == 1
    saved = save(hall, "north_clerk", draft, {**same, "address": ["新路"]}, 1)
    assert saved.revision == 2
    told = history.timeline(hall.connection, clerk, draft)[-1]
    assert [(d.field, d.old, d.new) for d in told.differences] == [("address", "旧路", "新路")]


def test_the_same_sheet_twice_is_saved_once_and_is_no_conflict(hall: Hall) -> None:
    saved = create(hall, "north_clerk", sheet(hall, name="重发站"))
    changed = sheet(hall, name="重发站", address="新路")
    for _ in range(2):
        assert save(hall, "north_clerk", saved.station_id, changed, 1).revision == 2


def test_of_two_editors_one_takes_over_and_chooses(hall: Hall) -> None:
    draft = hall.station("north", State.DRAFT, name="甲", address="旧路")
    first = {"name": ["乙"], "address": ["他的路"], **PLACE}
    save(hall, "north_second", draft, first, 1)
    mine: dict[str, Any] = {
        "name": ["甲"], "address": ["我的路"], "door": ["key"],
        "longitude": ["106.577"], "latitude": ["29.557"], "datum": ["wgs84"],
    }  # fmt: skip
    with pytest.raises(ChangedMeanwhile) as raised:
        save(hall, "north_clerk", draft, mine, 1)
    assert conflicts(raised.value) == {"address"}
    clerk = hall.actor("north_clerk")
    now = station_forms.open_form(hall.connection, clerk, draft, day=DAY)
    merged = merged_sheet(mine, raised.value, now.sheet)
    assert (merged["name"], merged["address"], merged["door"]) == (["乙"], ["我的路"], ["key"])
    assert merged["longitude"] == ["106.5771"]
    save(hall, "north_clerk", draft, {**merged, "choice.address": ["theirs"]}, now.revision)
    kept = rows(
        hall.connection,
        "SELECT name, address, door, source_datum FROM station WHERE id = %s", draft,
    )  # fmt: skip
    assert kept == [("乙", "他的路", "key", "gcj02")]


def test_a_submission_that_lacks_something_keeps_what_was_typed(hall: Hall) -> None:
    given = {name: v for name, v in sheet(hall, name="无位置站").items() if name not in PLACE}
    clerk = hall.actor("north_clerk")
    done = station_forms.submit(hall.connection, clerk, None, given, revision=0, bounds=None)
    assert isinstance(done.refusal, InvalidInput)
    assert "place" in {error.field for error in done.refusal.errors}
    station = done.saved.station_id
    assert one(hall.connection, "SELECT state FROM station WHERE id = %s", station) == "draft"
    assert "keeper" in {error.field for error in done.refusal.errors}
    give_keeper(hall.connection, station)
    again = station_forms.submit(
        hall.connection, clerk, station, {**given, **PLACE}, revision=done.saved.revision,
        bounds=None,
    )  # fmt: skip
    assert again.refusal is None
    assert again.saved.revision == hall.revision(station)
    assert one(hall.connection, "SELECT state FROM station WHERE id = %s", station) == "submitted"
    assert station_forms.open_form(hall.connection, clerk, station, day=DAY).mode is Mode.FIXED


def test_what_cannot_be_taken_is_left_out_of_what_saves_itself(hall: Hall) -> None:
    given = sheet(hall, name="半填站", seats="many", address="某路")
    saved = station_forms.create(
        hall.connection, hall.actor("north_clerk"), given, bounds=None, partly=True
    )
    assert [error.field for error in saved.left] == ["seats"]
    assert rows(
        hall.connection, "SELECT address, seats FROM station WHERE id = %s", saved.station_id
    ) == [("某路", None)]
    with pytest.raises(InvalidInput):
        create(hall, "north_clerk", given)


def test_others_neither_see_nor_open_a_draft(hall: Hall) -> None:
    draft = hall.station("north", State.DRAFT)
    for person, refusal in (("south_clerk", NotFound), ("auditor", ForbiddenHere)):
        with pytest.raises(refusal):
            station_forms.open_form(hall.connection, hall.actor(person), draft, day=DAY)
        with pytest.raises((NotFound, ForbiddenHere)):
            save(hall, person, draft, {"name": ["x"]}, 1)


def test_a_change_of_what_is_locked_is_previewed_and_asked_for(hall: Hall) -> None:
    station = hall.station("north", State.ACTIVE, name="甲", services=("water",))
    clerk = hall.actor("north_clerk")
    opened = station_forms.open_form(hall.connection, clerk, station, day=DAY)
    assert opened.mode is Mode.LOCKED
    given = {name: list(values) for name, values in opened.sheet.items()}
    given |= {"services": ["", "water", "toilet"], "near": ["", "aed"]}
    wanted = station_forms.preview(hall.connection, clerk, station, given, revision=1, bounds=None)
    assert {d.field: d.new for d in wanted} == {
        "services": ["toilet", "water"], "service_details": {"aed": {"where": "nearest"}},
    }  # fmt: skip
    asked = station_forms.ask(
        hall.connection, clerk, station, given, revision=1, reason="添了厕所", bounds=None
    )
    assert {d.field for d in asked.differences} == {"services", "service_details"}
    again = station_forms.open_form(hall.connection, clerk, station, day=DAY)
    assert again.open_request == asked.id


def test_a_shared_text_takes_the_place_of_typed_degrees() -> None:
    found = filled({**PLACE, "shared": ["geo:29.5,106.5"]})
    assert found.fields["place"] == [106.5, 29.5]
    assert found.fields["source_datum"] == "wgs84"
    wrong = filled({**PLACE, "shared": ["没有坐标"]})
    assert [error.field for error in wrong.errors] == ["shared"]
