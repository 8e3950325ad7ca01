"""Real extracts from the first command to the figures, through the shell as an operator does it."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from app.store.cluster import Cluster
from tests.bench import portoalegre_stations
from tests.store.throwaway import open_folder, stopping


class City:
    """A register of its own, driven by ``harbor``."""

    def __init__(self, var: Path) -> None:
        self.var = var

    def harbor(self, *arguments: object, fails: bool = False) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "app", *map(str, arguments)],
            env={**os.environ, "HARBOR_VAR": str(self.var)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode != 0) is fails, done.stderr
        return done.stderr if fails else done.stdout

    def json(self, *arguments: object) -> Any:
        return json.loads(self.harbor(*arguments, "--json"))

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(Cluster(self.var).url()) as connection:
            return connection.execute(query).fetchall()  # type: ignore[arg-type]


@pytest.fixture
def city() -> Iterator[City]:
    with open_folder() as folder, stopping(Cluster(folder / "var")):
        yield City(folder / "var")


def test_porto_alegre_from_an_extract_to_the_three_rules(
    city: City, test_data: Path, tmp_path: Path
) -> None:
    osm = test_data / "osm"
    built = city.json(
        "network",
        "build",
        osm / "portoalegre.osm.pbf",
        "--dem",
        osm / "portoalegre_elevation.tif",
        "--name",
        "poa",
    )
    assert built["in_use"]
    assert 0.96 < built["elevation_share"] < 0.98
    city.harbor("population", "import", osm / "portoalegre_population_h3.csv")
    portoalegre_stations.make(osm / "portoalegre_population_h3.csv", tmp_path / "stations.csv")
    report = city.json(
        "stations", "import", tmp_path / "stations.csv", "--datum", "wgs84", "--likely", "enter",
        "--document", "渝工办〔2025〕1号",
    )  # fmt: skip
    assert (report["rows"], report["active"]) == (150, 150)

    answer = city.json("nearest", "-51.2", "-30.03")
    seconds = [station["walk_seconds"] for station in answer["stations"]]
    assert seconds == sorted(seconds)
    assert len(seconds) == 5
    assert all(s["walk_metres"] >= s["straight_metres"] for s in answer["stations"])

    run = city.json("coverage")
    shares = [run["rules"][rule]["people_share"] for rule in run["rules"]]
    assert set(run["rules"]) == {"radius_1km", "walk_official", "walk_terrain"}
    assert run["rules"]["radius_1km"]["people_share"] == max(shares)
    assert run["rules"]["walk_official"]["people_share"] > 0.8
    for figures in run["rules"].values():
        assert figures["people_share"] >= figures["twice_share"] >= figures["thrice_share"]
    assert [place["people"] for place in run["worst"]] == sorted(
        (place["people"] for place in run["worst"]), reverse=True
    )
    assert city.json("coverage", "--repeat", run["run"])["rules"] == run["rules"]


def test_liechtenstein_brings_its_rhine_its_land_use_and_its_premises(
    city: City, test_data: Path
) -> None:
    city.harbor("network", "build", test_data / "osm" / "liechtenstein.osm.pbf", "--name", "li")
    kinds = dict(city.rows("SELECT layer, count(*) FROM basemap_feature GROUP BY layer"))
    assert kinds["building"] > 8_000
    assert kinds["water"] > 100
    assert kinds["landuse"] > 400
    assert kinds["premises"] > 50
    assert city.rows("SELECT FROM basemap_feature WHERE layer = 'water' AND name ILIKE 'Rhein'")


def test_heidelberg_builds_from_its_170_000_nodes(city: City, test_data: Path) -> None:
    built = city.json("network", "build", test_data / "osm" / "heidelberg.osm.pbf", "--name", "hd")
    assert built["nodes"] > 170_000
    answer = city.json("nearest", "8.69", "49.41")
    assert answer["network"] == "hd"
    assert answer["stations"] == []


def test_chongqing_s_districts_land_where_they_belong(city: City, test_data: Path) -> None:
    said = city.harbor(
        "districts",
        "import",
        test_data / "chongqing" / "districts_gcj02.geojson",
        "--datum",
        "gcj02",
        "--from",
        "2016-01-01",
    )
    assert said.startswith("38 districts")
    assert said.count("\nrepaired ") == 6
    # the Liberation Monument, Jiangbei airport's terminal 3, Wanzhou's railway station
    for longitude, latitude, name in (
        (106.5773, 29.5572, "渝中区"),
        (106.6357, 29.7192, "渝北区"),
        (108.3930, 30.8180, "万州区"),
    ):
        found = city.rows(
            "SELECT name FROM district WHERE ST_Contains(geometry,"
            f" ST_SetSRID(ST_MakePoint({longitude}, {latitude}), 4326))"
        )
        assert found == [(name,)]


def test_a_messy_list_of_82_stations_is_accounted_for_row_by_row(
    city: City, test_data: Path
) -> None:
    report = city.json(
        "stations", "import", test_data / "messy" / "zhengzhou_stations.csv", "--datum", "gcj02",
        "--document", "渝工办〔2025〕1号",
    )  # fmt: skip
    assert (report["rows"], report["active"], report["waiting"]) == (82, 18, 64)
    assert report["rejected"] == []
    assert report["hours_read"] == 22
    assert sum(report["personal_columns"].values()) == 15
    assert dict(city.rows("SELECT state, count(*) FROM station GROUP BY state")) == {
        "active": 18,
        "draft": 64,
    }
    assert city.rows("SELECT count(*) FROM station WHERE verified") == [(0,)]
