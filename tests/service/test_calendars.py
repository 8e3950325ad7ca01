"""The calendar in the database: whole years over the seed, dated, audited, in every answer."""

import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from app.domain.calendar import DayKind, SpecialDay, china
from app.service import calendars, coverage, station_pages
from app.service.coverage import CoverageQuestion
from app.service.nearest import Question, nearest
from app.service.runtime import Runtime
from app.store import audit
from app.store import calendars as stored
from app.store.cluster import Cluster
from app.store.database import Connection
from tests.service import towns
from tests.service.packs import station
from tests.service.towns import Town, at_block

ZONE = ZoneInfo("Asia/Shanghai")
YEAR = max(china().years) + 1
MAY_DAY = date(YEAR, 5, 1)


def written(tmp_path: Path, *lines: str, year: int = YEAR) -> Path:
    file = tmp_path / f"{year}.csv"
    fixed = [f"{year}-{day},holiday,节" for day in ("01-01", "05-01", "10-01")]
    file.write_text("\n".join(["date,kind,name", *fixed, *lines]) + "\n", encoding="utf-8")
    return file


@pytest.fixture
def town(cluster: Cluster, tmp_path: Path) -> Iterator[Town]:
    with towns.opened(cluster, tmp_path / "town") as opened:
        yield opened


def test_an_imported_year_is_known_replaced_and_found_as_it_was(
    connection: Connection, tmp_path: Path
) -> None:
    assert calendars.known(connection) is china()
    (made,) = calendars.import_file(connection, written(tmp_path))
    assert (made.year, made.outcome, made.holidays, made.make_up_workdays) == (YEAR, "new", 3, 0)
    first = calendars.known(connection)
    assert first.kind(MAY_DAY) is DayKind.HOLIDAY
    assert first.kind(date(YEAR, 3, 2)) is DayKind.ORDINARY
    assert first.kind(date(YEAR + 1, 3, 2)) is DayKind.NOT_ANNOUNCED
    assert first.kind(date(YEAR - 1, 10, 1)) is DayKind.HOLIDAY
    then = datetime.now(UTC)
    time.sleep(0.002)

    (again,) = calendars.import_file(connection, written(tmp_path, f"{YEAR}-03-02,holiday,某节"))
    assert (again.outcome, again.holidays) == ("replaced", 4)
    assert calendars.known(connection).kind(date(YEAR, 3, 2)) is DayKind.HOLIDAY
    assert calendars.known(connection, as_of=then).digest == first.digest
    assert calendars.known(connection, as_of=then - timedelta(days=1)).digest == china().digest


def test_the_same_year_again_changes_nothing(connection: Connection, tmp_path: Path) -> None:
    calendars.import_file(connection, written(tmp_path))
    before = stored.newest_change(connection)
    (made,) = calendars.import_file(connection, written(tmp_path))
    assert made.outcome == "unchanged"
    assert stored.newest_change(connection) == before
    events = audit.search(connection, subject=f"calendar {YEAR}", most=10)
    assert [event.action for event in events] == ["calendar.import"]


def test_an_import_reaches_the_snapshot_by_itself(runtime: Runtime, tmp_path: Path) -> None:
    assert runtime.snapshot().calendar.digest == china().digest
    with runtime.connection() as connection:
        calendars.import_file(connection, written(tmp_path))
    deadline = time.monotonic() + 10
    while runtime.snapshot().calendar.kind(MAY_DAY) is not DayKind.HOLIDAY:
        assert time.monotonic() < deadline, "the snapshot never heard of the calendar"
        time.sleep(0.05)


def test_riders_pages_and_runs_follow_it(town: Town, tmp_path: Path) -> None:
    """Every day of the next two weeks becomes a holiday: offices are not sure to be open."""
    today = datetime.now(ZONE).date()
    noon = datetime.combine(_workday(today), datetime.min.time(), ZONE) + timedelta(hours=12)
    before = _asked(town, noon)
    with town.runtime.connection() as connection:
        _all_holidays(connection, today)
        run = coverage.measure(
            connection, town.runtime.snapshot().streets, town.settings, CoverageQuestion(at=noon)
        )
        town.runtime.refresh()
        again, same = coverage.repeat(
            connection, town.runtime.snapshot().streets, town.settings, run.id
        )
    assert before["朝天门站"] == "open"
    assert _asked(town, noon)["朝天门站"] == "unknown"
    assert _asked(town, noon)["解放碑站"] == "open"
    assert run.inputs["calendar_digest"] == town.runtime.snapshot().calendar.digest
    assert (again.id, same) == (run.id, True)
    office = station("Mo-Su 09:00-17:00")
    calendar = town.runtime.snapshot().calendar
    week = station_pages.page(office, None, zone=ZONE, calendar=calendar)["week"]
    assert next(day["text"] for day in week if day["today"]) == "–"


def test_a_run_repeats_by_the_calendar_of_its_day(town: Town, tmp_path: Path) -> None:
    noon = datetime(YEAR, 3, 3, 12, tzinfo=ZONE)
    snapshot = town.runtime.snapshot()
    with town.runtime.connection() as connection:
        run = coverage.measure(
            connection, snapshot.streets, town.settings, CoverageQuestion(at=noon)
        )
        calendars.import_file(connection, written(tmp_path, f"{YEAR}-03-03,holiday,某节"))
        _, same = coverage.repeat(connection, snapshot.streets, town.settings, run.id)
        newer = coverage.measure(
            connection, snapshot.streets, town.settings, CoverageQuestion(at=noon)
        )
        at_no_hour = [
            coverage.measure(connection, snapshot.streets, town.settings, CoverageQuestion())
            for _ in range(2)
        ]
    assert same
    assert newer.id != run.id
    assert newer.inputs["calendar_digest"] != run.inputs["calendar_digest"]
    assert at_no_hour[0].inputs["calendar_digest"] is None
    assert at_no_hour[0].id == at_no_hour[1].id


def _workday(day: date) -> date:
    """The first Monday to Friday after a day."""
    day += timedelta(days=1)
    while day.weekday() > 4:
        day += timedelta(days=1)
    return day


def _all_holidays(connection: Connection, first: date) -> None:
    days = [first + timedelta(days=n) for n in range(-7, 15)]
    for year in {day.year for day in days}:
        free = [SpecialDay(day, DayKind.HOLIDAY) for day in days if day.year == year]
        with connection.transaction():
            stored.enter(connection, year, free, file_name="all.csv")


def _asked(town: Town, at: datetime) -> dict[str, str]:
    lon, lat = at_block(7.0, 7.0)
    question = Question(longitude=lon, latitude=lat, k=50, at=at)
    answer = nearest(town.runtime.snapshot(), town.settings, question)
    return {found.station.name: found.opening.state.value for found in answer.stations}
