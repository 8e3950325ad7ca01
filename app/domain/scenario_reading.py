"""A scenario's changes read from JSON: everything that is wrong is told at once, item by item."""

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from app.domain.errors import FieldError, InvalidInput
from app.domain.hours import normalise
from app.domain.place import place_problem
from app.domain.scenario_items import Changes, Close, Hours, Item, Move, Open, Services
from app.domain.services import BY_CODE
from app.domain.station import HostKind

MOST_ITEMS = 2_000
# so many faults are told at once
MOST_NAMED = 20
LONGEST_NAME = 200
LONGEST_KEY = 40
_KEY = re.compile(rf"[A-Za-z0-9_-]{{1,{LONGEST_KEY}}}")
_BIGGEST_ID = 2**63 - 1
_BIGGEST_COST = 1e12
_ATTEMPTED = "read the scenario's changes"


@dataclass(frozen=True, slots=True)
class _Reader:
    """One item being read; what is wrong with it goes into ``errors``."""

    number: int
    given: dict[str, Any]
    errors: list[FieldError]

    def wrong(self, name: str, message: str, zh: str) -> None:
        """Note what is wrong with a field; people count items from 1, programs from 0."""
        field = ".".join(filter(None, ("changes", str(self.number), name)))
        place = f"item {self.number + 1}: "
        self.errors.append(FieldError(field, place + message, f"第 {self.number + 1} 项:{zh}"))

    def text(self, name: str, *, most: int, needed: bool = False) -> str:
        """Return a text on one line, empty where it is none."""
        value = self.given.get(name)
        if value is not None and not isinstance(value, str):
            self.wrong(name, f"{name} is no text", f"{name} 应为文字")
            return ""
        found = " ".join((value or "").split())
        if needed and not found:
            self.wrong(name, f"{name} is missing", f"缺少 {name}")
        if len(found) > most:
            self.wrong(name, f"{name} is longer than {most} signs", f"{name} 最多 {most} 个字")
        if not found.isprintable():
            self.wrong(name, f"{name} holds signs that cannot be shown", f"{name} 含有不可见字符")
        return found

    def identity(self, name: str, *, needed: bool) -> int | None:
        """Return the id of something in the register."""
        value = self.given.get(name)
        if value is None and not needed:
            return None
        if isinstance(value, int) and not isinstance(value, bool) and 0 < value <= _BIGGEST_ID:
            return value
        self.wrong(name, f"{name} is no id of the register", f"{name} 不是登记册里的编号")
        return None

    def place(self) -> tuple[float, float]:
        """Return longitude and latitude, zeros where they are none."""
        degrees = [_number(self.given.get(name)) for name in ("lon", "lat")]
        for name, value in zip(("lon", "lat"), degrees, strict=True):
            if value is None:
                self.wrong(name, f"{name} is no number of degrees", f"{name} 应为度数")
        if degrees[0] is None or degrees[1] is None:
            return 0.0, 0.0
        problem = place_problem(degrees[0], degrees[1])
        if problem is not None:
            name = {"longitude": "lon", "latitude": "lat"}[problem[0]]
            self.wrong(name, f"{problem[0]} {problem[1]}", "经纬度超出范围或者写反了,请核对")
        return degrees[0], degrees[1]

    def services(self) -> tuple[str, ...]:
        """Return codes of services, sorted, each once."""
        value = self.given.get("services")
        if not isinstance(value, list) or not all(isinstance(code, str) for code in value):
            self.wrong("services", "services is no list of codes", "services 应为服务代码的列表")
            return ()
        unknown = sorted({code for code in value if code not in BY_CODE})
        if unknown:
            listed = ", ".join(code[:LONGEST_KEY] for code in unknown[:5])
            self.wrong("services", f"no such service: {listed}", f"没有这些服务:{listed}")
        return tuple(sorted(set(value) & BY_CODE.keys()))

    def hours(self) -> str | None:
        """Return hours in the usual spelling, None if nobody knows them."""
        value = self.given.get("hours")
        if value is None or value == "":
            return None
        if not isinstance(value, str):
            self.wrong("hours", "hours is no text", "hours 应为文字")
            return None
        try:
            return normalise(value)
        except InvalidInput as error:
            said = "; ".join(one.message for one in error.errors)
            self.wrong("hours", f"hours: {said}. {error.remedy}",
                       "开放时间看不懂,请写成“Mo-Fr 08:30-17:30”或“24/7”")  # fmt: skip
            return None


def parse(listed: Sequence[Any]) -> Changes:
    """Read changes from JSON.

    Raises:
        InvalidInput: naming everything that cannot be used, by ``changes.<item>.<field>``.
    """
    if isinstance(listed, str | bytes) or not isinstance(listed, Sequence):
        raise _refused([FieldError("changes", "is no list", "应为列表")])
    if len(listed) > MOST_ITEMS:
        raise _refused([
            FieldError("changes", f"{len(listed)} items; a scenario holds at most {MOST_ITEMS}",
                       f"有 {len(listed)} 项,一个方案最多 {MOST_ITEMS} 项")
        ])  # fmt: skip
    errors: list[FieldError] = []
    read = [_item(number, given, errors) for number, given in enumerate(listed)]
    items = tuple(item for item in read if item is not None)
    if not errors:
        _refuse_twice(items, errors)
    if errors:
        raise _refused(errors)
    return Changes(items)


def _item(number: int, given: Any, errors: list[FieldError]) -> Item | None:
    if not isinstance(given, dict):
        _Reader(number, {}, errors).wrong("", "is no object", "应为对象")
        return None
    reader = _Reader(number, given, errors)
    kind = given.get("kind")
    if not isinstance(kind, str) or kind not in _KINDS:
        known = ", ".join(_KINDS)
        reader.wrong("kind", f"no such kind of change; known: {known}",
                     f"没有这种变动,可用:{known}")  # fmt: skip
        return None
    make, fields = _KINDS[kind]
    for name in sorted(map(str, given.keys() - fields - {"kind"}))[:3]:
        shown = name[:LONGEST_KEY]
        reader.wrong(shown, f"{shown} is no field of {kind}", f"{kind} 没有 {shown} 这一项")
    return make(reader)


def _open(reader: _Reader) -> Open:
    longitude, latitude = reader.place()
    return Open(
        key=_key(reader),
        name=reader.text("name", most=LONGEST_NAME, needed=True),
        name_en=reader.text("name_en", most=LONGEST_NAME),
        longitude=longitude,
        latitude=latitude,
        services=reader.services(),
        hours=reader.hours(),
        host_name=reader.text("host_name", most=LONGEST_NAME),
        host_kind=_host_kind(reader),
        cost=_cost(reader),
        draft=reader.identity("draft", needed=False),
    )


def _key(reader: _Reader) -> str:
    value = reader.given.get("key")
    if isinstance(value, str) and _KEY.fullmatch(value):
        return value
    reader.wrong("key", f"key is not 1 to {LONGEST_KEY} letters, digits, - and _",
                 f"key 应为 1 到 {LONGEST_KEY} 个字母、数字、- 或 _")  # fmt: skip
    return ""


def _host_kind(reader: _Reader) -> HostKind | None:
    value = reader.text("host_kind", most=LONGEST_KEY)
    if not value:
        return None
    if value not in list(HostKind):
        known = ", ".join(HostKind)
        reader.wrong("host_kind", f"no such kind of host; known: {known}",
                     f"没有这种场所,可用:{known}")  # fmt: skip
        return None
    return HostKind(value)


def _cost(reader: _Reader) -> float | None:
    value = reader.given.get("cost")
    if value is None:
        return None
    cost = _number(value)
    if cost is None or not 0 <= cost <= _BIGGEST_COST:
        reader.wrong("cost", "cost is no number from 0 up", "费用应为不小于 0 的数")
        return None
    return cost


def _station(reader: _Reader) -> int:
    return reader.identity("station", needed=True) or 0


def _request(reader: _Reader) -> int | None:
    return reader.identity("request", needed=False)


def _move(reader: _Reader) -> Move:
    longitude, latitude = reader.place()
    return Move(
        station=_station(reader), longitude=longitude, latitude=latitude, request=_request(reader)
    )


def _close(reader: _Reader) -> Close:
    return Close(station=_station(reader))


def _hours(reader: _Reader) -> Hours:
    return Hours(station=_station(reader), hours=reader.hours(), request=_request(reader))


def _services(reader: _Reader) -> Services:
    return Services(station=_station(reader), services=reader.services(), request=_request(reader))


_OPEN_FIELDS = frozenset({
    "key", "name", "name_en", "lon", "lat", "services", "hours", "host_name", "host_kind", "cost",
    "draft",
})  # fmt: skip
_KINDS: dict[str, tuple[Callable[[_Reader], Item], frozenset[str]]] = {
    "open": (_open, _OPEN_FIELDS),
    "move": (_move, frozenset({"station", "lon", "lat", "request"})),
    "close": (_close, frozenset({"station"})),
    "hours": (_hours, frozenset({"station", "hours", "request"})),
    "services": (_services, frozenset({"station", "services", "request"})),
}


def _refuse_twice(items: Sequence[Item], errors: list[FieldError]) -> None:
    """Note new stations of one key, and stations that are changed twice in one way."""
    seen: dict[str, int] = {}
    for number, item in enumerate(items):
        first = seen.setdefault(item.key, number)
        if first != number:
            _Reader(number, {}, errors).wrong(
                "key" if isinstance(item, Open) else "station",
                f"{item.key} stands in item {first + 1} already",
                f"与第 {first + 1} 项重复({item.key})",
            )  # fmt: skip


def _number(value: Any) -> float | None:
    """Return a finite number of JSON as a float, None if it is none."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        found = float(value)
    except OverflowError:
        return None
    return found if math.isfinite(found) else None


def _refused(errors: list[FieldError]) -> InvalidInput:
    return InvalidInput(errors[:MOST_NAMED], attempted=_ATTEMPTED)
