"""Reports, doubts and check-ins against a real register: who says what, and what comes of it."""

import io
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import psycopg
import pytest
from PIL import Image

from app.domain.errors import Conflict, InvalidInput, NotFound, TooMany
from app.domain.hours import OpenState, Reason
from app.domain.lifecycle import State
from app.domain.number import make as make_number
from app.domain.opening import opening
from app.service import plaques, reports, visits
from app.service.reports import Draft, Source, Spot
from app.service.runtime import Runtime
from app.service.visits import Visit
from app.settings import Settings
from app.store import report_sources, stations
from app.store.cluster import Cluster
from app.store.stations import StationRecord
from tests.store.people import City, brought_to, one, own_database, settle

ZONE = ZoneInfo("Asia/Shanghai")
HOUR = timedelta(hours=1)
# a Wednesday to come, so that nothing has ended by the server's own clock
DAY = datetime(2031, 3, 12, tzinfo=ZONE)
LON, LAT = 106.577, 29.557
NEAR, FAR = Spot(LON + 0.001, LAT), Spot(LON + 0.003, LAT)


class Bay:
    """A register of its own with one union, and stations made at need."""

    def __init__(self, runtime: Runtime, city: City) -> None:
        self.runtime = runtime
        self.city = city
        self._serial = 0

    def station(self, hours: str | None, state: State = State.ACTIVE) -> StationRecord:
        with self.runtime.connection() as connection:
            id_ = brought_to(connection, self.city.unions["north"], state, hours=hours)
        self.runtime.refresh()
        return self.read(id_)

    def read(self, station_id: int) -> StationRecord:
        with self.runtime.connection() as connection:
            found = stations.by_id(connection, station_id)
        assert found is not None
        return found

    def source(self, *, network: str = "", device: str = "") -> Source:
        """Another network and device every time, unless one is named."""
        self._serial += 1
        fresh = f"10.{self._serial // 250}.{self._serial % 250}.0/24"
        return Source(network or fresh, device or f"device-{self._serial}")

    def report(
        self, station: StationRecord, at: datetime, kind: str = "locked", *,
        source: Source | None = None, **more: object,
    ) -> reports.Made:  # fmt: skip
        draft = Draft(station=str(station.code), kind=kind, **more)  # type: ignore[arg-type]
        return reports.make(self.runtime, draft, source or self.source(), at=at)

    def visit(self, station: StationRecord, at: datetime, **more: object) -> visits.CheckedIn:
        once = uuid.uuid4()
        sent = Visit(station=str(station.code), **{"once": once, **more})  # type: ignore[arg-type]
        return visits.check_in(self.runtime, sent, self.source(), at=at)

    def state(self, station: StationRecord, at: datetime) -> tuple[OpenState, Reason]:
        record = self.read(station.id)
        answer = opening(
            State(record.state), record.hours, at, zone=ZONE, closures=record.closures,
            doubts=record.doubts,
        )  # fmt: skip
        return answer.state, answer.reason

    def proof(self, station: StationRecord) -> str:
        with self.runtime.connection() as connection:
            secret = report_sources.plaque_secret(connection)
        return plaques.proof_of(secret, str(station.code))


@pytest.fixture(scope="module")
def bay(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bay]:
    with own_database(cluster, "bay") as url:
        city = settle(url)
        runtime = Runtime(Settings(var=tmp_path_factory.mktemp("bay")), url)
        runtime.start(watch=False)
        try:
            yield Bay(runtime, city)
        finally:
            runtime.stop()


OPEN, CLOSED = (OpenState.OPEN, Reason.HOURS), (OpenState.CLOSED, Reason.HOURS)
DOUBTED = (OpenState.UNKNOWN, Reason.REPORTED_LOCKED)
BREAK = "Mo-Su 08:30-12:00,14:00-18:00"


# Doubts ------------------------------------------------------------------------------------------


def test_one_report_from_far_away_changes_nothing(bay: Bay) -> None:
    station = bay.station("Mo-Su 08:00-20:00")
    bay.report(station, DAY + 9 * HOUR)
    bay.report(station, DAY + 9 * HOUR, spot=FAR)
    assert bay.state(station, DAY + 10 * HOUR) == DOUBTED  # two sources
    other = bay.station("Mo-Su 08:00-20:00")
    bay.report(other, DAY + 9 * HOUR, spot=FAR, proof="00000000")
    assert bay.state(other, DAY + 10 * HOUR) == OPEN


@pytest.mark.parametrize("way", ["spot", "proof"])
def test_one_report_from_the_place_makes_the_state_unknown(bay: Bay, way: str) -> None:
    station = bay.station("Mo-Su 08:00-20:00")
    at = DAY + 9 * HOUR
    bay.report(station, at, **{way: NEAR if way == "spot" else bay.proof(station)})
    assert bay.state(station, at - HOUR / 60) == OPEN
    assert bay.state(station, at) == DOUBTED
    assert bay.state(station, DAY + 19 * HOUR) == DOUBTED
    assert bay.state(station, DAY + 21 * HOUR) == CLOSED
    assert bay.state(station, DAY + 33 * HOUR) == OPEN
    record = bay.read(station.id)
    answer = opening(State.ACTIVE, record.hours, at + HOUR, zone=ZONE, doubts=record.doubts)
    assert (answer.until, answer.reported_at) == (DAY + 20 * HOUR, at)
    assert answer.opens_at == DAY + 32 * HOUR


def test_two_reports_count_if_network_and_device_both_differ(bay: Bay) -> None:
    for second, doubted in (
        (Source("10.9.1.0/24", "phone-1"), False),
        (Source("10.9.2.0/24", "phone-1"), False),
        (Source("10.9.1.0/24", "phone-2"), False),
        (Source("10.9.2.0/24", "phone-2"), True),
        (Source("10.9.2.0/24"), True),
        (Source("10.9.1.0/24"), False),
    ):
        station = bay.station("24/7")
        at = DAY + 9 * HOUR
        bay.report(station, at, source=Source("10.9.1.0/24", "phone-1"))
        bay.report(station, at + HOUR, source=second)
        expected = DOUBTED if doubted else OPEN
        assert bay.state(station, at + 2 * HOUR) == expected, second.network
        assert bay.state(station, at + HOUR / 2) == OPEN


def test_one_device_is_one_source_across_the_change_of_the_salt(bay: Bay) -> None:
    station = bay.station("24/7")
    before, after = DAY + 7.9 * HOUR, DAY + 8.1 * HOUR  # midnight in Greenwich lies between
    phone = Source("10.8.1.0/24", "the-same")
    first = bay.report(station, before, source=phone)
    again = bay.report(station, after, source=phone)
    assert (again.fresh, again.report.ticket) == (False, first.report.ticket)
    bay.report(station, after, source=Source("10.8.2.0/24", "the-same"))
    assert bay.state(station, after) == OPEN
    bay.report(station, after, source=Source("10.8.2.0/24", "another"))
    assert bay.state(station, after) == DOUBTED


@pytest.mark.parametrize(
    ("hours", "made", "ends"),
    [
        (BREAK, 9, 18), (BREAK, 15, 18), ("Mo-Su 18:00-02:00", 19, 26),
        ("Mo-Su 18:00-02:00", 25, 26), ("Mo-Su 06:00-24:00", 23, 24), ("24/7", 9, 21),
        ("Mo-Su 06:00-23:00", 7, 19), ("Mo-Su 08:00-10:00,20:00-22:00", 9, 21),
    ],
)  # fmt: skip
def test_a_doubt_fades_with_the_posted_hours_of_its_day(
    bay: Bay, hours: str, made: int, ends: int
) -> None:
    station = bay.station(hours)
    bay.report(station, DAY + made * HOUR, spot=NEAR)
    (doubt,) = bay.read(station.id).doubts
    assert (doubt.begins, doubt.ends) == (DAY + made * HOUR, DAY + ends * HOUR)


def test_in_a_break_it_is_closed_and_not_said_to_open_while_the_doubt_lasts(bay: Bay) -> None:
    station = bay.station(BREAK)
    bay.report(station, DAY + 9 * HOUR, spot=NEAR)
    record = bay.read(station.id)
    answer = opening(State.ACTIVE, BREAK, DAY + 13 * HOUR, zone=ZONE, doubts=record.doubts)
    assert (answer.state, answer.opens_at) == (OpenState.CLOSED, DAY + 32.5 * HOUR)
    assert bay.state(station, DAY + 15 * HOUR) == DOUBTED


@pytest.mark.parametrize("hours", ["Mo-Su 20:00-22:00", None, "not hours at all"])
def test_where_the_hours_say_no_open_there_is_nothing_to_doubt(bay: Bay, hours: str | None) -> None:
    station = bay.station(hours)
    made = bay.report(station, DAY + 9 * HOUR, spot=NEAR)
    assert made.fresh
    assert bay.read(station.id).doubts == ()


def test_other_kinds_raise_no_doubt(bay: Bay) -> None:
    station = bay.station("24/7")
    for kind in ("no_water", "toilet_broken", "wrong_place"):
        bay.report(station, DAY + 9 * HOUR, kind, spot=NEAR)
    assert bay.state(station, DAY + 10 * HOUR) == OPEN


def test_a_closed_or_suspended_station_is_no_matter_of_doubt(bay: Bay) -> None:
    station = bay.station("24/7", State.SUSPENDED)
    bay.report(station, DAY + 9 * HOUR, spot=NEAR)
    assert bay.read(station.id).doubts == ()


def test_who_gets_in_lifts_the_doubt_and_a_later_report_raises_it_again(bay: Bay) -> None:
    station = bay.station("24/7")
    at = DAY + 9 * HOUR
    bay.report(station, at)
    bay.report(station, at, spot=NEAR)
    assert bay.visit(station, at + HOUR / 2, spot=FAR) == visits.CheckedIn(True, False)
    assert bay.state(station, at + HOUR) == DOUBTED
    assert bay.visit(station, at + HOUR, proof=bay.proof(station)).proved
    assert bay.state(station, at + HOUR) == OPEN
    assert bay.read(station.id).last_proved == at + HOUR
    # what was before the proof counts no more beside a new one
    bay.report(station, at + 2 * HOUR)
    assert bay.state(station, at + 2 * HOUR) == OPEN
    bay.report(station, at + 2 * HOUR, spot=NEAR)
    assert bay.state(station, at + 2 * HOUR) == DOUBTED
    bay.visit(station, at + 2 * HOUR + HOUR / 60, spot=NEAR)
    assert bay.state(station, at + 3 * HOUR) == OPEN
