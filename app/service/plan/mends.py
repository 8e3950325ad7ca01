"""Why people are left out, and what would mend it, the cheapest kind of mend first."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.domain.hours import OpenState, open_intervals, state_at
from app.domain.services import BY_CODE
from app.service.coverage_inputs import opening_states
from app.service.plan.standing import Standing
from app.store.station_versions import CountedStation

# an assumption: what each kind takes, counted in longer hours of one station that is there
EFFORT = {"hours": 1.0, "service": 2.0, "reopen": 2.0, "new": 6.0}
# what is tried for a new station in each place: where most people are
MOST_SPOTS = 12


class Reason(IntEnum):
    """Why somebody is left out, what is mended most easily first."""

    CLOSED = 0
    SERVICE = 1
    SUSPENDED = 2
    FAR = 3
    OUTSIDE = 4


@dataclass(frozen=True, eq=False)
class Left:
    """Who is left out, and where.

    Attributes:
        weight: float64 of shape (people,), of all who are.
        near: the same of those whom one station more would cover.
        places: their points, by place.
    """

    weight: NDArray[np.float64]
    near: NDArray[np.float64]
    places: list[NDArray[np.int64]]

    @cached_property
    def place(self) -> NDArray[np.int64]:
        """Int64 of shape (people,): the place of each, one more than there are for none."""
        found = np.full(len(self.weight), len(self.places), np.int64)
        for number, points in enumerate(self.places):
            found[points] = number
        return found


@dataclass(frozen=True, slots=True, eq=False)
class Mend:
    """Something that would cover people.

    Attributes:
        kind: ``hours``, ``service``, ``reopen`` or ``new``.
        station: id of the station that it is about, None for a new one.
        zh, en: what to do.
        people: whom it covers in all.
        here: float64 of shape (places,), whom it covers in each place.
        change: what a scenario takes to try it, None if it has no such change.
    """

    kind: str
    station: int | None
    name: str
    zh: str
    en: str
    longitude: float
    latitude: float
    people: float
    here: NDArray[np.float64]
    change: dict[str, Any] | None

    @property
    def effort(self) -> float:
        """What it takes beside longer hours of a station."""
        return EFFORT[self.kind]

    @property
    def worth(self) -> float:
        """People for what it takes: the more, the sooner it is to be done."""
        return self.people / self.effort

    def told(self, *, here: int | None) -> dict[str, Any]:
        """Return it as JSON, with the people it covers in one place, or in the best of all."""
        place = int(np.argmax(self.here)) if here is None and len(self.here) else here
        return {
            "kind": self.kind,
            "station": self.station,
            "name": self.name,
            "zh": self.zh,
            "en": self.en,
            "lon": round(self.longitude, 6),
            "lat": round(self.latitude, 6),
            "people": round(self.people, 1),
            "here": 0.0 if place is None else round(float(self.here[place]), 1),
            "place": None if place is None else place + 1,
            "effort": self.effort,
            "change": self.change,
        }


def reasons_of(standing: Standing, left: NDArray[np.bool_]) -> NDArray[np.int8]:
    """Return why each person is left out, int8 of shape (people,); of several the easiest to mend.

    Args:
        left: bool of shape (people,), who is.
    """
    why = np.full(len(left), Reason.FAR, np.int8)
    why[~standing.ground.people.positions.inside] = Reason.OUTSIDE
    idle = standing.serves & ~standing.used
    lacking = ~standing.serves
    reaches = (
        (Reason.SUSPENDED, standing.reach([(s.longitude, s.latitude) for s in standing.resting])),
        (Reason.SERVICE, standing.catchments.take(np.flatnonzero(lacking))),
        (Reason.CLOSED, standing.catchments.take(np.flatnonzero(idle))),
    )
    for reason, reach in reaches:
        why[reach.point] = reason
    return why


def mends_of(standing: Standing, left: Left, names: list[str]) -> list[Mend]:
    """Return what would cover people, those who are left out anywhere counted."""
    found = [*_hours(standing, left), *_services(standing, left), *_reopenings(standing, left)]
    found += _new(standing, left, names)
    return sorted(found, key=lambda mend: (-mend.worth, mend.effort))


def _gains(left: Left, points: NDArray[np.int32]) -> tuple[float, NDArray[np.float64]]:
    """Return whom a catchment would cover in all, and in each place."""
    weight = left.near[points]
    here = np.bincount(left.place[points], weights=weight, minlength=len(left.places) + 1)
    return float(weight.sum()), here[: len(left.places)].astype(np.float64)


def _hours(standing: Standing, left: Left) -> list[Mend]:
    """Longer hours, or hours that somebody confirms, of stations closed at the asked moment."""
    at = standing.question.at
    if at is None:
        return []
    zone = standing.harbor.settings.zone
    at = at.astimezone(zone)
    calendar = standing.material.calendar
    states = opening_states(standing.stations, at, zone=zone, calendar=calendar)
    mends = []
    for index in np.flatnonzero(standing.serves & ~standing.used).tolist():
        people, here = _gains(left, standing.catchments.row(index)[0])
        if people <= 0:
            continue
        station = standing.stations[index]
        begins, ends = _window(station, at, standing)
        rule = f"Mo-Su,PH {begins}-{ends}"
        hours = rule if not station.hours else f"{station.hours}, {rule}"
        if state_at(hours, at, zone=zone, calendar=calendar).state is not OpenState.OPEN:
            continue
        if states[station.id] is OpenState.UNKNOWN:
            zh = f"核实“{station.name}”在 {begins}–{ends} 是否开门"
            en = f"Find out whether {station.name} is open {begins}–{ends}"
        else:
            zh = f"“{station.name}”加开 {begins}–{ends}"
            en = f"Keep {station.name} open {begins}–{ends} too"
        change = _change(standing, station, "hours", hours)
        mends.append(_mend("hours", station, zh, en, people, here, change))
    return mends


def _change(
    standing: Standing, station: CountedStation, kind: str, value: object
) -> dict[str, Any]:
    """Return the change of hours or services of a station, or of a scenario's new one anew."""
    if station.id > 0:
        return {"kind": kind, "station": station.id, kind: value}
    items = standing.material.inputs["changes"]
    new = [item for item in items if item["kind"] == "open"][-station.id - 1]
    return {**new, kind: value}


def _window(station: CountedStation, at: datetime, standing: Standing) -> tuple[str, str]:
    """Return the hours to add so that the asked one is open: joined to those there are."""
    midnight = at.replace(hour=0, minute=0, second=0, microsecond=0)
    morrow = midnight + timedelta(days=1)
    begins, ends = at, min(at + timedelta(hours=1), morrow)
    stretches = open_intervals(
        station.hours,
        midnight,
        morrow,
        zone=standing.harbor.settings.zone,
        calendar=standing.material.calendar,
    )
    closed = [end for _, end in stretches if end <= at]
    opens = [begin for begin, _ in stretches if begin > at]
    if closed:
        begins = closed[-1]
    elif opens:
        ends = opens[0]
    return f"{begins:%H:%M}", "24:00" if ends == morrow else f"{ends:%H:%M}"


def _services(standing: Standing, left: Left) -> list[Mend]:
    """Services that stations lack, where they are open at the asked moment."""
    question, zone = standing.question, standing.harbor.settings.zone
    states = opening_states(
        standing.stations, question.at, zone=zone, calendar=standing.material.calendar
    )
    mends = []
    for index in np.flatnonzero(~standing.serves).tolist():
        station = standing.stations[index]
        if states.get(station.id, OpenState.OPEN) is not OpenState.OPEN:
            continue
        people, here = _gains(left, standing.catchments.row(index)[0])
        if people <= 0:
            continue
        lacks = [BY_CODE[code] for code in question.services if code not in station.services]
        zh = f"“{station.name}”增设{'、'.join(one.name for one in lacks)}"
        en = f"Add {', '.join(one.name_en.lower() for one in lacks)} at {station.name}"
        services = sorted({*station.services, *question.services})
        change = _change(standing, station, "services", services)
        mends.append(_mend("service", station, zh, en, people, here, change))
    return mends


def _reopenings(standing: Standing, left: Left) -> list[Mend]:
    reach = standing.reach([(s.longitude, s.latitude) for s in standing.resting])
    mends = []
    for index, station in enumerate(standing.resting):
        people, here = _gains(left, reach.row(index)[0])
        if people > 0:
            zh, en = f"恢复暂停的“{station.name}”", f"Open {station.name} again; it is suspended"
            mends.append(_mend("reopen", station, zh, en, people, here, None))
    return mends


def _new(standing: Standing, left: Left, names: list[str]) -> list[Mend]:
    """A new station in each place: at that of its fullest spots from which most are covered."""
    people = standing.ground.people
    spots = [
        place[np.argsort(-left.weight[place], kind="stable")[:MOST_SPOTS]] for place in left.places
    ]
    every = np.concatenate([*spots, np.empty(0, np.int64)]).astype(np.int64)
    reach = standing.reach(
        list(zip(people.longitude[every].tolist(), people.latitude[every].tolist(), strict=True))
    )
    mends, begin = [], 0
    for number, (name, spot) in enumerate(zip(names, spots, strict=True)):
        gains = [_gains(left, reach.row(begin + i)[0]) for i in range(len(spot))]
        begin += len(spot)
        best = max(range(len(spot)), key=lambda i: (gains[i][0], -i))
        if gains[best][0] <= 0:
            continue
        lon, lat = float(people.longitude[spot[best]]), float(people.latitude[spot[best]])
        change = {
            "kind": "open", "key": f"gap{number + 1}", "name": f"{name}(拟建)",
            "lon": round(lon, 6), "lat": round(lat, 6),
            "services": list(standing.question.services), "hours": "24/7",
        }  # fmt: skip
        station = CountedStation(0, None, 0, name, lon, lat, (), None)
        zh, en = f"在{name}新建一站", f"Open a new station at {name}"
        mends.append(_mend("new", station, zh, en, *gains[best], change))
    return mends


def _mend(
    kind: str,
    station: CountedStation,
    zh: str,
    en: str,
    people: float,
    here: NDArray[np.float64],
    change: dict[str, Any] | None,
) -> Mend:
    return Mend(
        kind, station.id or None, station.name, zh, en, station.longitude, station.latitude,
        people, here, change,
    )  # fmt: skip
