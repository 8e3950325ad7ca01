"""The day of November 2025 on a made-up map: two districts merge, five towns go to a third.

Places are in blocks of 250 m, columns eastward and rows southward. People stand where a station
is or at least two blocks from any, and the circle is one of three minutes (200 m): every figure
below is read off the lists.
"""

import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path

import numpy as np
import pytest
import shapely

from app.domain import number
from app.domain.actor import Actor
from app.domain.errors import NotFound
from app.domain.lifecycle import State
from app.domain.station import StationFacts
from app.service import coverage, history, moves
from app.service.coverage import CoverageQuestion
from app.service.reorganisation import Report, reorganise
from app.store import areas, demand, stations
from app.store.cluster import Cluster
from app.store.runs import CoverageRun
from app.store.stations import NewStation
from tests.service import towns
from tests.service.towns import STATIONS, Town, at_block, rectangle
from tests.store.people import give_keeper, one, rows

DAY = date(2025, 11, 6)
EVE, MORROW = DAY - timedelta(days=1), DAY + timedelta(days=1)
RIVER, HILL, LAKE, RAIL, NEW = "500105", "500112", "500109", "500190", "500157"
BEFORE = {
    RIVER: rectangle(0, 0, 5, 15), HILL: rectangle(5, 0, 12, 15), LAKE: rectangle(12, 0, 15, 15),
}  # fmt: skip
# five towns of the hills: the first touches the lake, the others lie inside what stays
TOWNS = [
    rectangle(10, 1, 12, 3), rectangle(10, 6, 11, 8), rectangle(9, 12, 11, 14),
    rectangle(7.5, 5.5, 8.5, 6.7), rectangle(5.5, 9, 7, 11),
]  # fmt: skip
AFTER = {
    NEW: shapely.union(BEFORE[RIVER], BEFORE[HILL]).difference(shapely.union_all(TOWNS)),
    LAKE: shapely.union_all([BEFORE[LAKE], *TOWNS]),
}
# two more than the town's own, both in towns
OPENED, WAITING = "统景站", "大盛站"
PLACES = {name: (column, row) for name, column, row, *_ in STATIONS} | {
    OPENED: (10.6, 2.0), WAITING: (10.5, 7.0),
}  # fmt: skip
# who owns what, before and after; those of the railway go with nobody
OWNERS = {
    "临江门站": (RIVER, NEW), "七星岗站": (RIVER, NEW), "两路口站": (RIVER, NEW),
    "解放碑站": (HILL, NEW), OPENED: (HILL, LAKE), WAITING: (HILL, LAKE), "菜园坝站": (HILL, LAKE),
    "旧站": (HILL, LAKE), "朝天门站": (LAKE, LAKE), "较场口站": (RAIL, RAIL),
    "上清寺站": (RAIL, RAIL),
}  # fmt: skip
# the district each lies in after the day
DISTRICTS = {
    "临江门站": NEW, "七星岗站": NEW, "两路口站": NEW, "解放碑站": NEW, OPENED: LAKE, WAITING: LAKE,
    "菜园坝站": LAKE, "旧站": LAKE, "朝天门站": LAKE, "较场口站": NEW, "上清寺站": LAKE,
}  # fmt: skip
GONE = {"旧站"}
# how many people stand where; what is covered, and why not
PEOPLE: tuple[tuple[float, tuple[float, float]], ...] = (
    (10, PLACES["七星岗站"]), (3, (1.0, 7.0)),
    (7, PLACES["临江门站"]),  # opens two weeks after the day
    (20, PLACES["解放碑站"]), (30, PLACES["上清寺站"]), (40, PLACES[OPENED]),
    (50, PLACES[WAITING]),  # a draft
    (60, PLACES["菜园坝站"]),  # suspended
    (5, (6.5, 10.5)),  # half a block from one that left
    (80, PLACES["朝天门站"]),  # suspended from the morning of the day on
    (2, (14.0, 12.0)),
)  # fmt: skip
# people covered, people: of the day before and of the day after
COVERED = {
    EVE: {RIVER: (10, 10 + 3 + 7), HILL: (20 + 30 + 40, 20 + 30 + 40 + 50 + 60 + 5),
          LAKE: (80, 80 + 2)},
    MORROW: {NEW: (10 + 20, 10 + 3 + 7 + 20), LAKE: (30 + 40, 30 + 40 + 50 + 60 + 5 + 80 + 2)},
}  # fmt: skip
# square metres of a block, to read areas off the drawing in km2
BLOCK_KM2 = 0.25**2
TOWNS_BLOCKS = 2 * 2 + 1 * 2 + 2 * 2 + 1 * 1.2 + 1.5 * 2
AREAS = {
    EVE: {RIVER: 5 * 15, HILL: 7 * 15, LAKE: 3 * 15},
    MORROW: {NEW: 12 * 15 - TOWNS_BLOCKS, LAKE: 3 * 15 + TOWNS_BLOCKS},
}
PLAN = f"""
on = {DAY}
document = "渝府发〔2025〕31号"
title = "两区合并,五镇划转"
areas = "areas.geojson"
datum = "wgs84"
districts_end = ["{RIVER}", "{HILL}"]

[[unions.begin]]
code = "{NEW}"
name = "两江新区总工会"
kind = "district"
parent = "500100"

[[unions.end]]
code = "{RIVER}"
successor = "{NEW}"

[[unions.end]]
code = "{HILL}"
successor = "{NEW}"

[[transfers]]
from = "{HILL}"
to = "{LAKE}"
within = "{LAKE}"
"""


def _draw(town: Town) -> None:
    town.run("DELETE FROM district")
    began = date(2000, 1, 1)
    lon, lat = np.array([at_block(*place) for _, place in PEOPLE]).T
    with town.runtime.connection() as connection:
        areas.upsert_districts(
            connection,
            [(code, f"区{code}", "", shapely.to_wkb(shape), began, None)
             for code, shape in BEFORE.items()],
            source="drawn",
        )  # fmt: skip
        demand.save(
            connection, name="residents", title="居民", title_en="Residents", unit="people",
            source="listed", longitude=lon, latitude=lat,
            weight=np.array([weight for weight, _ in PEOPLE], np.float64),
        )  # fmt: skip


def _people(town: Town) -> None:
    """A union for each district and one of the railway, and a clerk who also reviews in each."""
    began = date(2000, 1, 1)
    with town.runtime.connection() as connection:
        areas.insert_unions(
            connection, [("500100", "市总", "", "city", None, began, None),
                         (RAIL, "铁路工会", "", "industrial", None, began, None)],
        )  # fmt: skip
    for code in BEFORE:
        town.run(
            "INSERT INTO union_body (code, name, kind, parent_id, valid_from)"
            " SELECT %s, %s, 'district', id, '2000-01-01' FROM union_body WHERE code = '500100'",
            code, f"{code}总工会",
        )  # fmt: skip
    for code in (*BEFORE, RAIL):
        town.run("INSERT INTO user_account (name) VALUES (%s)", code)
        town.run(
            "INSERT INTO user_grant (user_id, role, union_id) SELECT p.id, r, u.id"
            " FROM user_account p, union_body u, unnest('{union_staff,reviewer}'::text[]) r"
            " WHERE p.name = %s AND u.code = p.name",
            code,
        )


def _stations(town: Town) -> None:
    with town.runtime.connection() as connection:
        for serial, (name, state) in enumerate(((OPENED, State.ACTIVE), (WAITING, State.DRAFT))):
            lon, lat = at_block(*PLACES[name])
            code = number.make("500112", serial + 1) if state is State.ACTIVE else None
            new = NewStation(StationFacts(name=name, longitude=lon, latitude=lat), state, code=code)
            (station,) = stations.insert(connection, [new])
            give_keeper(connection, station)
    for name, (owner, _) in OWNERS.items():
        town.run(
            "UPDATE station SET union_id = (SELECT id FROM union_body WHERE code = %s)"
            " WHERE name = %s",
            owner, name,
        )  # fmt: skip


def _past(town: Town) -> None:
    """One version each since New Year, but for two whose state changed about the day."""
    town.run("UPDATE station SET state = 'suspended' WHERE name = '朝天门站'")
    for condition, begins, ends in (
        ("v.valid_to IS NULL", "2025-01-01 08:00+08", None),
        ("s.name = '临江门站' AND v.valid_to IS NULL", "2025-11-20 08:00+08", None),
        ("s.name = '朝天门站' AND v.state = 'suspended'", "2025-11-06 08:00+08", None),
        ("s.name = '朝天门站' AND v.state = 'active'", "2025-01-01 08:00+08",
         "2025-11-06 08:00+08"),
    ):  # fmt: skip
        town.run(
            "UPDATE station_version v SET valid_from = %s, valid_to = %s FROM station s"
            f" WHERE s.id = v.station_id AND {condition}",
            begins, ends,
        )  # fmt: skip


@dataclass(frozen=True)
class Played:
    """The town after the day, with what was noted on its eve and what was reported."""

    town: Town
    report: Report
    eve: CoverageRun
    acted: dict[str, set[str]]
    numbers: dict[str, str]


@pytest.fixture(scope="module")
def played(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Played]:
    folder = tmp_path_factory.mktemp("november")
    with towns.opened(cluster, folder) as town:
        _draw(town)
        _people(town)
        _stations(town)
        _past(town)
        eve, acted, numbers = figures(town, EVE), acting(town), numbers_of(town)
        with town.runtime.connection() as connection:
            report = reorganise(connection, town.settings, write_plan(folder), rehearsal=False)
        yield Played(town, report, eve, acted, numbers)


def write_plan(folder: Path) -> Path:
    outlines = [
        {"type": "Feature", "properties": {"adcode": code, "name": f"新区{code}"},
         "geometry": json.loads(shapely.to_geojson(shape))}
        for code, shape in AFTER.items()
    ]  # fmt: skip
    (folder / "areas.geojson").write_text(
        json.dumps({"type": "FeatureCollection", "features": outlines})
    )
    path = folder / "plan.toml"
    path.write_text(PLAN, encoding="utf-8")
    return path


def noon(town: Town, day: date) -> datetime:
    return datetime.combine(day, time(12), town.settings.zone)


def figures(town: Town, day: date) -> CoverageRun:
    """The coverage of three minutes at noon of a day."""
    with town.runtime.connection() as connection:
        return coverage.measure(
            connection, town.runtime.snapshot().streets, town.settings,
            CoverageQuestion(as_of=noon(town, day), minutes=3.0),
        )  # fmt: skip


def acting(town: Town) -> dict[str, set[str]]:
    """The stations that each union's clerk can do something with."""
    people = dict(town.run("SELECT name, id FROM user_account WHERE name ~ '^5'"))  # type: ignore[arg-type]
    able: dict[str, set[str]] = {name: set() for name in people}
    with town.runtime.connection() as connection:
        for name, station in rows(connection, "SELECT name, id FROM station"):
            for clerk, id_ in people.items():
                with suppress(NotFound):
                    if moves.choices(connection, Actor(id_), station).moves:
                        able[clerk].add(name)
    return able


def numbers_of(town: Town) -> dict[str, str]:
    return dict(town.run("SELECT name, code FROM station"))  # type: ignore[arg-type]


def owned(of: int, code: str) -> set[str]:
    """The stations that are a union's before (0) or after (1) and that moves lead on from."""
    return {name for name, owners in OWNERS.items() if owners[of] == code} - GONE


def test_each_district_has_its_own_figures_on_the_day_before_and_the_day_after(
    played: Played,
) -> None:
    for day, run in ((EVE, played.eve), (MORROW, figures(played.town, MORROW))):
        counted = {
            district["adcode"]: {
                rule: (found["people"], found["people_total"])
                for rule, found in district["rules"].items()
            }
            for district in run.result["districts"]
        }
        assert counted == {
            code: dict.fromkeys(("radius_1km", "walk_official", "walk_terrain"), expected)
            for code, expected in COVERED[day].items()
        }, day
        for district in run.result["districts"]:
            area = district["rules"]["radius_1km"]["area_km2"]
            drawn = AREAS[day][district["adcode"]] * BLOCK_KM2
            assert area == pytest.approx(drawn, rel=0.005), (day, district["adcode"])


def test_a_run_of_the_day_before_repeats_to_the_same_bytes_after_it(played: Played) -> None:
    town = played.town
    with town.runtime.connection() as connection:
        stored, same = coverage.repeat(
            connection, town.runtime.snapshot().streets, town.settings, played.eve.id
        )
    assert same
    assert json.dumps(stored.result) == json.dumps(played.eve.result)
    # and so does one that is computed without knowing of the first
    town.run("DELETE FROM coverage_run")
    again = figures(town, EVE)
    assert json.dumps([again.inputs, again.result]) == json.dumps(
        [played.eve.inputs, played.eve.result]
    )


def test_ownership_follows_the_plan_station_by_station(played: Played) -> None:
    town = played.town
    now = dict(
        town.run("SELECT s.name, u.code FROM station s JOIN union_body u ON u.id = s.union_id")
    )  # type: ignore[arg-type]
    assert now == {name: after for name, (_, after) in OWNERS.items()}
    settled = dict(town.run("SELECT name, adcode FROM station WHERE place IS NOT NULL"))  # type: ignore[arg-type]
    assert settled == DISTRICTS
    assert [(m.giver, m.taker, m.stations) for m in played.report.moved] == [
        (HILL, LAKE, 4), (RIVER, NEW, 3), (HILL, NEW, 1),
    ]  # fmt: skip
    assert played.report.outside == 0


def test_who_owned_it_on_the_day_before_is_still_told(played: Played) -> None:
    town = played.town
    town.run("INSERT INTO user_account (name) VALUES ('chief')")
    town.run(
        "INSERT INTO user_grant (user_id, role) SELECT id, 'city_admin' FROM user_account"
        " WHERE name = 'chief'"
    )
    unions = dict(town.run("SELECT id, code FROM union_body"))
    with town.runtime.connection() as connection:
        chief = Actor(one(connection, "SELECT id FROM user_account WHERE name = 'chief'"))
        for name, (before, _) in OWNERS.items():
            if name == "临江门站":
                continue
            station = one(connection, "SELECT id FROM station WHERE name = %s", name)
            past = history.as_of(connection, chief, station, noon(town, EVE))
            assert unions[past.facts["union_id"]] == before, name


def test_every_clerk_acts_for_what_the_plan_gives_and_for_nothing_else(played: Played) -> None:
    assert played.acted == {code: owned(0, code) for code in (RIVER, HILL, LAKE, RAIL)}
    # the people of both that ended are now of the new one
    assert acting(played.town) == {
        RIVER: owned(1, NEW), HILL: owned(1, NEW), LAKE: owned(1, LAKE), RAIL: owned(1, RAIL),
    }  # fmt: skip


def test_no_number_changes(played: Played) -> None:
    assert numbers_of(played.town) == played.numbers
    assert played.numbers[OPENED] == number.make(HILL, 1)
