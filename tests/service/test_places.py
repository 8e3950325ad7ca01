"""Riders' search by name: from memory, renewed with the facts, honest about what is not there."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from app.domain.errors import DatabaseDown
from app.service import names as kept_names
from app.service import places
from app.store import migrations
from app.store.cluster import Cluster
from tests.service import towns
from tests.service.towns import Town
from tests.store.throwaway import open_folder, stopping


@pytest.fixture
def town(cluster: Cluster, tmp_path: Path) -> Iterator[Town]:
    with towns.opened(cluster, tmp_path) as opened:
        for layer, kind, name, column in (
            ("street", "residential", "磁器街", 2.0), ("street", "residential", "磁器街", 9.0),
            ("premises", "hotel", "解放碑大酒店", 3.0), ("place", "suburb", "解放碑", 7.0),
            ("water", "river", "解放河", 5.0),
        ):  # fmt: skip
            add(opened, layer, kind, name, column)
        yield opened


@pytest.fixture
def mortal(tmp_path: Path) -> Iterator[Cluster]:
    """A cluster of this test's own, to be stopped under a runtime."""
    with open_folder() as folder, stopping(Cluster(folder / "var")) as made:
        with psycopg.connect(made.ensure_running(), autocommit=True) as server:
            server.execute("CREATE DATABASE pattern")
        migrations.migrate(made.url("pattern"))
        yield made


def add(town: Town, layer: str, kind: str, name: str, column: float) -> None:
    lon, lat = towns.at_block(column, 4.0)
    town.run(
        "INSERT INTO basemap_feature (network, layer, kind, name, min_zoom, geometry) VALUES"
        " ('town', %s, %s, %s, 12,"
        " ST_Transform(ST_SetSRID(ST_MakePoint(%s, %s), 4326), 3857))",
        layer, kind, name, lon, lat,
    )  # fmt: skip


def found(town: Town, words: str) -> list[tuple[str, str]]:
    listed: list[dict[str, Any]] = places.search(town.runtime, words)["places"]
    return [(one["kind"], one["name"]) for one in listed]


def wait_until(true: Callable[[], bool], *, within: float) -> None:
    until = time.monotonic() + within
    while not true():
        assert time.monotonic() < until
        time.sleep(0.05)


def test_stations_come_first_then_places_streets_and_landmarks(town: Town) -> None:
    everything = [
        ("station", "解放碑站"), ("place", "解放碑"), ("premises", "解放碑大酒店"),
    ]  # fmt: skip
    for words in ("解放碑", "jiefangbei", "jfb", "jie fang"):
        assert found(town, words) == everything
    assert found(town, "cq") == [("place", "磁器口"), ("street", "磁器街")]
    [place] = places.search(town.runtime, "磁器口")["places"]
    assert (place["kind_zh"], place["kind_en"]) == ("地名", "place")
    assert (place["lon"], place["lat"]) == pytest.approx(towns.at_block(13.0, 12.0), abs=2e-6)


def test_a_station_is_found_by_what_it_was_called_and_by_its_numbers(town: Town) -> None:
    town.run(
        "INSERT INTO station_alias (station_id, kind, value, source)"
        " SELECT id, 'name', '精神堡垒', 'test' FROM station WHERE name = '解放碑站'"
    )
    code = town.code("解放碑站")
    for words in ("精神堡垒", "jsbl", "OLD-1", "old1", code, f"渝港 {code[:6]}-{code[6:11]}"):
        assert found(town, words) == [("station", "解放碑站")]
    assert found(town, "旧站") == []
    assert found(town, "OLD-9") == []
    assert found(town, "OLD-D") == []


def test_stations_leave_room_for_what_else_is_called_so(town: Town) -> None:
    town.run("UPDATE station SET name = '磁器' || id")
    town.runtime.refresh()
    kinds = [kind for kind, _ in found(town, "磁器")]
    assert kinds == ["station"] * 8 + ["place", "street"]


def test_a_change_of_a_station_or_of_the_map_is_found_without_a_restart(town: Town) -> None:
    assert found(town, "新华书店") == []
    town.run("UPDATE station SET name = '新华书店' WHERE name = '较场口站'")
    add(town, "premises", "shop", "新华书店", 5.0)
    town.runtime.refresh()
    assert found(town, "xinhua") == [("station", "新华书店")]
    town.run("UPDATE network SET built_at = clock_timestamp()")
    town.runtime.refresh()
    assert found(town, "xinhua") == [("station", "新华书店"), ("premises", "新华书店")]
    town.run("UPDATE register SET network = NULL")
    town.runtime.refresh()
    assert found(town, "xinhua") == [("station", "新华书店")]


def test_names_go_on_being_found_while_the_database_is_down(
    mortal: Cluster, tmp_path: Path
) -> None:
    with towns.opened(mortal, tmp_path / "read", watch=True) as town:
        town.runtime.snapshot()
        before = [found(town, words) for words in ("jiefang", "ciqikou")]
        mortal.stop()
        assert [found(town, words) for words in ("jiefang", "ciqikou")] == before
        assert before == [[("station", "解放碑站")], [("place", "磁器口")]]


def test_names_that_were_never_read_are_not_made_up(mortal: Cluster, tmp_path: Path) -> None:
    with towns.opened(mortal, tmp_path / "unread") as town:
        town.runtime.snapshot()
        mortal.stop()
        with pytest.raises(DatabaseDown):
            places.search(town.runtime, "ciqikou")


def test_many_names_of_a_map_are_found_at_once_and_by_pinyin_a_little_later(
    cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept_names, "READ_AT_ONCE", 1)
    with towns.opened(cluster, tmp_path, watch=True) as town:
        town.runtime.snapshot()
        assert found(town, "磁器口") == [("place", "磁器口")]
        wait_until(lambda: bool(places.search(town.runtime, "磁")["complete"]), within=10)
        assert found(town, "ciqikou") == [("place", "磁器口")]
