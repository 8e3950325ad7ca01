"""Moves, refusals and the past of a station as plain sentences, in Chinese and English."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from app.domain.errors import (
    ChangedMeanwhile,
    Conflict,
    ForbiddenMove,
    HarborError,
    InvalidInput,
    RoleMissing,
    SamePerson,
)
from app.domain.lifecycle import FACTS, NEED_NAMES, Move, Need, State, moves_from
from app.domain.roles import ROLES
from app.service.records import Explained, Happening, Holder, Step
from app.web import fact_words
from app.web.console import Words, wrong_of
from app.web.fact_words import Changed

ROLE_NAMES: dict[str, Words] = {facts.role.value: (facts.name, facts.name_en) for facts in ROLES}
STEP_NAMES: dict[str, Words] = {
    "submitter": ("提交人", "submitter"),
    "reviewer": ("审核人", "reviewer"),
}
# what stands beside the field of what a move needs
NEED_WORDS: dict[str, Words] = {
    Need.REASON: ("请写明原因", "Say why"),
    Need.UNTIL: ("请选择截止日期,今天或以后", "Choose the date it ends, today or later"),
    Need.EXIT_CODE: ("请选择退出原因", "Choose the reason of exit"),
    Need.DOCUMENT: ("请填写文号", "Give the number of the document"),
    Need.SURVIVOR: (
        "请填写另一个正在使用的站点的编号",
        "Give the number of another station that is open",
    ),
    Need.PLACE: (
        "还没有地图位置,请先在编辑页面标出位置",
        "It has no place on the map: set one on the edit page first",
    ),
    Need.UNION: (
        "还没有所属工会,请先在编辑页面选择",
        "No union owns it: choose one on the edit page first",
    ),
    Need.KEEPER: (
        "还没有负责人,请先登记负责人(姓名、手机、单位),再提交",
        "It has no keeper: name the person in charge first, then submit",
    ),
}
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
_ASKED: dict[str, Words] = {
    "asked": ("申请变更", "asked for a change"),
    "refused": ("不同意变更", "refused a change"),
    "withdrawn": ("撤回变更申请", "withdrew a request for change"),
    "lapsed": ("站点离开,变更申请随之失效", "let the station go, and a request with it"),
}
OPERATOR: Words = ("系统管理员", "The server's operator")


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


def roles_said(roles: Iterable[str]) -> Words:
    """Name roles in both languages."""
    names = [ROLE_NAMES[role] for role in roles]
    return ("、".join(zh for zh, _ in names), " or ".join(en.lower() for _, en in names))


# Refusals ---------------------------------------------------------------------------------------


def wrong(error: HarborError) -> Mapping[str, list[Words]]:
    """Return what is wrong by field; ``""`` holds what is about none."""
    if isinstance(error, InvalidInput):
        found = {field: list(words) for field, words in wrong_of(error).items()}
        for need in found.keys() & NEED_WORDS.keys():
            # the service says that it is missing; we say what to do
            found[need] = [_need(need, words) for words in found[need]]
        return found
    return {"": [refusal(error)]}


def _need(need: str, words: Words) -> Words:
    missing = words[1].startswith("the move needs")
    return NEED_WORDS[need] if missing else words


def refusal(error: HarborError) -> Words:
    """Say why something was refused."""
    said = f"{error} {error.remedy}".strip()
    if error.zh:
        return (error.zh, said)
    for kind, say in _REFUSALS:
        if isinstance(error, kind):
            return say(error)
    if isinstance(error, Conflict):
        return ("与现状不符,没有做任何改动。请刷新后再看。", said)
    return ("没有权限,或记录属于其他工会。", said)


def _role_missing(error: RoleMissing) -> Words:
    zh, en = roles_said(error.roles)
    return (
        f"这一步要由本工会范围内的{zh}办理。",
        f"This takes the role {en} in the scope of the station's union.",
    )


def _same_person(error: SamePerson) -> Words:
    zh, en = STEP_NAMES.get(error.was, ("申请人", error.was))
    return (f"您是{zh},这一步须由另一人办理。", f"You are the {en}, and it takes another person.")


def _forbidden(error: ForbiddenMove) -> Words:
    origin = FACTS[State(error.origin)]
    ways = moves_from(origin.state)
    zh = "、".join(move.name for move in ways) or "没有别的步骤"
    en = ", ".join(move.name_en.lower() for move in ways) or "nothing"
    return (
        f"站点现在是“{origin.name}”,不能这样办理;可以:{zh}。",
        f"The station is {origin.name_en.lower()}, and that cannot be done; possible: {en}.",
    )


def _overtaken(error: ChangedMeanwhile) -> Words:
    return (
        "您打开之后,别人改动了这条记录。请看下面的差异,再决定是否继续。",
        "Somebody changed the record after you opened it. Look at the differences below.",
    )


def _lacking(error: InvalidInput) -> Words:
    """Say in one line what a form would say beside its fields."""
    said = [words for all_of_field in wrong(error).values() for words in all_of_field]
    return (";".join(zh for zh, _ in said), "; ".join(en for _, en in said))


_REFUSALS: tuple[tuple[type[HarborError], Callable[..., Words]], ...] = (
    (InvalidInput, _lacking),
    (RoleMissing, _role_missing),
    (SamePerson, _same_person),
    (ForbiddenMove, _forbidden),
    (ChangedMeanwhile, _overtaken),
)


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


def told(event: Step | Happening, unions: Mapping[int, Words]) -> Told:
    """Say an event of the past as a sentence."""
    if isinstance(event, Happening):
        zh, en = _ASKED[event.kind]
        who = (event.actor, event.actor) if event.actor else OPERATOR
        return Told(event.at, who, (zh, en), event.text, (), None, "")
    who = (event.actor, event.actor) if event.actor else OPERATOR
    changes = tuple(
        one
        for one in fact_words.changed(event.differences, unions)
        # said by the sentence itself
        if one.field not in ("state", "state_reason", "state_until")
    )
    return Told(
        event.at, who, _what(event, changes), event.reason, changes, event.version, event.state
    )


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
