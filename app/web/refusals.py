"""Refusals as staff read them, beside a field or above a form, in Chinese and English."""

from collections.abc import Callable, Iterable

from app.domain.errors import (
    ChangedMeanwhile,
    FieldError,
    ForbiddenMove,
    HarborError,
    InvalidInput,
    RoleMissing,
    SamePerson,
)
from app.domain.lifecycle import FACTS, Need, State, moves_from
from app.domain.roles import ROLES
from app.web.problems import chinese_of

Words = tuple[str, str]

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


def roles_said(roles: Iterable[str]) -> Words:
    """Name roles in both languages."""
    names = [ROLE_NAMES[role] for role in roles]
    return ("、".join(zh for zh, _ in names), " or ".join(en.lower() for _, en in names))


def wrong(error: HarborError) -> dict[str, list[Words]]:
    """Return what is wrong by field, in both languages; ``""`` holds what is about none."""
    if not isinstance(error, InvalidInput):
        return {"": [refusal(error)]}
    found: dict[str, list[Words]] = {}
    for item in error.errors:
        found.setdefault(item.field, []).append(_beside(item))
    return found


def _beside(item: FieldError) -> Words:
    # the service says that it is missing; we say what to do
    if item.field in NEED_WORDS and item.message.startswith("the move needs"):
        return NEED_WORDS[item.field]
    return (item.zh or item.message, item.message)


def refusal(error: HarborError) -> Words:
    """Say why something was refused."""
    for kind, say in _REFUSALS:
        if isinstance(error, kind):
            return say(error)
    return (error.zh or chinese_of(error), f"{error} {error.remedy}".strip())


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
