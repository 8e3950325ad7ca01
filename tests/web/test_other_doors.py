"""Doors that move a station by the way, or never: sheets, merges, keepers' cards, the public API.

Whatever comes of a random knock, a station stands where it stood or one step of the table
further, and the table lets who knocked make that step.
"""

import io
import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache, partial
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from PIL import Image
from werkzeug.datastructures import FileStorage
from werkzeug.routing import Rule

from app.domain.lifecycle import MOVES, ExitCode, State
from app.domain.six_haves import SIX_HAVES
from app.service import receipts
from app.service.review import STAGES
from app.store import keeper_links
from app.store.cluster import Cluster
from tests.store.people import PEOPLE, UNIONS, give_keeper, roles_in
from tests.web.desks import AFAR, Desk
from tests.web.test_random_walks import WALKS
from tests.web.walking import TOMORROW, World, found, open_world, send, steps

KNOCKS_A_WALK = 12
BEGIN = [State.DRAFT, State.RETURNED, State.SUSPENDED, State.RECTIFYING]
EVIDENCE = [criterion.code for criterion in SIX_HAVES.criteria if criterion.evidence]
FAULT = next(criterion.code for criterion in SIX_HAVES.criteria if criterion.mandatory)


@pytest.fixture(scope="module")
def world(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with open_world(cluster, tmp_path_factory.mktemp("doors"), "other_doors") as opened:
        yield opened


@cache
def picture() -> bytes:
    made = io.BytesIO()
    Image.new("RGB", (32, 24), "teal").save(made, "JPEG")
    return made.getvalue()


@dataclass(frozen=True)
class Knock:
    """Somebody at a door of a station, beside which another stands that it may be merged with."""

    world: World
    desk: Desk
    station: int
    partner: int


def inspect(knock: Knock, *, kind: str, faulty: bool) -> None:
    """Begin an inspection and submit it, with a fault or without."""
    begun = knock.desk.post(f"/manage/stations/{knock.station}/inspect", {"kind": kind})
    if begun.status_code != 303:
        return
    sheet = knock.desk.get(str(begun.location)).get_data(as_text=True)
    asked = [code for code in SIX_HAVES.codes if f'name="verdict-{code}"' in sheet]
    form: dict[str, Any] = {f"verdict-{code}": "fulfilled" for code in asked}
    form |= {f"photo-{code}": FileStorage(io.BytesIO(picture()), "a.jpg")
             for code in asked if code in EVIDENCE}  # fmt: skip
    if faulty and FAULT in asked:
        form |= {f"verdict-{FAULT}": "failed", f"note-{FAULT}": "缺"}
    knock.desk.post(str(begun.location), {**form, "do": "submit", "once": receipts.token()})


def merge(knock: Knock, *, away: bool, reason: str) -> None:
    """Merge the station into the other, or the other into it."""
    both = (knock.station, knock.partner)
    revisions = {f"revision_{id_}": str(knock.world.office.revision(id_)) for id_ in both}
    form = {
        "first": str(both[0]), "second": str(both[1]), "survivor": str(both[1 if away else 0]),
        "reason": reason, "once": receipts.token(), **revisions,
    }  # fmt: skip
    knock.desk.post("/manage/duplicates/merge", form)


def split(knock: Knock) -> None:
    """Split the station off again."""
    revision = str(knock.world.office.revision(knock.station))
    form = {"reason": "误合并", "revision": revision, "once": receipts.token()}
    knock.desk.post(f"/manage/duplicates/split/{knock.station}", form)


DOORS = st.one_of(
    st.builds(
        partial, st.just(inspect), kind=st.sampled_from(["full", "full", "follow_up"]),
        faulty=st.booleans(),
    ),
    st.builds(
        partial, st.just(merge), away=st.sampled_from([True, True, False]),
        reason=st.sampled_from(["同一处"] * 5 + [" "]),
    ),
    st.builds(partial, st.just(split)),
    st.none(),
)  # fmt: skip


# every try enters stations: a failure is told as it was found
@settings(
    max_examples=WALKS // 2, deadline=None, suppress_health_check=list(HealthCheck),
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
)  # fmt: skip
@given(data=st.data())
def test_by_whatever_door_a_station_goes_a_step_of_the_table_by_who_may_make_it(
    world: World, data: st.DataObject
) -> None:
    union = data.draw(st.sampled_from(["north", "north", *UNIONS]), "union")
    begin = data.draw(st.sampled_from([State.ACTIVE, State.ACTIVE, *BEGIN]), "begin")
    beside = data.draw(st.sampled_from(["north", union, *UNIONS]), "beside")
    both = world.office.station(union, begin), world.office.station(beside, State.ACTIVE)
    for _ in range(KNOCKS_A_WALK):
        station, partner = both if data.draw(st.integers(0, 3), "turn") else both[::-1]
        person = data.draw(st.sampled_from(list(PEOPLE)), "person")
        before = {id_: found(world, id_) for id_ in both}
        door = data.draw(DOORS, "door")
        if door is None:
            step = replace(data.draw(steps(before[station])), person=person)
            send(world, station, before[station], step)
        else:
            door(Knock(world, world.desks[person], station, partner))
        for id_, was in before.items():
            now = found(world, id_)
            assert now.state is was.state or was.follows(person, now.state), (door, person, was)
            assert now == was or roles_in(person, was.union), (door, person, was)


def test_each_of_these_doors_does_move_who_may_go_through_it(world: World) -> None:
    """Doors that are shut for all would let nothing forbidden through either."""
    station, partner = (world.office.station("north", State.ACTIVE) for _ in range(2))
    chief = Knock(world, world.desks["chief"], station, partner)
    for door, left in (
        (partial(inspect, kind="full", faulty=True), State.RECTIFYING),
        (partial(inspect, kind="follow_up", faulty=False), State.ACTIVE),
        (partial(merge, away=True, reason="同一处"), State.MERGED),
        (split, State.ACTIVE),
    ):
        door(chief)
        assert found(world, station).state is left


# Who may never move anything --------------------------------------------------------------------


def keeper_of(world: World, station: int) -> Desk:
    """Somebody who came in by a card for a station."""
    with world.office.runtime.connection() as connection:
        keeper = give_keeper(connection, station)
        keeper_links.issue(
            connection, keeper, token_digest=secrets.token_bytes(32), pin_hash="no such hash"
        )
    return world.office.desk_of(
        world.office.one("SELECT user_id FROM keeper WHERE id = %s", keeper)
    )


@pytest.mark.parametrize("state", State)
def test_a_keeper_moves_neither_his_own_station_nor_another(world: World, state: State) -> None:
    station, elsewhere = (world.office.station("north", state) for _ in range(2))
    own, other = keeper_of(world, station), keeper_of(world, elsewhere)
    before = found(world, station)
    for desk in (own, other):
        knock = Knock(world, desk, station, elsewhere)
        inspect(knock, kind="full", faulty=True)
        merge(knock, away=True, reason="同一处")
        split(knock)
        for path, form in keepers_forms(world, station):
            desk.post(path, form)
        now = found(world, station)
        assert replace(now, revision=before.revision) == before
    assert found(world, elsewhere).state is state


def keepers_forms(world: World, station: int) -> Iterator[tuple[str, dict[str, Any]]]:
    """What a keeper's phone sends, and what it would send if it could."""
    common = {
        "reason": "停水停电", "reason_en": "x", "until": "today", "name": "诸葛明岚",
        "phone": "13900007312", "employer": "磁川物流三队", "consented_on": "yes",
    }  # fmt: skip
    for name in ("confirm", "close", "hand-over", "reopen/1"):
        yield f"/k/{name}", {**common, "once": receipts.token()}
    full = {
        "reason": "x", "until": TOMORROW, "exit_code": ExitCode.OTHER.value, "document": "文1号",
        "revision": str(world.office.revision(station)), "survivor": world.survivor,
    }  # fmt: skip
    for action in sorted({move.action for move in MOVES}):
        form = {**full, "once": receipts.token()}
        yield f"/manage/stations/{station}/moves/{action}", form
        if action in STAGES:
            chosen = f"{station}:{full['revision']}"
            yield "/manage/review", {**form, "action": action, "chosen": chosen}


WRITING = ("POST", "PUT", "PATCH", "DELETE")


def test_no_route_of_the_public_api_moves_a_station_whoever_asks(world: World) -> None:
    stations = [world.office.station("north", state) for state in State]
    standing = "SELECT id, state, revision, changed_at FROM station ORDER BY id"
    before = world.office.rows(standing)
    rules = [
        rule for rule in world.office.app.url_map.iter_rules() if rule.rule.startswith("/api/")
    ]
    asked = {
        (rule.rule, method)
        for rule in rules
        for method in (rule.methods or ())
        if method in WRITING
    }
    assert ("/api/v1/nearest", "POST") in asked
    keeper = keeper_of(world, stations[0])
    nobody = Desk(world.office.app.test_client(), keeper.actor)
    answers = {
        desk.client.open(
            path, method=method, json=body, environ_base=AFAR,
            headers={"Sec-Fetch-Site": "same-origin"},
        ).status_code
        for desk in (*world.desks.values(), keeper, nobody)
        for path in addresses(rules, world)
        for method in WRITING
        for body in bodies(stations)
    }  # fmt: skip
    assert world.office.rows(standing) == before
    # nothing but questions was taken, and this city has no streets to answer them from
    assert {405, 422, 503} <= answers


def addresses(rules: list[Rule], world: World) -> Iterator[str]:
    """Every address of the API, with a station that there is."""
    for rule in rules:
        yield re.sub(r"<int:\w+>", "1", re.sub(r"<\w+>", world.survivor, rule.rule))


def bodies(stations: list[int]) -> Iterator[dict[str, Any]]:
    yield {"lon": 106.57, "lat": 29.55}
    yield {"station_id": stations[0], "state": "exited", "action": "exit", "reason": "x"}
