"""What a phone keeps of the stations around, for when there is no signal."""

import gzip
import json
import random
from dataclasses import replace
from datetime import timedelta
from itertools import cycle
from typing import Any

import pytest

from app.domain import number
from app.domain.errors import InvalidInput
from app.domain.hours import OpenState
from app.domain.lifecycle import State
from app.domain.opening import opening
from app.domain.services import SERVICES
from app.service.area import DAYS, DOORS, Where, area
from app.store.stations import StationRecord
from geo.datum import from_wgs84, to_wgs84
from tests.domain.hours_cases import CALENDAR, OFFICE, ZONE, moment
from tests.service.packs import snapshot, station
from tests.service.slowly import straight

HERE = (106.55, 29.56)
NOW = moment("03-11 09:17")
TEXTS = (OFFICE, "24/7", None, "Mo-Su 18:00-02:00", "Mo-Su 08:00-20:00; PH off")


def scattered(count: int, *, reach: float = 0.2, seed: int = 3) -> list[StationRecord]:
    draw = random.Random(seed)
    codes = [service.code for service in SERVICES]
    return [
        replace(
            station(hours), id=serial, code=number.make("500103", serial),
            name=f"{draw.choice('解朝较临七两菜上')}{draw.choice('放天场江星路园清')}驿站{serial}",
            name_en=f"Harbor {serial}", longitude=HERE[0] + draw.uniform(-reach, reach),
            latitude=HERE[1] + draw.uniform(-reach, reach), door=draw.choice(DOORS),
            services=tuple(draw.sample(codes, 4)),
            last_proved=NOW - timedelta(minutes=draw.randrange(200_000)),
        )
        for serial, hours in zip(range(1, count + 1), cycle(TEXTS))
    ]  # fmt: skip


def ask(stations: list[StationRecord], **options: object) -> dict[str, Any]:
    where = Where(longitude=HERE[0], latitude=HERE[1], **options)  # type: ignore[arg-type]
    return area(snapshot(CALENDAR, stations), where, now=NOW, zone=ZONE)


def rows_of(told: dict[str, Any]) -> list[dict[str, Any]]:
    """Turn the columns of an answer into rows."""
    columns = told["stations"]
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def place_of(told: dict[str, Any], row: dict[str, Any]) -> tuple[float, float]:
    lon, lat = told["centre"]
    return lon + row["east"] / 1e6, lat + row["north"] / 1e6


def test_every_station_within_ten_kilometres_is_there_once_nearest_first() -> None:
    stations = scattered(400)
    told = ask(stations)
    listed = rows_of(told)
    rows = {row["code"]: row for row in listed}
    assert len(rows) == len(listed)
    within = {s.code for s in stations if straight(HERE, (s.longitude, s.latitude)) <= 10_000}
    beyond = {s.code for s in stations if straight(HERE, (s.longitude, s.latitude)) > 11_000}
    assert len(within) > 40
    assert len(beyond) > 40
    assert within <= set(rows)
    assert not beyond & set(rows)
    metres = [straight(HERE, place_of(told, row)) for row in rows.values()]
    assert metres == pytest.approx(sorted(metres), abs=0.2)


def test_a_row_says_what_the_record_says() -> None:
    stations = [
        *scattered(30, reach=0.02),
        replace(station(None), code="500103000990", door=None, verified=False, services=()),
    ]
    told = json.loads(json.dumps(ask(stations)))
    by_code = {one.code: one for one in stations}
    for row in rows_of(told):
        one = by_code[row["code"]]
        lon, lat = place_of(told, row)
        east, north = lon + row["gcj02_east"] / 1e6, lat + row["gcj02_north"] / 1e6
        bits, door, proved = row["services"], row["door"], row["proved"]
        assert (row["name"], row["name_en"]) == (one.name, one.name_en)
        assert (lon, lat) == pytest.approx((one.longitude, one.latitude), abs=1e-6)
        assert to_wgs84(east, north, datum="gcj02") == pytest.approx((lon, lat), abs=3e-6)
        held = {service for i, service in enumerate(told["services"]) if bits >> i & 1}
        assert held == set(one.services)
        assert (told["doors"][door] if door >= 0 else None) == one.door
        at = None if one.last_proved is None else int(one.last_proved.timestamp()) // 60
        assert (proved or None) == at
        assert row["verified"] == int(one.verified)


def test_the_hours_of_two_weeks_answer_as_the_server_does() -> None:
    stations = scattered(10, reach=0.02)
    told = json.loads(json.dumps(ask(stations)))
    by_code = {one.code: one for one in stations}
    for row in rows_of(told):
        one = by_code[row["code"]]
        for hours in range(0, 24 * 14, 7):
            at = NOW + timedelta(hours=hours)
            minute = int(at.timestamp()) // 60 - told["begins"]
            assert 0 <= minute < told["days"] * 24 * 60
            state = next(
                (s for a, b, s, _ in told["schedules"][row["schedule"]] if a <= minute < b), 0
            )
            expected = opening(State(one.state), one.hours, at, zone=ZONE, calendar=CALENDAR).state
            assert [OpenState.CLOSED, OpenState.OPEN, OpenState.UNKNOWN][state] is expected


def test_the_same_facts_have_the_same_version_whenever_they_were_read() -> None:
    stations = scattered(20)
    first = ask(stations)
    later = area(
        replace(snapshot(CALENDAR, stations), taken_at=NOW + timedelta(hours=3)),
        Where(longitude=HERE[0], latitude=HERE[1], known=str(first["version"])),
        now=NOW + timedelta(hours=3), zone=ZONE,
    )  # fmt: skip
    assert later == {"version": first["version"], "unchanged": True, "as_of": later["as_of"]}
    assert later["as_of"] != first["as_of"]
    changed = [replace(stations[0], name="新名"), *stations[1:]]
    assert ask(changed, known=str(first["version"]))["version"] != first["version"]


def test_two_weeks_are_told_from_any_moment_of_the_first_day() -> None:
    told = ask(scattered(1))
    begins = int(told["begins"]) * 60
    last = begins + DAYS * 86_400
    assert begins <= NOW.timestamp()
    assert last >= (NOW.replace(hour=23, minute=59) + timedelta(days=14)).timestamp()


def test_a_thousand_stations_fit_into_thirty_kilobytes() -> None:
    told = ask(scattered(1000, reach=0.05))
    assert len(rows_of(told)) == 1000
    text = json.dumps(told, ensure_ascii=False, separators=(",", ":"))
    assert len(gzip.compress(text.encode())) < 30_000


def test_a_place_is_read_in_its_datum_and_refused_if_it_is_none() -> None:
    east, north = from_wgs84(*HERE, datum="bd09")
    stations = scattered(60)
    there = area(
        snapshot(CALENDAR, stations), Where(longitude=east, latitude=north, datum="bd09"),
        now=NOW, zone=ZONE,
    )  # fmt: skip
    assert there["centre"] == pytest.approx(HERE, abs=2e-6)
    with pytest.raises(InvalidInput, match="swap them"):
        area(
            snapshot(CALENDAR, stations), Where(longitude=HERE[1], latitude=HERE[0]),
            now=NOW, zone=ZONE,
        )  # fmt: skip


def test_an_empty_register_has_an_empty_area() -> None:
    assert rows_of(ask([])) == []
