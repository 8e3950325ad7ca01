"""A day as in November 2025: two districts merge, and a third takes towns from one of them."""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
import shapely

from app.domain.actor import Actor
from app.domain.errors import Conflict, InvalidInput, NotFound, UnreadableFile
from app.domain.lifecycle import State
from app.service import coverage, history, moves
from app.service.coverage import CoverageQuestion
from app.service.moves import Document, With
from app.service.reorganisation import Report, reorganise
from app.store import areas, rights
from app.store.cluster import Cluster
from app.store.runs import CoverageRun
from tests.service import towns
from tests.service.towns import STATIONS, Town, rectangle
from tests.store.people import brought_to, one

# west and east border in blocks: before the day, and after it
BEFORE = {"500105": (0.0, 5.0), "500112": (5.0, 12.0), "500109": (12.0, 15.0)}
AFTER = {"500157": (0.0, 9.0), "500109": (9.0, 15.0)}
NEW = "500157"
PLAN = """
on = {day}
document = "渝府发〔2025〕31号"
title = "两区合并,三镇划转"
areas = "areas.geojson"
datum = "wgs84"
districts_end = ["500105", "500112"]

[[unions.begin]]
code = "500157"
name = "两江新区总工会"
kind = "district"
parent = "500100"

[[unions.end]]
code = "500105"
successor = "500157"

[[unions.end]]
code = "500112"
successor = "500157"

[[transfers]]
from = "500112"
to = "500109"
within = "500109"
"""


def today(town: Town) -> date:
    return datetime.now(town.settings.zone).date()


def place_of(name: str) -> float:
    """How far east a station of the town lies, in blocks."""
    return next(entry[1] for entry in STATIONS if entry[0] == name)


def code_of(west_to_east: dict[str, tuple[float, float]], name: str) -> str:
    """The district a station lies in, from the drawing alone."""
    column = place_of(name)
    return next(code for code, (west, east) in west_to_east.items() if west <= column < east)


@pytest.fixture
def town(cluster: Cluster, tmp_path: Path) -> Iterator[Town]:
    """The town with three districts, a union each, people, and stations of last month."""
    with towns.opened(cluster, tmp_path) as opened:
        settle(opened)
        yield opened


def settle(town: Town) -> None:
    town.run("DELETE FROM district")
    with town.runtime.connection() as connection:
        areas.upsert_districts(
            connection,
            [
                (code, f"区{code}", "", shapely.to_wkb(rectangle(west, 0, east, 15.0)),
                 date(2000, 1, 1), None)
                for code, (west, east) in BEFORE.items()
            ],
            source="drawn",
        )  # fmt: skip
        areas.insert_unions(
            connection,
            [("500100", "市总", "", "city", None, date(2000, 1, 1), None)],
        )
    for code in BEFORE:
        town.run(
            "INSERT INTO union_body (code, name, kind, parent_id, valid_from)"
            " SELECT %s, %s, 'district', id, '2000-01-01' FROM union_body WHERE code = '500100'",
            code, f"{code}总工会",
        )  # fmt: skip
        clerk = one_of(town, "INSERT INTO user_account (name) VALUES (%s) RETURNING id", f"c{code}")
        for role in ("union_staff", "reviewer"):
            town.run(
                "INSERT INTO user_grant (user_id, role, union_id)"
                " SELECT %s, %s, id FROM union_body WHERE code = %s",
                clerk, role, code,
            )  # fmt: skip
    for name, *_ in STATIONS:
        town.run(
            "UPDATE station SET union_id = (SELECT id FROM union_body WHERE code = %s)"
            " WHERE name = %s",
            code_of(BEFORE, name), name,
        )  # fmt: skip
    # as if it had all been so for a month
    town.run("DELETE FROM station_version v WHERE valid_to IS NOT NULL")
    town.run("UPDATE station_version SET valid_from = valid_from - interval '30 days'")


def one_of(town: Town, statement: str, *values: object) -> Any:
    return town.run(statement, *values)[0][0]


def write_plan(folder: Path, day: date, text: str = PLAN) -> Path:
    outlines = {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "properties": {"adcode": code, "name": f"新区{code}"},
                "geometry": json.loads(shapely.to_geojson(rectangle(west, 0, east, 15.0))),
            }
            for code, (west, east) in AFTER.items()
        ],
    }
    (folder / "areas.geojson").write_text(json.dumps(outlines))
    path = folder / "plan.toml"
    path.write_text(text.format(day=day), encoding="utf-8")
    return path


def carry_out(town: Town, path: Path, *, rehearsal: bool = False) -> Report:
    with town.runtime.connection() as connection:
        return reorganise(connection, town.settings, path, rehearsal=rehearsal)


def owners(town: Town) -> dict[str, str]:
    """The code of every station's union, by its name."""
    return dict(
        town.run("SELECT s.name, u.code FROM station s JOIN union_body u ON u.id = s.union_id")
    )  # type: ignore[arg-type]


def figures(town: Town, day: date) -> CoverageRun:
    """The coverage of noon of a day."""
    moment = datetime.combine(day, time(12), town.settings.zone)
    moment = min(moment, datetime.now(UTC)) if day >= today(town) else moment
    with town.runtime.connection() as connection:
        return coverage.measure(
            connection, town.runtime.snapshot().streets, town.settings,
            CoverageQuestion(as_of=moment),
        )  # fmt: skip


def expected_owner(name: str) -> str:
    """Who owns a station after the day, from the plan's own words."""
    before, after = code_of(BEFORE, name), code_of(AFTER, name)
    if before == "500112" and after == "500109":
        return "500109"
    return NEW if before in ("500105", "500112") else before


def test_ownership_follows_the_plan_and_every_number_stays(town: Town, tmp_path: Path) -> None:
    numbers = dict(town.run("SELECT name, code FROM station"))  # type: ignore[arg-type]
    report = carry_out(town, write_plan(tmp_path, today(town)))
    assert owners(town) == {name: expected_owner(name) for name, *_ in STATIONS}
    assert set(owners(town).values()) == {NEW, "500109"}
    assert dict(town.run("SELECT name, code FROM station")) == numbers  # type: ignore[arg-type]
    assert report.stations == sum(
        code_of(BEFORE, name) != expected_owner(name) for name, *_ in STATIONS
    )
    assert report.ended_districts == ("500105", "500112")
    assert report.outside == 0


def test_rights_follow_to_the_successor_and_end_where_they_were(town: Town, tmp_path: Path) -> None:
    carry_out(town, write_plan(tmp_path, today(town)))
    ids = dict(town.run("SELECT name, id FROM user_account"))  # type: ignore[arg-type]
    station_of = dict(town.run("SELECT name, id FROM station"))  # type: ignore[arg-type]
    with town.runtime.connection() as connection:
        new = one(connection, "SELECT id FROM union_body WHERE code = %s", NEW)
        for code in ("500105", "500112"):
            with rights.acting(connection, user_id=ids[f"c{code}"]):
                assert rights.roles(connection, union_id=new) == {"union_staff", "reviewer"}
        mover = Actor(ids["c500105"])
        # 临江门站 was another's before the day
        moves.make_move(
            connection, mover, station_of["解放碑站"], State.SUSPENDED,
            revision=one(connection, "SELECT revision FROM station WHERE name = '解放碑站'"),
            brings=With(reason="检修", until=today(town) + timedelta(days=3)),
        )  # fmt: skip
        # what went to the third union is no longer theirs
        lost = next(
            name for name, *_ in STATIONS
            if code_of(BEFORE, name) == "500112" and expected_owner(name) == "500109"
        )  # fmt: skip
        with rights.acting(connection, user_id=ids["c500112"]):
            assert (
                rights.roles(
                    connection,
                    union_id=one(connection, "SELECT union_id FROM station WHERE name = %s", lost),
                )
                == set()
            )


def test_the_successor_sees_what_the_ended_union_left(town: Town, tmp_path: Path) -> None:
    town.run(
        "INSERT INTO document (number, union_id) SELECT '旧文1号', id FROM union_body"
        " WHERE code = '500105'"
    )
    carry_out(town, write_plan(tmp_path, today(town)))
    ids = dict(town.run("SELECT name, id FROM user_account"))  # type: ignore[arg-type]
    with town.runtime.connection() as connection:
        for person, sees in (("c500112", True), ("c500109", False)):
            with rights.acting(connection, user_id=ids[person]):
                found = one(connection, "SELECT count(*) FROM document WHERE number = '旧文1号'")
            assert bool(found) is sees, person
        timeline = history.timeline(
            connection, Actor(ids["c500112"]),
            one(connection, "SELECT id FROM station WHERE name = '七星岗站'"),
        )  # fmt: skip
    assert timeline[-1].request_id is not None
    assert timeline[-1].request_id.startswith("reorganisation:")


def test_figures_of_the_day_before_stay_and_those_of_the_day_are_of_the_new_districts(
    town: Town, tmp_path: Path
) -> None:
    yesterday = today(town) - timedelta(days=1)
    before = figures(town, yesterday)
    carry_out(town, write_plan(tmp_path, today(town)))
    assert {d["adcode"] for d in before.result["districts"]} == BEFORE.keys()
    with town.runtime.connection() as connection:
        _, same = coverage.repeat(
            connection, town.runtime.snapshot().streets, town.settings, before.id
        )
    assert same
    after = figures(town, today(town))
    assert {d["adcode"] for d in after.result["districts"]} == AFTER.keys()
    # the city as a whole is neither better nor worse for new borders
    assert after.result["rules"] == before.result["rules"]
    people = {
        d["adcode"]: d["rules"]["walk_terrain"]["people_total"] for d in before.result["districts"]
    }
    now = {
        d["adcode"]: d["rules"]["walk_terrain"]["people_total"] for d in after.result["districts"]
    }
    assert sum(now.values()) == pytest.approx(sum(people.values()))
    assert now["500109"] > people["500109"]


def test_new_numbers_begin_with_the_new_code_and_old_ones_go_on_leading_there(
    town: Town, tmp_path: Path
) -> None:
    carry_out(town, write_plan(tmp_path, today(town)))
    town.run("INSERT INTO user_account (name) VALUES ('chief')")
    town.run(
        "INSERT INTO user_grant (user_id, role) SELECT id, 'city_admin' FROM user_account"
        " WHERE name = 'chief'"
    )
    with town.runtime.connection() as connection:
        new = one(connection, "SELECT id FROM union_body WHERE code = %s", NEW)
        station = brought_to(connection, new, State.REVIEWED)
        approved = moves.make_move(
            connection, Actor(one(connection, "SELECT id FROM user_account WHERE name = 'chief'")),
            station, State.ACTIVE,
            revision=one(connection, "SELECT revision FROM station WHERE id = %s", station),
            brings=With(document=Document("渝工发〔2025〕1号")),
        )  # fmt: skip
    assert approved.code is not None
    assert approved.code.startswith(f"{NEW}00001")


def test_a_rehearsal_reports_the_same_and_changes_nothing(town: Town, tmp_path: Path) -> None:
    plan = write_plan(tmp_path, today(town))
    tables = ("station", "station_version", "union_body", "district", "user_grant", "audit_event")

    def state() -> list[Any]:
        return [town.run(f"SELECT to_jsonb(t) FROM {table} t ORDER BY 1") for table in tables]

    before = state()
    rehearsed = carry_out(town, plan, rehearsal=True)
    assert state() == before
    done = carry_out(town, plan)
    assert (rehearsed.rehearsal, done.rehearsal) == (True, False)
    assert rehearsed.moved == done.moved
    assert (rehearsed.grants, rehearsed.settled) == (done.grants, done.settled)


def test_a_day_that_has_not_come_can_be_rehearsed_alone(town: Town, tmp_path: Path) -> None:
    plan = write_plan(tmp_path, today(town) + timedelta(days=20))
    assert carry_out(town, plan, rehearsal=True).stations > 0
    with pytest.raises(Conflict, match="has not come"):
        carry_out(town, plan)


def test_the_same_plan_is_not_carried_out_twice(town: Town, tmp_path: Path) -> None:
    plan = write_plan(tmp_path, today(town))
    carry_out(town, plan)
    before = owners(town)
    with pytest.raises(Conflict, match="carried out before"):
        carry_out(town, plan)
    assert owners(town) == before


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('successor = "500157"', 'successor = "500112"', "ends on the same day"),
        ('code = "500105"\nsuccessor', 'code = "500199"\nsuccessor', "no union 500199"),
        ('to = "500109"', 'to = "500190"', "no union 500190 after"),
        ('within = "500109"', 'within = "500777"', "no district 500777"),
        ('districts_end = ["500105", "500112"]', 'districts_end = ["500109"]', "is to end"),
        ('document = "渝府发〔2025〕31号"', 'document = " "', "document number"),
        ('parent = "500100"', 'parent = "500999"', "no union 500999 after"),
        ('code = "500157"\nname', 'code = "500109"\nname', "there already"),
        ("datum", "datums", "is not known"),
        ('kind = "district"', 'kind = "kingdom"', "none of"),
        ('kind = "district"', 'colour = "red"', "wrong shape"),
    ],
)
def test_a_plan_that_contradicts_itself_or_the_register_is_refused_whole(
    town: Town, tmp_path: Path, old: str, new: str, said: str
) -> None:
    assert old in PLAN
    before = owners(town)
    with pytest.raises((InvalidInput, NotFound), match=said):
        carry_out(town, write_plan(tmp_path, today(town), PLAN.replace(old, new)))
    assert owners(town) == before
    assert town.run("SELECT count(*) FROM reorganisation") == [(0,)]


def test_a_file_that_is_no_plan_is_said_to_be_none(town: Town, tmp_path: Path) -> None:
    path = tmp_path / "plan.toml"
    path.write_bytes(b"\xff\xfe on = ")
    with pytest.raises(UnreadableFile, match="TOML"):
        carry_out(town, path)
    path.write_text("document = 'x'")
    with pytest.raises(InvalidInput, match="the day"):
        carry_out(town, path)
