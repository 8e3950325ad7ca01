"""Random people press random buttons, and a small model says what may come of it."""

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from app.domain.lifecycle import State
from app.service.review import STAGES
from app.store.cluster import Cluster
from tests.store.people import UNIONS
from tests.web.walking import TOMORROW, Model, Step, World, found, open_world, send, steps

# some two hundred steps in a run of all tests, many more where it is asked for long ones
STEPS_A_WALK = 12
ORDINARY = 100
WALKS = 16 if settings.default.max_examples <= ORDINARY else settings.default.max_examples // 200


@pytest.fixture(scope="module")
def world(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with open_world(cluster, tmp_path_factory.mktemp("walks"), "random_walks") as opened:
        yield opened


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
            refused = {403, 404, 409, 422}
            assert answers[0] in refused, (step, answers)
            # a list that was taken leads on when it comes again, though it moved nothing
            assert set(answers) <= refused | ({303} if step.bulk else set()), (step, answers)
        assert found(world, station) == model, step


@pytest.mark.parametrize("bulk", [False, True], ids=["form", "list"])
def test_the_model_lets_a_station_go_its_whole_way(world: World, bulk: bool) -> None:
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
        step = Step(person, action, **good, bulk=bulk and action in STAGES)  # type: ignore[arg-type]
        assert model.may(step), step
        assert send(world, station, model, step) == [303, 303], step
        model.make(step)
        assert found(world, station) == model, step
