"""Who may do what: a page made from the table of moves and the roles alone."""

from dataclasses import dataclass

from apiflask import APIBlueprint

from app.domain.lifecycle import FACTS, MOVES, Move, State
from app.domain.roles import ROLES, Role
from app.web import console, record_words
from app.web.fact_words import Words

blueprint = APIBlueprint("rights", __name__, url_prefix="/manage/rights", enable_openapi=False)

# what a role is for, where the table of roles says it in English
SAYS: dict[Role, str] = {
    Role.CITY_ADMIN: "批准、编号、退出,管理账号",
    Role.UNION_STAFF: "录入和提交本工会的站点",
    Role.REVIEWER: "审核别人提交的站点",
    Role.INSPECTOR: "按标准检查站点",
    Role.KEEPER: "照管一个站点",
    Role.PLANNER: "看数据和方案",
    Role.AUDITOR: "看所有操作记录",
}
# rights beside the moves, as the guards of the database hold them
BESIDES: tuple[tuple[Words, frozenset[Role], Words], ...] = (
    (("录入站点,编辑草稿和被退回的记录", "Enter a station, edit drafts and returned records"),
     frozenset({Role.UNION_STAFF, Role.CITY_ADMIN}), ("", "")),
    (("申请变更已批准的资料", "Ask for a change of approved facts"),
     frozenset({Role.UNION_STAFF, Role.CITY_ADMIN}), ("写明理由", "with a reason")),
    (("同意或拒绝变更", "Accept or refuse a change"),
     frozenset({Role.REVIEWER, Role.CITY_ADMIN}),
     ("同意须由申请人以外的人", "accepting takes another person than asked")),
    (("登记文件(文号)", "Record documents"),
     frozenset({Role.UNION_STAFF, Role.REVIEWER, Role.CITY_ADMIN}), ("", "")),
    (("管理账号和角色", "Manage accounts and roles"),
     frozenset({Role.CITY_ADMIN}),
     ("只限自己范围内的人", "people of one’s own scope alone")),
    (("看审计记录", "Read the audit"),
     frozenset({Role.CITY_ADMIN, Role.AUDITOR}), ("范围须是全市", "with every union as scope")),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class RightsLine:
    """A move in words, with the roles that may make it."""

    move: Move
    origin: Words
    target: Words
    needs: Words
    not_by: Words


@blueprint.get("", strict_slashes=False)
def page() -> str:
    """Show every move with the roles that may make it."""
    roles = [facts for facts in ROLES if facts.role is not Role.KEEPER]
    return console.page(
        "rights.html", at="users",
        roles=roles, said=SAYS, besides=BESIDES, mine=console.me().roles,
        lines=[_line(move) for move in MOVES],
    )  # fmt: skip


def _line(move: Move) -> RightsLine:
    steps = [record_words.STEP_NAMES[step] for step in move.not_by]
    return RightsLine(
        move,
        _state(move.origin),
        _state(move.target),
        record_words.needs_said(move),
        ("、".join(zh for zh, _ in steps), ", ".join(en for _, en in steps)),
    )


def _state(state: State) -> Words:
    return (FACTS[state].name, FACTS[state].name_en)
