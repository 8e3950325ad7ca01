"""Key areas drawn or brought along by planners, in a town with streets."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import shapely

from app.domain.actor import Actor
from app.domain.errors import Conflict, ForbiddenHere, InvalidInput, NotFound, UnreadableFile
from app.service import coverage
from app.service.coverage import CoverageQuestion
from app.service.plan import areas as plan_areas
from app.store import areas
from app.store.areas import ScopeRecord
from app.store.cluster import Cluster
from geo.datum import from_wgs84
from geo.errors import InvalidValue
from tests.service import towns
from tests.service.towns import Town, at_block, rectangle
from tests.store.people import PEOPLE, City, settle

# north_alone is admin of one district, and plans for no city
PLANNERS = {"planner", "chief", "deputy"}


@pytest.fixture(scope="module")
def town(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with towns.opened(cluster, tmp_path_factory.mktemp("areas")) as opened:
        yield opened


@pytest.fixture(scope="module")
def city(town: Town) -> City:
    return settle(town.url)


def document(*shapes: Any) -> dict[str, Any]:
    features = [
        {"type": "Feature", "properties": {}, "geometry": shapely.geometry.mapping(shape)}
        for shape in shapes
    ]
    return {"type": "FeatureCollection", "features": features}


CENTRE = document(rectangle(4, 4, 9, 9))


def draw(town: Town, city: City, given: Any = CENTRE, person: str = "planner", **more: Any) -> Any:
    return plan_areas.save_area(
        town.runtime, Actor(city.people[person]), given, **{"title": "解放碑核心区", **more}
    )


def names(town: Town) -> dict[str, bool]:
    with town.runtime.connection() as connection:
        return {one.name: one.drawn for one in areas.scope_names(connection)}


def scope(town: Town, name: str) -> ScopeRecord:
    with town.runtime.connection() as connection:
        found = areas.scope(connection, name)
    assert found is not None
    return found


def wrong(town: Town, city: City, given: Any, **more: Any) -> list[str]:
    before = names(town)
    with pytest.raises(InvalidInput) as caught:
        draw(town, city, given, **more)
    assert names(town) == before
    assert all(error.zh and error.message for error in caught.value.errors)
    return [error.zh for error in caught.value.errors]


def test_an_area_is_drawn_named_measured_and_deleted(town: Town, city: City) -> None:
    saved = draw(town, city, title_en="Centre")
    assert saved == {
        "name": "jiefangbeihexinqu", "title": "解放碑核心区", "title_en": "Centre", "areas": 1,
        "streets": 0, "beyond_streets": 0.0, "demo": False,
    }  # fmt: skip
    assert draw(town, city)["name"] == "jiefangbeihexinqu-2"
    with town.runtime.connection() as connection:
        run = coverage.measure(
            connection, town.runtime.snapshot().streets, town.settings,
            CoverageQuestion(scope="jiefangbeihexinqu"),
        )  # fmt: skip
    whole = run.result["rules"]["walk_terrain"]["people_total"]
    assert 0 < whole < run.result["demand_total"] / 4
    for name in ("jiefangbeihexinqu", "jiefangbeihexinqu-2"):
        plan_areas.delete_area(town.runtime, Actor(city.people["chief"]), name)
    assert names(town) == {}
    told = town.run("SELECT action, subject, user_id FROM audit_event WHERE action ~ '^scope'")
    assert told[0] == ("scope.draw", "jiefangbeihexinqu", city.people["planner"])
    assert told[-1] == ("scope.delete", "jiefangbeihexinqu-2", city.people["chief"])


def test_an_area_of_streets_reaches_as_far_beside_them_as_said(town: Town, city: City) -> None:
    street = shapely.LineString([at_block(1, 12), at_block(14, 12)])
    saved = draw(
        town, city, document(rectangle(4, 4, 9, 9), street), name="main-streets",
        street_buffer_metres=80.0,
    )  # fmt: skip
    assert (saved["name"], saved["streets"]) == ("main-streets", 1)
    kept = scope(town, "main-streets")
    assert kept.streets is not None
    region, alone = shapely.from_wkb(kept.region), shapely.from_wkb(kept.areas)
    beside = shapely.Point(at_block(12, 12.2))
    assert region.contains(beside)
    assert not alone.contains(beside)
    assert region.contains(shapely.Point(at_block(6, 6)))
    with pytest.raises(Conflict, match="main-streets"):
        draw(town, city, name="main-streets")
    plan_areas.delete_area(town.runtime, Actor(city.people["planner"]), "main-streets")


def test_an_area_in_the_datum_of_a_map_app_lands_where_it_was_drawn(town: Town, city: City) -> None:
    drawn = rectangle(4, 4, 9, 9)
    shifted = shapely.transform(
        drawn, lambda c: [from_wgs84(lon, lat, datum="gcj02") for lon, lat in c]
    )
    name = draw(town, city, document(shifted), datum="gcj02")["name"]
    kept = scope(town, name)
    assert shapely.hausdorff_distance(shapely.from_wkb(kept.areas), drawn) < 1e-7
    assert kept.region == kept.areas
    with pytest.raises(InvalidValue):
        draw(town, city, datum="mars")
    plan_areas.delete_area(town.runtime, Actor(city.people["planner"]), name)


def test_an_area_that_crosses_itself_is_refused_with_the_place(town: Town, city: City) -> None:
    corners = [at_block(*spot) for spot in ((4, 4), (8, 8), (8, 4), (4, 8))]
    [told] = wrong(town, city, document(rectangle(1, 1, 3, 3), shapely.Polygon(corners)))
    middle = at_block(6, 6)
    assert told.startswith("第 2 个要素")
    assert f"{middle[0]:.6g}" in told
    assert f"{middle[1]:.6g}" in told


def test_an_area_that_lies_elsewhere_is_refused_with_both_places(town: Town, city: City) -> None:
    [told] = wrong(town, city, document(shapely.box(116.3, 39.8, 116.5, 40.0)))
    assert "116.4" in told
    assert "不在步行路网范围内" in told
    half_away = draw(town, city, document(rectangle(8, 4, 400, 9)))
    assert half_away["beyond_streets"] > 0.5
    plan_areas.delete_area(town.runtime, Actor(city.people["planner"]), half_away["name"])


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (document(shapely.box(29.5, 106.5, 29.6, 106.6)), "写反了|不是经纬度"),
        (document(shapely.box(3_600_000, 500_000, 3_610_000, 510_000)), "不是经纬度"),
        ({**CENTRE, "crs": {"properties": {"name": "urn:ogc:def:crs:EPSG::3857"}}}, "3857"),
        (document(shapely.Point(at_block(4, 4))), "Point"),
        (document(shapely.LineString([at_block(4, 4), at_block(5, 5)])), "没有面"),
        (document(), "没有面"),
    ],
)
def test_what_is_no_area_in_degrees_is_refused(
    town: Town, city: City, given: Any, says: str
) -> None:
    told = wrong(town, city, given)
    assert any(word in told[0] for word in says.split("|")), told


@pytest.mark.parametrize(
    "given",
    [None, [], "POLYGON", {"type": "Polygon"}, {"features": [3]}, {"features": None},
     {"type": "Polygon", "coordinates": [[["a", 1], [2, 3], [4, 5]]]},
     {"type": "Polygon", "coordinates": [[[1e400, 1], [2, 3], [4, 5], [1e400, 1]]]}],
)  # fmt: skip
def test_what_is_no_geojson_is_refused(town: Town, city: City, given: Any) -> None:
    with pytest.raises((UnreadableFile, InvalidInput)) as caught:
        draw(town, city, given)
    assert caught.value.zh
    assert names(town) == {}


@pytest.mark.parametrize(
    "more",
    [{"title": " "}, {"title": "区" * 101}, {"name": "Area 1"}, {"name": "all"},
     {"street_buffer_metres": -1.0}, {"street_buffer_metres": float("nan")}],
)  # fmt: skip
def test_titles_names_and_widths_that_cannot_be_are_refused(
    town: Town, city: City, more: dict[str, Any]
) -> None:
    assert wrong(town, city, CENTRE, **more)


@pytest.mark.parametrize("person", sorted(set(PEOPLE) - PLANNERS))
def test_who_plans_nothing_draws_and_deletes_nothing(town: Town, city: City, person: str) -> None:
    name = draw(town, city)["name"]
    for attempt in (
        lambda: draw(town, city, person=person),
        lambda: plan_areas.delete_area(town.runtime, Actor(city.people[person]), name),
    ):
        with pytest.raises(ForbiddenHere) as caught:
            attempt()
        assert "规划人员" in caught.value.zh
    assert names(town) == {name: True}
    plan_areas.delete_area(town.runtime, Actor(city.people["planner"]), name)


def test_what_the_operator_imported_is_not_deleted_here(town: Town, city: City) -> None:
    town.run(
        "INSERT INTO scope (name, title, areas) VALUES ('official', '官方',"
        " ST_Multi(ST_MakeEnvelope(106.5, 29.5, 106.6, 29.6, 4326)))"
    )
    planner = Actor(city.people["planner"])
    with pytest.raises(Conflict, match="imported"):
        plan_areas.delete_area(town.runtime, planner, "official")
    with pytest.raises(Conflict):
        draw(town, city, name="official")
    town.run("DELETE FROM scope WHERE name = 'official'")
    with pytest.raises(NotFound):
        plan_areas.delete_area(town.runtime, planner, "nowhere")


def test_an_area_is_drawn_in_the_demo_and_called_one(cluster: Cluster, tmp_path: Path) -> None:
    with towns.opened(cluster, tmp_path) as demo:
        people = settle(demo.url)
        demo.run("UPDATE register SET kind = 'demo'")
        assert draw(demo, people)["demo"] is True
        assert demo.run("SELECT kind FROM register") == [("demo",)]
