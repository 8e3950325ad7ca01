"""Siting against exhaustive search on small tables, and against HiGHS on middle ones."""

import time
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, OptimizeResult, milp

from geo._siting_exact import _patiently
from geo._siting_exchange import exchange
from geo._siting_greedy import greedy
from geo._siting_problem import Problem, value
from geo._siting_search import greatest
from geo.catchment import Catchments
from geo.errors import InvalidValue
from geo.siting import Goal, Limits, Reason, Siting, nearest_cost, site

LIMIT = 900.0


def table_of(costs: NDArray[np.float64]) -> Catchments:
    """Return catchments of costs of shape (places, points), infinite where there is no entry."""
    place, point = np.nonzero(np.isfinite(costs))
    pointer = np.searchsorted(place, np.arange(len(costs) + 1))
    return Catchments(
        pointer=pointer.astype(np.int64),
        point=point.astype(np.int32),
        cost=costs[place, point].astype(np.float32),
        points=costs.shape[1],
        limit=LIMIT,
    )


def drawn(seed: int, places: int, points: int, *, density: float = 0.3) -> NDArray[np.float64]:
    """Return random whole seconds."""
    random = np.random.default_rng(seed)
    costs = random.integers(1, int(LIMIT), (places, points)).astype(np.float64)
    costs[random.random(costs.shape) > density] = np.inf
    return costs


def worth(
    costs: NDArray[np.float64],
    weight: NDArray[np.float64],
    current: NDArray[np.float64],
    goal: Goal,
    chosen: tuple[int, ...],
) -> float:
    """Return the value of some stations by a plain look at each point."""
    nearest = np.minimum(current, costs[list(chosen)].min(axis=0, initial=np.inf))
    if goal is Goal.WALK:
        return float((weight * (LIMIT - np.minimum(nearest, LIMIT))).sum())
    return float(weight[np.isfinite(nearest)].sum())


@st.composite
def cases(draw: st.DrawFn) -> dict[str, object]:
    """Draw a small question: goal, table, what stands, and limits of every kind."""
    seed = draw(st.integers(0, 2**32 - 1))
    random = np.random.default_rng(seed)
    places, points = draw(st.integers(1, 8)), draw(st.integers(1, 14))
    forced = random.permutation(places)[: draw(st.integers(0, 1))]
    others = np.setdiff1d(np.arange(places), forced)
    forbidden = random.permutation(others)[: draw(st.integers(0, min(2, len(others))))]
    costs = drawn(seed, places, points, density=draw(st.sampled_from([0.2, 0.5])))
    if draw(st.booleans()):
        costs[-1] = costs[0]
    return {
        "goal": draw(st.sampled_from(list(Goal))),
        "costs": costs,
        "weight": random.integers(0, 50, points).astype(np.float64),
        "current": drawn(seed + 1, 1, points, density=draw(st.sampled_from([0.0, 0.3])))[0],
        "forced": forced,
        "forbidden": forbidden,
        "number": draw(st.integers(1, places)),
        "price": random.integers(0, 6, places).astype(np.float64),
        "budget": draw(st.one_of(st.none(), st.integers(1, 14))),
        "group": random.integers(-1, 2, places),
        "quota": draw(st.one_of(st.none(), st.lists(st.integers(0, 3), min_size=2, max_size=2))),
        "share": draw(st.sampled_from([0.2, 0.5, 0.8, 1.0])),
    }


def allowed(case: dict, chosen: tuple[int, ...]) -> bool:
    """Say whether the limits of a case let one choose so."""
    group, quota = case["group"], case["quota"]
    return (
        set(case["forced"].tolist()) <= set(chosen)
        and not set(case["forbidden"].tolist()) & set(chosen)
        and (quota is None or all((group[list(chosen)] == g).sum() <= quota[g] for g in (0, 1)))
        and (
            case["goal"] is Goal.SHARE
            or (
                len(chosen) <= case["number"]
                and (case["budget"] is None or case["price"][list(chosen)].sum() <= case["budget"])
            )
        )
    )


def choices(case: dict) -> list[tuple[int, ...]]:
    """Return every choice that the limits allow."""
    places = range(len(case["costs"]))
    every = (c for n in range(len(places) + 1) for c in combinations(places, n))
    return [chosen for chosen in every if allowed(case, chosen)]


def answered(case: dict, *, exact_seconds: float = 10.0) -> Siting:
    share = case["goal"] is Goal.SHARE
    return site(
        table_of(case["costs"]),
        case["weight"],
        goal=case["goal"],
        current=case["current"].astype(np.float32),
        limits=Limits(
            number=None if share else case["number"],
            share=case["share"] if share else None,
            cost=case["price"],
            budget=None if share else case["budget"],
            group=None if case["quota"] is None else case["group"],
            quota=case["quota"],
            forced=case["forced"],
            forbidden=case["forbidden"],
        ),
        exact_seconds=exact_seconds,
    )


def value_of(case: dict, chosen: tuple[int, ...]) -> float:
    return worth(case["costs"], case["weight"], case["current"], case["goal"], chosen)


def room(case: dict) -> bool:
    """Say whether the limits can hold at all."""
    most_places = len(case["costs"]) - len(case["forbidden"])
    if case["goal"] is Goal.SHARE:
        return bool(choices(case))
    group, quota = case["group"], case["quota"]
    if quota is not None:
        free = np.setdiff1d(np.arange(len(group)), case["forbidden"])
        held = sum(min((group[free] == g).sum(), quota[g]) for g in (0, 1))
        most_places = held + (group[free] == -1).sum()
    return bool(choices(case)) and case["number"] <= most_places


@settings(max_examples=250)
@given(case=cases(), exactly=st.booleans())
def test_the_answer_is_that_of_an_exhaustive_search(case: dict, exactly: bool) -> None:
    if not room(case):
        with pytest.raises(ValueError, match="expected"):
            answered(case)
        return
    found = answered(case, exact_seconds=10.0 if exactly else 0.0)
    chosen = tuple(found.chosen.tolist())
    assert allowed(case, chosen)
    assert len(set(chosen)) == len(chosen)
    assert found.after == pytest.approx(value_of(case, chosen), rel=1e-6)
    assert found.before == pytest.approx(value_of(case, ()), rel=1e-6)
    assert found.before + found.gains.sum() == pytest.approx(found.after, rel=1e-6)
    best = max(value_of(case, choice) for choice in choices(case))
    assert found.bound >= best * (1 - 1e-6)
    if case["goal"] is Goal.SHARE:
        _check_share(case, found, best, exactly=exactly)
        return
    assert found.after <= best * (1 + 1e-6)
    if exactly:
        assert found.proven
    if found.proven:
        assert found.after == pytest.approx(best, rel=1e-5)
    elif case["budget"] is None and case["quota"] is None:
        assert found.after >= (1 - 1 / np.e) * best


def _check_share(case: dict, found: Siting, best: float, *, exactly: bool) -> None:
    wanted = case["share"] * found.total * (1 - 1e-6)
    enough = [choice for choice in choices(case) if value_of(case, choice) >= wanted]
    if not enough:
        assert found.reason is Reason.OUT_OF_REACH
        if exactly:
            assert found.proven
            assert found.after == pytest.approx(best, rel=1e-5)
        return
    least = min(len(choice) for choice in enough)
    assert found.fewest <= least
    if exactly:
        assert found.proven
    if found.proven:
        assert len(found.chosen) == least
        assert found.after >= wanted


def by_solver(costs: NDArray[np.float64], weight: NDArray[np.float64], number: int) -> float:
    """Return the most people within the limit of some stations, by the plain integer program."""
    places, points = costs.shape
    reach = sparse.csr_matrix(np.isfinite(costs).T.astype(float))
    rows = sparse.vstack(
        (
            sparse.hstack((-reach, sparse.eye(points))),
            sparse.csr_matrix(np.concatenate((np.ones(places), np.zeros(points)))),
        )
    )
    most = np.concatenate((np.zeros(points), [number]))
    found = milp(
        -np.concatenate((np.zeros(places), weight)),
        constraints=LinearConstraint(rows, -np.inf, most),
        bounds=Bounds(0, 1),
        integrality=np.concatenate((np.ones(places), np.zeros(points))),
        options={"mip_rel_gap": 1e-9},
    )
    assert found.status == 0
    return -float(found.fun)


def town(seed: int, places: int, points: int, *, metres: float = 900.0) -> NDArray[np.float64]:
    """Return straight lines between places and points of a square of 8 km, cut at the limit."""
    random = np.random.default_rng(seed)
    here, there = random.random((places, 1, 2)) * 8000, random.random((1, points, 2)) * 8000
    costs = np.hypot(*np.moveaxis(here - there, -1, 0))
    costs[costs > metres] = np.inf
    return costs


@pytest.mark.parametrize(("seed", "number"), [(1, 5), (2, 12)])
def test_a_middle_question_is_answered_as_the_plain_program_answers_it(
    seed: int, number: int
) -> None:
    costs = town(seed, 120, 600)
    weight = np.random.default_rng(seed).integers(1, 90, 600).astype(np.float64)
    found = site(table_of(costs), weight, goal=Goal.COVER, limits=Limits(number=number))
    assert found.proven
    assert found.more == 0
    assert found.after == pytest.approx(by_solver(costs, weight, number), rel=1e-6)


def test_the_fewest_for_a_share_are_proven_to_be() -> None:
    costs = town(3, 100, 500, metres=1500.0)
    costs[costs > LIMIT] = np.where(costs[costs > LIMIT] <= 1500, LIMIT, np.inf)
    weight = np.random.default_rng(3).integers(1, 90, 500).astype(np.float64)
    found = site(table_of(costs), weight, goal=Goal.SHARE, limits=Limits(share=0.7))
    assert found.proven
    assert found.after >= 0.7 * weight.sum() * (1 - 1e-6)
    assert by_solver(costs, weight, len(found.chosen) - 1) < 0.7 * weight.sum()


def test_the_mean_walk_is_that_of_people_with_the_limit_for_the_far() -> None:
    costs = town(4, 40, 200)
    weight = np.random.default_rng(4).integers(1, 90, 200).astype(np.float64)
    found = site(table_of(costs), weight, goal=Goal.WALK, limits=Limits(number=6))
    walks = np.minimum(costs[found.chosen].min(axis=0), LIMIT)
    assert found.mean_cost(found.after) == pytest.approx(
        np.average(walks, weights=weight), rel=1e-6
    )
    assert found.mean_cost(found.before) == LIMIT


@given(seed=st.integers(0, 2**32 - 1), number=st.integers(1, 12), tight=st.booleans())
@settings(max_examples=60)
def test_an_exchange_is_never_worse_and_leaves_no_swap_that_gains(
    seed: int, number: int, tight: bool
) -> None:
    problem = _random_problem(seed, number, tight=tight)
    first = np.random.default_rng(seed).permutation(problem.sites)[:number]
    if tight:
        first = greedy(problem)
    better = exchange(problem, first)
    assert value(problem, better) >= value(problem, first)
    assert problem.cost[better].sum() <= problem.budget
    for gone in better:
        for come in np.setdiff1d(np.arange(problem.sites), better):
            swapped = np.append(np.setdiff1d(better, gone), come)
            if problem.cost[swapped].sum() <= problem.budget:
                assert value(problem, swapped) <= value(problem, better) * (1 + 1e-6)


def _random_problem(seed: int, number: int, *, tight: bool) -> Problem:
    random = np.random.default_rng(seed)
    table = table_of(drawn(seed, 30, 60, density=0.15))
    return Problem(
        table.pointer,
        table.point,
        random.integers(1, 99, len(table.point)).astype(np.float32),
        table.points,
        random.integers(1, 9, 30).astype(np.float64),
        np.zeros(30, np.int32),
        np.array([30]),
        number,
        20.0 if tight else np.inf,
    )


def test_it_ends_at_once_where_somebody_asks() -> None:
    class StopError(Exception):
        pass

    heard: list[float] = []

    def tell(share: float, found: float, bound: float) -> None:
        assert found <= bound * (1 + 1e-6)
        heard.append(share)
        if share > 0.35:
            raise StopError

    problem = _random_problem(7, 8, tight=False)
    with pytest.raises(StopError):
        greatest(problem, seconds=5.0, tell=tell)
    assert heard == sorted(heard)
    assert sum(share > 0.35 for share in heard) == 1


def test_the_same_question_has_the_same_answer() -> None:
    table = table_of(town(5, 200, 900))
    weight = np.ones(900)
    one, two = (site(table, weight, goal=Goal.COVER, limits=Limits(number=15)) for _ in range(2))
    np.testing.assert_array_equal(one.chosen, two.chosen)
    assert one.bound == two.bound


def test_where_everybody_has_a_station_nothing_is_chosen() -> None:
    table = table_of(drawn(1, 5, 10))
    here = np.zeros(10, np.float32)
    found = site(table, np.ones(10), goal=Goal.COVER, current=here, limits=Limits(number=2))
    assert found.chosen.tolist() == []
    assert found.reason is Reason.NOTHING_LEFT
    assert found.share == 1.0
    assert found.proven
    enough = site(table, np.ones(10), goal=Goal.SHARE, current=here, limits=Limits(share=0.9))
    assert enough.reason is Reason.ALREADY


def test_forced_stations_come_first_with_what_they_add() -> None:
    costs = np.array([[5.0, np.inf, np.inf], [5.0, 9.0, np.inf], [np.inf, np.inf, 9.0]])
    found = site(
        table_of(costs), np.array([1.0, 2.0, 4.0]), goal=Goal.COVER,
        limits=Limits(number=2, forced=[0]),
    )  # fmt: skip
    assert found.chosen.tolist() == [0, 2]
    assert found.gains.tolist() == [1.0, 4.0]


@pytest.mark.parametrize("goal", [Goal.COVER, Goal.WALK])
def test_a_budget_that_pays_for_nothing_is_told(goal: Goal) -> None:
    table = table_of(np.array([[60.0, np.inf], [np.inf, 60.0], [np.inf, np.inf]]))
    weight = np.array([3.0, 2.0])
    # the third costs nothing and reaches nobody
    cost = np.array([5.0, 4.0, 0.0])

    def within(budget: float, **more: object) -> Siting:
        return site(
            table, weight, goal=goal, limits=Limits(number=2, cost=cost, budget=budget, **more)
        )

    found = within(3.9)
    assert (found.chosen.tolist(), found.reason, found.proven) == ([], Reason.BUDGET, True)
    assert within(4.0).chosen.tolist() == [1]
    assert within(4.0).reason is Reason.NONE
    spent = within(5.0, forced=[0])
    assert (spent.chosen.tolist(), spent.reason) == ([0], Reason.BUDGET)


def test_what_more_could_be_reached_is_nothing_once_it_is_proven_but_for_the_fewest() -> None:
    table = table_of(np.array([[60.0, np.inf, np.inf], [np.inf, 60.0, np.inf]]))
    weight = np.array([6.0, 3.0, 1.0])
    best = site(table, weight, goal=Goal.COVER, limits=Limits(number=1))
    assert (best.proven, best.more) == (True, 0.0)
    few = site(table, weight, goal=Goal.SHARE, limits=Limits(share=0.6))
    assert (few.proven, few.fewest, few.chosen.tolist()) == (True, 1, [0])
    # the other candidate's 3 of 10
    assert few.more == pytest.approx(0.3)


def test_it_stops_while_the_solver_runs_when_somebody_asks() -> None:
    running: list[float] = []

    class Enough(Exception):
        pass

    def solve() -> OptimizeResult:
        return milp(
            -np.ones(900), constraints=LinearConstraint(hard, 0, 30), bounds=Bounds(0, 1),
            integrality=np.ones(900), options={"time_limit": 5.0},
        )  # fmt: skip

    def pause() -> None:
        running.append(time.monotonic())
        raise Enough

    hard = sparse.random_array((300, 900), density=0.1, rng=np.random.default_rng(4)).tocsr()
    begun = time.monotonic()
    with pytest.raises(Enough):
        _patiently(solve, pause)
    assert time.monotonic() - begun < 2
    assert len(running) == 1


def test_the_nearest_cost_is_the_least_of_a_point() -> None:
    costs = drawn(2, 6, 9)
    np.testing.assert_array_equal(nearest_cost(table_of(costs)), costs.min(axis=0))


@pytest.mark.parametrize(
    ("goal", "limits", "name"),
    [
        (Goal.COVER, Limits(number=9), "number"),
        (Goal.COVER, Limits(number=0), "number"),
        (Goal.COVER, Limits(), "number"),
        (Goal.COVER, Limits(number=3, forbidden=[0, 1, 2, 3]), "number"),
        (Goal.COVER, Limits(budget=0.0, cost=np.ones(6)), "budget"),
        (Goal.COVER, Limits(budget=3.0), "cost"),
        (Goal.COVER, Limits(budget=3.0, cost=-np.ones(6)), "cost"),
        (Goal.COVER, Limits(number=1, forced=[1, 2]), "forced"),
        (Goal.COVER, Limits(number=3, forced=[1], forbidden=[1]), "forced"),
        (Goal.COVER, Limits(number=3, forced=[6]), "forced"),
        (Goal.COVER, Limits(budget=1.0, cost=np.ones(6), forced=[1, 2]), "forced"),
        (Goal.COVER, Limits(number=3, group=np.zeros(6), quota=[2]), "quota"),
        (Goal.COVER, Limits(number=3, group=np.zeros(6)), "quota"),
        (Goal.COVER, Limits(number=2, group=np.zeros(6), quota=[-1]), "quota"),
        (Goal.COVER, Limits(number=2, group=np.zeros(6), quota=[1], forced=[0, 1]), "forced"),
        (Goal.COVER, Limits(number=2, group=np.ones(6), quota=[3]), "group"),
        (Goal.COVER, Limits(number=2, share=0.5), "share"),
        (Goal.SHARE, Limits(), "share"),
        (Goal.SHARE, Limits(share=1.5), "share"),
        (Goal.SHARE, Limits(share=0.5, number=2), "number"),
    ],
)
def test_limits_that_cannot_hold_are_named(goal: Goal, limits: Limits, name: str) -> None:
    with pytest.raises(InvalidValue) as caught:
        site(table_of(drawn(1, 6, 10)), np.ones(10), goal=goal, limits=limits)
    assert caught.value.name == name


def test_points_that_do_not_fit_are_refused() -> None:
    table, limits = table_of(drawn(1, 6, 10)), Limits(number=1)
    for weight, current in ((np.ones(9), None), (-np.ones(10), None), (np.ones(10), np.ones(3))):
        with pytest.raises(InvalidValue):
            site(table, weight, goal=Goal.COVER, limits=limits, current=current)
    with pytest.raises(InvalidValue, match="candidates"):
        site(table.take(np.arange(0)), np.ones(10), goal=Goal.COVER, limits=limits)
