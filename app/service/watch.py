"""The nightly watch over deadlines: reminds, escalates in steps, suspends, proposes an exit.

Everything it does follows from data: deadlines, and the steps of escalation in days. A night
that is repeated does nothing again; a night that was missed is made up for.
"""

from collections import Counter
from datetime import datetime, timedelta

import structlog

from app.domain.lifecycle import ExitCode, State
from app.domain.roles import Role
from app.service import notices
from app.service.rectification import announce_proposal
from app.settings import Settings
from app.store import audit, moves, rectifications, rights
from app.store.database import Connection
from app.store.rectifications import Rectification, Step

log = structlog.get_logger(__name__)

_TELLS: dict[str, tuple[Role, ...]] = {
    "tell_union": (Role.UNION_STAFF, Role.REVIEWER),
    "tell_city": (Role.CITY_ADMIN,),
}
_ACTIONS = (
    "remind", "tell_keeper", "tell_union", "tell_city", "suspend", "propose_exit",
)  # fmt: skip


def nightly(connection: Connection, settings: Settings, now: datetime) -> dict[str, int]:
    """Take every step that is due about open rectifications, as the server's operator.

    Args:
        now: the moment; the day it belongs to follows from ``settings.zone``.

    Returns:
        How many steps of each kind were taken, how many rectifications ``failed`` and are
        left to the next night, how many are ``overdue``, and how many suspensions have
        ``run_out`` and wait for a person.
    """
    day = now.astimezone(settings.zone).date()
    counts: Counter[str] = Counter(dict.fromkeys((*_ACTIONS, "failed"), 0))
    with connection.transaction():
        steps = rectifications.steps(connection)
        earliest = min((step.after_days for step in steps), default=0)
        due = rectifications.ids_due(connection, deadline_until=day - timedelta(days=earliest))

    for rectification_id in due:

        def one(rectification_id: int = rectification_id) -> list[str]:
            with connection.transaction():
                return _escalate(connection, rectification_id, steps, now, settings)

        try:
            counts.update(rights.settled(one))
        except Exception:
            if connection.closed:
                raise
            # whatever is wrong with one, the others have their deadlines, too; it is tried
            # again by the next night
            counts["failed"] += 1
            log.exception("watch.failed", rectification=rectification_id)
    with connection.transaction():
        counts["overdue"] = rectifications.count_overdue(connection, day)
        counts["run_out"] = len(rectifications.run_out(connection, day, most=100_000))
    log.info("watch.deadlines", day=day.isoformat(), **counts)
    return dict(counts)


def _escalate(
    connection: Connection,
    rectification_id: int,
    steps: list[Step],
    now: datetime,
    settings: Settings,
) -> list[str]:
    """Take the steps of one rectification that are due; return their actions."""
    faults = rectifications.locked(connection, rectification_id)
    if faults is None:
        return []
    late = (now.astimezone(settings.zone).date() - faults.deadline).days
    taken = []
    for step in steps:
        # a reminder that comes after the deadline is none
        passed = step.after_days < 0 <= late
        if late < step.after_days or passed:
            continue
        if not rectifications.take_step(connection, faults, step.action):
            continue
        if step.action == "suspend":
            done = _suspend(connection, faults, step, late, now, settings)
        elif step.action == "propose_exit":
            done = _propose(connection, faults, late)
        else:
            _announce(connection, faults, step.action, late)
            done = True
        if done:
            taken.append(step.action)
    return taken


def _announce(connection: Connection, faults: Rectification, action: str, late: int) -> None:
    before = action == "remind"
    notices.announce(
        connection,
        event=f"rectification.{action}:{faults.id}:{faults.deadline}",
        kind="rectification.opened" if before else "rectification.overdue",
        station_id=faults.station_id,
        roles=(Role.UNION_STAFF,) if before else _TELLS.get(action, ()),
        keepers=action in ("remind", "tell_keeper"),
        says={
            "station": faults.station_name, "until": faults.deadline, "days": late,
            "reason": faults.reason,
        },
    )  # fmt: skip


def _suspend(
    connection: Connection,
    faults: Rectification,
    step: Step,
    late: int,
    now: datetime,
    settings: Settings,
) -> bool:
    """Suspend a station that is still open; whoever was faster has done it already."""
    if faults.station_state != State.RECTIFYING:
        return False
    until = now.astimezone(settings.zone).date() + timedelta(days=step.for_days or 1)
    reason = f"整改逾期 {late} 天(整改第 {faults.id} 号,期限 {faults.deadline}):{faults.reason}"
    moved = moves.make(
        connection, faults.station_id, target=State.SUSPENDED.value, reason=reason[:2000],
        until=until,
    )  # fmt: skip
    if moved is None:
        return False
    audit.record(
        connection, "station.suspend", f"station {faults.station_id}",
        {"rectification": faults.id, "deadline": faults.deadline.isoformat(),
         "until": until.isoformat(), "reason": reason},
    )  # fmt: skip
    notices.after_move(
        connection, action="suspend", station_id=moved.id, revision=moved.revision,
        submitter=None,
        says={"station": faults.station_name, "code": moved.code, "reason": reason,
              "until": until},
    )  # fmt: skip
    return True


def _propose(connection: Connection, faults: Rectification, late: int) -> bool:
    reason = f"整改逾期 {late} 天(整改第 {faults.id} 号,期限 {faults.deadline}):{faults.reason}"
    made = rectifications.propose_exit(
        connection, faults.station_id, exit_code=ExitCode.FAULTS_NOT_MENDED.value,
        reason=reason[:2000],
    )  # fmt: skip
    if made is None:
        return False
    announce_proposal(connection, faults.station_id, faults.station_name, made, reason)
    return True
