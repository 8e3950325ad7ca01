"""Corrections on drawn plans, with answers worked out by hand; cells are 50 m wide."""

import copy
import json
from collections import Counter
from dataclasses import fields
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.corrections import Outcome, apply, parse_corrections, to_geojson
from geo.datum import from_wgs84
from geo.errors import InvalidCorrections, UnknownDatum
from geo.network import contract
from geo.plane import segment_metres
from geo.streets import WAIT_PARTS, Access, Kind, Rank, StreetGraph
from tests.geo import plans
from tests.geo.plans import drawn, place

SQUARE = """
A---o---B
|       |
o       o
|       |
C---o---D
"""


def feature(id_: str, action: str, *places: tuple[float, float], **says: Any) -> dict[str, Any]:
    """Return a correction drawn through cells of a plan."""
    points = [list(place(column, row)) for column, row in places]
    geometry = (
        {"type": "Point", "coordinates": points[0]}
        if len(points) == 1
        else {"type": "LineString", "coordinates": points}
    )
    return {
        "type": "Feature",
        "geometry": geometry,
        "properties": {"id": id_, "action": action, **says},
    }


def collection(*features: dict[str, Any]) -> dict[str, Any]:
    return {"type": "FeatureCollection", "features": list(features)}


def corrected(streets: StreetGraph, *features: dict[str, Any]) -> tuple[StreetGraph, list[Outcome]]:
    return apply(streets, parse_corrections(collection(*features)))


def metres_by_kind(streets: StreetGraph) -> dict[Kind, int]:
    metres = lengths(streets)
    total: Counter[Kind] = Counter()
    for kind, length in zip(streets.kind, metres, strict=True):
        total[Kind(kind)] += length
    return {kind: round(length) for kind, length in total.items()}


def lengths(streets: StreetGraph) -> np.ndarray[Any, np.dtype[np.float64]]:
    a, b = streets.start, streets.end
    return segment_metres(
        streets.longitude[a], streets.latitude[a], streets.longitude[b], streets.latitude[b]
    )


def reachable(streets: StreetGraph, origin: tuple[float, float]) -> set[tuple[int, int]]:
    """Return the whole cells of the plan a walker gets to from a cell."""
    cells = [
        (round(column, 1), round(row, 1))
        for column, row in (_cell(x, y) for x, y in _places(streets))
    ]
    seen = {i for i, cell in enumerate(cells) if cell == origin}
    assert seen
    while True:
        found = set(seen)
        for a, b, access in zip(streets.start, streets.end, streets.access, strict=True):
            if access & Access.FORWARD and int(a) in found:
                found.add(int(b))
            if access & Access.BACKWARD and int(b) in found:
                found.add(int(a))
        if found == seen:
            whole = {cells[i] for i in seen}
            return {(int(c), int(r)) for c, r in whole if c == int(c) and r == int(r)}
        seen = found


def _places(streets: StreetGraph) -> list[tuple[float, float]]:
    return list(zip(streets.longitude.tolist(), streets.latitude.tolist(), strict=True))


def _cell(longitude: float, latitude: float) -> tuple[float, float]:
    (x, y), (u, v) = place(0, 0), place(1, 1)
    return (longitude - x) / (u - x), (latitude - y) / (v - y)


def fine(outcomes: list[Outcome]) -> list[str]:
    """Return the ids of what was applied without a remark."""
    return [one.id for one in outcomes if one.applied and not one.reason]


def test_an_added_stair_cuts_the_street_in_its_middle_and_joins_the_node_at_its_foot() -> None:
    streets, _ = drawn(SQUARE)
    # from the node in the middle of the north side to 25 m east of the middle of the south side
    result, outcomes = corrected(
        streets, feature("a", "add", (4, 0.03), (4, 2), (5, 3.97), kind="steps", steps=100)
    )
    assert fine(outcomes) == ["a"]
    assert metres_by_kind(result)[Kind.STREET] == metres_by_kind(streets)[Kind.STREET] == 1200
    assert metres_by_kind(result)[Kind.STEPS] == round(100 + np.hypot(50, 100))
    assert int(result.steps.sum()) == 100
    assert (result.nodes, result.segments) == (streets.nodes + 2, streets.segments + 3)
    steps = result.kind == Kind.STEPS
    assert set(result.access[steps].tolist()) == {int(Access.BOTH)}
    assert set(result.rank[steps].tolist()) == {int(Rank.STEPS)}
    assert (4, 4) in reachable(result, (4, 2))


def test_what_was_given_is_not_changed_and_no_correction_gives_it_back() -> None:
    streets, _ = drawn(SQUARE)
    before = copy.deepcopy(streets)
    corrected(
        streets,
        feature("a", "add", (4, 0), (4, 4), kind="path"),
        feature("b", "shut", (0, 2)),
        feature("c", "change", (8, 0), (8, 4), kind="steps"),
    )
    for item in fields(StreetGraph):
        assert np.array_equal(
            getattr(streets, item.name),
            getattr(before, item.name),
            equal_nan=item.name in ("height", "incline"),
        )
    assert apply(streets, [])[0] is streets
    assert corrected(streets, feature("far", "shut", (100, 100)))[0] is streets


def test_an_added_line_near_nothing_no_longer_matches() -> None:
    streets, _ = drawn(SQUARE)
    # 10 m inside of the square, at both ends
    _, outcomes = corrected(streets, feature("a", "add", (4, 0.2), (4, 3.8), kind="path"))
    assert not outcomes[0].applied
    assert outcomes[0].reason == "no street within 5 m of either of its ends"


def test_an_added_line_may_end_freely_and_says_so() -> None:
    streets, _ = drawn(SQUARE)
    result, outcomes = corrected(streets, feature("a", "add", (4, 0), (4, 2), kind="path"))
    assert outcomes[0].applied
    assert outcomes[0].reason == "its last end joins nothing within 5 m"
    assert metres_by_kind(result)[Kind.PATH] == 100


@pytest.mark.parametrize("ids", [("a", "b"), ("b", "a")])
def test_added_lines_join_each_other_in_whatever_order(ids: tuple[str, str]) -> None:
    streets, _ = drawn("A---o---B")
    # a spur that leads from the middle of another added line into nowhere
    result, outcomes = corrected(
        streets,
        feature(ids[0], "add", (4, 0), (4, 4), kind="path"),
        feature(ids[1], "add", (4.05, 2), (6, 2), kind="steps"),
    )
    assert [one.applied for one in outcomes] == [True, True]
    assert (6, 2) in reachable(result, (0, 0))


def test_an_added_line_whose_end_waits_for_a_later_one_is_joined_to_it() -> None:
    streets, _ = drawn("A---o---B")
    result, outcomes = corrected(
        streets,
        feature("a", "add", (0, 0), (4, 2), kind="path"),
        feature("b", "add", (4, 0), (4, 4), kind="path"),
    )
    # a's last end lies on the middle of b, which came later; b's lies in the open
    assert [one.reason for one in outcomes] == ["", "its last end joins nothing within 5 m"]
    assert metres_by_kind(result)[Kind.PATH] == round(np.hypot(200, 100) + 200)
    ends = np.bincount(np.concatenate((result.start, result.end)))
    # A, where b meets the street, B, where a meets b, and the free end of b
    assert sorted(ends.tolist()) == [1, 1, 2, 3, 3]


def test_two_added_lines_that_join_only_each_other_are_an_island_and_stay_out() -> None:
    streets, _ = drawn("A---o---B")
    result, outcomes = corrected(
        streets,
        feature("a", "add", (0, 4), (4, 4), kind="path"),
        feature("b", "add", (4, 4), (4, 8), kind="path"),
    )
    assert result is streets
    assert [one.applied for one in outcomes] == [False, False]


def test_a_line_that_the_source_has_by_now_is_already_so_but_not_as_another_kind() -> None:
    streets, _ = drawn(SQUARE)
    line = ((0, 0.02), (4, 0.02), (8, 0.02))
    _, outcomes = corrected(
        streets,
        feature("same", "add", *line, kind="street"),
        feature("stair", "add", *line, kind="steps"),
    )
    assert outcomes[0] == Outcome("same", outcomes[0].action, False, "already so in the source")
    assert outcomes[1].applied


def test_an_added_line_prefers_the_street_to_the_bridge_above_and_the_bridge_if_asked() -> None:
    # the bridge runs over the street at the same places, on nodes of its own
    x, y = place(0, 0), place(8, 0)
    nodes = [(*p, 0.0) for p in (x, y, x, y)]
    both = int(Access.BOTH)
    streets = plans.make(nodes, [(0, 1, Kind.BRIDGE, both), (2, 3, Kind.STREET, both)])
    for says, kind in (({}, Kind.STREET), ({"expects": "bridge"}, Kind.BRIDGE)):
        result, outcomes = corrected(
            streets, feature("a", "add", (4, 0), (4, 2), kind="path", **says)
        )
        assert outcomes[0].applied
        assert Counter(Kind(k) for k in result.kind)[kind] == 2


def test_a_gate_cuts_the_street_and_the_way_round_stays_open() -> None:
    streets, _ = drawn(SQUARE)
    result, outcomes = corrected(streets, feature("g", "shut", (2, 0.05)))
    assert fine(outcomes) == ["g"]
    assert metres_by_kind(result) == metres_by_kind(streets)
    assert (4, 0) in reachable(result, (0, 0))
    dead_end, _ = drawn("A-------B")
    result, _ = corrected(dead_end, feature("g", "shut", (2, 0)))
    assert reachable(result, (0, 0)) == {(0, 0), (2, 0)}
    assert contract(result).metres == pytest.approx(400, abs=0.1)


def test_a_gate_at_a_junction_shuts_all_streets_there_and_one_beside_it_a_single_one() -> None:
    streets, _ = drawn(
        """
A---o---B
    |
    C
"""
    )
    result, _ = corrected(streets, feature("g", "shut", (4, 0)))
    assert reachable(result, (0, 0)) == {(0, 0), (4, 0)}
    assert reachable(result, (4, 2)) == {(4, 2), (4, 0)}
    # 5 m before it
    result, _ = corrected(streets, feature("g", "shut", (3.9, 0)))
    assert reachable(result, (4, 2)) >= {(4, 0), (8, 0)}
    assert (0, 0) not in reachable(result, (4, 2))


def test_a_gate_that_the_source_has_by_now_is_already_so() -> None:
    streets, _ = drawn("A-------B")
    once, _ = corrected(streets, feature("g", "shut", (4, 0)))
    twice, outcomes = corrected(once, feature("g", "shut", (4, 0.02)))
    assert twice is once
    assert outcomes[0].reason == "already so in the source"


def test_a_stretch_is_shut_where_the_line_runs_and_the_rest_stays() -> None:
    streets, _ = drawn("A---------------B")
    # from 200 m to 500 m of 800 m, drawn 4 m beside the street
    result, outcomes = corrected(streets, feature("s", "shut", (4, 0.08), (10, 0.08)))
    assert fine(outcomes) == ["s"]
    assert metres_by_kind(result) == {Kind.STREET: 500}
    assert reachable(result, (0, 0)) == {(0, 0), (4, 0)}


def test_a_line_drawn_a_little_past_a_junction_or_short_of_it_shuts_one_whole_street() -> None:
    streets, _ = drawn(
        """
A---o---o---B
    |   |
    C   D
"""
    )
    for west, east in ((3.95, 8.05), (4.06, 7.95), (4, 8)):
        result, outcomes = corrected(streets, feature("s", "shut", (west, 0), (east, 0)))
        assert fine(outcomes) == ["s"]
        assert metres_by_kind(result)[Kind.STREET] == 600
        assert reachable(result, (0, 0)) == {(0, 0), (4, 0), (4, 2)}
        assert reachable(result, (12, 0)) == {(8, 0), (8, 2), (12, 0)}


def test_a_street_that_crosses_under_a_line_is_not_meant() -> None:
    # a bridge from west to east over a street from north to south, without a junction
    ends = [place(0, 0), place(8, 0), place(4, -4), place(4, 4)]
    both = int(Access.BOTH)
    streets = plans.make(
        [(*p, 0.0) for p in ends], [(0, 1, Kind.BRIDGE, both), (2, 3, Kind.STREET, both)]
    )
    result, _ = corrected(streets, feature("s", "shut", (0, 0), (8, 0)))
    assert metres_by_kind(result) == {Kind.STREET: 400}
    result, _ = corrected(streets, feature("s", "shut", (4, -4), (4, 4)))
    assert metres_by_kind(result) == {Kind.BRIDGE: 400}


def test_of_a_street_and_a_bridge_along_it_the_expected_one_is_meant() -> None:
    ends = [place(0, 0), place(8, 0), place(0, 0.06), place(8, 0.06)]
    both = int(Access.BOTH)
    streets = plans.make(
        [(*p, 0.0) for p in ends], [(0, 1, Kind.STREET, both), (2, 3, Kind.BRIDGE, both)]
    )
    for expects, left in ((None, Kind.BRIDGE), ("street", Kind.BRIDGE), ("bridge", Kind.STREET)):
        line = feature("s", "shut", (0, 0.01), (8, 0.01), expects=expects)
        result, _ = corrected(streets, line)
        assert metres_by_kind(result) == {left: 400}
        gate = feature("g", "shut", (4, 0.01), expects=expects)
        result, _ = corrected(streets, gate)
        assert Counter(result.kind.tolist())[int(left)] == 1
    _, outcomes = corrected(
        streets,
        feature("g", "shut", (4, 0), expects="steps"),
        feature("s", "shut", (0, 0), (8, 0), expects="steps"),
    )
    assert outcomes[0].reason == "the kind has changed: expected steps, found bridge, street"
    assert outcomes[1].reason == "the kind has changed: expected steps, found street"


def test_a_line_that_wavers_between_two_streets_side_by_side_keeps_to_one() -> None:
    ends = [place(0, 0), place(16, 0), place(0, 0.1), place(16, 0.1)]
    both = int(Access.BOTH)
    streets = plans.make(
        [(*p, 0.0) for p in ends], [(0, 1, Kind.STREET, both), (2, 3, Kind.PATH, both)]
    )
    wavering = [(0.0, 0.04), (4.0, 0.06), (8.0, 0.04), (12.0, 0.055), (16.0, 0.04)]
    result, _ = corrected(streets, feature("s", "shut", *wavering))
    assert metres_by_kind(result) == {Kind.PATH: 800}


def test_a_line_round_a_bend_of_many_short_segments_leaves_no_crumb() -> None:
    turn = [(4 * np.cos(t), 4 * np.sin(t)) for t in np.linspace(0, np.pi / 2, 400)]
    nodes = [(*place(c, r), 0.0) for c, r in turn]
    links = [(i, i + 1, int(Kind.STREET), int(Access.BOTH)) for i in range(len(turn) - 1)]
    streets = plans.make(nodes, links)
    outside = [(4.08 * np.cos(t), 4.08 * np.sin(t)) for t in np.linspace(0, np.pi / 2, 9)]
    result, outcomes = corrected(streets, feature("c", "change", *outside, kind="steps", steps=70))
    assert fine(outcomes) == ["c"]
    assert metres_by_kind(result) == {Kind.STEPS: round(100 * np.pi)}
    assert int(result.steps.sum()) == 70


def test_a_change_at_a_point_means_the_stretch_between_junctions() -> None:
    streets, _ = drawn(
        """
A---o---o---B
        |
        C
"""
    )
    streets = ridden(streets)
    result, outcomes = corrected(streets, feature("c", "change", (2, 0), kind="steps", steps=33))
    assert fine(outcomes) == ["c"]
    assert metres_by_kind(result) == {Kind.STEPS: 400, Kind.STREET: 300}
    steps = result.kind == Kind.STEPS
    assert int(result.steps[steps].sum()) == 33
    assert set(result.access[steps].tolist()) == {int(Access.BOTH)}
    assert set(result.access[~steps].tolist()) == {int(Access.ALL)}
    assert set(result.rank[steps].tolist()) == {int(Rank.STEPS)}


def ridden(streets: StreetGraph) -> StreetGraph:
    result = copy.deepcopy(streets)
    result.access[:] |= np.uint8(Access.RIDE_BOTH)
    return result


def test_a_direction_is_meant_as_the_line_is_drawn_whichever_way_the_street_runs() -> None:
    streets, _ = drawn("A---o---B")
    eastward, _ = corrected(streets, feature("c", "change", (0, 0), (8, 0), direction="forward"))
    westward, _ = corrected(streets, feature("c", "change", (8, 0), (0, 0), direction="forward"))
    assert reachable(eastward, (4, 0)) == {(4, 0), (8, 0)}
    assert reachable(westward, (4, 0)) == {(0, 0), (4, 0)}
    back, _ = corrected(eastward, feature("c", "change", (8, 0), (0, 0), direction="both"))
    assert reachable(back, (4, 0)) == {(0, 0), (4, 0), (8, 0)}
    again, outcomes = corrected(
        eastward, feature("c", "change", (8, 0), (0, 0), direction="backward")
    )
    assert again is eastward
    assert outcomes[0].reason == "already so in the source"


def test_riders_are_shut_out_and_walkers_stay_and_what_is_closed_to_both_is_gone() -> None:
    streets = ridden(drawn("A---o---B")[0])
    result, _ = corrected(streets, feature("c", "change", (2, 0), ride="closed", name="步行街"))
    assert set(result.access.tolist()) == {int(Access.BOTH)}
    assert {result.names[i] for i in result.name} == {"步行街"}
    result, _ = corrected(streets, feature("c", "change", (2, 0), direction="closed"))
    assert set(result.access.tolist()) == {int(Access.RIDE_BOTH)}
    result, outcomes = corrected(
        streets, feature("c", "change", (0, 0), (4, 0), direction="closed", ride="closed")
    )
    assert fine(outcomes) == ["c"]
    assert result.segments == 1


def test_a_stretch_that_becomes_a_lift_waits_once_however_many_segments_it_has() -> None:
    streets, _ = drawn("A---o---o---B")
    result, _ = corrected(streets, feature("c", "change", (0, 0), (9, 0), kind="lift"))
    assert metres_by_kind(result) == {Kind.LIFT: 450, Kind.STREET: 150}
    assert int(result.wait.sum()) == WAIT_PARTS
    # and cut in two by a gate, once for all of it still
    cut, _ = corrected(result, feature("g", "shut", (1, 0)))
    assert int(cut.wait.sum()) == WAIT_PARTS


@pytest.mark.parametrize("action", ["shut", "change"])
def test_a_line_or_point_near_nothing_says_so(action: str) -> None:
    streets, _ = drawn("A---o---B")
    says = {"kind": "path"} if action == "change" else {}
    _, outcomes = corrected(
        streets,
        # 10 m away; at right angles to the street
        feature("line", action, (0, 0.2), (8, 0.2), **says),
        feature("square", action, (2, -2), (2, 2), **says),
        feature("point", action, (4, 0.2), **says),
    )
    reasons = {one.id: one.reason for one in outcomes}
    assert reasons == {
        "line": "no street within 8 m under it",
        "square": "no street within 8 m under it",
        "point": "no street within 8 m at it",
    }


def test_heights_of_what_is_new_lie_between_those_of_its_ends() -> None:
    streets, _ = drawn("A-------B", heights={"A": 100.0, "B": 200.0})
    result, _ = corrected(
        streets,
        feature("a", "add", (0, 0), (0, 4), (4, 4), (4, 0), kind="path"),
    )
    height = {
        (round(c), round(r)): float(h)
        for (c, r), h in zip((_cell(x, y) for x, y in _places(result)), result.height, strict=True)
    }
    assert height[4, 0] == pytest.approx(150)
    assert height[0, 4] == pytest.approx(100 + 50 / 3, abs=0.1)
    assert height[4, 4] == pytest.approx(100 + 100 / 3, abs=0.1)


def test_a_kind_that_was_expected_is_the_sources_whatever_other_corrections_make_of_it() -> None:
    streets, _ = drawn("A---o---B")
    _, outcomes = corrected(
        streets,
        feature("a", "change", (2, 0), kind="path"),
        feature("b", "shut", (2, 0), expects="street"),
    )
    assert fine(outcomes) == ["a", "b"]


def test_corrections_go_out_and_in_again_in_any_datum() -> None:
    corrections = parse_corrections(
        collection(
            feature("梯-1", "add", (0, 0), (4, 2), kind="steps", steps=40, direction="both",
                    ride="closed", name="十八梯", note="新建", since="2025-11-20"),
            feature("b", "shut", (4, 0), expects="bridge"),
        )
    )  # fmt: skip
    assert [one.id for one in corrections] == ["b", "梯-1"]
    for datum in ("wgs84", "gcj02", "bd09"):
        text = json.dumps(to_geojson(corrections, datum=datum))
        again = parse_corrections(json.loads(text), datum=datum)
        for one, other in zip(corrections, again, strict=True):
            assert one.geometry.equals_exact(other.geometry, 1e-8)
            for item in fields(one):
                if item.name != "geometry":
                    assert getattr(one, item.name) == getattr(other, item.name)
    shifted = json.loads(json.dumps(to_geojson(corrections, datum="gcj02")))
    drawn_at = shifted["features"][0]["geometry"]["coordinates"]
    assert drawn_at == pytest.approx(from_wgs84(*place(4, 0), datum="gcj02"), abs=1e-9)


LINE = ((0, 0), (4, 0))


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (feature("", "shut", (0, 0)), "feature 1: needs an id"),
        (feature("x", "widen", *LINE), "x: action is 'widen'; expected add, change, shut"),
        (feature("x", "add", *LINE), "x: adds a line without saying its kind"),
        (feature("x", "add", (0, 0), kind="path"), "draw the line that is missing"),
        (feature("x", "add", *LINE, kind="ladder"), "kind is 'ladder'; expected street, path"),
        (feature("x", "add", *LINE, kind="path", steps=4), "has steps, but its kind is not"),
        (feature("x", "add", *LINE, kind="steps", steps=-1), "steps is -1; expected a whole"),
        (feature("x", "add", *LINE, kind="steps", steps=float("nan")), "steps is nan"),
        (feature("x", "add", *LINE, kind="path", direction="closed"), "closed to all"),
        (feature("x", "change", *LINE), "changes nothing; expected kind, steps"),
        (feature("x", "change", (0, 0), direction="forward"), "draw a line along the street"),
        (feature("x", "shut", *LINE, kind="path"), "says kind, which shut does not know"),
        (feature("x", "shut", *LINE, direcion="both"), "says direcion, which shut does not"),
        (feature("x", "shut", (0, 0), (0, 0)), "is a line without a length"),
        (feature("x", "shut", *LINE, since="soon"), "since is 'soon'; expected a day like"),
        ({"type": "Feature", "properties": {"id": "x", "action": "shut"}}, "its geometry is not"),
        ({"type": "Feature"}, "feature 1: is not written as GeoJSON asks"),
        ("nothing", "feature 1: is not written as GeoJSON asks"),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_refused_by_id(wrong: Any, words: str) -> None:
    with pytest.raises(InvalidCorrections) as caught:
        parse_corrections(collection(wrong))
    assert words in str(caught.value)


def test_everything_that_is_wrong_is_said_at_once() -> None:
    polygon = feature("p", "shut", *LINE)
    polygon["geometry"] = {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 0]]]}
    swapped = feature("s", "shut", *LINE)
    swapped["geometry"]["coordinates"] = [[29.5, 106.5], [29.6, 106.5]]
    twice = feature("t", "shut", (0, 0))
    with pytest.raises(InvalidCorrections) as caught:
        parse_corrections(collection(polygon, swapped, twice, twice))
    assert [which for which, _ in caught.value.problems] == ["p", "s", "t"]
    assert "swap them" in dict(caught.value.problems)["s"]
    assert "is used twice" in dict(caught.value.problems)["t"]


@pytest.mark.parametrize("document", [None, [], {}, {"type": "Feature"}, {"features": 3}])
def test_what_is_no_collection_is_refused(document: object) -> None:
    with pytest.raises(InvalidCorrections, match="no GeoJSON feature collection"):
        parse_corrections(document)


def test_metres_and_unknown_datums_are_refused() -> None:
    document = collection(feature("x", "shut", (0, 0)))
    with pytest.raises(UnknownDatum):
        parse_corrections(document, datum="mars")
    for name, fits in (("urn:ogc:def:crs:OGC:1.3:CRS84", True), ("EPSG:4545", False)):
        document["crs"] = {"type": "name", "properties": {"name": name}}
        if fits:
            assert parse_corrections(document)
        else:
            with pytest.raises(InvalidCorrections, match="not longitude and latitude"):
                parse_corrections(document)


@st.composite
def some_corrections(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Draw corrections anywhere on a plan, most of them on or near a street."""
    cell = st.tuples(st.integers(0, 16), st.integers(0, 16)).map(lambda c: (c[0] / 2, c[1] / 2))
    found = []
    for i in range(draw(st.integers(1, 5))):
        action = draw(st.sampled_from(["add", "change", "shut", "gate"]))
        line = draw(st.lists(cell, min_size=2, max_size=4, unique=True))
        if action == "gate":
            found.append(feature(f"{i}", "shut", line[0]))
        elif action == "shut":
            found.append(feature(f"{i}", "shut", *line))
        else:
            kind = draw(st.sampled_from(["steps", "path", "lift"]))
            steps = 50 if kind == "steps" else None
            found.append(feature(f"{i}", action, *line, kind=kind, steps=steps))
    return found


@settings(deadline=None)
@given(plans.streets(), some_corrections())
def test_corrected_streets_are_streets_the_same_each_time_in_whatever_order(
    streets: StreetGraph, features: list[dict[str, Any]]
) -> None:
    result, outcomes = corrected(streets, *features)
    again, same = corrected(streets, *reversed(features))
    assert outcomes == same
    for item in fields(StreetGraph):
        one, other = getattr(result, item.name), getattr(again, item.name)
        assert np.array_equal(one, other) or one.tobytes() == other.tobytes()
    assert [one.id for one in outcomes] == sorted(one.id for one in outcomes)
    if result is not streets and result.segments:
        assert (result.start != result.end).all()
        assert (result.access & Access.ALL != 0).all()
        used = np.unique(np.concatenate((result.start, result.end)))
        assert len(used) == result.nodes
        assert contract(result).metres == pytest.approx(plans.length_metres(result), rel=1e-5)
    only_gates = all(
        feature["properties"]["action"] == "shut" and feature["geometry"]["type"] == "Point"
        for feature in features
    )
    if only_gates:
        assert plans.length_metres(result) == pytest.approx(plans.length_metres(streets))


def test_a_stretch_goes_on_behind_a_gate() -> None:
    gated, _ = corrected(drawn("A-------B")[0], feature("g", "shut", (6, 0)))
    result, outcomes = corrected(gated, feature("s", "shut", (0, 0), (7, 0)))
    assert fine(outcomes) == ["s"]
    assert metres_by_kind(result) == {Kind.STREET: 50}
