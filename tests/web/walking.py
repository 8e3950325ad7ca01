"""What a random walk plays on: people at their desks, steps as forms, and a small model.

The model knows the table of moves and the tables of people, and nothing of the application.
"""

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from hypothesis import strategies as st

from app.domain.lifecycle import FACTS, MOVES, ExitCode, Move, Need, State, moves_from
from app.service import receipts
from app.service.review import STAGES
from app.store.cluster import Cluster
from tests.store.people import PEOPLE, roles_in, sees_whole
from tests.web.desks import Desk, Office, open_office

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

    def follows(self, person: str, after: State) -> bool:
        """Whether the table lets a person lead from this state to another, whatever they bring."""
        move = next((one for one in moves_from(self.state) if one.target is after), None)
        was = {"submitter": self.submitter, "reviewer": self.reviewer}
        return (
            move is not None
            and bool(roles_in(person, self.union) & set(move.roles))
            and not any(was[before] == person for before in move.not_by)
        )

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
    """A form as somebody sends it; ``twice`` is a double click.

    ``bulk`` sends it from the list of many where that has the action.
    """

    person: str
    action: str
    reason: str
    until: str
    exit_code: str
    document: str
    survivor: str
    stale: bool
    twice: bool
    bulk: bool = False


@contextmanager
def open_world(cluster: Cluster, folder: Path, name: str) -> Iterator[World]:
    """A world over a fresh database, which is dropped in the end."""
    with open_office(cluster, folder, name) as office:
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
        bulk=action in STAGES and draw(st.booleans()),
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
    if step.bulk:
        form |= {"action": step.action, "chosen": f"{station}:{form['revision']}"}
        path = "/manage/review"
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
