"""Drafts that wait for a place: whose turn it is, where they may be, what speaks against it."""

import io
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from PIL import Image

from app.domain.actor import Actor
from app.domain.errors import ForbiddenHere, InvalidInput, NotFound, UnreadableFile
from app.domain.lifecycle import State
from app.service import place_candidates, placing
from app.service.placing import DatumNeeded
from app.store.cluster import Cluster
from app.store.database import Connection
from geo.datum import from_wgs84
from tests.service import towns
from tests.service.towns import NETWORK, Town, at_block
from tests.store.people import City, brought_to, one, rows, settle

LON, LAT = at_block(5.0, 5.0)
NOWHERE: dict[str, Any] = {"longitude": None, "latitude": None}


class Queue:
    """A town with people, on a connection that commits."""

    def __init__(self, town: Town, city: City, connection: Connection) -> None:
        self.town, self.city, self.connection = town, city, connection

    def actor(self, person: str) -> Actor:
        return Actor(self.city.people[person], request_id="r-3")

    def draft(self, union: str = "north", state: State = State.DRAFT, **facts: Any) -> int:
        values = {"name": "待定位站", "address": "某路1号", **NOWHERE, **facts}
        return brought_to(self.connection, self.city.unions[union], state, **values)

    def next(self, person: str = "north_clerk", **more: Any) -> placing.Next:
        return placing.next_draft(self.connection, self.actor(person), **more)

    def checked(self, draft: int, place: tuple[float, float]) -> placing.Checked:
        actor = self.actor("north_clerk")
        shown = placing.this_draft(self.connection, actor, draft).draft
        assert shown is not None
        at = placing.point(*place, datum="wgs84", way="map")
        return placing.check(self.town.runtime, self.connection, actor, shown, at)


@pytest.fixture(scope="module")
def town(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Town, City]]:
    with towns.opened(cluster, tmp_path_factory.mktemp("placing")) as opened:
        city = settle(opened.url)
        opened.run("UPDATE union_body SET code = '500103' WHERE name = 'north'")
        yield opened, city


@pytest.fixture
def queue(town: tuple[Town, City]) -> Iterator[Queue]:
    with (
        psycopg.connect(town[0].url, autocommit=True) as connection,
        connection.transaction(force_rollback=True),
    ):
        yield Queue(*town, connection)


# The queue --------------------------------------------------------------------------------------


def test_drafts_and_returned_records_with_an_address_alone_wait_for_a_place(queue: Queue) -> None:
    wanted = [queue.draft(), queue.draft(state=State.RETURNED)]
    queue.draft(address="")
    queue.draft(longitude=LON, latitude=LAT)
    queue.draft(state=State.DISCARDED)
    queue.draft("south")
    first = queue.next()
    assert (first.turn.station_id, first.turn.position, first.turn.total) == (wanted[0], 1, 2)
    assert first.draft is not None
    assert first.draft.address == "某路1号"
    second = queue.next(after_id=wanted[0])
    assert (second.turn.station_id, second.turn.position, second.turn.total) == (wanted[1], 2, 2)
    # after the last one comes the first again
    assert queue.next(after_id=wanted[1]).turn.station_id == wanted[0]


@pytest.mark.parametrize(
    ("person", "waiting"),
    [("north_second", 1), ("chief", 2), ("north_alone", 1), ("auditor", 0), ("north_judge", 0),
     ("planner", 0), ("south_clerk", 1)],
)  # fmt: skip
def test_the_queue_holds_what_one_may_edit(queue: Queue, person: str, waiting: int) -> None:
    queue.draft("north")
    queue.draft("south")
    # the town has a draft of nobody, which only the city may edit
    nobodys = person == "chief"
    assert queue.next(person).turn.total == waiting + nobodys


def test_what_somebody_could_not_find_is_put_aside_with_a_note_and_taken_up_again(
    queue: Queue,
) -> None:
    lost, other = queue.draft(), queue.draft()
    clerk = queue.actor("north_clerk")
    placing.cannot_find(queue.connection, clerk, lost, "地址只写到村")
    assert [queue.next().turn.station_id, queue.next(after_id=other).turn.station_id] == [other] * 2
    noted = queue.next(noted=True)
    assert noted.draft is not None
    assert (noted.draft.id, noted.draft.note, noted.turn.noted) == (lost, "地址只写到村", 1)
    placing.cannot_find(queue.connection, clerk, lost, "电话也不通")
    assert queue.next(noted=True).turn.total == 1
    placing.look_again(queue.connection, clerk, lost)
    assert queue.next(noted=True).draft is None
    assert queue.next().turn.total == 2
    told = rows(
        queue.connection,
        "SELECT action, user_id FROM audit_event WHERE subject = %s AND action LIKE 'station.%%o%%'"
        " ORDER BY id",
        f"station {lost}",
    )
    assert ("station.not_found", clerk.user_id) in told
    assert told[-1] == ("station.look_again", clerk.user_id)


def test_a_note_says_something_and_comes_from_who_may_edit(queue: Queue) -> None:
    lost = queue.draft()
    for note in (" ", "长" * 501):
        with pytest.raises(InvalidInput):
            placing.cannot_find(queue.connection, queue.actor("north_clerk"), lost, note)
    with pytest.raises(NotFound):
        placing.cannot_find(queue.connection, queue.actor("south_clerk"), lost, "x")
    with pytest.raises(ForbiddenHere):
        placing.cannot_find(queue.connection, queue.actor("north_inspector"), lost, "x")


# Saving -----------------------------------------------------------------------------------------


def test_a_place_is_kept_in_wgs84_with_the_degrees_and_datum_as_given(queue: Queue) -> None:
    draft = queue.draft()
    gcj = from_wgs84(LON, LAT, datum="gcj02")
    at = placing.read_point(f"https://uri.amap.com/marker?position={gcj[0]:.6f},{gcj[1]:.6f}")
    assert placing.save(queue.connection, queue.actor("north_clerk"), draft, at, revision=1) == 2
    [saved] = rows(
        queue.connection,
        "SELECT ST_X(place), ST_Y(place), source_datum, source_longitude, source_latitude"
        " FROM station WHERE id = %s",
        draft,
    )
    assert saved[:2] == pytest.approx((LON, LAT), abs=2e-6)
    assert saved[2:] == ("gcj02", round(gcj[0], 6), round(gcj[1], 6))
    assert (
        one(
            queue.connection,
            "SELECT details ->> 'way' FROM audit_event WHERE action = 'station.place'",
        )
        == "amap"
    )
    with pytest.raises(NotFound):
        placing.this_draft(queue.connection, queue.actor("north_clerk"), draft)


def test_a_place_ends_a_note(queue: Queue) -> None:
    draft = queue.draft()
    clerk = queue.actor("north_clerk")
    placing.cannot_find(queue.connection, clerk, draft, "找不到")
    at = placing.point(LON, LAT, datum="wgs84", way="map")
    placing.save(queue.connection, clerk, draft, at, revision=1)
    assert queue.next(noted=True).turn.noted == 0


def test_coordinates_without_a_datum_are_asked_for_it(queue: Queue) -> None:
    with pytest.raises(DatumNeeded) as raised:
        placing.read_point(f"{LON},{LAT}")
    assert (raised.value.source, raised.value.likely) == ("text", None)
    at = placing.read_point(f"{LON},{LAT}", datum="gcj02")
    assert (at.longitude, at.latitude) != (LON, LAT)
    assert at.given == (LON, LAT)
    for datum in ("mars", "bd09mc"):
        with pytest.raises(InvalidInput):
            placing.read_point(f"{LON},{LAT}", datum=datum)


# What speaks against a place ---------------------------------------------------------------------


def test_a_place_in_its_district_on_a_street_is_fine(queue: Queue) -> None:
    found = queue.checked(queue.draft(area_name="西区"), (LON, LAT))
    assert found.district is not None
    assert found.district[1] == "西区"
    assert found.warnings == ()


def test_a_place_in_another_district_is_warned_of(queue: Queue) -> None:
    found = queue.checked(queue.draft(area_name="西区"), at_block(12.0, 5.0))
    said = " ".join(warning.zh for warning in found.warnings)
    assert "东区" in said
    assert "西区" in said


def test_a_place_off_the_streets_and_out_of_all_districts_is_warned_of(queue: Queue) -> None:
    found = queue.checked(queue.draft(), (LON + 1.0, LAT))
    said = " ".join(warning.zh for warning in found.warnings)
    assert "太远" in said or "没有步行路网" in said
    assert "不在任何区县内" in said


def test_a_place_in_the_water_is_warned_of(queue: Queue) -> None:
    queue.connection.execute(
        "INSERT INTO basemap_feature (network, layer, kind, name, min_zoom, geometry) VALUES"
        " (%s, 'water', 'river', '', 8, ST_Transform(ST_Buffer(ST_SetSRID(ST_MakePoint(%s, %s),"
        " 4326), 0.0003), 3857))",
        (NETWORK, LON, LAT),
    )
    said = " ".join(w.zh for w in queue.checked(queue.draft(), (LON, LAT)).warnings)
    assert "水里" in said


def test_a_station_that_is_there_already_is_named(queue: Queue) -> None:
    draft = queue.draft(name="解放碑工会驿站")
    brought_to(
        queue.connection, queue.city.unions["north"], State.ACTIVE, name="解放碑渝工港湾",
        longitude=LON, latitude=LAT,
    )  # fmt: skip
    assert [near.name for near in queue.checked(draft, (LON, LAT)).near] == ["解放碑渝工港湾"]


# Where it may be --------------------------------------------------------------------------------


def on_map(queue: Queue, layer: str, kind: str, name: str, column: float, row: float) -> None:
    place = at_block(column, row)
    geometry = "ST_MakePoint(%s, %s)"
    if layer == "street":
        geometry = (
            f"ST_MakeLine(ST_Translate({geometry}, -0.001, 0), ST_Translate({geometry}, 0.001, 0))"
        )
    values = place * geometry.count("ST_MakePoint")
    queue.connection.execute(
        "INSERT INTO basemap_feature (network, layer, kind, name, min_zoom, geometry) VALUES"
        f" (%s, %s, %s, %s, 10, ST_Transform(ST_SetSRID({geometry}, 4326), 3857))",
        (NETWORK, layer, kind, name, *values),
    )


def proposed(queue: Queue, **facts: Any) -> list[place_candidates.Candidate]:
    actor = queue.actor("north_clerk")
    shown = placing.this_draft(queue.connection, actor, queue.draft(**facts)).draft
    assert shown is not None
    return place_candidates.for_draft(queue.town.runtime, queue.connection, actor, shown)


def test_names_in_the_address_are_found_on_the_map_those_together_first(queue: Queue) -> None:
    on_map(queue, "street", "residential", "民权路", 5, 5)
    on_map(queue, "street", "residential", "民权路", 12, 12)
    on_map(queue, "premises", "bank", "大都会大厦", 5.1, 5)
    on_map(queue, "place", "city", "山城", 8, 8)
    found = proposed(queue, address="山城西区民权路28号大都会大厦1楼")
    assert found[0].name == "大都会大厦"
    assert [one.name for one in found] == ["大都会大厦", "民权路", "民权路"]
    assert found[1].district == "西区"
    assert found[1].note[0] == "沿街找到 28 号"


def test_the_district_of_the_form_speaks_for_a_street_in_it(queue: Queue) -> None:
    on_map(queue, "street", "residential", "人民路", 3, 5)
    on_map(queue, "street", "residential", "人民路", 12, 5)
    assert [c.district for c in proposed(queue, address="人民路9号", area_name="东区")] == [
        "东区",
        "西区",
    ]


def test_a_kilometre_mark_leads_to_the_road(queue: Queue) -> None:
    on_map(queue, "street", "trunk", "G353", 5, 5)
    [found] = proposed(queue, address="G353 K2112+400")
    assert (found.name, found.note[0]) == ("G353", "沿路找到 K2112+400")


def test_a_house_of_the_same_street_that_is_placed_already_is_proposed(queue: Queue) -> None:
    for house, column in ((26, 5.0), (180, 9.0)):
        lon, lat = at_block(column, 5.0)
        brought_to(
            queue.connection, queue.city.unions["north"], State.ACTIVE, name=f"邮局{house}",
            address=f"西区中山路{house}号", longitude=lon, latitude=lat,
        )  # fmt: skip
    [found] = proposed(queue, address="中山路28号")
    assert found.name == "中山路26号 · 邮局26"
    assert (found.longitude, found.latitude) == at_block(5.0, 5.0)


def test_an_address_without_a_known_name_proposes_nothing(queue: Queue) -> None:
    assert proposed(queue, address="不知何处") == []


def test_a_search_finds_names_and_addresses(queue: Queue) -> None:
    harbor, connection = queue.town.runtime, queue.connection
    assert place_candidates.by_words(harbor, connection, "磁器")[0].name == "磁器口"
    assert place_candidates.by_words(harbor, connection, "磁器口正街18号")[0].name == "磁器口"
    assert place_candidates.by_words(harbor, connection, "  ") == []
    assert place_candidates.by_words(harbor, connection, "没有这个") == []


# Photos -----------------------------------------------------------------------------------------


def photo(*, placed: bool) -> bytes:
    exif = Image.Exif()
    if placed:
        exif[0x8825] = {1: "N", 2: (29.0, 33.0, 25.2), 3: "E", 4: (106.0, 34.0, 37.2)}
    content = io.BytesIO()
    Image.new("RGB", (40, 30), "teal").save(content, "JPEG", exif=exif)
    return content.getvalue()


def test_a_photo_says_where_it_was_taken_and_is_not_kept(queue: Queue) -> None:
    files = "SELECT count(*) FROM stored_file"
    before = one(queue.connection, files)
    at = placing.read_photo_place(photo(placed=True), name="a.jpg")
    assert (at.longitude, at.latitude) == pytest.approx((106.577, 29.557), abs=1e-6)
    assert (at.datum, at.way) == ("wgs84", "photo")
    assert one(queue.connection, files) == before


def test_a_photo_without_a_place_and_what_is_no_photo_are_refused() -> None:
    with pytest.raises(InvalidInput) as raised:
        placing.read_photo_place(photo(placed=False), name="a.jpg")
    assert "没有位置" in raised.value.errors[0].zh
    with pytest.raises((InvalidInput, UnreadableFile)):
        placing.read_photo_place(b"<html>", name="a.jpg")
