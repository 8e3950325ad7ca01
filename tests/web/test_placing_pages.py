"""The placing queue in a browser of its staff: one draft after another, nothing typed is lost."""

import io
import re
from collections.abc import Iterator
from typing import Any

import pytest
from PIL import Image
from werkzeug.test import TestResponse

from app.domain.lifecycle import State
from app.service import receipts
from app.store.cluster import Cluster
from tests.web.desks import Desk, Office, hidden, open_office

NOWHERE: dict[str, Any] = {"longitude": None, "latitude": None}
WEST = "POLYGON((106 29, 106.6 29, 106.6 30, 106 30, 106 29))"


@pytest.fixture(scope="module")
def office(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    with open_office(cluster, tmp_path_factory.mktemp("placing"), "office_placing") as opened:
        opened.rows(
            "INSERT INTO district (adcode, name, geometry, valid_from) VALUES ('500112', '西区',"
            f" ST_Multi(ST_GeomFromText('{WEST}', 4326)), '2020-01-01') RETURNING id"
        )
        yield opened


@pytest.fixture
def clerk(office: Office) -> Iterator[Desk]:
    yield office.desk("north_clerk")
    with office.runtime.connection() as connection:
        connection.execute("DELETE FROM station")


def draft(office: Office, name: str = "枫杨驿站", **facts: Any) -> int:
    return office.station("north", name=name, address="翠竹街1号", **{**NOWHERE, **facts})


def text_of(answer: TestResponse) -> str:
    return answer.get_data(as_text=True)


def form(clerk: Desk, **more: Any) -> dict[str, Any]:
    """What the page's form carries."""
    page = clerk.get("/manage/placing")
    return {"once": hidden(page, "once"), "revision": hidden(page, "revision"), **more}


def place_of(office: Office, station: int) -> tuple[Any, ...]:
    return office.rows(
        "SELECT ST_X(place), ST_Y(place), source_datum FROM station WHERE id = %s", station
    )[0]


def test_one_draft_is_shown_with_its_address_and_its_turn(office: Office, clerk: Desk) -> None:
    first, second = draft(office), draft(office, "长椿驿站")
    page = text_of(clerk.get("/manage/placing"))
    assert '<p class="where" id="address">翠竹街1号</p>' in page
    assert "枫杨驿站" in page
    assert "第 1 个,共 2 个" in page
    assert "第 2 个,共 2 个" in text_of(clerk.get(f"/manage/placing?after={first}"))
    assert "长椿驿站" in text_of(clerk.get(f"/manage/placing/{second}"))


def test_an_empty_queue_says_so_and_what_comes_here(office: Office, clerk: Desk) -> None:
    assert "都定好位了" in text_of(clerk.get("/manage/placing"))
    assert "没有标记为找不到" in text_of(clerk.get("/manage/placing?list=noted"))


def test_a_place_that_was_picked_is_saved_and_the_next_one_comes_up(
    office: Office, clerk: Desk
) -> None:
    first, second = draft(office), draft(office, "长椿驿站")
    picked = form(clerk, longitude="106.577", latitude="29.557", datum="wgs84", way="map")
    saved = clerk.post(f"/manage/placing/{first}", picked)
    assert saved.status_code == 303
    assert saved.location == f"/manage/placing?after={first}&done=placed"
    assert place_of(office, first) == (106.577, 29.557, "wgs84")
    page = text_of(clerk.get(saved.location))
    assert f'data-station="{second}"' in page
    assert "已定位,接着下一个" in page


def test_a_form_that_is_sent_twice_saves_once(office: Office, clerk: Desk) -> None:
    first, _ = draft(office), draft(office, "长椿驿站")
    picked = form(clerk, longitude="106.577", latitude="29.557", datum="wgs84")
    answers = [clerk.post(f"/manage/placing/{first}", picked) for _ in range(2)]
    assert [one.location for one in answers] == [answers[0].location] * 2
    assert office.revision(first) == 2


def test_pasted_coordinates_are_asked_for_their_datum_and_stay_typed(
    office: Office, clerk: Desk
) -> None:
    first = draft(office)
    pasted = form(clerk, shared="106.577, 29.557", longitude="", latitude="")
    asked = clerk.post(f"/manage/placing/{first}", pasted)
    assert asked.status_code == 422
    page = text_of(asked)
    assert "请选择坐标来自哪种地图" in page
    assert ">106.577, 29.557</textarea>" in page
    again = {**pasted, "once": hidden(asked, "once"), "datum": "gcj02"}
    assert clerk.post(f"/manage/placing/{first}", again).status_code == 303
    lon, lat, datum = place_of(office, first)
    assert datum == "gcj02"
    assert 0.001 < abs(lon - 106.577) + abs(lat - 29.557) < 0.01


def test_a_place_that_something_speaks_against_is_saved_when_it_was_read(
    office: Office, clerk: Desk
) -> None:
    first = draft(office, area_name="东区")
    picked = form(clerk, longitude="106.577", latitude="29.557", datum="wgs84", way="map")
    warned = clerk.post(f"/manage/placing/{first}", picked)
    assert warned.status_code == 422
    assert "位置在西区" in text_of(warned)
    assert place_of(office, first) == (None, None, None)
    read = {**picked, "once": hidden(warned, "once"), "warned": hidden_id(warned, "warned")}
    # what was read is about this place alone
    moved = clerk.post(f"/manage/placing/{first}", {**read, "longitude": "106.5"})
    assert moved.status_code == 422
    assert clerk.post(f"/manage/placing/{first}", read).status_code == 303
    assert place_of(office, first)[0] == 106.577


def hidden_id(page: TestResponse, name: str) -> str:
    found = re.search(rf'name="{name}" id="{name}" value="([^"]*)"', text_of(page))
    assert found
    return found[1]


def test_nothing_chosen_and_a_short_link_are_said_beside_the_field(
    office: Office, clerk: Desk
) -> None:
    first = draft(office)
    empty = clerk.post(f"/manage/placing/{first}", form(clerk))
    assert empty.status_code == 422
    assert "请在地图上点选位置" in text_of(empty)
    short = clerk.post(f"/manage/placing/{first}", form(clerk, shared="https://surl.amap.com/abc"))
    assert "这是短链接" in text_of(short)


def test_somebody_else_was_faster(office: Office, clerk: Desk) -> None:
    first = draft(office)
    picked = form(clerk, longitude="106.577", latitude="29.557", datum="wgs84")
    office.rows("UPDATE station SET name = '别名' WHERE id = %s RETURNING 1", first)
    answer = clerk.post(f"/manage/placing/{first}", picked)
    assert answer.status_code == 422
    page = text_of(answer)
    assert "别人改动了这条记录(名称)" in page
    assert "Somebody changed this record after you opened it (name)" in page
    # the place that was chosen is kept, and saved with the next press
    assert "data-point=" in page
    kept = {name: hidden_id(answer, name) for name in ("longitude", "latitude", "way", "warned")}
    assert (kept["longitude"], kept["latitude"]) == ("106.577", "29.557")
    again = {**kept, "datum": "wgs84", "once": hidden(answer, "once"),
             "revision": hidden(answer, "revision")}  # fmt: skip
    assert clerk.post(f"/manage/placing/{first}", again).status_code == 303
    assert place_of(office, first) == (106.577, 29.557, "wgs84")


def test_the_second_of_two_who_place_one_draft_is_told_so_and_sees_both_places(
    office: Office, clerk: Desk
) -> None:
    first, second = draft(office), office.desk("north_second")
    mine = form(clerk, longitude="106.577", latitude="29.557", datum="wgs84")
    theirs = form(second, longitude="106.58", latitude="29.557", datum="wgs84")
    assert second.post(f"/manage/placing/{first}", theirs).status_code == 303
    told = clerk.post(f"/manage/placing/{first}", mine)
    assert told.status_code == 409
    page = text_of(told)
    assert "别人已经给它定好了位置" in page
    assert "Somebody else placed it meanwhile" in page
    assert ">106.580000, 29.557000<" in page
    assert ">106.577000, 29.557000<" in page
    assert "291 米" in page
    assert f'href="/manage/stations/{first}"' in page
    assert f'href="/manage/placing?after={first}"' in page
    assert place_of(office, first)[0] == 106.58
    # whose form it was is told apart: the same press of the other's button leads on
    assert second.post(f"/manage/placing/{first}", theirs).status_code == 303
    # what could not be found by one was placed by the other
    noted = {"once": receipts.token(), "note": "找不到"}
    assert clerk.post(f"/manage/placing/{first}/unfound", noted).status_code == 409


def test_a_draft_that_was_discarded_while_it_was_placed_is_told_apart(
    office: Office, clerk: Desk
) -> None:
    first = draft(office)
    mine = form(clerk, longitude="106.577", latitude="29.557", datum="wgs84")
    office.rows(
        "UPDATE station SET state = 'discarded', state_reason = '重复' WHERE id = %s RETURNING 1",
        first,
    )
    told = clerk.post(f"/manage/placing/{first}", mine)
    assert told.status_code == 409
    assert "别人提交或作废了它" in text_of(told)


def test_the_map_asks_what_a_place_is_and_what_speaks_against_it(
    office: Office, clerk: Desk
) -> None:
    first = draft(office, area_name="东区")
    path = f"/manage/placing/{first}/point"
    told = clerk.post(
        path, {"longitude": "106.577", "latitude": "29.557", "datum": "wgs84", "way": "phone"}
    ).get_json()
    assert (told["lon"], told["district"], told["way"]) == (106.577, "西区", "phone")
    assert any("东区" in one["zh"] for one in told["warnings"])
    amap = clerk.post(
        path, {"shared": "https://uri.amap.com/marker?position=106.58,29.56"}
    ).get_json()
    assert (amap["datum"], amap["longitude"]) == ("gcj02", 106.58)
    assert amap["source"]["zh"] == "高德地图"
    asked = clerk.post(path, {"shared": "https://maps.apple.com/?ll=29.557,106.577"}).get_json()
    assert (asked["ask"], asked["likely"]) == (True, "gcj02")
    wrong = clerk.post(path, {"shared": "没有"}).get_json()
    assert "没有找到坐标" in wrong["wrong"][0]["zh"]


def test_a_photo_is_read_for_its_place(office: Office, clerk: Desk) -> None:
    exif = Image.Exif()
    exif[0x8825] = {1: "N", 2: (29.0, 33.0, 25.2), 3: "E", 4: (106.0, 34.0, 37.2)}
    content = io.BytesIO()
    Image.new("RGB", (40, 30)).save(content, "JPEG", exif=exif)
    told = clerk.post(
        "/manage/placing/photo", {"photo": (io.BytesIO(content.getvalue()), "a.jpg")}
    ).get_json()
    assert told["longitude"] == pytest.approx(106.577, abs=1e-6)
    for file, words in ((b"<html>", ""), (b"", "")):
        wrong = clerk.post("/manage/placing/photo", {"photo": (io.BytesIO(file), "a.jpg")})
        assert wrong.get_json()["wrong"][0]["zh"] != words
    assert "请选择照片" in str(clerk.post("/manage/placing/photo").get_json()["wrong"])
    assert office.one("SELECT count(*) FROM stored_file") == 0


@pytest.mark.parametrize(
    ("written", "datum"), [("WGS-84", "wgs84"), ("GCJ-02", "gcj02"), ("CGCS2000", "cgcs2000")]
)
def test_a_photo_that_names_its_datum_is_taken_by_its_word(
    office: Office, clerk: Desk, written: str, datum: str
) -> None:
    told = clerk.post("/manage/placing/photo", {"photo": (taken_in(written), "a.jpg")}).get_json()
    assert (told["datum"], round(told["longitude"], 3)) == (datum, 106.577)


def test_a_photo_of_a_datum_nobody_knows_is_asked_about(office: Office, clerk: Desk) -> None:
    told = clerk.post("/manage/placing/photo", {"photo": (taken_in("TOKYO"), "a.jpg")}).get_json()
    assert told["ask"] is True
    assert "datum" not in told
    assert round(told["longitude"], 3) == 106.577


def taken_in(datum: str) -> io.BytesIO:
    exif = Image.Exif()
    exif[0x8825] = {1: "N", 2: (29.0, 33.0, 25.2), 3: "E", 4: (106.0, 34.0, 37.2), 18: datum}
    content = io.BytesIO()
    Image.new("RGB", (40, 30)).save(content, "JPEG", exif=exif)
    return io.BytesIO(content.getvalue())


def test_a_draft_nobody_can_find_is_put_aside_and_taken_up(office: Office, clerk: Desk) -> None:
    first, second = draft(office), draft(office, "长椿驿站")
    silent = clerk.post(f"/manage/placing/{first}/unfound", {"once": receipts.token()})
    assert silent.status_code == 422
    assert "请写明原因" in text_of(silent)
    noted = {"once": receipts.token(), "note": "<b>只写到村"}
    done = clerk.post(f"/manage/placing/{first}/unfound", noted)
    assert done.status_code == 303
    assert f'data-station="{second}"' in text_of(clerk.get(done.location or ""))
    aside = text_of(clerk.get("/manage/placing?list=noted"))
    assert "&lt;b&gt;只写到村" in aside
    assert clerk.post(f"/manage/placing/{first}/again").status_code == 303
    assert "第 1 个,共 2 个" in text_of(clerk.get("/manage/placing"))


def test_candidates_say_what_to_do_when_there_are_none(office: Office, clerk: Desk) -> None:
    first = draft(office)
    page = text_of(clerk.get(f"/manage/placing/{first}/candidates", htmx=True))
    assert "粘贴坐标" in page
    assert "换个短一点的词" in text_of(
        clerk.get(f"/manage/placing/{first}/candidates?words=没有", htmx=True)
    )


def test_without_a_geocoder_nobody_is_asked(office: Office, clerk: Desk) -> None:
    first = draft(office)
    assert "地理编码" not in text_of(clerk.get("/manage/placing"))
    assert "没有配置地理编码服务" in text_of(clerk.post(f"/manage/placing/{first}/geocode"))


def test_drafts_of_others_are_not_placed(office: Office, clerk: Desk) -> None:
    first = draft(office)
    south = office.desk("south_clerk")
    assert "都定好位了" in text_of(south.get("/manage/placing"))
    assert south.get(f"/manage/placing/{first}").status_code == 404
    picked = {"longitude": "106.5", "latitude": "29.5", "datum": "wgs84",
              "once": receipts.token(), "revision": "1"}  # fmt: skip
    south.post(f"/manage/placing/{first}", picked)
    office.desk("north_judge").post(f"/manage/placing/{first}", picked)
    assert place_of(office, first) == (None, None, None)


def test_what_is_active_is_not_placed_anew(office: Office, clerk: Desk) -> None:
    station = office.station("north", State.ACTIVE)
    assert clerk.get(f"/manage/placing/{station}").status_code == 404
