"""The three large switches of a keeper's page: open now, closed until, supplies; and reports."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import Any

from flask import request

from app.domain.actor import Actor
from app.domain.closures import Closure
from app.domain.errors import FieldError, InvalidInput
from app.domain.supplies import SUPPLIES
from app.service import closures, doors, reports
from app.service.closures import ClosureRecord
from app.service.records import Connection
from app.service.runtime import Runtime
from app.web import report_words, sessions
from app.web.console import Words
from app.web.context import runtime

CLOSE, SWITCH, REPORTS = "close", "switch", "reports"
MOST_REPORTS = 20
# why a station is shut for a while, as keepers say it; the first one is chosen beforehand
REASONS: tuple[Words, ...] = (
    ("临时有事", "Something came up"),
    ("人手不足", "Nobody to look after it"),
    ("停水停电", "No water or power"),
    ("场地占用", "The place is in use"),
    ("设备维修", "Under repair"),
)
UNTIL: dict[str, Words] = {
    "today": ("今天不再开", "Not again today"),
    "hour": ("关 1 小时", "For 1 hour"),
    "hours": ("关 2 小时", "For 2 hours"),
    "tomorrow": ("明天也不开", "Nor tomorrow"),
}
_HOURS = {"hour": 1, "hours": 2}
_DAYS = {"today": 1, "tomorrow": 2}


def context(
    harbor: Runtime, connection: Connection, actor: Actor, station_id: int, now: datetime
) -> dict[str, Any]:
    """Return what the switches and the reports beneath them show of a public station."""
    _, known = closures.of_station(connection, actor, station_id)
    coming = [one for one in known if one.cancelled_at is None and one.closure.ends > now]
    door = doors.of_station(harbor, connection, actor, station_id, now)
    waiting = reports.listed(
        connection, actor, station_id=station_id, newest=True, most=MOST_REPORTS
    )
    return {
        "said": door.said,
        "supplies": [(one, one.code not in door.out) for one in SUPPLIES],
        "closures": coming,
        "running": _running(coming, now),
        "reasons": REASONS,
        "until": UNTIL,
        "day_ends": datetime.combine(
            now.astimezone(harbor.settings.zone).date(), time(23, 59)
        ).isoformat(timespec="minutes"),
        "reports": [report_words.shown(row, now) for row in waiting],
        "reports_waiting": reports.counts(connection, actor, station_id)["open"],
    }


def closure() -> Closure:
    """Return the closure that a form asks for, from this moment on.

    Raises:
        InvalidInput: if it does not say until when.
    """
    zone = runtime().settings.zone
    now = sessions.now().astimezone(zone)
    reason = request.form.get("other_reason", "").strip() or request.form.get("reason", "").strip()
    return Closure(now, _ends(request.form.get("until", ""), now), reason)


def _ends(chosen: str, now: datetime) -> datetime:
    if chosen in _HOURS:
        return now + timedelta(hours=_HOURS[chosen])
    if chosen in _DAYS:
        return datetime.combine(now.date() + timedelta(days=_DAYS[chosen]), time(), now.tzinfo)
    try:
        ends = datetime.fromisoformat(request.form.get("ends", "").strip())
    except ValueError:
        raise InvalidInput(
            [FieldError("ends", "say until when", "请选择关闭到什么时候。")],
            attempted="close the station for a time",
        ) from None
    return ends.replace(tzinfo=ends.tzinfo or now.tzinfo)


def _running(coming: Sequence[ClosureRecord], now: datetime) -> ClosureRecord | None:
    """Return the running closure that ends last."""
    running = [one for one in coming if one.closure.begins <= now]
    return max(running, key=lambda one: one.closure.ends, default=None)
