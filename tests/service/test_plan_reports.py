"""Reports: one material for every document, a run that repeats, made once and kept."""

import io
import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import docx
import openpyxl
import psycopg
import pytest
from PIL import Image

from app.domain.actor import Actor
from app.domain.errors import Conflict, ForbiddenHere, InvalidInput, NotFound
from app.domain.scenario import NONE, Changes, parse
from app.files.paper import Heading, Headline, Heat, Table
from app.service import coverage, jobs
from app.service.jobs import Cancelled
from app.service.plan import reports, siting
from app.service.plan.figures import figures
from app.service.plan.question import PlanQuestion
from app.service.plan.report_say import widened
from app.service.plan.siting import SitingOptions
from app.store.cluster import Cluster
from tests.service import towns
from tests.service.planners import person, work
from tests.service.towns import Town, at_block

ZONE = ZoneInfo("Asia/Shanghai")
# a Sunday in March, no holiday
NIGHT = datetime(2026, 3, 15, 3, 0, tzinfo=ZONE)
CHINESE = re.compile(r"[\u4e00-\u9fff]")


@pytest.fixture(scope="module")
def town(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with towns.opened(cluster, tmp_path_factory.mktemp("plan-reports")) as opened:
        yield opened


@pytest.fixture(scope="module")
def planner(town: Town) -> Actor:
    return person(town, "planner", "planner")


def silent(_: str, __: str, ___: float) -> None:
    """Hear how far a report is, and do nothing about it."""


def made(town: Town, changes: Changes = NONE, **question: Any) -> int:
    return reports.make_now(town.runtime, PlanQuestion(**question), changes, silent, actor=None)


@pytest.fixture(scope="module")
def night(town: Town) -> int:
    return made(town, at=NIGHT)


def material(town: Town, number: int) -> dict[str, Any]:
    return reports.material(town.runtime, None, number)


def test_the_figures_are_those_of_a_run_that_repeats(town: Town, night: int) -> None:
    told = material(town, night)
    with town.runtime.connection() as connection:
        streets = town.runtime.snapshot().streets
        run, same = coverage.repeat(connection, streets, town.settings, told["run"])
    assert same
    assert told["figures"]["rules"] == run.result["rules"]
    assert told["inputs"] == run.inputs
    said = reports.written(town.runtime, None, night, "zh")
    assert ("运行编号", str(run.id)) in said.cover
    share = run.result["rules"]["walk_terrain"]["people_share"]
    headline = next(block for block in said.blocks if isinstance(block, Headline))
    assert headline.value == f"{share:.1%}".replace("%", " %")


def test_a_report_is_the_same_whatever_happens_later(town: Town, night: int) -> None:
    before = material(town, night)
    name = reports.file(town.runtime, None, night, "xlsx").name
    town.run("UPDATE station SET name = '改名站' WHERE name = '解放碑站'")
    try:
        assert material(town, night) == before
        assert name == f"harbor-plan-{night}.xlsx"
    finally:
        town.run("UPDATE station SET name = '解放碑站' WHERE name = '改名站'")
    for statement in (
        "UPDATE plan_report SET material = '{}' WHERE id = %s",
        "DELETE FROM plan_report WHERE id = %s",
    ):
        with pytest.raises(psycopg.Error):
            town.run(statement, night)


def test_both_languages_say_the_same_figures(town: Town, night: int) -> None:
    chinese = reports.written(town.runtime, None, night, "zh")
    english = reports.written(town.runtime, None, night, "en")
    assert [type(block) for block in chinese.blocks] == [type(block) for block in english.blocks]
    for one, other in zip(chinese.tables(), english.tables(), strict=True):
        numbers = [[v for v in row if not isinstance(v, str)] for row in one.rows]
        assert numbers == [[v for v in row if not isinstance(v, str)] for row in other.rows]
    headings = [block.text for block in english.blocks if isinstance(block, Heading)]
    heads = [c.title for table in english.tables() for c in table.columns]
    assert not [word for word in (*headings, *heads, english.kicker) if CHINESE.search(word)]


def test_night_comes_first_and_every_hour_of_the_week_is_there(town: Town, night: int) -> None:
    said = reports.written(town.runtime, None, night, "zh")
    week = material(town, night)["week"]
    heat = next(block for block in said.blocks if isinstance(block, Heat))
    flat = [share for row in heat.cells for share in row]
    assert flat == [hours / week["total"] for hours in week["hours"]]
    lead = said.blocks[said.blocks.index(heat) - 1]
    assert widened(week["finding"]["zh"]) == getattr(lead, "text", "")
    place = [block.text for block in said.blocks if isinstance(block, Heading)]
    assert place.index("一周的每个小时") < place.index("地图")


def test_gaps_tell_why_and_what_mends_them(town: Town, night: int) -> None:
    said = reports.written(town.runtime, None, night, "zh")
    gaps = next(t for t in said.tables() if t.name == "缺口")
    places = material(town, night)["gaps"]["places"]
    assert [row[2] for row in gaps.rows] == [place["people"] for place in places]
    assert len(places) <= 10
    first = gaps.rows[0]
    assert "那时关门" in str(first[5]) or "太远" in str(first[5])
    assert first[6] == widened(places[0]["mends"][0]["zh"])


def test_every_kind_of_file_is_written_in_both_languages(town: Town, night: int) -> None:
    begins = {
        "pdf": b"%PDF-", "docx": b"PK", "xlsx": b"PK", "gpkg": b"SQLite format 3",
        "geojson": b'{"type":"FeatureCollection"', "png": b"\x89PNG", "svg": b"<svg",
    }  # fmt: skip
    assert set(begins) == set(reports.MEDIA)
    for kind, start in begins.items():
        for language in ("zh", "en"):
            made = reports.file(town.runtime, None, night, kind, language)  # type: ignore[arg-type]
            assert made.content.startswith(start)
            assert made.media == reports.MEDIA[kind]
    picture = Image.open(io.BytesIO(reports.file(town.runtime, None, night, "png").content))
    assert abs(picture.width - reports.PNG_PIXELS) <= 1
    colours = picture.convert("RGB").getcolors(1 << 24) or []
    assert len(colours) > 50


def test_a_document_holds_the_tables_of_the_page(town: Town, night: int) -> None:
    said = reports.written(town.runtime, None, night, "zh")
    file = reports.file(town.runtime, None, night, "docx").content
    shown = [b for b in said.blocks if isinstance(b, Table | Heat)]
    # and the cover's
    assert len(docx.Document(io.BytesIO(file)).tables) == 1 + len(shown)
    book = openpyxl.load_workbook(
        io.BytesIO(reports.file(town.runtime, None, night, "xlsx").content)
    )
    assert len(book.sheetnames) == 1 + len(said.tables())
    # all stations, the ones beyond the ten of the page too
    assert book["全部站点"].max_row == 1 + len(material(town, night)["worth"])


def test_a_scenario_is_told_beside_what_is_there(town: Town) -> None:
    lon, lat = at_block(13.0, 12.0)
    changes = parse([
        {"kind": "open", "key": "n1", "name": "=新站", "lon": lon, "lat": lat,
         "services": ["toilet"], "hours": "24/7"},
    ])  # fmt: skip
    number = made(town, changes)
    told = material(town, number)
    base = figures(town.runtime, None, PlanQuestion())
    rule = "walk_terrain"
    assert told["figures"]["base"][rule] == base["rules"][rule]
    assert told["figures"]["rules"][rule]["people"] > base["rules"][rule]["people"]
    said = reports.written(town.runtime, None, number, "en")
    rules = next(t for t in said.tables() if t.name == "Three rules")
    assert len(rules.columns) == 7
    assert rules.rows[0][5:] == (
        base["rules"][rule]["people_share"], told["figures"]["rules"][rule]["people_share"],
    )  # fmt: skip
    shapes = reports.shapes(town.runtime, None, number)
    assert [f["properties"]["name"] for f in shapes.added["features"]] == ["=新站"]
    with town.runtime.connection() as connection:
        run, same = coverage.repeat(
            connection, town.runtime.snapshot().streets, town.settings, told["run"]
        )
    assert same
    assert run.result["rules"][rule] == told["figures"]["rules"][rule]


def test_stations_on_the_map_are_open_or_not_at_the_asked_hour(town: Town, night: int) -> None:
    shapes = reports.shapes(town.runtime, None, night)
    states = {f["properties"]["name"]: f["properties"]["open"] for f in shapes.stations["features"]}
    assert states["解放碑站"] == "open"
    assert states["较场口站"] == "closed"
    assert states["临江门站"] == "unknown"
    seats = made(town, services=("seat",))
    told = reports.shapes(town.runtime, None, seats).stations["features"]
    lacking = {f["properties"]["name"] for f in told if f["properties"]["open"] == "lacking"}
    assert "朝天门站" in lacking
    assert "解放碑站" not in lacking


def test_a_worker_makes_what_a_planner_asks_for(town: Town, planner: Actor) -> None:
    number = reports.ask(town.runtime, planner, PlanQuestion(minutes=10))
    look = reports.look(town.runtime, planner, number)
    assert not look.made
    assert look.job is not None
    assert look.job.state == "waiting"
    with pytest.raises(Conflict):
        reports.material(town.runtime, planner, number)
    work(town)
    look = reports.look(town.runtime, planner, number)
    assert look.made
    assert look.report.maker == "人planner"
    assert number in [one.id for one in reports.latest(town.runtime, planner)]
    assert reports.material(town.runtime, planner, number)["figures"]["minutes"] == 10
    # a queue that does a job twice changes nothing
    reports.make(town.runtime, planner, number, silent)


def test_proposed_sites_are_told_with_their_bound(town: Town, planner: Actor) -> None:
    options = SitingOptions(number=2, kinds=(), corners=True, spacing_metres=300.0)
    asked = siting.ask(town.runtime, planner, PlanQuestion(), NONE, options)
    with pytest.raises(Conflict):
        reports.ask(town.runtime, planner, PlanQuestion(), siting=asked)
    with pytest.raises(NotFound):
        reports.ask(town.runtime, planner, PlanQuestion(), siting=999_999)
    work(town)
    found = siting.look(town.runtime, planner, asked)["result"]
    number = reports.ask(town.runtime, planner, PlanQuestion(), siting=asked)
    work(town)
    said = reports.written(town.runtime, planner, number, "en")
    table = next(t for t in said.tables() if t.name == "Sites")
    assert [row[2:4] for row in table.rows] == [(s["people"], s["share"]) for s in found["sites"]]
    assert found["en"] in [getattr(block, "text", "") for block in said.blocks]
    drawn = reports.shapes(town.runtime, planner, number).added["features"]
    assert len(drawn) == len(found["sites"]) == 2


def test_a_report_may_count_who_has_two_stations(town: Town) -> None:
    number = made(town, depth=2)
    told = material(town, number)
    rule = told["figures"]["rules"]["walk_terrain"]
    said = reports.written(town.runtime, None, number, "zh")
    headline = next(block for block in said.blocks if isinstance(block, Headline))
    assert headline.value == f"{rule['twice_share']:.1%}".replace("%", " %")
    assert "两个以上可去的站点" in headline.words
    districts = next(t for t in said.tables() if t.name == "各区县")
    assert all(row[3] == row[4] for row in districts.rows)


def test_a_report_that_is_cancelled_leaves_none(town: Town, planner: Actor) -> None:
    number = reports.ask(town.runtime, planner, PlanQuestion())
    reports.cancel(town.runtime, planner, number)
    look = reports.look(town.runtime, planner, number)
    assert look.job is not None
    assert look.job.state == "cancelled"
    work(town)
    assert not reports.look(town.runtime, planner, number).made

    def stop(_: str, __: str, share: float) -> None:
        if share > 0.3:
            raise Cancelled("enough")

    other = reports.ask(town.runtime, planner, PlanQuestion())
    with pytest.raises(Cancelled):
        reports.make(town.runtime, planner, other, stop)
    assert not reports.look(town.runtime, planner, other).made


def test_a_question_that_cannot_be_answered_ends_with_its_reason(
    town: Town, planner: Actor
) -> None:
    with pytest.raises(InvalidInput):
        reports.ask(town.runtime, planner, PlanQuestion(minutes=90))
    number = reports.ask(town.runtime, planner, PlanQuestion(scope="atlantis"))
    work(town)
    with town.runtime.connection() as connection:
        job = jobs.look(connection, planner, [reports.KIND], number)
    assert job is not None
    assert job.state == "failed"
    assert "atlantis" in job.problem_en


def test_staff_read_what_planners_ask_for(town: Town, night: int) -> None:
    clerk, keeper = person(town, "clerk", "union_staff"), person(town, "nobody")
    assert reports.material(town.runtime, clerk, night)["run"]
    with pytest.raises(ForbiddenHere):
        reports.ask(town.runtime, clerk, PlanQuestion())
    with pytest.raises(NotFound):
        reports.look(town.runtime, keeper, night)
    with pytest.raises(NotFound):
        reports.look(town.runtime, clerk, 999_999)


def test_chinese_is_set_with_its_own_signs() -> None:
    assert widened("居民(普查),1,234 人;周一 02:00,57 个:无") == (
        "居民\uff08普查\uff09\uff0c1,234 人\uff1b周一 02:00\uff0c57 个\uff1a无"
    )
    assert widened("harbor coverage --repeat 3, x") == "harbor coverage --repeat 3, x"


def test_moments_are_those_of_the_registers_own_clock(town: Town, night: int) -> None:
    said = reports.written(town.runtime, None, night, "zh")
    as_of = datetime.fromisoformat(material(town, night)["inputs"]["as_of"])
    cover = dict(said.cover)
    assert cover["登记截至"] == f"{as_of.astimezone(ZONE):%Y-%m-%d %H:%M}"
    assert cover["时刻"].startswith("2026-03-15\uff08周日\uff0903:00")
    headline = next(block for block in said.blocks if isinstance(block, Headline))
    assert f"登记截至 {cover['登记截至']}" in headline.definition
