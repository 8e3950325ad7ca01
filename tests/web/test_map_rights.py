"""The management map shows a person what the list shows them, and nothing else."""

import gzip
import json
from collections.abc import Iterator
from typing import Any

import pytest

from app.domain.lifecycle import State
from app.store.cluster import Cluster
from tests.web.desks import Desk, Office, open_office

LAYER = "/manage/map/stations.json"


@pytest.fixture(scope="module")
def office(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    with open_office(cluster, tmp_path_factory.mktemp("map"), "map_rights") as opened:
        for union in ("north", "south", "rail"):
            for state in (State.DRAFT, State.ACTIVE, State.EXITED):
                opened.station(union, state, name=f"{union} {state}")
        yield opened


def drawn(desk: Desk) -> dict[str, Any]:
    answer = desk.get(LAYER)
    content = answer.get_data()
    if answer.headers.get("Content-Encoding") == "gzip":
        content = gzip.decompress(content)
    layer: dict[str, Any] = json.loads(content)
    return layer


def names(desk: Desk) -> set[str]:
    return {station[6] for station in drawn(desk)["stations"]}


OPEN = {"north active", "south active", "rail active"}
ALL = OPEN | {f"{union} {state}" for union in ("north", "south", "rail")
              for state in ("draft", "exited")}  # fmt: skip


@pytest.mark.parametrize(
    ("person", "seen"),
    [
        ("chief", ALL),
        ("auditor", ALL),
        ("north_clerk", OPEN | {"north draft", "north exited"}),
        ("south_judge", OPEN | {"south draft", "south exited"}),
        ("deputy", ALL - {"rail draft", "rail exited"}),
        ("planner", OPEN),
    ],
)
def test_a_person_is_drawn_what_they_may_see(office: Office, person: str, seen: set[str]) -> None:
    desk = office.desk(person)
    assert names(desk) == seen
    features = desk.get("/manage/map/stations.geojson").get_json()["features"]
    assert {one["properties"]["name"] for one in features} == seen
    page = desk.get("/manage/map").get_data(as_text=True)
    config = json.loads(page.split('id="harbor-map"')[1].split(">", 1)[1].split("</script>")[0])
    counted = {one["state"]: one["count"] for one in config["states"]}
    assert counted.get("draft", 0) == len([name for name in seen if name.endswith("draft")])
    assert sum(counted.values()) == len(seen)


def test_the_copy_in_one_file_holds_no_more(office: Office) -> None:
    content = office.desk("north_clerk").get("/manage/map/harbor-map.html").get_data(as_text=True)
    assert "north draft" in content
    assert "south draft" not in content


def test_the_layer_is_written_anew_once_anything_changed(office: Office) -> None:
    desk = office.desk("north_clerk")
    first = desk.get(LAYER)
    tag = first.headers["ETag"]
    assert desk.get(LAYER).headers["ETag"] == tag
    # who sees the same shares it, who sees other stations does not
    assert office.desk("north_second").get(LAYER).headers["ETag"] == tag
    assert office.desk("south_clerk").get(LAYER).headers["ETag"] != tag
    station = office.station("north", State.ACTIVE, name="north new")
    assert "north new" in names(desk)
    assert desk.get(LAYER).headers["ETag"] != tag
    with office.runtime.connection() as connection:
        connection.execute("UPDATE station SET name = 'north renamed' WHERE id = %s", (station,))
    assert {"north renamed"} == {name for name in names(desk) if name.startswith("north re")}
    with office.runtime.connection() as connection:
        connection.execute("DELETE FROM station WHERE id = %s", (station,))
    assert not {name for name in names(desk) if name.startswith("north re")}


def test_who_knows_the_layer_already_is_not_sent_it_again(office: Office) -> None:
    desk = office.desk("chief")
    tag = desk.get(LAYER).headers["ETag"]
    again = desk.client.get(LAYER, headers={"If-None-Match": tag})
    assert again.status_code == 304
    assert again.get_data() == b""


def test_the_layer_is_packed_for_who_takes_it(office: Office) -> None:
    desk = office.desk("chief")
    packed = desk.client.get(LAYER, headers={"Accept-Encoding": "gzip"})
    plain = desk.client.get(LAYER, headers={"Accept-Encoding": "identity"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in plain.headers
    assert gzip.decompress(packed.get_data()) == plain.get_data()
    assert {"unions", "stations"} == set(plain.get_json())


def test_the_map_leads_back_to_the_desk(office: Office) -> None:
    page = office.desk("north_clerk").get("/manage/map").get_data(as_text=True)
    for path in ("/manage", "/manage/stations", "/account"):
        assert f'<a href="{path}">' in page
    assert "Person north_clerk" in page


def test_a_past_day_is_drawn_as_it_was_within_the_same_rights(office: Office) -> None:
    station = office.station("north", State.ACTIVE, name="旧日站")
    with office.runtime.connection() as connection:
        connection.execute(
            "UPDATE station_version SET valid_from = '2020-01-01' WHERE station_id = %s", (station,)
        )
        connection.execute("UPDATE station SET name = '今日站' WHERE id = %s", (station,))
    desk = office.desk("north_clerk")
    then = desk.get(f"{LAYER}?as_of=2021-05-01").get_json()
    assert [one[6] for one in then["stations"]] == ["旧日站"]
    assert desk.get(f"{LAYER}?as_of=2019-05-01").get_json()["stations"] == []
    assert office.desk("south_clerk").get(f"{LAYER}?as_of=2021-05-01").get_json()["stations"] == []
    page = desk.get("/manage/map?as_of=2021-05-01").get_data(as_text=True)
    config = json.loads(page.split('id="harbor-map"')[1].split(">", 1)[1].split("</script>")[0])
    assert config["urls"]["stations"] == f"{LAYER}?as_of=2021-05-01"
    assert [(one["state"], one["count"]) for one in config["states"]] == [("active", 1)]
    assert "2021-05-01 当日的登记" in page
    refused = desk.get("/manage/map?as_of=soon")
    assert refused.status_code == 422
    assert "日期应写成" in refused.get_data(as_text=True)
