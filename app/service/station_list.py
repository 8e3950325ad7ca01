"""The list of stations as a person sees it: pages, files, views that are kept."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Any
from urllib.parse import urlencode

from app.domain import number
from app.domain.actor import Actor
from app.domain.errors import FieldError, InvalidInput, NotFound
from app.domain.lifecycle import FACTS, State
from app.domain.services import BY_CODE
from app.domain.station_list import BIGGEST_ID, View, query_of
from app.files.station_export import write_csv
from app.files.workbook import Cell, write_sheet
from app.store import audit, saved_views, search, station_list
from app.store.database import Connection
from app.store.rights import acting_as
from app.store.saved_views import SavedView
from app.store.station_list import Row

__all__ = [
    "Choices", "Listing", "Row", "SavedView", "choices", "export", "keep_view", "kept_views",
    "listing", "remove_view",
]  # fmt: skip

PAGE = 50
# names that a search reads for itself; more are left to the next one
MOST_READ = 2000
LONGEST_VIEW_NAME = 60
LONGEST_QUERY = 2000
_TIMES = {"changed", "since", "confirmed", "entered"}

EXPORTED = (
    "编号", "状态", "名称", "英文名称", "工会", "区县", "地址", "服务", "开放时间", "共建单位",
    "单位类型", "已核实", "已定位", "达标", "星级", "状态起始", "状态截止", "最近确认", "最近修改",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Listing:
    """A page of the list.

    Attributes:
        total: how many stations there are on all pages; None for a day of the past.
        after: what the next page begins after, None if this is the last one.
    """

    view: View
    rows: tuple[Row, ...]
    total: int | None
    after: str | None


@dataclass(frozen=True, slots=True)
class Choices:
    """What the list may be narrowed to by the person.

    Attributes:
        unions, districts: each with its names in Chinese and English, those of the day.
        everywhere: whether the person sees every union's records whole.
        own: the unions whose records the person sees whole, if not everywhere.
    """

    unions: tuple[tuple[int, str, str], ...]
    districts: tuple[tuple[str, str, str], ...]
    everywhere: bool
    own: frozenset[int]


def choices(connection: Connection, actor: Actor, *, on: date | None = None) -> Choices:
    """Return unions and districts to choose from, as they are on a day; None is today."""
    with acting_as(connection, actor):
        own = station_list.own_unions(connection)
        unions = station_list.union_choices(connection, on=on)
        districts = station_list.district_choices(connection, on=on)
    return Choices(tuple(unions), tuple(districts), own is None, frozenset(own or ()))


def listing(
    connection: Connection,
    actor: Actor,
    view: View,
    *,
    zone: tzinfo,
    after: str = "",
    most: int = PAGE,
) -> Listing:
    """Return a page of what a view shows to the person.

    Args:
        zone: what a day is.
        after: as the page before said; what cannot be read begins anew.
        most: how many rows.
    """
    if view.filters.q:
        _read_names(connection)
    begin = _mark(after, view)
    total: int | None = None
    with acting_as(connection, actor):
        if view.filters.as_of is not None:
            found = station_list.page_of_past(
                connection, view.filters, moment=_end(view.filters.as_of, zone),
                after_id=begin[1] if begin else 0, most=most + 1,
            )  # fmt: skip
        else:
            total, found = _page(connection, view, begin, most + 1, zone)
    rows = tuple(found[:most])
    more = len(found) > most
    return Listing(view, rows, total, _after(view, rows[-1]) if more else None)


def export(
    connection: Connection, actor: Actor, view: View, *, format: str, zone: tzinfo
) -> tuple[bytes, int]:
    """Return everything a view shows to the person as a file, and how many rows it has.

    Text that a spreadsheet program would run as a formula is neutralised. Who took
    a list out of the house is an event of the audit.

    Args:
        format: ``csv`` or ``xlsx``.

    Raises:
        InvalidInput: for another format.
    """
    if format not in ("csv", "xlsx"):
        raise InvalidInput(
            [FieldError("format", "csv or xlsx", "只能导出 csv 或 xlsx")], attempted="export"
        )
    if view.filters.q:
        _read_names(connection)
    with acting_as(connection, actor):
        if view.filters.as_of is not None:
            moment = _end(view.filters.as_of, zone)
            rows = station_list.page_of_past(
                connection, view.filters, moment=moment, after_id=0, most=None
            )
        else:
            rows = _page(connection, view, None, None, zone)[1]
        # words may be anything somebody typed
        narrowed = urlencode([pair for pair in query_of(view) if pair[0] != "q"])
        told = {"rows": len(rows), "format": format, "view": narrowed}
        audit.record(connection, "stations.export", "stations", told)
    lines = (_line(row, zone) for row in rows)
    if format == "xlsx":
        return write_sheet(EXPORTED, lines, title="stations"), len(rows)
    return write_csv(EXPORTED, lines), len(rows)


def kept_views(connection: Connection, actor: Actor) -> list[SavedView]:
    """Return the views that the person keeps, by name."""
    with acting_as(connection, actor):
        return saved_views.every(connection)


def keep_view(connection: Connection, actor: Actor, *, name: str, view: View) -> None:
    """Keep a view under a name; one of the same name is replaced.

    Raises:
        InvalidInput: if the name is missing, or it or the view is too long.
    """
    plain = " ".join(name.split())
    query = urlencode(query_of(view))
    errors = []
    if not plain or len(plain) > LONGEST_VIEW_NAME or not plain.isprintable():
        errors.append(FieldError(
            "name", f"1 to {LONGEST_VIEW_NAME} signs", f"请填写名称,最多 {LONGEST_VIEW_NAME} 字"
        ))  # fmt: skip
    if len(query) > LONGEST_QUERY:
        errors.append(
            FieldError("name", "the view is too long to be kept", "筛选条件太多,无法保存")
        )
    if errors:
        raise InvalidInput(errors, attempted="keep the view")
    with acting_as(connection, actor):
        saved_views.save(connection, name=plain, query=query)


def remove_view(connection: Connection, actor: Actor, view_id: int) -> None:
    """Remove a view of the person.

    Raises:
        NotFound: if there is none of that id.
    """
    with acting_as(connection, actor):
        if view_id > BIGGEST_ID or not saved_views.remove(connection, view_id):
            raise NotFound(f"You keep no view {view_id}.")


def _read_names(connection: Connection) -> None:
    """Read names that were written since the last search, with the application's own rights."""
    if not search.is_all_read(connection):
        search.read_names(connection, most=MOST_READ)


def _page(
    connection: Connection,
    view: View,
    begin: tuple[Any, int] | None,
    most: int | None,
    zone: tzinfo,
) -> tuple[int, list[Row]]:
    day = view.filters.unconfirmed
    return station_list.page(
        connection, view.filters, sort=view.sort.key, down=view.down, after=begin, most=most,
        unconfirmed=None if day is None else datetime.combine(day, time(), zone),
    )  # fmt: skip


def _end(day: date, zone: tzinfo) -> datetime:
    return datetime.combine(day + timedelta(days=1), time(), zone)


def _after(view: View, row: Row) -> str:
    mark = row.mark.isoformat() if isinstance(row.mark, datetime) else row.mark
    written = json.dumps([view.sort.key, mark, row.id], ensure_ascii=False)
    return urlsafe_b64encode(written.encode()).decode().rstrip("=")


def _mark(after: str, view: View) -> tuple[Any, int] | None:
    """Read where a page begins; None if it was not written by us for this order."""
    try:
        key, mark, last = json.loads(urlsafe_b64decode(after + "=" * (-len(after) % 4)))
        if key != view.sort.key or not isinstance(last, int) or not 0 <= last <= BIGGEST_ID:
            return None
        if view.filters.as_of is not None:
            return 0, last
        if key in _TIMES:
            found = datetime.fromisoformat(mark)
            return None if found.tzinfo is None else (found, last)
        # a lone surrogate cannot be sent anywhere
        return (mark, last) if "\0" not in mark and mark.encode() is not None else None
    except (ValueError, TypeError, AttributeError, Base64Error):
        return None


def _line(row: Row, zone: tzinfo) -> list[Cell]:
    stands = {True: "达标", False: "未达标", None: ""}[row.passed]
    return [
        number.display(row.code) if row.code else "",
        FACTS[State(row.state)].name,
        row.name,
        row.name_en,
        row.union,
        row.district,
        row.address,
        "、".join(BY_CODE[code].name if code in BY_CODE else code for code in row.services),
        row.hours or "",
        row.host_name,
        row.host_kind or "",
        "是" if row.verified else "否",
        "是" if row.placed else "否",
        stands,
        row.stars,
        _day(row.state_since, zone),
        row.state_until.isoformat() if row.state_until else "",
        _day(row.confirmed_at, zone),
        _day(row.changed_at, zone),
    ]


def _day(moment: datetime | None, zone: tzinfo) -> str:
    return "" if moment is None else moment.astimezone(zone).strftime("%Y-%m-%d")
