"""The state machine as data, and what the domain explains from it."""

from itertools import product

import pytest

from app.domain.errors import ForbiddenMove
from app.domain.lifecycle import (
    EXIT_NAMES,
    FACTS,
    INITIAL,
    LOCKED,
    MOVES,
    NEED_NAMES,
    STATES,
    ExitCode,
    Need,
    State,
    allowed_moves,
    check_move,
    moves_from,
)
from app.domain.roles import ROLES, Role

# the design's table, by hand
TABLE = {
    "draft": {"submitted", "discarded"},
    "submitted": {"reviewed", "returned"},
    "returned": {"submitted", "discarded"},
    "reviewed": {"active", "returned"},
    "active": {"suspended", "rectifying", "exited", "merged"},
    "suspended": {"active", "rectifying", "exited"},
    "rectifying": {"active", "suspended", "exited"},
    "exited": set(),
    "merged": {"active"},
    "discarded": set(),
}


def test_the_moves_are_those_of_the_design() -> None:
    assert {s.value: {m.target.value for m in moves_from(s)} for s in State} == TABLE


def test_every_move_is_checked_against_the_table_and_explained() -> None:
    for origin, target in product(State, State):
        if target in TABLE[origin]:
            assert check_move(origin, target).target is target
        else:
            with pytest.raises(ForbiddenMove) as raised:
                check_move(origin, target)
            assert set(raised.value.allowed) == TABLE[origin]


def test_every_state_need_code_and_role_has_its_names_once() -> None:
    assert [facts.state for facts in STATES] == list(State)
    assert set(NEED_NAMES) == set(Need)
    assert set(EXIT_NAMES) == set(ExitCode)
    assert [facts.role for facts in ROLES] == list(Role)


def test_an_action_is_unique_for_its_origin_and_every_state_can_be_reached() -> None:
    assert len({(m.origin, m.action) for m in MOVES}) == len(MOVES)
    assert set(INITIAL) | {m.target for m in MOVES} == set(State)


def test_nobody_who_only_reads_makes_a_move() -> None:
    reading = {facts.role for facts in ROLES if not facts.writes}
    assert not [m for m in MOVES if set(m.roles) & reading]


def test_no_person_brings_a_station_from_draft_to_active_alone() -> None:
    """Whatever roles somebody has: who submits does not review, who reviews does not approve."""
    everything = frozenset(Role)
    assert "review" not in {
        m.action for m in allowed_moves(State.SUBMITTED, roles=everything, was={"submitter"})
    }
    for was in ({"submitter"}, {"reviewer"}):
        approvals = allowed_moves(State.REVIEWED, roles=everything, was=was)
        assert [m.action for m in approvals] == ["return"]


def test_only_the_city_numbers_and_lets_go() -> None:
    for move in MOVES:
        if move.action in ("approve", "exit"):
            assert move.roles == (Role.CITY_ADMIN,)
            assert Need.DOCUMENT in move.needs


def test_nothing_is_submitted_without_a_named_person_in_charge() -> None:
    submits = [move for move in MOVES if move.action == "submit"]
    assert [move.origin for move in submits] == [State.DRAFT, State.RETURNED]
    assert all(Need.KEEPER in move.needs for move in submits)


def test_what_is_locked_was_approved_and_what_counts_is_public() -> None:
    assert all(FACTS[state].public for state in LOCKED)
    assert all(facts.public for facts in STATES if facts.counts)


def test_roles_are_needed_for_a_move() -> None:
    assert allowed_moves(State.DRAFT, roles=()) == ()
    assert [m.action for m in allowed_moves(State.DRAFT, roles={Role.UNION_STAFF})] == [
        "submit",
        "discard",
    ]
