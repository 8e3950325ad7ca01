"""The list of stations as data: what it can be narrowed by, sorted by, and show.

A view of the list is the query string of its address and nothing else, so an
address can be sent, kept and gone back to.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import date
from typing import Any

from app.domain.lifecycle import State
from app.domain.services import BY_CODE
from app.domain.station import HostKind

MOST_WORDS = 200
FIRST_YEAR, LAST_YEAR = 1950, 2200
BIGGEST_ID = 2**63 - 1

# how a station stands by its last inspection
STANDINGS: dict[str, tuple[str, str]] = {
    "passed": ("达标", "Up to standard"),
    "failed": ("未达标", "Not up to standard"),
    "never": ("未检查", "Never inspected"),
}


@dataclass(frozen=True, slots=True)
class Sort:
    """What a list may be sorted by; ``down`` says which end it begins at."""

    key: str
    name: str
    name_en: str
    down: bool = False


SORTS: tuple[Sort, ...] = (
    Sort("changed", "最近修改", "Last changed", down=True),
    Sort("name", "名称", "Name"),
    Sort("number", "编号", "Number"),
    Sort("since", "状态起始", "In this state since"),
    Sort("confirmed", "最早未确认", "Longest not confirmed"),
    Sort("entered", "最近登记", "Last entered", down=True),
)
SORT_BY_KEY: dict[str, Sort] = {sort.key: sort for sort in SORTS}
_PAST_ORDER = SORT_BY_KEY["entered"]


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the list; ``shown`` says whether it is there unless somebody chooses."""

    key: str
    name: str
    name_en: str
    shown: bool = True


COLUMNS: tuple[Column, ...] = (
    Column("number", "编号", "Number"),
    Column("state", "状态", "State"),
    Column("union", "工会", "Union"),
    Column("district", "区县", "District", False),
    Column("address", "地址", "Address"),
    Column("services", "服务", "Services", False),
    Column("host", "共建单位", "Host", False),
    Column("host_kind", "单位类型", "Kind of host", False),
    Column("verified", "核实", "Verified", False),
    Column("placed", "定位", "Placed", False),
    Column("stars", "达标", "Standing"),
    Column("hours", "开放时间", "Opening hours", False),
    Column("since", "状态起始", "Since", False),
    Column("confirmed", "最近确认", "Confirmed", False),
    Column("changed", "最近修改", "Changed"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """What a list is narrowed to.

    Attributes:
        q: words that all have to be found in the search text.
        whose: ``mine`` for the unions the person has a role in, ``all`` for whatever is seen.
        state: states, any of them; none are all but discarded ones.
        union, district: ids of unions, and codes of districts, any of them.
        service: services on site, all of them.
        host: kinds of host, any of them.
        verified, placed: yes or no.
        standing: one of :data:`STANDINGS`.
        stars: at least so many.
        unconfirmed: nobody confirmed the record since before this day.
        as_of: the day at whose end the list is shown; None is now.
    """

    q: str = ""
    whose: str = "mine"
    state: tuple[State, ...] = ()
    union: tuple[int, ...] = ()
    district: tuple[str, ...] = ()
    service: tuple[str, ...] = ()
    host: tuple[HostKind, ...] = ()
    verified: bool | None = None
    placed: bool | None = None
    standing: str | None = None
    stars: int | None = None
    unconfirmed: date | None = None
    as_of: date | None = None

    @property
    def is_narrow(self) -> bool:
        """Whether anything was chosen."""
        return self != Filters(whose=self.whose, as_of=self.as_of)


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """What an address of the list says: filters, order, columns.

    Attributes:
        refused: what was asked of a day of the past that nobody can say of it:
            ``unconfirmed``, because the record knows the last confirmation alone, and ``sort``.
    """

    filters: Filters = Filters()
    sort: Sort = SORTS[0]
    down: bool = SORTS[0].down
    columns: tuple[str, ...] = tuple(column.key for column in COLUMNS if column.shown)
    refused: tuple[str, ...] = ()


def read_view(query: Iterable[tuple[str, str]]) -> View:
    """Read a view from a query string's pairs; what cannot be read is left out.

    An address may be old or typed by hand: a list that shows what it understood,
    with its filters in plain sight, is of more use than a refusal.
    """
    given: dict[str, list[str]] = {}
    for name, value in query:
        given.setdefault(name, []).extend(value.split(",") if name in _MANY else [value])
    read: dict[str, Any] = {}
    for name, reader in _READERS.items():
        values = [
            found for text in given.get(name, ()) if (found := _tried(reader, text)) is not None
        ]
        if values:
            read[name] = tuple(dict.fromkeys(values)) if name in _MANY else values[-1]
    asked = (given.get("sort") or [""])[-1]
    sort = SORT_BY_KEY.get(asked.removeprefix("-").removeprefix("+"), SORTS[0])
    down = sort.down if not asked.startswith(("-", "+")) else asked.startswith("-")
    known = {column.key for column in COLUMNS}
    chosen = tuple(key for key in given.get("columns", ()) if key in known)
    columns = tuple(
        column.key for column in COLUMNS if (column.key in chosen if chosen else column.shown)
    )
    view = View(filters=Filters(**read), sort=sort, down=down, columns=columns)
    return view if view.filters.as_of is None else _of_the_past(view)


def _of_the_past(view: View) -> View:
    """Return what can be shown of a day of the past, in the order of entering."""
    refused = []
    if view.filters.unconfirmed is not None:
        refused.append("unconfirmed")
    if (view.sort, view.down) not in ((SORTS[0], SORTS[0].down), (_PAST_ORDER, False)):
        refused.append("sort")
    return replace(
        view, filters=replace(view.filters, unconfirmed=None), sort=_PAST_ORDER, down=False,
        refused=tuple(refused),
    )  # fmt: skip


def query_of(view: View) -> list[tuple[str, str]]:
    """Write a view as the pairs of a query string; what is as usual is left out."""
    pairs: list[tuple[str, str]] = []
    for item in fields(Filters):
        value = getattr(view.filters, item.name)
        if value == item.default:
            continue
        if isinstance(value, tuple):
            pairs.append((item.name, ",".join(str(part) for part in value)))
        elif isinstance(value, bool):
            pairs.append((item.name, "yes" if value else "no"))
        else:
            pairs.append((item.name, str(value)))
    # a day of the past has one order
    usual = (SORTS[0], SORTS[0].down)
    if view.filters.as_of is None and (view.sort, view.down) != usual:
        sign = "" if view.down == view.sort.down else "-" if view.down else "+"
        pairs.append(("sort", sign + view.sort.key))
    if view.columns != View().columns:
        pairs.append(("columns", ",".join(view.columns)))
    return pairs


def _tried(reader: Callable[[str], Any], text: str) -> Any:
    try:
        return reader(text.strip())
    except (ValueError, KeyError):
        return None


def _words(text: str) -> str | None:
    shown = "".join(sign if sign.isprintable() else " " for sign in text)
    return " ".join(shown.split())[:MOST_WORDS] or None


def _yes_or_no(text: str) -> bool:
    return {"yes": True, "no": False}[text]


def _id(text: str) -> int | None:
    plain = text.isascii() and text.isdigit() and len(text) <= 19
    return int(text) if plain and int(text) <= BIGGEST_ID else None


def _adcode(text: str) -> str | None:
    return text if len(text) == 6 and text.isascii() and text.isdigit() else None


def _day(text: str) -> date | None:
    day = date.fromisoformat(text)
    return day if FIRST_YEAR <= day.year <= LAST_YEAR else None


def _stars(text: str) -> int | None:
    return int(text) if text in {"1", "2", "3", "4", "5"} else None


def _one_of(known: Mapping[str, object]) -> Callable[[str], str | None]:
    return lambda text: text if text in known else None


_READERS: dict[str, Callable[[str], Any]] = {
    "q": _words,
    "whose": _one_of({"mine": 1, "all": 1}),
    "state": State,
    "union": _id,
    "district": _adcode,
    "service": _one_of(BY_CODE),
    "host": HostKind,
    "verified": _yes_or_no,
    "placed": _yes_or_no,
    "standing": _one_of(STANDINGS),
    "stars": _stars,
    "unconfirmed": _day,
    "as_of": _day,
}
_MANY = {"state", "union", "district", "service", "host", "columns"}
