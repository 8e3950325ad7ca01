"""Scopes from GeoJSON: what would take for ever is refused before it is begun."""

import itertools
import time
from typing import Any

import numpy as np
import pytest
import shapely

from app.domain.errors import InvalidInput
from app.files import scopes
from app.files.scopes import scope_of
from app.files.tangles import crossings

WEST, SOUTH = 106.5, 29.5


def document(*shapes: Any) -> dict[str, Any]:
    return {
        "type": "FeatureCollection",
        "features": [
            {"type": "Feature", "geometry": shapely.geometry.mapping(one)} for one in shapes
        ],
    }


def comb(teeth: int) -> list[Any]:
    """Thin rectangles across, and as many upright."""
    gap = 0.1 / teeth
    lying = [shapely.box(WEST, SOUTH + i * gap, WEST + 0.1, SOUTH + (i + 0.3) * gap)
             for i in range(teeth)]  # fmt: skip
    upright = [shapely.box(WEST + i * gap, SOUTH, WEST + (i + 0.3) * gap, SOUTH + 0.1)
               for i in range(teeth)]  # fmt: skip
    return [*lying, *upright]


def zigzag(teeth: int) -> Any:
    """A polygon whose slanting teeth lie side by side without a crossing."""
    gap = 0.05 / teeth
    there = [(WEST + i * gap + 0.05 * (i % 2), SOUTH + 0.05 * (i % 2)) for i in range(teeth)]
    return shapely.Polygon([*there, (WEST + 0.2, SOUTH - 0.1), (WEST, SOUTH - 0.1)])


def refused(given: dict[str, Any]) -> str:
    started = time.perf_counter()
    with pytest.raises(InvalidInput) as caught:
        scope_of(given, name="the drawing")
    assert time.perf_counter() - started < 10
    [error] = caught.value.errors
    assert error.field == "features"
    assert error.message
    return error.zh


def test_a_comb_of_thin_rectangles_is_refused_before_it_is_merged() -> None:
    assert "交叉" in refused(document(*comb(600)))
    areas, _ = scope_of(document(*comb(40)), name="the drawing")
    assert len(areas.geoms) == 1


def test_streets_that_make_a_tight_grid_are_refused() -> None:
    ways = [one.exterior.coords for one in comb(600)]
    grid = [shapely.LineString([max(way), min(way)]) for way in ways]
    assert "交叉" in refused(document(shapely.box(WEST, SOUTH, WEST + 0.1, SOUTH + 0.1), *grid))


def test_slanting_teeth_that_never_cross_are_refused_where_they_are_too_many() -> None:
    assert "密集" in refused(document(zigzag(30_000)))


def test_more_pieces_than_anybody_draws_are_refused() -> None:
    side = 1e-5
    tiles = [shapely.box(WEST + i * 2 * side, SOUTH, WEST + (2 * i + 1) * side, SOUTH + side)
             for i in range(scopes.MOST_PIECES + 1)]  # fmt: skip
    assert "5,001 块" in refused(document(*tiles))


def test_a_detailed_border_with_its_neighbours_is_taken() -> None:
    """Areas side by side share their borders, which is no crossing."""
    turn = np.linspace(0, 2 * np.pi, 20_000, endpoint=False)
    radius = 0.05 + 0.0001 * np.sin(400 * turn)
    blob = shapely.Polygon(
        np.column_stack((WEST + radius * np.cos(turn), SOUTH + radius * np.sin(turn)))
    )
    halves = [blob.intersection(shapely.box(WEST + x, SOUTH - 1, WEST + x + 1, SOUTH + 1))
              for x in (-1, 0)]  # fmt: skip
    assert crossings(halves, most=100, most_near=5_000_000) == 0
    areas, _ = scope_of(document(*halves), name="the drawing")
    assert areas.area == pytest.approx(blob.area, rel=1e-9)


def test_crossings_are_those_that_shapely_finds() -> None:
    rng = np.random.default_rng(4)
    lines = [shapely.LineString(rng.uniform(0, 1, (2, 2))) for _ in range(120)]
    slow = sum(one.crosses(other) for one, other in itertools.combinations(lines, 2))
    assert crossings(lines, most=10**6, most_near=10**7) == slow
    assert crossings(lines, most=slow - 1, most_near=10**7) is None
    assert crossings(lines, most=10**6, most_near=100) is None
    assert crossings([], most=1, most_near=1) == 0


def test_a_result_of_too_many_corners_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scopes, "MOST_VERTICES", 1_000)
    assert "顶点" in refused(document(*comb(20)))
