"""Following the register: every change of what the public sees comes once and in order."""

import random
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from app.domain.errors import InvalidInput
from app.service.station_changes import changes
from app.store.cluster import Cluster
from geo.datum import to_wgs84
from tests.service import towns
from tests.service.towns import Town, at_block


@pytest.fixture
def town(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with towns.opened(cluster, tmp_path_factory.mktemp("changes")) as opened:
        yield opened


def follow(town: Town, since: str = "", *, limit: int = 1000) -> tuple[list[dict[str, Any]], str]:
    """Return everything after a cursor, page by page."""
    found: list[dict[str, Any]] = []
    while True:
        page = changes(town.runtime, since=since, limit=limit, datum="wgs84")
        found += page["changes"]
        since = page["cursor"]
        if not page["more"]:
            return found, since


def replayed(told: list[dict[str, Any]]) -> dict[str, Any]:
    """Apply changes one by one, as a follower does; each has to fit to the ones before."""
    held: dict[str, Any] = {}
    for one in told:
        assert (one["code"] in held) is (one["change"] != "added")
        if one["change"] == "removed":
            del held[one["code"]]
        else:
            held[one["code"]] = one["station"]
    return held


def rename(town: Town, code: str, name: str) -> None:
    town.run("UPDATE station SET name = %s WHERE code = %s", name, code)


def test_a_follower_from_the_beginning_holds_what_the_public_sees(town: Town) -> None:
    told, _ = follow(town)
    held = replayed(told)
    public = town.runtime.refresh().by_code
    assert set(held) == set(public)
    for code, station in held.items():
        record = public[code]
        assert (station["name"], station["services"]) == (record.name, list(record.services))
        assert (station["hours"], station["state"]) == (record.hours, record.state)
        assert (station["lon"], station["lat"]) == pytest.approx(
            (record.longitude, record.latitude), abs=1e-7
        )


def test_pages_of_any_size_tell_the_same_in_the_same_order(town: Town) -> None:
    draw = random.Random(4)
    codes = sorted(town.runtime.refresh().by_code)
    for turn in range(25):
        rename(town, draw.choice(codes), f"站{turn}")
    whole, end = follow(town)
    for limit in (1, 2, 7):
        assert follow(town, limit=limit) == (whole, end)
    assert follow(town, end) == ([], end)


def test_what_the_public_does_not_see_is_no_change_and_one_that_leaves_is_a_tombstone(
    town: Town,
) -> None:
    _, cursor = follow(town)
    code = town.code("解放碑站")
    town.run("UPDATE station SET agreement_number = 'A-7' WHERE code = %s", code)
    town.run("UPDATE station SET name = '未定' WHERE name = %s", towns.DRAFT)
    told, cursor = follow(town, cursor)
    assert told == []
    rename(town, code, "新名")
    town.run("UPDATE station SET state = 'exited' WHERE code = %s", code)
    changed, removed = follow(town, cursor)[0]
    assert (changed["change"], changed["station"]["name"]) == ("changed", "新名")
    assert (removed["change"], removed["code"], removed["state"]) == ("removed", code, "exited")
    assert removed["station"] is None


def test_a_merged_station_names_its_survivor(town: Town) -> None:
    _, cursor = follow(town)
    gone, left = town.code("两路口站"), town.code("七星岗站")
    town.run(
        "UPDATE station SET state = 'merged', merged_into = (SELECT id FROM station WHERE code ="
        " %s) WHERE code = %s", left, gone,
    )  # fmt: skip
    (told,) = follow(town, cursor)[0]
    assert (told["change"], told["code"], told["survivor"]) == ("removed", gone, left)


def test_what_is_written_earlier_and_committed_later_is_not_lost(town: Town) -> None:
    _, cursor = follow(town)
    one, other = town.code("解放碑站"), town.code("较场口站")
    with psycopg.connect(town.url) as slow:
        slow.execute("UPDATE station SET name = '慢' WHERE code = %s", (one,))
        rename(town, other, "快")
        told, cursor = follow(town, cursor)
        assert told == []
    told, _ = follow(town, cursor)
    assert [item["station"]["name"] for item in told] == ["慢", "快"]


def test_places_are_told_in_the_datum_asked_for(town: Town) -> None:
    page = changes(town.runtime, since="", limit=1000, datum="bd09")
    (told,) = [c for c in page["changes"] if c["code"] == town.code("解放碑站")]
    there = told["station"]["lon"], told["station"]["lat"]
    assert to_wgs84(*there, datum="bd09") == pytest.approx(at_block(7.2, 7.4), abs=1e-6)


@pytest.mark.parametrize(
    "cursor", ["x", "MTIz", "MS4yLmE=", "OTk5OTk5OTk5OTk5OTk5OTk5OTkuMS4x", "é"]
)
def test_a_cursor_of_somebody_else_is_refused(town: Town, cursor: str) -> None:
    with pytest.raises(InvalidInput, match="cursor"):
        changes(town.runtime, since=cursor, limit=5, datum="wgs84")
