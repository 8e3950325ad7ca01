"""Random people press random buttons, and a small model says what may come of it.

The model knows the table of moves and the tables of people, and nothing of the application.
"""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from app.domain.lifecycle import FACTS, MOVES, ExitCode, Move, Need, State, moves_from
from app.service import receipts
from app.store.cluster import Cluster
from tests.store.people import PEOPLE, UNIONS, roles_in, sees_whole
from tests.web.desks import Desk, Office, open_office

# some sixty steps in a run of all tests, many more where it is asked for long ones
STEPS_A_WALK = 12
ORDINARY = 100
WALKS = 6 if settings.default.max_examples <= ORDINARY else settings.default.max_examples // 200
ACTIONS = sorted({move.action for move in MOVES})
RECORDERS = {"union_staff", "reviewer", "city_admin"}
TOMORROW = (datetime.now(UTC).date() + timedelta(days=1)).isoformat()
YESTERDAY = (datetime.now(UTC).date() - timedelta(days=2)).isoformat()
_serial = itertools.count(1)


@dataclass
class World:
    """The pages, people logged in, and a station that others may be merged into."""

    office: Office
    desks: dict[str, Desk]
    survivor: str


@dataclass
class Model:
    """What is true of the station that is walked."""

    union: str
    state: State
    placed: bool
    kept: bool = True
    revision: int = 1
    numbered: bool = False
    submitter: str | None = None
    reviewer: str | None = None

    def may(self, step: "Step") -> bool:
        """Whether a step is allowed: the whole model."""
        move = self.move(step.action)
        seen = FACTS[self.state].public or sees_whole(step.person, self.union)
        if move is None or not seen or step.stale:
            return False
        if not roles_in(step.person, self.union) & set(move.roles):
            return False
        was = {"submitter": self.submitter, "reviewer": self.reviewer}
        if any(was[before] == step.person for before in move.not_by):
            return False
        scope = self.union if step.document == "own" else None
        brought = {
            Need.PLACE: self.placed,
            Need.UNION: True,
            Need.KEEPER: self.kept,
            Need.REASON: bool(step.reason.strip()),
            Need.UNTIL: step.until == TOMORROW,
            Need.EXIT_CODE: step.exit_code in set(ExitCode),
            Need.DOCUMENT: bool(step.document) and bool(roles_in(step.person, scope) & RECORDERS),
            Need.SURVIVOR: step.survivor == "open",
        }
        return all(brought[need] for need in move.needs)

    def move(self, action: str) -> Move | None:
        return next((move for move in moves_from(self.state) if move.action == action), None)

    def make(self, step: "Step") -> None:
        move = self.move(step.action)
        assert move is not None
        self.state, self.revision = move.target, self.revision + 1
        if move.target is State.SUBMITTED:
            self.submitter, self.reviewer = step.person, None
        elif move.target is State.REVIEWED:
            self.reviewer = step.person
        self.numbered = self.numbered or move.action == "approve"


@dataclass(frozen=True)
class Step:
    """A form as somebody sends it; ``twice`` is a double click."""

    person: str
    action: str
    reason: str
    until: str
    exit_code: str
    document: str
    survivor: str
    stale: bool
    twice: bool


@pytest.fixture(scope="module")
def world(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with open_office(cluster, tmp_path_factory.mktemp("walks"), "random_walks") as office:
        survivor = office.station("south", State.ACTIVE)
        code = office.one("SELECT code FROM station WHERE id = %s", survivor)
        yield World(office, {name: office.desk(name) for name in PEOPLE}, str(code))


@st.composite
def steps(draw: st.DrawFn, model: Model) -> Step:
    """Mostly what fits the state, by somebody who has the role somewhere, and well filled in."""
    moves = moves_from(model.state)
    if moves and draw(st.integers(0, 4)):
        move = draw(st.sampled_from(moves))
        action = move.action
        able = [p for p in PEOPLE if roles_in(p, model.union) & set(move.roles)]
        person = draw(st.sampled_from(able if draw(st.integers(0, 3)) else list(PEOPLE)))
    else:
        action, person = draw(st.sampled_from(ACTIONS)), draw(st.sampled_from(list(PEOPLE)))
    return Step(
        person,
        action,
        reason=draw(st.sampled_from(["装修"] * 5 + ["  ", ""])),
        until=draw(st.sampled_from([TOMORROW] * 4 + [YESTERDAY, "", "soon"])),
        exit_code=draw(st.sampled_from([*ExitCode, "", "boredom"])),
        document=draw(st.sampled_from(["own", "own", "city", "city", ""])),
        survivor=draw(st.sampled_from(["open", "open", "self", "mistyped", ""])),
        stale=draw(st.sampled_from([False] * 7 + [True])),
        twice=draw(st.booleans()),
    )


def send(world: World, station: int, model: Model, step: Step) -> list[int]:
    """Send the form of a step; return the statuses of the answers."""
    office, desk = world.office, world.desks[step.person]
    own = office.one("SELECT coalesce(code, '') FROM station WHERE id = %s", station)
    numbers = {"open": world.survivor, "self": own, "mistyped": "500100000010", "": ""}
    union = office.city.unions[model.union]
    form = {
        "once": receipts.token(),
        "revision": str(model.revision - 1 if step.stale else model.revision),
        "reason": step.reason, "until": step.until, "exit_code": step.exit_code,
        # a number of its own, so that it is always recorded by who brings it
        "document": f"渝工〔2026〕{next(_serial)}号" if step.document else "",
        "document_union": str(union) if step.document == "own" else "",
        "survivor": numbers[step.survivor],
    }  # fmt: skip
    path = f"/manage/stations/{station}/moves/{step.action}"
    return [desk.post(path, form).status_code for _ in range(2 if step.twice else 1)]


def found(world: World, station: int) -> Model:
    """The station as the database has it, in the model's terms."""
    people = {id_: name for name, id_ in world.office.city.people.items()}
    ((union, state, placed, kept, revision, numbered, submitter, reviewer, versions),) = (
        world.office.rows(
            "SELECT union_id, state, place IS NOT NULL, EXISTS (SELECT FROM keeper k"
            " WHERE k.station_id = s.id), revision, code IS NOT NULL, submitted_by, reviewed_by,"
            " (SELECT count(*) FROM station_version WHERE station_id = s.id)"
            " FROM station s WHERE id = %s",
            station,
        )
    )
    # each move left one version and no other
    assert versions == revision
    return Model(
        world.office.city.name_of(union) or "", State(state), placed, kept, revision, numbered,
        people.get(submitter), people.get(reviewer),
    )  # fmt: skip


# every try enters a station: a failure is told as it was found
@settings(
    max_examples=WALKS, deadline=None, suppress_health_check=list(HealthCheck),
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
)  # fmt: skip
@given(data=st.data())
def test_no_forbidden_move_ever_succeeds_by_the_page(world: World, data: st.DataObject) -> None:
    union = data.draw(st.sampled_from(["north", "north", *UNIONS]), "union")
    begin = data.draw(st.sampled_from([State.DRAFT, State.DRAFT, State.ACTIVE]), "begin")
    placed = begin is State.ACTIVE or data.draw(st.integers(0, 4)) > 0
    kept = begin is State.DRAFT and data.draw(st.integers(0, 4), "kept") > 0
    place = {} if placed else {"longitude": None, "latitude": None}
    station = world.office.station(union, begin, keeper=kept, **place)
    model = Model(union, begin, placed, kept, numbered=begin is State.ACTIVE)
    for _ in range(STEPS_A_WALK):
        step = data.draw(steps(model))
        allowed = model.may(step)
        answers = send(world, station, model, step)
        if allowed:
            model.make(step)
            assert set(answers) == {303}, (step, answers)
        else:
            assert set(answers) <= {403, 404, 409, 422}, (step, answers)
        assert found(world, station) == model, step


def test_the_model_lets_a_station_go_its_whole_way(world: World) -> None:
    """A model that forbids everything would hold too."""
    station = world.office.station("north")
    model = Model("north", State.DRAFT, placed=True)
    good = {"reason": "x", "until": TOMORROW, "exit_code": "other", "document": "city",
            "survivor": "open", "stale": False, "twice": True}  # fmt: skip
    for person, action in (
        ("north_clerk", "submit"), ("north_judge", "return"), ("north_clerk", "submit"),
        ("north_judge", "review"), ("chief", "approve"), ("north_inspector", "rectify"),
        ("north_inspector", "clear"), ("north_clerk", "suspend"), ("north_clerk", "reopen"),
        ("city_judge", "merge"), ("city_judge", "split"), ("chief", "exit"),
    ):  # fmt: skip
        step = Step(person, action, **good)  # type: ignore[arg-type]
        assert model.may(step), step
        assert send(world, station, model, step) == [303, 303], step
        model.make(step)
        assert found(world, station) == model, step
