"""Siting: asked for by planners, searched in the background, turned into a scenario."""

from collections.abc import Mapping
from typing import Any

from app.domain.actor import Actor
from app.domain.errors import Conflict, FieldError, InvalidInput, NotFound
from app.domain.scenario import MOST_ITEMS, NONE, Changes, parse
from app.service import jobs
from app.service.jobs import Job, Tell
from app.service.plan.planners import check_planner
from app.service.plan.question import PlanQuestion, check, read
from app.service.plan.siting_options import KINDS, SitingOptions, check_options, stored, wanted
from app.service.plan.siting_search import search
from app.service.runtime import Runtime
from app.store import basemap, sitings
from app.store.rights import acting_as, refusals
from app.store.sitings import StoredSiting

__all__ = [
    "KIND", "SitingOptions", "as_changes", "ask", "cancel", "kinds", "look", "make", "run",
    "wanted",
]  # fmt: skip

KIND = "plan.site"
# how a job's state is called here
_STATES = {"working": "running"}


def ask(
    harbor: Runtime,
    actor: Actor | None,
    question: PlanQuestion,
    changes: Changes,
    options: SitingOptions,
) -> int:
    """Ask for a search, which a worker makes; return its number.

    Raises:
        InvalidInput: if the question or the options cannot be used.
        ForbiddenHere: if the person is no planner.
    """
    _check(question, options)
    with (
        harbor.connection() as connection,
        acting_as(connection, actor),
        refusals("look for places of new stations"),
    ):
        check_planner(connection, "look for places of new stations", "选址")
        number = sitings.begin(
            connection, question=question.to_json(), changes=changes.to_json(),
            options=options.to_json(),
        )  # fmt: skip
        jobs.ask(connection, KIND, number)
    return number


def look(harbor: Runtime, actor: Actor | None, number: int) -> dict[str, Any]:
    """Return how far a search is, and what it found.

    Returns:
        ``state`` (waiting, running, done, failed, cancelled), ``share`` done, ``doing``,
        ``note`` and ``problem`` (``zh``, ``en``, or None) and ``result`` (see :func:`run`, or
        None). What was asked to stop is cancelled at once: nothing of it is kept any more.

    Raises:
        NotFound: if there is none in sight.
    """
    siting = _find(harbor, actor, number)
    if siting.result is not None:
        return _state("done", share=1.0, result=siting.result)
    job = _job(harbor, actor, number)
    if job is not None:
        state = "cancelled" if job.cancel_asked and not job.over else job.state
        return _state(
            _STATES.get(state, state), share=job.share, doing=(job.doing, job.doing_en),
            note=_note(job), problem=(job.problem, job.problem_en),
        )  # fmt: skip
    if actor is None or siting.asked_by == actor.user_id:
        return _state(
            "failed", problem=("没有算完,请重新开始。", "It did not end; ask for it again.")
        )
    # somebody else's: how far it is only they see
    return _state("running", doing=("正在计算", "Working"))


def _note(job: Job) -> tuple[str, str]:
    """Say why a job does not go on as expected, empty where it does."""
    if job.state == "waiting":
        return (
            "排队等待:后台进程空闲后就开始;若一直不动,请管理员检查 harbor work 是否在运行。",
            "Waiting: it begins as soon as a worker is free; if it never does, an operator should"
            " look whether harbor work runs.",
        )
    if job.attempts > 1 and not job.over:
        return "中断过,已从头重来。", "It was interrupted and began anew."
    return "", ""


def _state(
    state: str,
    *,
    share: float = 0.0,
    doing: tuple[str, str] = ("", ""),
    note: tuple[str, str] = ("", ""),
    problem: tuple[str, str] = ("", ""),
    result: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    return {
        "state": state,
        "share": share,
        "doing": {"zh": doing[0], "en": doing[1]},
        "note": {"zh": note[0], "en": note[1]} if note[1] else None,
        "problem": {"zh": problem[0], "en": problem[1]} if problem[1] else None,
        "result": result,
    }


def cancel(harbor: Runtime, actor: Actor, number: int) -> None:
    """Stop one's own search.

    Raises:
        NotFound, Conflict: if it is not going on.
    """
    _find(harbor, actor, number)
    job = _job(harbor, actor, number)
    if job is None:
        raise Conflict("The search is over, or somebody else's.", zh="计算已结束,或由别人发起。")
    with harbor.connection() as connection:
        jobs.cancel(connection, actor, job.id)


def as_changes(harbor: Runtime, actor: Actor | None, number: int) -> list[dict[str, Any]]:
    """Return the changes a search was asked with, and its new stations as more of them.

    A new station offers the services that were asked for, and is open where an hour was.

    Raises:
        NotFound, Conflict: if there is no result, or it is too long for a scenario.
    """
    siting = _find(harbor, actor, number)
    if siting.result is None:
        raise Conflict("The search has found nothing yet.", zh="选址还没有算完。")
    question = read(siting.question)
    listed = [*siting.changes, *(_opened(number, question, one) for one in siting.result["sites"])]
    if len(listed) > MOST_ITEMS:
        raise Conflict(
            f"The result makes {len(listed):,} changes; a scenario holds {MOST_ITEMS:,}.",
            remedy="Ask for fewer new stations.",
            zh=f"共有 {len(listed):,} 项改动,一个方案最多 {MOST_ITEMS:,} 项。请减少新站点数。",
        )
    return parse(listed).to_json()


def _opened(number: int, question: PlanQuestion, site: Mapping[str, Any]) -> dict[str, Any]:
    english = site.get("name_en", "")
    told = {
        "kind": "open", "key": f"s{number}-{site['rank']}", "name": site["name"],
        "name_en": "" if english == site["name"] else english,
        "lon": site["lon"], "lat": site["lat"], "services": list(question.services),
        "hours": None if question.at is None else "24/7",
    }  # fmt: skip
    more = {"host_kind": site["host_kind"], "cost": site["cost"]}
    return told | {name: value for name, value in more.items() if value is not None}


def run(
    harbor: Runtime,
    question: PlanQuestion,
    changes: Changes = NONE,
    options: SitingOptions | None = None,
    *,
    tell: Tell = lambda zh, en, share: None,
) -> dict[str, Any]:
    """Search at once; nothing is kept.

    Returns:
        ``sites``, the first chosen first (``rank``, ``people`` it adds, ``share`` covered with
        those before it, ``cost``, and what :func:`site_names` tells), ``share_before``,
        ``share``, ``gap`` (the share by which another choice might reach more at most), ``exact``
        (whether none is better), ``fewest``, ``left_out`` and a sentence (``zh``, ``en``).

    Raises:
        InvalidInput, NotFound, Conflict, Unavailable: if it cannot be answered.
    """
    asked = options or SitingOptions(number=10)
    _check(question, asked)
    return search(harbor, question, changes, asked, tell)


def make(harbor: Runtime, actor: Actor, number: int, tell: Tell) -> None:
    """Make a search that was asked for, and keep what it found; the work of a job.

    Raises:
        Cancelled: if it was asked to stop meanwhile; nothing is kept.
        InvalidInput, NotFound, Conflict, Unavailable: if it cannot be answered.
    """
    siting = _find(harbor, actor, number)
    if siting.result is not None:
        return
    found = run(
        harbor, read(siting.question), parse(siting.changes), stored(siting.options), tell=tell
    )
    found["asked_at"] = siting.asked_at.isoformat()
    with (
        harbor.connection() as connection,
        acting_as(connection, actor),
        refusals("keep what was found"),
    ):
        jobs.check_wanted(connection, KIND, number)
        sitings.finish(connection, number, found)


def kinds(harbor: Runtime) -> list[dict[str, Any]]:
    """Return the kinds of premises that can be candidates: kind, name, name_en and count."""
    streets = harbor.snapshot().streets
    with harbor.connection() as connection, connection.transaction():
        counts = dict(basemap.premises_counts(connection, streets.name))
    return [
        {"kind": kind, "name": zh, "name_en": en, "count": counts[kind]}
        for kind, (zh, en, _) in KINDS.items()
        if kind in counts
    ]


def _check(question: PlanQuestion, options: SitingOptions) -> None:
    check(question)
    if question.depth != 1:
        once = FieldError(
            "depth", "siting counts who reaches one station; ask with a depth of 1",
            "选址只按覆盖一次计算,请先把重数改为一次",
        )  # fmt: skip
        raise InvalidInput([once], attempted="look for places of new stations")
    check_options(options)


def _find(harbor: Runtime, actor: Actor | None, number: int) -> StoredSiting:
    with harbor.connection() as connection, acting_as(connection, actor):
        found = sitings.find(connection, number)
    if found is None:
        raise NotFound(f"There is no siting {number}.", zh=f"没有编号为 {number} 的选址。")
    return found


def _job(harbor: Runtime, actor: Actor | None, number: int) -> Job | None:
    if actor is None:
        return None
    with harbor.connection() as connection:
        return jobs.look(connection, actor, [KIND], number)
