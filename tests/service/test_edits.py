"""Two people at one record, and changes of what was approved."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from app.domain.errors import (
    ChangedMeanwhile,
    Conflict,
    FieldChange,
    ForbiddenHere,
    InvalidInput,
    NotFound,
    SamePerson,
)
from app.domain.lifecycle import ExitCode, State
from app.service import edits, history
from app.service.moves import Document, With, make_move
from app.store.cluster import Cluster
from app.store.rights import acting_as, refusals
from tests.service.town_hall import Hall, open_hall
from tests.store.people import one, rows

PLACE = [106.5501234567891, 29.5612345678912]


@pytest.fixture(scope="module")
def hall(cluster: Cluster) -> Iterator[Hall]:
    with open_hall(cluster, "hall_edits") as opened:
        yield opened


def test_a_draft_is_edited_field_by_field_and_what_is_the_same_is_left(hall: Hall) -> None:
    draft = hall.station("north", State.DRAFT, name="甲", address="某路")
    clerk = hall.actor("north_clerk")
    wanted = {"name": "乙", "place": PLACE, "services": ["toilet", "water"], "hours": "24/7"}
    saved = edits.edit_draft(hall.connection, clerk, draft, wanted, revision=1)
    assert saved == 2
    same = {"name": "乙", "place": PLACE}
    assert edits.edit_draft(hall.connection, clerk, draft, same, revision=2) == 2
    cleared = {"hours": None, "place": None}
    assert edits.edit_draft(hall.connection, clerk, draft, cleared, revision=2) == 3
    told = history.timeline(hall.connection, clerk, draft)
    assert {d.field: d.new for d in told[1].differences} == wanted
    assert {d.field: (d.old, d.new) for d in told[2].differences} == {
        "place": (PLACE, None),
        "hours": ("24/7", None),
    }


def test_of_two_people_at_one_draft_the_second_sees_what_both_wanted(hall: Hall) -> None:
    draft = hall.station("north", State.DRAFT, name="甲", address="旧路")
    first, second = hall.actor("north_clerk"), hall.actor("north_second")
    edits.edit_draft(hall.connection, first, draft, {"name": "乙", "hours": "24/7"}, revision=1)
    mine = {"name": "丙", "address": "新路"}
    with pytest.raises(ChangedMeanwhile) as raised:
        edits.edit_draft(hall.connection, second, draft, mine, revision=1)
    assert (raised.value.expected, raised.value.revision) == (1, 2)
    assert set(raised.value.changes) == {
        FieldChange("name", "甲", "乙", "丙"),
        FieldChange("hours", None, "24/7", None),
        FieldChange("address", "旧路", "旧路", "新路"),
    }
    edits.edit_draft(hall.connection, second, draft, mine, revision=raised.value.revision)
    kept = rows(hall.connection, "SELECT name, address, hours FROM station WHERE id = %s", draft)
    assert kept == [("丙", "新路", "24/7")]


def test_an_edit_of_what_was_submitted_meanwhile_shows_the_state(hall: Hall) -> None:
    draft = hall.station("north", State.DRAFT)
    hall.connection.execute("UPDATE station SET state = 'submitted' WHERE id = %s", (draft,))
    with pytest.raises(ChangedMeanwhile) as raised:
        edits.edit_draft(
            hall.connection, hall.actor("north_clerk"), draft, {"door": "key"}, revision=1
        )
    assert FieldChange("state", "draft", "submitted", "draft") in raised.value.changes


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"code": "500103000428", "sauna": 1}, ["code", "sauna"]),
        ({}, ["changes"]),
        ({"name": ""}, ["name"]),
        ({"name": "长" * 201}, ["name"]),
        ({"name": None}, ["name"]),
        ({"door": "window"}, ["door"]),
        ({"services": ["sauna"]}, ["services"]),
        ({"place": [200.0, 29.0]}, ["place"]),
        ({"union_id": "x"}, ["changes"]),
    ],
)
def test_a_value_that_a_field_does_not_take_is_named(
    hall: Hall, fields: dict[str, object], named: list[str]
) -> None:
    draft = hall.station("north", State.DRAFT)
    with pytest.raises(InvalidInput) as raised:
        edits.edit_draft(hall.connection, hall.actor("north_clerk"), draft, fields, revision=1)
    assert [e.field for e in raised.value.errors] == named
    assert hall.revision(draft) == 1


def test_only_staff_of_the_union_edit_and_others_do_not_even_see(hall: Hall) -> None:
    draft = hall.station("north", State.DRAFT)
    for person, refusal in {
        "south_clerk": NotFound,
        "planner": NotFound,
        "auditor": ForbiddenHere,
        "north_judge": ForbiddenHere,
    }.items():
        with pytest.raises(refusal):
            edits.edit_draft(hall.connection, hall.actor(person), draft, {"name": "x"}, revision=1)


@pytest.mark.parametrize("state", [State.SUBMITTED, State.REVIEWED, State.ACTIVE, State.EXITED])
def test_what_is_locked_is_not_edited(hall: Hall, state: State) -> None:
    station = hall.station("north", state)
    revision = hall.revision(station)
    with pytest.raises(Conflict, match="locked"):
        edits.edit_draft(
            hall.connection, hall.actor("north_clerk"), station, {"name": "x"}, revision=revision
        )


def ask(hall: Hall, station: int, fields: dict[str, object], person: str = "north_clerk") -> int:
    return edits.ask_for_change(
        hall.connection, hall.actor(person), station, fields,
        revision=hall.revision(station), reason="换牌",
    ).id  # fmt: skip


def test_a_change_is_asked_for_shown_and_accepted_by_another(hall: Hall) -> None:
    station = hall.station("north", State.ACTIVE, name="甲")
    wanted = {"name": "乙", "place": PLACE, "source_longitude": PLACE[0]}
    asked = ask(hall, station, {**wanted, "address": ""}, "north_alone")
    judge = hall.actor("north_judge", "req-9")
    shown = edits.open_requests(hall.connection, judge, station_id=station)
    assert [(r.id, r.reason) for r in shown] == [(asked, "换牌")]
    assert {d.field: d.new for d in shown[0].differences} == wanted
    assert shown[0].differences[0].old == "甲"
    with pytest.raises(SamePerson):
        edits.accept(hall.connection, hall.actor("north_alone"), asked)
    with pytest.raises(ForbiddenHere):
        edits.accept(hall.connection, hall.actor("north_second"), asked)
    with pytest.raises(NotFound):
        edits.accept(hall.connection, hall.actor("south_judge"), asked)
    assert edits.accept(hall.connection, judge, asked) == 2
    told = history.timeline(hall.connection, judge, station)[-1]
    assert (told.actor, told.request_id, told.action) == ("Person north_judge", "req-9", "edit")
    assert {d.field: d.new for d in told.differences} == wanted
    assert edits.open_requests(hall.connection, judge, station_id=station) == []
    with pytest.raises(Conflict, match="accepted already"):
        edits.accept(hall.connection, judge, asked)
    event = rows(
        hall.connection,
        "SELECT action, user_id, request_id, details->'change_request' FROM audit_event"
        " WHERE subject = %s ORDER BY id DESC LIMIT 1",
        f"station {station}",
    )
    assert event == [("station.edit", judge.user_id, "req-9", asked)]


def test_a_change_is_refused_with_a_reason_or_withdrawn_by_who_asked(hall: Hall) -> None:
    station = hall.station("north", State.SUSPENDED, name="甲")
    first = ask(hall, station, {"name": "乙"})
    with pytest.raises(InvalidInput):
        edits.refuse(hall.connection, hall.actor("north_judge"), first, reason=" ")
    with pytest.raises(ForbiddenHere):
        edits.refuse(hall.connection, hall.actor("north_second"), first, reason="x")
    edits.refuse(hall.connection, hall.actor("north_judge"), first, reason="不合规定")
    with pytest.raises(Conflict, match="refused already"):
        edits.withdraw(hall.connection, hall.actor("north_clerk"), first)
    second = ask(hall, station, {"name": "丙"})
    with pytest.raises(ForbiddenHere):
        edits.withdraw(hall.connection, hall.actor("north_judge"), second)
    edits.withdraw(hall.connection, hall.actor("north_clerk"), second)
    states = rows(
        hall.connection, "SELECT state, decision FROM change_request WHERE station_id = %s"
        " ORDER BY id", station,
    )  # fmt: skip
    assert states == [("refused", "不合规定"), ("withdrawn", "")]
    assert one(hall.connection, "SELECT name FROM station WHERE id = %s", station) == "甲"


def test_a_request_lapses_with_its_station_and_who_asked_is_told(hall: Hall) -> None:
    station = hall.station("north", State.ACTIVE, name="甲")
    asked = ask(hall, station, {"name": "乙"})
    judge = hall.actor("north_judge")
    make_move(
        hall.connection, hall.actor("chief"), station, State.EXITED,
        revision=hall.revision(station),
        brings=With(reason="拆迁", exit_code=ExitCode.PREMISES_GONE,
                    document=Document("渝工〔2026〕9号")),
    )  # fmt: skip
    assert edits.open_requests(hall.connection, judge) == []
    state = "SELECT state, decision, decided_by FROM change_request WHERE id = %s"
    ((state_now, why, decider),) = rows(hall.connection, state, asked)
    assert (state_now, decider) == ("lapsed", hall.city.people["chief"])
    assert str(why).startswith("站点已退出")
    told = rows(
        hall.connection, "SELECT recipient, says ->> 'outcome' FROM notice WHERE event = %s",
        f"change.decided:{asked}",
    )  # fmt: skip
    assert told == [(f"user:{hall.city.people['north_clerk']}", "已失效")]
    with pytest.raises(Conflict, match="lapsed already"):
        edits.accept(hall.connection, judge, asked)
    with pytest.raises(Conflict), acting_as(hall.connection, judge), refusals("reopen it"):
        hall.connection.execute("UPDATE change_request SET state = 'open' WHERE id = %s", (asked,))


def test_one_change_is_asked_for_at_a_time_and_has_to_change_something(hall: Hall) -> None:
    station = hall.station("north", State.ACTIVE, name="甲")
    with pytest.raises(InvalidInput, match="nothing would change"):
        ask(hall, station, {"name": "甲"})
    with pytest.raises(InvalidInput, match="a reason"):
        edits.ask_for_change(
            hall.connection, hall.actor("north_clerk"), station, {"name": "乙"},
            revision=1, reason="",
        )  # fmt: skip
    with pytest.raises(ForbiddenHere):
        ask(hall, station, {"name": "乙"}, "north_judge")
    ask(hall, station, {"name": "乙"})
    with pytest.raises(Conflict, match="is open"):
        ask(hall, station, {"name": "丙"}, "north_second")
    with pytest.raises(Conflict, match="not locked"):
        ask(hall, hall.station("north", State.DRAFT), {"name": "丙"})


def test_a_nonsense_that_was_asked_for_is_never_accepted(hall: Hall) -> None:
    station = hall.station("north", State.ACTIVE)
    asked = ask(hall, station, {"door": "window"})
    with pytest.raises(InvalidInput) as raised:
        edits.accept(hall.connection, hall.actor("north_judge"), asked)
    assert [e.field for e in raised.value.errors] == ["door"]
    assert hall.revision(station) == 1


def test_the_past_is_listed_as_it_was_in_ones_scope(hall: Hall) -> None:
    north, south = hall.station("north", State.DRAFT, name="甲"), hall.station("south", State.DRAFT)
    clerk = hall.actor("north_clerk")
    entered = history.timeline(hall.connection, clerk, north)[0]
    edits.edit_draft(hall.connection, clerk, north, {"name": "乙"}, revision=1)
    edited = history.timeline(hall.connection, clerk, north)[1]
    for moment, name in ((entered.at, "甲"), (edited.at, "乙")):
        found = history.as_of(hall.connection, clerk, north, moment)
        assert (found.facts["name"], found.facts["place"]) == (name, [106.577, 29.557])
        then = history.listing(hall.connection, clerk, moment, after_id=north - 1)
        assert [(v.station_id, v.facts["name"]) for v in then] == [(north, name)]
    earlier = entered.at - timedelta(microseconds=1)
    with pytest.raises(NotFound):
        history.as_of(hall.connection, clerk, north, earlier)
    for hidden in (history.timeline, lambda c, a, s: history.as_of(c, a, s, edited.at)):
        with pytest.raises(NotFound):
            hidden(hall.connection, clerk, south)
