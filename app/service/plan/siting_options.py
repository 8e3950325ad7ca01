"""What siting is asked: goal, limits, and where new stations may go; all that is wrong is told."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from app.domain.errors import FieldError, InvalidInput
from app.domain.station import HostKind
from app.files.hosts import Host, read_hosts
from geo.datum import parse_datum, to_wgs84
from geo.errors import InvalidValue
from geo.siting import Goal

MOST_NUMBER = 2_000
MOST_PICKED = 2_000
LEAST_SPACING_METRES, MOST_SPACING_METRES = 20.0, 2_000.0
# kinds of candidates that are no premises, and the cost of what has no other
HOST, CORNER, PICKED, ANY = "host", "corner", "picked", "any"
# premises that may lend a room, in Chinese and English, and whose host that is
KINDS: dict[str, tuple[str, str, HostKind]] = {
    "bank": ("银行", "Bank", HostKind.BANK),
    "post_office": ("邮政网点", "Post office", HostKind.POST_OFFICE),
    "fuel": ("加油站", "Filling station", HostKind.FUEL),
    "community_centre": ("社区中心", "Community centre", HostKind.COMMUNITY),
    "social_centre": ("活动中心", "Social centre", HostKind.COMMUNITY),
    "social_facility": ("社会服务机构", "Social facility", HostKind.COMMUNITY),
    "political_party": ("党群服务中心", "Party centre", HostKind.PARTY_CENTRE),
    "union": ("工会", "Trade union", HostKind.UNION),
    "toilets": ("公共厕所", "Public toilet", HostKind.TOILET),
    "library": ("图书馆", "Library", HostKind.LIBRARY),
    "pharmacy": ("药店", "Pharmacy", HostKind.PHARMACY),
    "clinic": ("诊所", "Clinic", HostKind.OTHER),
    "convenience": ("便利店", "Convenience store", HostKind.OTHER),
    "supermarket": ("超市", "Supermarket", HostKind.OTHER),
    "marketplace": ("市场", "Market", HostKind.OTHER),
    "bus_station": ("公交站场", "Bus station", HostKind.OTHER),
    "police": ("派出所", "Police station", HostKind.OTHER),
    "townhall": ("政务大厅", "Town hall", HostKind.OTHER),
    "government": ("政府机关", "Government office", HostKind.OTHER),
}
# what candidates are called that are no premises
OTHERS: dict[str, tuple[str, str]] = {
    HOST: ("名单上的单位", "Hosts of the list"),
    CORNER: ("路口", "Street corners"),
    PICKED: ("必选地点", "Forced places"),
}
PREMISES = ("bank", "post_office", "fuel", "community_centre", "toilets", "library")
_GOALS = {goal.value: goal for goal in Goal} | {"fewest": Goal.SHARE}

Spot = tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class SitingOptions:
    """What is wanted.

    Attributes:
        goal: cover, share or walk.
        number: how many new stations at most.
        target: for the goal share, the share of people to be covered, 0 to 1.
        budget: what they may cost together, in what costs are counted in.
        kinds: of premises of the street extract that are candidates.
        corners: whether any street corner is one.
        spacing_metres: how far corners are apart at least.
        hosts: a list's candidates, in WGS-84.
        costs: by kind of candidate, ``host``, ``corner``, ``picked``, or ``any`` for the rest.
        quotas: most new stations by the code of a district or its union.
        forced, forbidden: lon, lat in WGS-84 of places that have to, or may not, be chosen.
    """

    goal: Goal = Goal.COVER
    number: int | None = None
    target: float | None = None
    budget: float | None = None
    kinds: tuple[str, ...] = PREMISES
    corners: bool = False
    spacing_metres: float = 100.0
    hosts: tuple[Host, ...] = ()
    costs: Mapping[str, float] = field(default_factory=dict)
    quotas: Mapping[str, int] = field(default_factory=dict)
    forced: tuple[Spot, ...] = ()
    forbidden: tuple[Spot, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return them as JSON, as :func:`stored` reads them."""
        return asdict(self) | {"goal": self.goal.value}


def stored(told: Mapping[str, Any]) -> SitingOptions:
    """Read options that were written as JSON."""
    lists = {name: tuple(tuple(spot) for spot in told[name]) for name in ("forced", "forbidden")}
    return SitingOptions(**{
        **told, **lists, "goal": Goal(told["goal"]), "kinds": tuple(told["kinds"]),
        "hosts": tuple(Host(**host) for host in told["hosts"]),
    })  # fmt: skip


def placed(hosts: Sequence[Host], *, datum: str) -> tuple[Host, ...]:
    """Return hosts in WGS-84 degrees.

    Raises:
        InvalidInput: if the datum is not known.
    """
    if not hosts:
        return ()
    try:
        lon, lat = to_wgs84(
            [host.longitude for host in hosts], [host.latitude for host in hosts],
            datum=parse_datum(datum),
        )  # fmt: skip
    except InvalidValue as error:
        raise _refused([FieldError("datum", str(error), "没有这种坐标系")]) from None
    return tuple(
        Host(host.name, round(float(x), 7), round(float(y), 7), host.cost)
        for host, x, y in zip(hosts, lon, lat, strict=True)
    )


def wanted(given: Mapping[str, Any], *, hosts: Path | None = None) -> SitingOptions:
    """Read what a page or a shell sends.

    Args:
        given: ``goal``, ``number``, ``target``, ``budget``, ``kinds``, ``streets`` (or
            ``corners``), ``spacing``, ``hosts`` (a list as text) with its ``datum``, ``costs``,
            ``quotas``, ``forced`` and ``forbidden`` (lists of [lon, lat]).
        hosts: a list as a file instead.

    Raises:
        InvalidInput, UnreadableFile: naming everything that cannot be used.
    """
    errors: list[FieldError] = []
    reader = _Reader(given, errors)
    goal = _GOALS.get(str(given.get("goal", Goal.COVER.value)))
    if goal is None:
        reader.wrong("goal", f"is not one of {', '.join(_GOALS)}", "没有这种目标")
    number = reader.number("number", whole=True)
    text = given.get("hosts") or ""
    if not isinstance(text, str):
        reader.wrong("hosts", "is not a list as text", "应为文字")
        text = ""
    listed: list[Host] = []
    if hosts is not None:
        listed = read_hosts(hosts, file_name=hosts.name)
    elif text.strip():
        listed = read_hosts(text.encode(), file_name="hosts")
    kinds = given.get("kinds", PREMISES)
    spacing = reader.number("spacing")
    options = SitingOptions(
        goal=goal or Goal.COVER,
        number=None if number is None else int(number),
        target=reader.number("target"),
        budget=reader.number("budget"),
        kinds=tuple(map(str, kinds)) if isinstance(kinds, list | tuple) else (),
        corners=bool(given.get("corners", given.get("streets", False))),
        spacing_metres=100.0 if spacing is None else spacing,
        hosts=placed(listed, datum=str(given.get("datum") or "wgs84")),
        costs=reader.amounts("costs"),
        quotas=reader.counts("quotas"),
        forced=reader.spots("forced"),
        forbidden=reader.spots("forbidden"),
    )
    if errors:
        raise _refused(errors)
    check_options(options)
    return options


def check_options(options: SitingOptions) -> None:
    """Raise :class:`InvalidInput` with everything that is wrong with options."""
    errors = [*_limits(options), *_candidates(options)]
    if errors:
        raise _refused(errors)


def _limits(options: SitingOptions) -> list[FieldError]:
    number, target, budget = options.number, options.target, options.budget
    wrong = []
    if number is not None and not 1 <= number <= MOST_NUMBER:
        wrong.append(FieldError("number", f"{number} is not from 1 to {MOST_NUMBER:,}",
                                f"新站点数应在 1 到 {MOST_NUMBER:,} 之间"))  # fmt: skip
    if budget is not None and not budget > 0:
        wrong.append(FieldError("budget", f"{budget:g} pays for nothing; give an amount above 0",
                                "预算应大于 0"))  # fmt: skip
    if options.goal is Goal.SHARE:
        if target is None or not 0 < target <= 1:
            wrong.append(FieldError("target", "a share above 0 and at most 1 is needed",
                                    "请填写要达到的覆盖率(大于 0,至多 100%)"))  # fmt: skip
        if number is not None or budget is not None:
            wrong.append(FieldError("number", "nothing beside a share to reach",
                                    "求最少站点时不再限定站点数或预算"))  # fmt: skip
    elif number is None and budget is None:
        wrong.append(FieldError("number", "a number of new stations, or a budget, is needed",
                                "请填写新站点数,或预算"))  # fmt: skip
    wrong += [
        FieldError(f"costs.{kind}", "is no amount of 0 or more", "费用应为不小于 0 的数")
        for kind, cost in options.costs.items()
        if not (math.isfinite(cost) and cost >= 0)
    ]
    wrong += [
        FieldError(f"costs.{kind[:40]}", "is no kind of candidate", "没有这类候选地点")
        for kind in options.costs
        if kind not in KINDS and kind not in OTHERS and kind != ANY
    ]
    wrong += [
        FieldError(f"quotas.{code}", "is no number of 0 or more", "配额应为不小于 0 的整数")
        for code, most in options.quotas.items()
        if most < 0
    ]
    return wrong


def _candidates(options: SitingOptions) -> list[FieldError]:
    wrong = []
    unknown = [kind for kind in options.kinds if kind not in KINDS]
    if unknown:
        wrong.append(FieldError("kinds", f"unknown {', '.join(unknown)[:80]}; known are"
                                f" {', '.join(KINDS)}", "没有这类地点"))  # fmt: skip
    if not (options.kinds or options.corners or options.hosts or options.forced):
        wrong.append(FieldError("kinds", "there is nothing to choose from: name premises, a list"
                                " or street corners", "请至少选一种候选地点"))  # fmt: skip
    if not LEAST_SPACING_METRES <= options.spacing_metres <= MOST_SPACING_METRES:
        metres = f"{LEAST_SPACING_METRES:g} to {MOST_SPACING_METRES:g} m"
        wrong.append(FieldError("spacing", f"is not {metres}", "路口间距应在 20 到 2000 米之间"))
    wrong += [
        FieldError(name, f"more than {MOST_PICKED:,} places", "地点太多")
        for name in ("forced", "forbidden")
        if len(getattr(options, name)) > MOST_PICKED
    ]
    if options.number is not None and len(options.forced) > options.number:
        wrong.append(FieldError("forced", f"{len(options.forced)} places have to be chosen, more"
                                f" than {options.number}", "必选地点比新站点数还多"))  # fmt: skip
    if set(options.forced) & set(options.forbidden):
        wrong.append(FieldError("forced", "a place has to be chosen and may not be",
                                "同一地点既必选又禁选"))  # fmt: skip
    return wrong


@dataclass(frozen=True, slots=True)
class _Reader:
    """The fields of a page, and what is wrong with them."""

    given: Mapping[str, Any]
    errors: list[FieldError]

    def wrong(self, name: str, english: str, chinese: str) -> None:
        """Note what is wrong with a field."""
        self.errors.append(FieldError(name, english, chinese))

    def number(self, name: str, *, whole: bool = False) -> float | None:
        """Return a finite number, None where none is given."""
        value = self.given.get(name)
        if value is None:
            return None
        if _is_number(value) and not (whole and value != int(value)):
            return float(value)
        self.wrong(name, "is not a number" if not whole else "is not a whole number",
                   "应为整数" if whole else "应为数字")  # fmt: skip
        return None

    def amounts(self, name: str) -> dict[str, float]:
        """Return numbers by key."""
        value = self.given.get(name) or {}
        if isinstance(value, Mapping) and all(map(_is_number, value.values())):
            return {str(key): float(amount) for key, amount in value.items()}
        self.wrong(name, "is no object of numbers", "应为数字")
        return {}

    def counts(self, name: str) -> dict[str, int]:
        """Return whole numbers by key."""
        amounts = self.amounts(name)
        for key, amount in amounts.items():
            if not amount.is_integer():
                self.wrong(f"{name}.{key}", f"{amount:g} is not a whole number",
                           f"{amount:g} 不是整数")  # fmt: skip
        return {key: int(amount) for key, amount in amounts.items()}

    def spots(self, name: str) -> tuple[Spot, ...]:
        """Return lon, lat of places, each once."""
        value = self.given.get(name) or []
        if isinstance(value, list) and all(map(_is_spot, value)):
            # what is nearer than a hand's breadth is the same place
            return tuple(dict.fromkeys((round(lon, 6), round(lat, 6)) for lon, lat in value))
        self.wrong(name, "is no list of [longitude, latitude]", "应为经度、纬度的列表")
        return ()


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e12


def _is_spot(value: object) -> bool:
    return (
        isinstance(value, list | tuple)
        and len(value) == 2
        and all(map(_is_number, value))
        and abs(value[0]) <= 180
        and abs(value[1]) <= 90
    )


def _refused(errors: list[FieldError]) -> InvalidInput:
    return InvalidInput(errors, attempted="look for places of new stations")
