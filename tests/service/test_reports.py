"""Reports, doubts and check-ins against a real register: who says what, and what comes of it."""

import io
import subprocess
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import settings as settings_of_hypothesis
from hypothesis import strategies as st
from PIL import ExifTags, Image

from app.domain.actor import Actor
from app.domain.errors import Conflict, ForbiddenHere, InvalidInput, NotFound, TooMany
from app.domain.hours import OpenState, Reason
from app.domain.lifecycle import State
from app.domain.number import make as make_number
from app.domain.opening import opening
from app.domain.reports import shown_ticket
from app.service import plaques, reports, visits
from app.service.errors import InvalidValue
from app.service.reports import Draft, Source, Spot
from app.service.runtime import Runtime
from app.service.visits import Visit
from app.settings import Settings
from app.store import _programs, report_sources, stations
from app.store.cluster import Cluster
from app.store.stations import StationRecord
from geo.datum import from_wgs84
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


# Making and finding ------------------------------------------------------------------------------


def picture(width: int = 600) -> bytes:
    exif = Image.Exif()
    exif[ExifTags.Base.Make] = "139 0000 0007"
    out = io.BytesIO()
    Image.new("RGB", (width, 400), "teal").save(out, "JPEG", exif=exif)
    return out.getvalue()


def test_a_report_is_found_by_its_ticket_however_it_is_typed(bay: Bay) -> None:
    station = bay.station("24/7")
    made = bay.report(station, DAY, "other", text="  门口 灯坏了\n请看看 ").report
    with bay.runtime.connection() as connection:
        shown = shown_ticket(made.ticket)
        for typed in (made.ticket, shown, shown.lower(), f" {shown} ".replace("0", "O")):
            assert reports.find(connection, typed) == made
        for wrong, error in (("", InvalidInput), ("U" * 10, InvalidInput), ("0" * 10, NotFound)):
            with pytest.raises(error):
                reports.find(connection, wrong)
        words = one(connection, "SELECT words FROM report WHERE ticket = %s", made.ticket)
    assert words == "门口 灯坏了 请看看"
    assert not hasattr(made, "words")


def test_the_same_report_sent_again_is_the_first_one(bay: Bay) -> None:
    station, phone, once = bay.station("24/7"), bay.source(), uuid.uuid4()
    first = bay.report(station, DAY, "no_water", source=phone, once=once)
    for again in (
        bay.report(station, DAY, "no_water", source=bay.source(), once=once),
        bay.report(station, DAY + 11.9 * HOUR, "no_water", source=phone),
        bay.report(station, DAY + HOUR, "no_water", source=Source("10.7.7.0/24", phone.device)),
    ):
        assert (again.fresh, again.report.ticket) == (False, first.report.ticket)
    other_kind = bay.report(station, DAY, "toilet_broken", source=phone)
    other_station = bay.report(bay.station("24/7"), DAY, "no_water", source=phone)
    later = bay.report(station, DAY + 12.1 * HOUR, "no_water", source=phone)
    tickets = {first.report.ticket, *(m.report.ticket for m in (other_kind, other_station, later))}
    assert len(tickets) == 4


def test_twins_at_the_same_moment_are_one_report(bay: Bay) -> None:
    station, phone, once = bay.station("24/7"), bay.source(), uuid.uuid4()
    with ThreadPoolExecutor(6) as pool:
        made = list(pool.map(
            lambda _: bay.report(station, DAY, source=phone, once=once), range(6)
        ))  # fmt: skip
    assert len({one.report.ticket for one in made}) == 1
    assert [one.fresh for one in made].count(True) == 1


def test_reports_at_the_same_moment_see_each_other(bay: Bay) -> None:
    station = bay.station("24/7")
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: bay.report(station, DAY), range(4)))
    assert bay.state(station, DAY + HOUR) == DOUBTED


def test_one_source_may_send_only_so_much(bay: Bay) -> None:
    stations_, at = [bay.station("24/7") for _ in range(7)], DAY + 720 * HOUR
    phone = bay.source()
    for station in stations_[:6]:
        bay.report(station, at, source=phone)
    with pytest.raises(TooMany) as refused:
        bay.report(stations_[6], at, source=phone)
    assert 0 < refused.value.wait_seconds <= 3600
    assert bay.report(stations_[0], at, source=phone).fresh is False
    assert bay.report(stations_[6], at + HOUR, source=phone).fresh


def test_a_thousand_reports_from_one_address_end_at_its_allowance(bay: Bay) -> None:
    station, at = bay.station("24/7"), DAY + 744 * HOUR
    taken = refused = 0
    for hour in range(6):
        for _ in range(25):
            try:
                bay.report(
                    station, at + hour * HOUR, "wrong_place",
                    source=bay.source(network="10.6.6.0/24"),
                )  # fmt: skip
                taken += 1
            except TooMany:
                refused += 1
    assert (taken, refused) == (60, 90)


@pytest.mark.parametrize(
    ("draft", "field"),
    [
        ({"kind": "noise"}, "kind"), ({"kind": "other"}, "text"),
        ({"kind": "other", "text": " \n "}, "text"),
        ({"kind": "locked", "text": "长" * 201}, "text"),
        ({"kind": "locked", "text": "a\0b"}, "text"),
        ({"kind": "locked", "text": "\ud800"}, "text"),
        ({"kind": "locked", "photo": b"<html>"}, "photo"),
        ({"kind": "locked", "photo": b""}, "photo"),
        ({"kind": "locked", "photo": b"\0\0\0\x18ftypheic" + b"\0" * 40}, "photo"),
        ({"kind": "locked", "photo": b"\xff\xd8\xff" + b"\0" * 8_000_000}, "photo"),
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_refused_by_its_field(
    bay: Bay, draft: dict[str, object], field: str
) -> None:
    station = bay.station("24/7")
    with pytest.raises(InvalidInput) as refused:
        bay.report(station, DAY, **draft)  # type: ignore[arg-type]
    assert [error.field for error in refused.value.errors] == [field]
    assert all(error.zh for error in refused.value.errors)


def test_a_station_that_is_gone_says_so_and_a_merged_one_leads_to_its_survivor(bay: Bay) -> None:
    exited = bay.station("24/7", State.EXITED)
    merged, survivor = bay.station("24/7"), bay.station("24/7")
    with bay.runtime.connection() as connection:
        proof = bay.proof(merged)
        stations.merge(connection, [(merged.id, survivor.id)])
    bay.runtime.refresh()
    with pytest.raises(Conflict) as gone:
        bay.report(exited, DAY)
    assert "已退出" in gone.value.zh
    made = bay.report(merged, DAY + HOUR, proof=proof)
    assert made.report.station_id == survivor.id
    assert bay.state(survivor, DAY + HOUR) == DOUBTED  # the plaque still hangs there
    code = str(survivor.code)
    mistyped = code[:-1] + str((int(code[-1]) + 1) % 10)
    for text, error in ((mistyped, InvalidInput), (make_number("500199", 99998), NotFound)):
        with pytest.raises(error):
            reports.make(bay.runtime, Draft(station=text, kind="locked"), bay.source())


def test_a_spot_that_is_none_is_refused(bay: Bay) -> None:
    station = bay.station("24/7")
    for spot in (Spot(float("nan"), 29.0), Spot(500.0, 29.0), Spot(LON, LAT, "mars")):
        with pytest.raises(InvalidValue):
            bay.report(station, DAY, spot=spot)


def test_a_phone_in_another_datum_is_at_the_place(bay: Bay) -> None:
    station = bay.station("24/7")
    lon, lat = from_wgs84(LON, LAT, datum="gcj02")
    bay.report(station, DAY, spot=Spot(lon, lat, "gcj02"))
    assert bay.state(station, DAY) == DOUBTED
    other = bay.station("24/7")
    bay.report(other, DAY, spot=Spot(lon, lat))
    assert bay.state(other, DAY) == OPEN


# Answers -----------------------------------------------------------------------------------------


def actor(bay: Bay, person: str) -> Actor:
    return Actor(bay.city.people[person])


def ids(bay: Bay, station: StationRecord, person: str = "north_clerk", **more: bool) -> list[int]:
    with bay.runtime.connection() as connection:
        found = reports.listed(connection, actor(bay, person), station_id=station.id, **more)  # type: ignore[arg-type]
    return [row.id for row in found]


@pytest.mark.parametrize(
    ("said", "expected"),
    [("open_now", OPEN), ("mended", OPEN), ("not_so", OPEN), ("will_mend", DOUBTED)],
)
def test_an_answer_closes_the_report_and_restores_the_state(
    bay: Bay, said: str, expected: tuple[OpenState, Reason]
) -> None:
    station, past = bay.station("24/7"), datetime.now(UTC) - HOUR
    ticket = bay.report(station, past, spot=NEAR).report.ticket
    bay.report(station, past)
    bay.report(station, past, "no_water")
    first, *_ = ids(bay, station)
    with bay.runtime.connection() as connection:
        clerk = actor(bay, "north_clerk")
        assert reports.answer(connection, clerk, first, answer=said, note=" 看过 ") == 2
        with pytest.raises(Conflict):
            reports.answer(connection, clerk, first, answer="mended")
        assert reports.find(connection, ticket).answer == said
        assert reports.counts(connection, clerk, station.id) == {"open": 1, "closed": 2}
        about = "SELECT count(*) FROM audit_event WHERE action = 'report.answer' AND subject = %s"
        assert one(connection, about, f"station {station.id}") == 1
    assert bay.state(station, datetime.now(UTC)) == expected
    assert len(ids(bay, station, closed=True)) == 2


def test_water_that_runs_again_says_nothing_about_the_door(bay: Bay) -> None:
    station, past = bay.station("24/7"), datetime.now(UTC) - HOUR
    bay.report(station, past, spot=NEAR)
    bay.report(station, past, "no_water", spot=NEAR)
    with bay.runtime.connection() as connection:
        water = ids(bay, station)[1]
        reports.answer(connection, actor(bay, "north_clerk"), water, answer="mended")
    assert bay.state(station, datetime.now(UTC)) == DOUBTED
    with bay.runtime.connection() as connection:
        visits.say_open(connection, actor(bay, "north_clerk"), station.id)
    assert bay.state(station, datetime.now(UTC)) == OPEN


def test_reports_reach_the_keeper_and_staff_once_while_they_are_open(bay: Bay) -> None:
    station = bay.station("24/7")
    with bay.runtime.connection() as connection:
        keeper = one(
            connection, "INSERT INTO keeper (station_id) VALUES (%s) RETURNING id", station.id
        )
    bay.report(station, DAY)
    bay.report(station, DAY)
    bay.report(station, DAY, "no_water")
    told = "SELECT count(*) FROM notice WHERE kind = 'report.received' AND recipient = %s"
    about = f"{told} AND station_id = %s"
    with bay.runtime.connection() as connection:
        for person, count in (("north_clerk", 2), ("south_clerk", 0), ("north_judge", 0)):
            recipient = f"user:{bay.city.people[person]}"
            assert one(connection, about, recipient, station.id) == count, person
        assert one(connection, about, f"keeper:{keeper}", station.id) == 2


def test_only_staff_of_the_union_and_the_keeper_see_and_answer(bay: Bay) -> None:
    station, other = bay.station("24/7"), bay.station("24/7")
    bay.report(station, DAY, "other", text="<script>alert(1)</script>", photo=picture())
    with bay.runtime.connection() as connection:
        connection.execute(
            "INSERT INTO user_grant (user_id, role, station_id) VALUES (%s, 'keeper', %s)",
            (bay.city.people["nobody"], other.id),
        )
        (report,) = ids(bay, station)
        for person in ("south_clerk", "rail_clerk", "planner", "nobody"):
            assert ids(bay, station, person) == [], person
            for forbidden in (
                lambda who: reports.answer(connection, who, report, answer="mended"),
                lambda who: reports.photo_of(connection, who, report),
            ):
                with pytest.raises(NotFound):
                    forbidden(actor(bay, person))
        with pytest.raises(ForbiddenHere):
            reports.answer(connection, actor(bay, "auditor"), report, answer="mended")
        connection.execute("UPDATE user_grant SET station_id = %s WHERE role = 'keeper'",
                           (station.id,))  # fmt: skip
        keeper = actor(bay, "nobody")
        photo = reports.photo_of(connection, keeper, report)
        assert b"139 0000 0007" not in photo.content
        assert reports.listed(connection, keeper)[0].words == "<script>alert(1)</script>"
        assert reports.answer(connection, keeper, report, answer="will_mend") == 1
        connection.execute("DELETE FROM user_grant WHERE role = 'keeper'")


# Visits and supplies -----------------------------------------------------------------------------


def test_a_visit_is_counted_once_for_a_device_station_and_hour(bay: Bay) -> None:
    station, phone, once, at = bay.station("24/7"), bay.source(), uuid.uuid4(), DAY + 9.5 * HOUR

    def sent(moment: datetime, token: uuid.UUID | None = None) -> bool:
        visit = Visit(station=str(station.code), once=token or uuid.uuid4())
        return visits.check_in(bay.runtime, visit, phone, at=moment).counted

    assert [sent(at, once), sent(at, once), sent(at), sent(at + HOUR)] == [True, False, False, True]
    assert not sent(at + 2 * HOUR, once)
    bay.visit(station, at)
    with bay.runtime.connection() as connection:
        found = connection.execute(
            "SELECT visits FROM station_visit WHERE station_id = %s ORDER BY hour", (station.id,)
        ).fetchall()
    assert found == [(2,), (1,)]


def test_a_device_does_not_check_in_everywhere(bay: Bay) -> None:
    phone = bay.source()
    sent = [Visit(station=str(bay.station("24/7").code), once=uuid.uuid4()) for _ in range(13)]
    for visit in sent[:12]:
        assert visits.check_in(bay.runtime, visit, phone, at=DAY).counted
    with pytest.raises(TooMany):
        visits.check_in(bay.runtime, sent[12], phone, at=DAY)


def test_what_ran_out_is_read_with_the_station_until_it_is_back(bay: Bay) -> None:
    station = bay.station("24/7")
    with bay.runtime.connection() as connection:

        def say(who: str, supply: str, *, there: bool) -> bool:
            return visits.say_supply(connection, actor(bay, who), station.id, supply, there=there)

        assert say("north_clerk", "water", there=False)
        assert say("north_clerk", "toilet_paper", there=False)
        assert not say("north_clerk", "water", there=False)
        assert bay.read(station.id).out == ("toilet_paper", "water")
        with pytest.raises(InvalidInput):
            say("north_clerk", "beer", there=False)
        with pytest.raises(ForbiddenHere):
            say("south_clerk", "water", there=True)
        assert say("north_clerk", "toilet_paper", there=True)
        assert bay.read(station.id).out == ("water",)
        assert say("north_clerk", "water", there=True)
    assert bay.read(station.id).out == ()


def test_a_doubt_is_in_every_snapshot_within_moments(cluster: Cluster, runtime: Runtime) -> None:
    with runtime.connection() as connection:
        station = brought_to(connection, None, State.ACTIVE, hours="24/7")
    code = str(runtime.refresh().stations[0].code)
    reports.make(runtime, Draft(station=code, kind="locked", spot=NEAR), Source("10.0.0.0/24", "x"))
    waited = time.monotonic() + 5
    while not runtime.snapshot().by_code[code].doubts:
        assert time.monotonic() < waited
        time.sleep(0.05)
    assert runtime.snapshot().by_code[code].id == station


# What is kept ------------------------------------------------------------------------------------


def test_texts_photos_and_notes_go_some_time_after_closing(bay: Bay) -> None:
    station, past = bay.station("24/7"), datetime.now(UTC) - HOUR
    ticket = bay.report(
        station, past, "other", text="说明", photo=picture(), once=uuid.uuid4()
    ).report.ticket
    settings, now = Settings(report_days=90), datetime.now(UTC)
    files = "SELECT count(*) FROM stored_file WHERE station_id = %s"
    with bay.runtime.connection() as connection:
        reports.erase_old(connection, settings, now + timedelta(days=500))
        assert one(connection, files, station.id) == 1  # it is open
        (report,) = ids(bay, station)
        reports.answer(connection, actor(bay, "north_clerk"), report, answer="mended", note="内部")
        reports.erase_old(connection, settings, now + timedelta(days=89))
        assert one(connection, files, station.id) == 1
        assert reports.erase_old(connection, settings, now + timedelta(days=91)) >= 1
        assert one(connection, files, station.id) == 0
        left = connection.execute(
            "SELECT words, note, photo_id, once FROM report WHERE ticket = %s", (ticket,)
        ).fetchone()
        assert left == ("", "", None, None)
        assert reports.find(connection, ticket).answer == "mended"
        assert reports.erase_old(connection, settings, now + timedelta(days=91)) == 0


def test_a_salt_lives_a_day_and_every_mark_goes_with_it(bay: Bay) -> None:
    station, at = bay.station("24/7"), DAY + 2400 * HOUR
    bay.report(station, at)
    bay.visit(station, at)
    marks = "SELECT count(*) FROM report WHERE source_device IS NOT NULL AND station_id = %s"
    with bay.runtime.connection() as connection:
        reports.forget_sources(connection, at + 11 * HOUR)
        assert one(connection, marks, station.id) == 1
        assert reports.forget_sources(connection, at + 24 * HOUR) >= 1
        assert one(connection, marks, station.id) == 0
        assert one(connection, "SELECT count(*) FROM report_salt WHERE begins <= %s", at) == 0
        assert one(connection, "SELECT count(*) FROM report_tally WHERE hour <= %s", at) == 0


def test_a_dump_holds_no_position_address_or_device(bay: Bay) -> None:
    station, at = bay.station("24/7"), DAY + 9 * HOUR
    source = Source("203.0.113.0/24", "device-token-in-the-clear")
    spot, once = Spot(106.5771234, 29.5571234), uuid.uuid4()
    bay.report(station, at, source=source, spot=spot)
    visit = Visit(station=str(station.code), once=once, spot=spot)
    visits.check_in(bay.runtime, visit, source, at=at)
    program = _programs.find().path("pg_dump")
    dump = subprocess.run(
        [program, bay.city.url], capture_output=True, check=True, text=True
    ).stdout
    assert "COPY public.report " in dump
    for told in ("203.0.113", "device-token", "106.5771234", "29.5571234", str(once),
                 b"device-token-in-the-clear".hex()):  # fmt: skip
        assert told not in dump


# The slow, obvious model -------------------------------------------------------------------------

Event = tuple[float, str, int, int]
MOMENTS = [quarter / 4 for quarter in range(4 * 24, 4 * 60, 3)]


def slowly(events: list[Event], spans: list[tuple[float, float, float]], at: float) -> bool:
    """Whether a doubt holds at an hour, straight from the words of the rule.

    Args:
        spans: from, to, and end of the hours of that day, for each open stretch.
    """
    for begins, kind, network, device in events:
        ends = [min(last, begins + 12) for low, high, last in spans if low <= begins < high]
        if kind == "visit" or begins > at or not ends or at >= ends[0]:
            continue
        proofs = [moment for moment, what, *_ in events if what == "visit" and moment <= at]
        if any(moment > begins for moment in proofs):
            continue
        last_proof = max((moment for moment in proofs if moment <= begins), default=-1.0)
        for other, what, far, another in events:
            there = [min(last, other + 12) for low, high, last in spans if low <= other < high]
            if (
                what != "visit" and last_proof <= other <= begins
                and there and there[0] > begins
                and far != network and another != device
            ):  # fmt: skip
                return True
        if kind == "strong":
            return True
    return False


PLANS: dict[str, list[tuple[float, float, float]]] = {
    "24/7": [(0, 1000, 1000)],
    "Mo-Su 08:30-12:00,14:00-18:00": [
        (24 * d + low, 24 * d + high, 24 * d + 18)
        for d in range(4) for low, high in ((8.5, 12), (14, 18))
    ],
    "Mo-Su 18:00-02:00": [(24 * d - 6, 24 * d + 2, 24 * d + 2) for d in range(5)],
}  # fmt: skip


@settings_of_hypothesis(max_examples=25)
@given(
    hours=st.sampled_from(sorted(PLANS)),
    events=st.lists(
        st.tuples(
            st.integers(24 * 6, 50 * 6).map(lambda sixth: sixth / 6),
            st.sampled_from(["weak", "weak", "strong", "visit"]),
            st.integers(1, 3), st.integers(1, 3),
        ),
        max_size=7, unique_by=lambda event: event[0],
    ),
)  # fmt: skip
def test_doubts_are_those_of_the_slow_obvious_model(
    bay: Bay, hours: str, events: list[Event]
) -> None:
    ordered, station = sorted(events), bay.station(hours)
    day, told = DAY - timedelta(days=1), []
    run = uuid.uuid4()
    for event in ordered:
        at, kind, network, device = event
        source = Source(f"{run} {network}", f"{run} {device}")
        moment = day + at * HOUR
        if kind == "visit":
            visit = Visit(station=str(station.code), once=uuid.uuid4(), spot=NEAR)
            visits.check_in(bay.runtime, visit, source, at=moment)
            told.append(event)
            continue
        spot = NEAR if kind == "strong" else None
        draft = Draft(station=str(station.code), kind="locked", spot=spot)
        # what is the same as an earlier report is none
        if reports.make(bay.runtime, draft, source, at=moment).fresh:
            told.append(event)
    for at in MOMENTS:
        if at < (ordered[-1][0] if ordered else 0):
            continue
        expected = slowly(told, PLANS[hours], at)
        plain = opening(State.ACTIVE, hours, day + at * HOUR, zone=ZONE)
        if plain.state is OpenState.OPEN:
            assert (bay.state(station, day + at * HOUR) == DOUBTED) == expected, at
