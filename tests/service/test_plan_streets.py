"""Streets as a planner's question sees them: bands and numbers against single slow walks."""

from collections.abc import Iterator

import numpy as np
import pytest

from app.domain.errors import InvalidInput, NotFound
from app.service.plan import street_layer
from app.service.plan.figures import figures
from app.service.plan.question import PlanQuestion
from app.service.plan.standing import stand
from app.store.cluster import Cluster
from geo.regions import middles
from tests.service import towns
from tests.service.slowly import Slow, straight, walk_seconds
from tests.service.test_plan import COUNTING
from tests.service.towns import Town, at_block, town_streets


@pytest.fixture(scope="module")
def town(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with towns.opened(cluster, tmp_path_factory.mktemp("plan-streets")) as opened:
        yield opened


@pytest.mark.parametrize("rule", ["terrain", "official", "radius"])
@pytest.mark.parametrize("minutes", [15.0, 9.0])
def test_a_street_has_the_third_and_the_number_of_a_walk_from_its_middle(
    town: Town, rule: str, minutes: float
) -> None:
    with town.runtime.connection() as connection:
        standing = stand(town.runtime, connection, PlanQuestion(rule=rule, minutes=minutes))
    found = street_layer.measure(standing)
    network = standing.material.streets.network
    inner = np.ones(len(network.vertex_edge), np.bool_)
    inner[network.edge_vertex[1:] - 1] = False
    some = np.flatnonzero(inner)[::9]
    lon, lat = (values[some] for values in middles(network))
    places = [at_block(s[1], s[2]) for s in COUNTING]
    spots = list(zip(lon.tolist(), lat.tolist(), strict=True))
    if rule == "radius":
        cost = np.array([[straight(spot, place) for place in places] for spot in spots])
        cost /= minutes * 1000 / 15
    else:
        walker = Slow(town_streets(), terrain=rule == "terrain")
        cost = walk_seconds(walker, spots, places) / (minutes * 60)
    nearest = cost.min(axis=1)
    band = np.where(nearest <= 1, np.ceil(np.maximum(nearest, 1e-9) * 3) - 1, 9)
    number = np.minimum((cost <= 1).sum(axis=1), 3)
    # where two streets run side by side, or a walk ends at a band's edge, either may be right
    alike = (found.band[some] == band) & (found.number[some] == number)
    assert alike.mean() > 0.97
    assert len(set(band.tolist())) == 4


def test_tiles_are_drawn_of_the_question_behind_a_key(town: Town) -> None:
    key = figures(town.runtime, None, PlanQuestion(minutes=9))["key"]
    other = figures(town.runtime, None, PlanQuestion(minutes=25))["key"]
    assert key != other
    lon, lat = at_block(7.0, 7.0)
    column = int((lon + 180) / 360 * 2**14)
    row = int((1 - np.arcsinh(np.tan(np.radians(lat))) / np.pi) / 2 * 2**14)
    tiles = [street_layer.tile(town.runtime, one, 14, column, row) for one in (key, other)]
    assert all(tile.packed for tile in tiles)
    assert tiles[0].tag != tiles[1].tag
    for name in (b"band", b"n", b"width"):
        assert name in tiles[0].plain
    with pytest.raises(NotFound, match="lately"):
        street_layer.tile(town.runtime, "0" * 32, 14, column, row)
    with pytest.raises(NotFound):
        street_layer.tile(town.runtime, "\0", 14, column, row)
    with pytest.raises(InvalidInput):
        street_layer.tile(town.runtime, key, 1, 5, 0)
    town.run("UPDATE plan_view SET asked_at = asked_at - interval '3 days' WHERE key = %s", key)
    with town.runtime.connection() as connection:
        assert street_layer.forget_old(connection) == 1
