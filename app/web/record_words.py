"""Moves, refusals and the past of a station as plain sentences, in Chinese and English."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo

from app.domain.lifecycle import NEED_NAMES, Move
from app.service.records import Explained, Happening, Holder, Step
from app.web import fact_words, happening_words
from app.web.fact_words import Changed
from app.web.refusals import (
    NEED_WORDS,
    ROLE_NAMES,
    STEP_NAMES,
    Words,
    refusal,
    roles_said,
    wrong,
)

__all__ = [
    "NEED_WORDS", "ROLE_NAMES", "STEP_NAMES", "Told", "needs_said", "refusal", "told", "who_can",
    "why_not", "wrong",
]  # fmt: skip

_SHOWN_PEOPLE = 6
_SHOWN_FIELDS = 3
# what moves did, as the past says it
_DONE: dict[str, Words] = {
    "submit": ("提交审核", "submitted it for review"),
    "discard": ("作废了草稿", "discarded the draft"),
    "review": ("审核通过", "passed the review"),
    "return": ("退回修改", "returned it"),
    "approve": ("批准并编号", "approved it and gave it its number"),
    "suspend": ("暂停开放", "suspended it"),
    "rectify": ("责令整改", "ordered rectification"),
    "exit": ("让站点退出", "let it go"),
    "merge": ("合并到另一站点", "merged it into another station"),
    "reopen": ("恢复开放", "reopened it"),
    "clear": ("确认整改合格", "accepted the rectification"),
    "split": ("从合并中拆分恢复", "split it off again"),
    "enter": ("录入了站点", "entered the station"),
}
OPERATOR: Words = ("系统管理员", "The server's operator")
KEEPER: Words = ("负责人", "The keeper")
# who reports leaves no name
RIDERS: Words = ("骑手", "Riders")
_KEEPERS_ACCOUNT = re.compile(r"keeper-\d+")


@dataclass(frozen=True, slots=True)
class Told:
    """An event of the past: when, who, what, and what it changed in detail."""

    at: datetime
    who: Words
    what: Words
    reason: str
    changes: tuple[Changed, ...]
    version: int | None
    state: str


def why_not(one: Explained) -> Words:
    """Say why a person may not make a move; empty if they may."""
    if not one.why:
        return ("", "")
    if one.why == "role":
        zh, en = roles_said(one.move.roles)
        return (f"由{zh}办理", f"takes the role {en}")
    zh, en = STEP_NAMES[one.why]
    return (f"您是{zh},须由另一人办理", f"you are the {en}; it takes another person")


def who_can(others: Iterable[Holder]) -> Words:
    """Name who may make a move, the nearest scope first."""
    found = list(others)
    if not found:
        return (
            "目前没有这样的人,请市总管理员授权。",
            "Nobody has the role now: ask a city admin to grant it.",
        )
    zh, en = [], []
    for holder in found[:_SHOWN_PEOPLE]:
        role, role_en = ROLE_NAMES[holder.role]
        zh.append(f"{holder.name}({holder.union_name or '全市'} {role})")
        en.append(f"{holder.name} ({role_en.lower()}, {holder.union_name or 'every union'})")
    more = len(found) - _SHOWN_PEOPLE
    return (
        "可以办理:" + "、".join(zh) + (f" 等 {len(found)} 人" if more > 0 else ""),
        "Who can: " + ", ".join(en) + (f" and {more} more" if more > 0 else ""),
    )


def needs_said(move: Move) -> Words:
    """Name what a move has to bring along."""
    names = [NEED_NAMES[need] for need in move.needs]
    return ("、".join(zh for zh, _ in names), ", ".join(en for _, en in names))


# The past ---------------------------------------------------------------------------------------


def told(event: Step | Happening, unions: Mapping[int, Words], zone: tzinfo) -> Told:
    """Say an event of the past as a sentence."""
    who = _who(event.actor)
    if isinstance(event, Happening):
        by = RIDERS if event.kind == "reported" else who
        return Told(event.at, by, happening_words.said(event, zone), event.text, (), None, "")
    changes = tuple(
        one
        for one in fact_words.changed(event.differences, unions)
        # said by the sentence itself
        if one.field not in ("state", "state_reason", "state_until")
    )
    return Told(
        event.at, who, _what(event, changes), event.reason, changes, event.version, event.state
    )


def _who(name: str) -> Words:
    if not name:
        return OPERATOR
    # a keeper's account has no name, and what the keeper is called is not for the past
    return KEEPER if _KEEPERS_ACCOUNT.fullmatch(name) else (name, name)


def _what(step: Step, changes: tuple[Changed, ...]) -> Words:
    if step.action == "edit":
        return _edited(step, changes)
    zh, en = _DONE.get(step.action, (step.action, step.action))
    if step.until:
        return (f"{zh},至 {step.until}", f"{en} until {step.until}")
    return (zh, en)


def _edited(step: Step, changes: tuple[Changed, ...]) -> Words:
    by = ("按变更申请", ", as asked for") if step.change_request_id is not None else ("", "")
    if not changes:
        return (f"{by[0]}保存了记录", f"saved the record{by[1]}")
    first = changes[0]
    if len(changes) == 1 and first.field == "name":
        return (
            f"{by[0]}将名称由“{first.old[0]}”改为“{first.new[0]}”",
            f"renamed it from {first.old[1]} to {first.new[1]}{by[1]}",
        )
    if len(changes) == 1 and first.field == "verified" and first.new == fact_words.YES:
        return ("核实了资料", "verified the record")
    zh = "、".join(one.label[0] for one in changes[:_SHOWN_FIELDS])
    en = ", ".join(one.label[1].lower() for one in changes[:_SHOWN_FIELDS])
    more = len(changes) - _SHOWN_FIELDS
    return (
        f"{by[0]}修改了{zh}" + (f" 等 {len(changes)} 项" if more > 0 else ""),
        f"changed {en}" + (f" and {more} more" if more > 0 else "") + by[1],
    )
