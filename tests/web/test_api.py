"""The public API and the tiles, asked over HTTP on the made-up town."""

import gzip
import json
import math
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import psycopg
import pytest
import shapely
import structlog
from flask.testing import FlaskClient

from app.domain.errors import InvalidInput
from app.service import map_layers
from app.service.runtime import Runtime
from app.settings import load
from app.store import demand
from app.store.cluster import Cluster
from app.web.factory import create_app
from tests.service import towns
from tests.service.slowly import straight
from tests.service.towns import STATIONS, Town, at_block

LON, LAT = (round(value, 6) for value in at_block(7.0, 7.0))
ASK = f"/api/v1/nearest?lon={LON}&lat={LAT}"
ENGLISH = {"Accept-Language": "en"}
STATION_KEYS = {
    "code", "name", "lon", "lat", "walk_seconds", "walk_metres", "straight_metres", "services",
    "open", "open_until", "door", "last_proved",
}  # fmt: skip


@pytest.fixture(scope="module")
def town(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with towns.opened(cluster, tmp_path_factory.mktemp("api")) as opened:
        yield opened


@pytest.fixture(scope="module")
def client(town: Town) -> FlaskClient:
    app = create_app(town.runtime)
    app.testing = True
    return app.test_client()


def get(client: FlaskClient, address: str) -> Any:
    response = client.get(address, headers=ENGLISH)
    assert response.status_code == 200, response.get_data(as_text=True)
    return response.get_json()


def test_nearest_answers_in_the_shape_of_the_contract(client: FlaskClient) -> None:
    answer = get(client, f"{ASK}&k=50")
    assert set(answer) == {"origin", "mode", "network", "as_of", "stations", "missing"}
    assert set(answer["origin"]) == {"lon", "lat", "snap_metres"}
    assert (answer["origin"]["lon"], answer["origin"]["lat"]) == (LON, LAT)
    assert answer["network"] == "town"
    assert answer["as_of"].endswith(("Z", "+00:00"))
    assert len(answer["stations"]) == 8
    for station in answer["stations"]:
        assert set(station) >= STATION_KEYS
        assert station["open"] in ("open", "closed", "unknown")
        assert station["walk_metres"] >= station["straight_metres"]
        assert station["code"].isdigit()
        assert len(station["code"]) == 12
    seconds = [station["walk_seconds"] for station in answer["stations"]]
    assert seconds == sorted(seconds)
    assert answer["stations"][0]["door"] == "open"


def test_post_answers_what_get_answers(client: FlaskClient) -> None:
    question = {"lon": LON, "lat": LAT, "k": 3, "services": ["toilet", "water"], "open": "now"}
    posted = client.post("/api/v1/nearest", json=question)
    asked = get(client, f"{ASK}&k=3&services=toilet,water&open=now")
    assert posted.status_code == 200
    assert posted.get_json() == asked
    assert len(asked["stations"]) > 0


def test_services_may_be_named_together_or_one_by_one(client: FlaskClient) -> None:
    together = get(client, f"{ASK}&k=50&services=toilet,water")
    apart = get(client, f"{ASK}&k=50&services=toilet&services=water")
    assert together == apart
    assert 0 < len(apart["stations"]) < 8


def test_an_answer_about_a_place_is_kept_by_nobody(client: FlaskClient) -> None:
    assert client.get(ASK).headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("datum", ["gcj02", "bd09"])
def test_a_datum_holds_on_the_way_in_and_out(client: FlaskClient, datum: str) -> None:
    plain = get(client, f"{ASK}&k=1")["stations"][0]
    found = get(client, f"/api/v1/stations?datum={datum}")["features"]
    moved = {feature["id"]: feature["geometry"]["coordinates"] for feature in found}
    lon, lat = moved[plain["code"]]
    assert straight((lon, lat), (plain["lon"], plain["lat"])) > 300
    asked = get(client, f"/api/v1/nearest?lon={lon}&lat={lat}&k=1&datum={datum}")["stations"][0]
    assert asked["code"] == plain["code"]
    assert (asked["lon"], asked["lat"]) == (lon, lat)
    assert asked["straight_metres"] < 0.2


@pytest.mark.parametrize(
    "request_of",
    [
        lambda client: client.get(ASK),
        lambda client: client.post("/api/v1/nearest", json={"lon": LON, "lat": LAT}),
        lambda client: client.get(f"{ASK}&k=0"),
        lambda client: client.get(f"/api/v1/nearest?lon={LON + 1}&lat={LAT}"),
        lambda client: client.get(f"/?lon={LON}&lat={LAT}"),
        lambda client: client.get(f"/api/v1/stations?bbox={LON},{LAT},{LON + 1},{LAT + 1}"),
    ],
)
def test_no_log_holds_a_position(client: FlaskClient, request_of: Any) -> None:
    with structlog.testing.capture_logs() as entries:
        request_of(client)
    [line] = [entry for entry in entries if entry["event"] == "request"]
    assert {"method", "path", "status", "ms"} <= set(line)
    for number in (LON, LAT, LON + 1):
        assert str(number)[:7] not in str(entries)


def test_stations_come_page_by_page_each_once(client: FlaskClient) -> None:
    pages = [get(client, f"/api/v1/stations?limit=3&offset={n}") for n in (0, 3, 6, 9)]
    assert [page["numberReturned"] for page in pages] == [3, 3, 2, 0]
    assert {page["numberMatched"] for page in pages} == {8}
    codes = [feature["id"] for page in pages for feature in page["features"]]
    assert len(set(codes)) == len(codes) == 8


def test_stations_are_geojson(client: FlaskClient, town: Town) -> None:
    page = get(client, "/api/v1/stations")
    assert page["type"] == "FeatureCollection"
    for feature in page["features"]:
        assert feature["type"] == "Feature"
        assert shapely.geometry.shape(feature["geometry"]).geom_type == "Point"
        assert feature["id"] == feature["properties"]["code"]
    names = {feature["properties"]["name"] for feature in page["features"]}
    assert names == {s[0] for s in STATIONS if s[0] != "旧站"}


def test_stations_are_found_by_box_and_services(client: FlaskClient) -> None:
    west, north = at_block(7.0, 7.0)
    east, south = at_block(7.5, 8.0)
    inside = get(client, f"/api/v1/stations?bbox={west},{south},{east},{north}")
    assert [feature["properties"]["name"] for feature in inside["features"]] == ["解放碑站"]
    charging = get(client, "/api/v1/stations?services=charging")
    assert [feature["properties"]["name"] for feature in charging["features"]] == ["上清寺站"]


def test_a_station_is_found_by_its_number_however_written_and_by_an_old_one(
    client: FlaskClient, town: Town
) -> None:
    code = town.code("解放碑站")
    printed = f"渝港 {code[:6]}-{code[6:11]}-{code[11]}"
    found = [get(client, f"/api/v1/stations/{text}") for text in (code, printed, "OLD-1")]
    assert found[0] == found[1] == found[2]
    assert found[0]["properties"]["name"] == "解放碑站"


def test_a_station_that_left_or_was_merged_still_explains_its_number(
    client: FlaskClient, town: Town
) -> None:
    response = client.get(f"/api/v1/stations/{town.code('旧站')}", headers=ENGLISH)
    assert response.status_code == 404
    assert "is exited" in response.get_json()["detail"]


def test_a_draft_is_not_found_even_by_its_old_number(client: FlaskClient) -> None:
    for address in ("/api/v1/stations/OLD-D", "/s/OLD-D"):
        response = client.get(address, headers={"Accept": "application/json"})
        assert response.status_code == 404
        text = response.get_data(as_text=True)
        assert "None" not in text
        assert "draft" not in text.lower()


def test_a_caller_from_elsewhere_reads_stored_runs_and_makes_none(client: FlaskClient) -> None:
    stored = get(client, "/api/v1/coverage?minutes=11")
    elsewhere = {"REMOTE_ADDR": "203.0.113.9"}
    again = client.get("/api/v1/coverage?minutes=11", environ_overrides=elsewhere)
    assert again.get_json() == stored
    refused = client.get("/api/v1/coverage?minutes=12", environ_overrides=elsewhere)
    assert refused.status_code == 403
    assert "harbor coverage" in refused.get_json()["detail"]


def test_coverage_answers_in_the_shape_of_the_contract_and_is_stored(client: FlaskClient) -> None:
    answer = get(client, "/api/v1/coverage?minutes=10")
    assert {"run", "inputs", "rules", "districts"} <= set(answer)
    assert {"scope", "demand", "network", "at"} <= set(answer["inputs"])
    assert set(answer["rules"]) == {"radius_1km", "walk_official", "walk_terrain"}
    figures = {
        "people", "people_share", "street_share", "area_share", "twice_share", "thrice_share",
    }  # fmt: skip
    for part in (answer, *answer["districts"]):
        for rule in part["rules"].values():
            assert figures <= set(rule)
    assert {"adcode", "name", "rules"} <= set(answer["districts"][0])
    assert get(client, f"/api/v1/coverage/runs/{answer['run']}") == answer
    assert get(client, "/api/v1/coverage/latest") == answer
    assert get(client, "/api/v1/coverage?minutes=10") == answer


def test_a_moment_without_a_zone_is_meant_in_the_registers_own(client: FlaskClient) -> None:
    naive = get(client, "/api/v1/coverage?at=2026-03-15T03:00")
    zoned = get(client, "/api/v1/coverage?at=2026-03-14T19:00:00Z")
    assert naive["inputs"]["at"] == "2026-03-15T03:00:00+08:00"
    assert naive["inputs"]["stations"] == zoned["inputs"]["stations"] == 2


def test_places_are_found_by_a_part_of_their_name(client: FlaskClient) -> None:
    found = get(client, "/api/v1/search?q=解放")["places"]
    assert [(place["name"], place["kind"]) for place in found] == [("解放碑站", "station")]
    found = get(client, "/api/v1/search?q=磁器")["places"]
    assert [(place["name"], place["kind"]) for place in found] == [("磁器口", "place")]
    assert straight((found[0]["lon"], found[0]["lat"]), at_block(13.0, 12.0)) < 1
    for nobody in ("%25", "_", "旧站", towns.DRAFT):
        assert get(client, f"/api/v1/search?q={nobody}")["places"] == []


def test_places_are_found_by_pinyin_and_by_initials(client: FlaskClient) -> None:
    for words in ("jiefang", "jfb", "jie fang", "OLD-1"):
        found = get(client, f"/api/v1/search?q={words}")
        assert [place["name"] for place in found["places"]] == ["解放碑站"]
        assert found["places"][0]["kind_zh"] == "站点"
        assert found["places"][0]["kind_en"] == "station"
        assert found["complete"]


@pytest.mark.parametrize(
    "words", ["", "%20%20", "%E3%80%80", "a%00b", "a%0Ab", "a" * 81, "%ED%A0%80%1B"]
)
def test_words_that_name_nothing_are_refused(client: FlaskClient, words: str) -> None:
    response = client.get(f"/api/v1/search?q={words}", headers=ENGLISH)
    assert response.status_code == 422
    assert [error["field"] for error in response.get_json()["errors"]] == ["q"]


@pytest.mark.parametrize(
    "words", ["%F0%9F%98%80", "%25%25", "___", "%5C", "%27%3B--", "%FF%FE", "a" * 80]
)
def test_odd_words_find_nothing_and_break_nothing(client: FlaskClient, words: str) -> None:
    assert get(client, f"/api/v1/search?q={words}")["places"] == []


def tile_of(lon: float, lat: float, zoom: int) -> str:
    column = int((lon + 180) / 360 * 2**zoom)
    turned = math.asinh(math.tan(math.radians(lat))) / math.pi
    return f"{zoom}/{column}/{int((1 - turned) / 2 * 2**zoom)}"


def fields(message: bytes) -> Iterator[tuple[int, int | bytes]]:
    """Read the fields of a protocol-buffers message: number and value of each."""

    def varint(at: int) -> tuple[int, int]:
        value = shift = 0
        while True:
            value |= (message[at] & 127) << shift
            at, shift = at + 1, shift + 7
            if message[at - 1] < 128:
                return value, at

    at = 0
    while at < len(message):
        key, at = varint(at)
        if key & 7 == 0:
            value, at = varint(at)
            yield key >> 3, value
        elif key & 7 == 2:
            length, at = varint(at)
            assert at + length <= len(message)
            yield key >> 3, message[at : at + length]
            at += length
        else:
            width = {1: 8, 5: 4}[key & 7]
            yield key >> 3, message[at : at + width]
            at += width


def layers(tile: bytes) -> dict[str, dict[int, list[int | bytes]]]:
    """Return the layers of a vector tile by name, each as its fields by number."""
    result = {}
    for number, layer in fields(tile):
        assert number == 3
        assert isinstance(layer, bytes)
        parts: dict[int, list[int | bytes]] = {}
        for field, value in fields(layer):
            parts.setdefault(field, []).append(value)
        name = parts[1][0]
        assert isinstance(name, bytes)
        assert parts[15] == [2]
        result[name.decode()] = parts
    return result


def test_a_tile_of_the_base_map_holds_streets_and_names(client: FlaskClient) -> None:
    response = client.get(f"/tiles/basemap/{tile_of(*at_block(13.0, 12.0), 14)}.mvt")
    assert response.status_code == 200
    assert response.content_type == "application/vnd.mapbox-vector-tile"
    found = layers(response.data)
    assert {"street", "place"} <= set(found)
    assert len(found["street"][2]) > 5
    assert any("磁器口".encode() in bytes(value) for value in found["place"][4])  # type: ignore[arg-type]


def test_a_tile_of_minutes_holds_streets(client: FlaskClient) -> None:
    response = client.get(f"/tiles/minutes/{tile_of(LON, LAT, 14)}.mvt")
    assert response.status_code == 200
    assert len(layers(response.data)["minutes"][2]) > 5


def test_a_tile_where_nothing_is_drawn_is_empty(client: FlaskClient) -> None:
    for layer in ("basemap", "minutes"):
        response = client.get(f"/tiles/{layer}/14/0/0.mvt")
        assert (response.status_code, response.data) == (200, b"")


@pytest.mark.parametrize("layer", ["basemap", "minutes"])
def test_a_tile_that_is_known_is_not_sent_again(
    client: FlaskClient, town: Town, layer: str
) -> None:
    address = f"/tiles/{layer}/{tile_of(LON, LAT, 13)}.mvt"
    first = client.get(address)
    again = client.get(address, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert client.get(address, headers={"If-None-Match": '"other"'}).data == first.data
    snapshot = town.runtime.snapshot()
    kept = client.get(f"{address}?v={snapshot.version}", headers={"Accept-Encoding": "gzip"})
    assert kept.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert gzip.decompress(kept.data) == first.data
    # a version of yesterday's map, or none, may be another tile tomorrow
    for stale in ("?v=1", ""):
        assert client.get(address + stale).headers["Cache-Control"] == "public, max-age=60"


def test_a_change_of_a_station_leaves_the_address_of_the_base_map_as_it_is(
    client: FlaskClient, town: Town
) -> None:
    page = client.get("/").get_data(as_text=True)
    build = town.runtime.snapshot().streets.build
    assert f'"tiles_version": "{build}"' in page
    tile = client.get(f"/tiles/basemap/{tile_of(LON, LAT, 13)}.mvt?v={build}")
    assert "immutable" in tile.headers["Cache-Control"]


def test_public_answers_are_packed_for_who_takes_it(client: FlaskClient) -> None:
    taken = {"Accept-Encoding": "gzip", **ENGLISH}
    for address in (f"{ASK}&k=8", "/", "/api/v1/openapi.json", "/api/v1/stations"):
        plain, packed = client.get(address, headers=ENGLISH), client.get(address, headers=taken)
        assert "Content-Encoding" not in plain.headers
        assert packed.headers["Content-Encoding"] == "gzip"
        assert "Accept-Encoding" in packed.headers["Vary"]
        assert len(packed.data) == int(packed.headers["Content-Length"])
        assert len(gzip.decompress(packed.data)) == pytest.approx(len(plain.data), abs=50)
        assert len(packed.data) < len(plain.data) / 1.5
    # a short answer gains nothing, and what staff see or send by a form is never packed
    for address in ("/api/v1/search?q=zz", "/login", "/manage/map"):
        assert "Content-Encoding" not in client.get(address, headers=taken).headers


LOCAL = {"REMOTE_ADDR": "127.0.0.1"}


def staff_addresses(client: FlaskClient) -> list[str]:
    page = client.get("/manage/map/stations.geojson", environ_base=LOCAL).get_json()
    record = str(page["features"][0]["properties"]["id"])
    rules = [
        rule for rule in client.application.url_map.iter_rules()
        if rule.rule.startswith("/manage") and "GET" in (rule.methods or ())
    ]  # fmt: skip
    filled = [rule.rule.replace("<int:station_id>", record) for rule in rules]
    chosen = [re.sub(r"<any\((\w+)[^>]*>", r"\1", address) for address in filled]
    staff = [re.sub(r"<[^>]+>", "1", address) for address in chosen]
    assert len(staff) >= 7
    return staff


@pytest.mark.parametrize("address", ["10.1.2.3", "8.8.8.8", "::ffff:10.0.0.1", "fe80::1", ""])
def test_staff_pages_refuse_whoever_is_not_at_this_machine(
    client: FlaskClient, address: str
) -> None:
    for page in staff_addresses(client):
        response = client.get(page, environ_base={"REMOTE_ADDR": address})
        assert response.status_code == 403, page


@pytest.mark.parametrize(
    "header",
    [
        "Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-IP",
        "Via", "x-forwarded-for", "True-Client-IP",
    ],
)  # fmt: skip
def test_staff_pages_refuse_what_came_through_a_proxy(client: FlaskClient, header: str) -> None:
    for page in staff_addresses(client):
        response = client.get(page, environ_base=LOCAL, headers={header: "127.0.0.1"})
        assert response.status_code == 403, page


@pytest.mark.parametrize("address", ["127.0.0.1", "127.0.0.9", "::1"])
def test_staff_pages_open_at_this_machine(client: FlaskClient, address: str) -> None:
    for page in staff_addresses(client):
        response = client.get(page, environ_base={"REMOTE_ADDR": address})
        if page.startswith("/manage/map"):
            assert response.status_code == 200, page
        elif response.status_code not in (200, 302):
            # every entry of the register names its person, and there is none yet
            assert response.status_code == 403, page
            assert "no account yet" in response.get_data(as_text=True), page


def test_staff_pages_open_with_a_slash_at_the_end(client: FlaskClient) -> None:
    for page in ("/manage/", "/manage/map/"):
        response = client.get(page, follow_redirects=True)
        assert response.status_code == 200
        assert response.mimetype == "text/html"


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example:8080", "localhost@evil.example", "[::1", "0"]
)
def test_staff_pages_do_not_answer_under_a_name_that_is_not_ours(
    client: FlaskClient, host: str
) -> None:
    for page in staff_addresses(client):
        response = client.get(page, headers={"Host": host, "Accept": "application/json"})
        assert response.status_code == 400, page
    refused = client.get("/api/v1/coverage?minutes=13", headers={"Host": host})
    assert refused.status_code in (400, 403)


def test_staff_pages_answer_under_every_name_of_this_machine(client: FlaskClient) -> None:
    for host in ("localhost", "LOCALHOST:9", "127.0.0.1:8080", "[::1]:8080"):
        assert client.get("/manage", headers={"Host": host}).status_code == 302


def test_riders_are_answered_under_any_name(client: FlaskClient) -> None:
    for page in ("/", ASK, "/healthz"):
        assert client.get(page, headers={"Host": "10.2.3.4:8080"}).status_code == 200


def test_no_redirect_leads_to_the_host_that_was_asked_for(client: FlaskClient, town: Town) -> None:
    code = town.code("解放碑站")
    printed = f"渝港 {code[:6]}-{code[6:11]}-{code[11]}"
    for page in (f"/s/{printed}", f"//s/{code}", f"/s//{code}", "//evil.example/..", "/static"):
        response = client.get(page, headers={"Host": "evil.example"})
        assert response.status_code in (302, 404), page
        assert not response.headers.get("Location", "").startswith(("http", "//")), page
        assert "//evil.example" not in response.get_data(as_text=True)


def test_nobody_keeps_pages_of_staff_or_pages_with_a_nonce(client: FlaskClient, town: Town) -> None:
    pages = [*staff_addresses(client), f"/s/{town.code('解放碑站')}", "/nope", "/healthz"]
    for page in pages:
        assert client.get(page).headers["Cache-Control"] == "no-store", page
    # only who was shown it, for as long as its service worker takes to ask for it
    assert client.get("/").headers["Cache-Control"] == "private, max-age=30"
    document = client.get("/api/v1/openapi.json").headers["Cache-Control"]
    assert document == "public, max-age=300"


def test_a_station_is_shown_while_the_database_is_down(
    cluster: Cluster, tmp_path_factory: pytest.TempPathFactory
) -> None:
    with towns.opened(cluster, tmp_path_factory.mktemp("down")) as town:
        town.runtime.snapshot()
        client = create_app(town.runtime).test_client()
        name = town.url.partition("?")[0].rpartition("/")[2]
        with psycopg.connect(cluster.url(), autocommit=True) as server:
            server.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")  # type: ignore[arg-type]
            server.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (name,)
            )
        code = town.code("解放碑站")
        printed = f"渝港 {code[:6]}-{code[6:11]}-{code[11]}"
        assert get(client, f"/api/v1/stations/{code}")["properties"]["name"] == "解放碑站"
        assert get(client, f"/api/v1/stations/{printed}")["id"] == code
        assert client.get(f"/s/{code}").status_code == 200
        assert client.get("/api/v1/stations/OLD-1", headers=ENGLISH).status_code == 503


@pytest.mark.parametrize(
    ("peer", "forwarded", "client_logged"),
    [
        ("203.0.113.9", "10.9.9.9", "203.0.113.0/24"),
        ("10.1.2.3", "", "10.1.2.0/24"),
        ("10.1.2.3", "6.6.6.6, 198.51.100.7", "198.51.100.0/24"),
        ("10.1.2.3", "6.6.6.6, 198.51.100.7, 192.0.2.1", "198.51.100.0/24"),
        ("192.0.2.1", "who knows", "192.0.2.0/24"),
        ("2001:db8:5:6::7", "", "2001:db8:5::/48"),
    ],
)
def test_the_log_knows_the_network_of_whom_a_trusted_proxy_names_last(
    town: Town, peer: str, forwarded: str, client_logged: str
) -> None:
    settings = town.settings.model_copy(update={"trusted_proxies": "10.0.0.0/8, 192.0.2.1"})
    app = create_app(Runtime(settings, town.url))
    with structlog.testing.capture_logs() as entries:
        app.test_client().get(
            "/healthz",
            environ_base={"REMOTE_ADDR": peer},
            headers={"X-Forwarded-For": forwarded} if forwarded else {},
        )
    [line] = [entry for entry in entries if entry["event"] == "request"]
    assert line["client"] == client_logged


def test_a_proxy_that_is_no_address_stops_the_start() -> None:
    with pytest.raises(InvalidInput) as caught:
        load({"HARBOR_TRUSTED_PROXIES": "10.0.0.1, proxy"}, env_file=Path("/nonexistent/.env"))
    [error] = caught.value.errors
    assert error.field == "HARBOR_TRUSTED_PROXIES"
    assert "'proxy'" in error.message


def test_uncovered_people_far_from_every_street_are_not_drawn(
    cluster: Cluster, tmp_path_factory: pytest.TempPathFactory
) -> None:
    with towns.opened(cluster, tmp_path_factory.mktemp("far")) as town:
        west, south, east, north = town.runtime.snapshot().streets.network.bounds
        near = (west - 0.008, (south + north) / 2)
        places = np.array([near, (east + 1, south), (west, north + 0.2)])
        with town.runtime.connection() as connection, connection.transaction():
            demand.save(
                connection, name="residents", title="居民", title_en="Residents", unit="people",
                source="scattered", longitude=places[:, 0],
                latitude=places[:, 1], weight=np.array([1.0, 9e6, 9e6]),
            )  # fmt: skip
        [point] = map_layers.uncovered_layer(town.runtime)["points"]
        assert point == pytest.approx([near[1], near[0], 1.0], abs=1e-4)
        town.run(
            "INSERT INTO scope (name, title, areas) SELECT 'inner', '内', shape"
            " FROM (SELECT ST_Multi(ST_MakeEnvelope(%s, %s, %s, %s, 4326)) AS shape) AS made",
            west, south, east, north,
        )  # fmt: skip
        assert map_layers.uncovered_layer(town.runtime)["points"] == []


def test_every_answer_carries_the_security_headers(client: FlaskClient) -> None:
    with client.get("/static/tokens.css") as response:
        assert response.headers["X-Content-Type-Options"] == "nosniff"
    for address in ("/", ASK, "/api/v1/nope", "/healthz"):
        with client.get(address) as response:
            headers = response.headers
        assert "default-src 'self'" in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["X-Request-Id"]


def test_the_process_says_that_it_lives_and_what_it_answers_from(client: FlaskClient) -> None:
    assert get(client, "/healthz") == {"status": "alive"}
    ready = get(client, "/readyz")
    assert ready["facts_age_seconds"] >= 0
    del ready["facts_age_seconds"]
    assert ready == {"status": "ready", "database": "up", "network": "town", "stations": 8}


def test_an_empty_register_answers_without_a_network(runtime: Runtime) -> None:
    app = create_app(runtime)
    app.testing = True
    client = app.test_client()
    assert get(client, "/readyz")["network"] is None
    assert get(client, "/api/v1/stations")["features"] == []
    assert client.get("/tiles/basemap/14/0/0.mvt").data == b""
    response = client.get(ASK, headers=ENGLISH)
    assert response.status_code == 503
    assert "harbor network build" in response.get_json()["detail"]


def test_an_answer_is_utf8_json_without_escapes(client: FlaskClient) -> None:
    text = client.get(ASK).get_data().decode("utf-8")
    assert "解放碑站" in text
    assert json.loads(text)
