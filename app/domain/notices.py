"""What is told to whom: kinds of notices as data, and the moves that make them.

Texts hold facts of the register alone, never a phone, a name of a keeper, or a PIN.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from string import Template

from app.domain.roles import Role


@dataclass(frozen=True, slots=True)
class NoticeKind:
    """A kind of notice.

    Attributes:
        code: what events of it are called.
        name, name_en: its heading.
        text, text_en: what it says; ``$station`` and more come from the event.
    """

    code: str
    name: str
    name_en: str
    text: str
    text_en: str

    def say(self, told: Mapping[str, object]) -> tuple[str, str]:
        """Return the text in both languages; what the event did not tell stays empty."""
        values = _Blank({key: str(value) for key, value in told.items() if value is not None})
        return (
            Template(self.text).substitute(values).strip(),
            Template(self.text_en).substitute(values).strip(),
        )


class _Blank(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return ""


NOTICE_KINDS: dict[str, NoticeKind] = {
    kind.code: kind
    for kind in (
        NoticeKind(
            "station.submitted", "待审核", "To be reviewed",
            "$station 已提交,请审核。", "$station was submitted: please review it.",
        ),
        NoticeKind(
            "station.reviewed", "待批准", "To be approved",
            "$station 已通过工会审核,请批准。", "$station passed its review: please approve it.",
        ),
        NoticeKind(
            "station.returned", "已退回", "Returned",
            "$station 被退回:$reason", "$station was returned: $reason",
        ),
        NoticeKind(
            "station.approved", "已批准", "Approved",
            "$station 已批准,编号 $code。", "$station was approved under the number $code.",
        ),
        NoticeKind(
            "station.suspended", "暂停开放", "Suspended",
            "$station 暂停开放至 $until:$reason", "$station is suspended until $until: $reason",
        ),
        NoticeKind(
            "station.reopened", "恢复开放", "Open again",
            "$station 恢复开放。", "$station is open again.",
        ),
        NoticeKind(
            "station.exited", "已退出", "Let go",
            "$station 已退出:$reason", "$station was let go: $reason",
        ),
        NoticeKind(
            "rectification.opened", "责令整改", "Rectification ordered",
            "$station 须在 $until 前整改:$reason", "$station is to be mended by $until: $reason",
        ),
        NoticeKind(
            "rectification.cleared", "整改合格", "Rectification accepted",
            "$station 整改合格。", "$station was mended.",
        ),
        NoticeKind(
            "rectification.overdue", "整改逾期", "Rectification overdue",
            "$station 整改已逾期 $days 天(期限 $until)。",
            "$station should have been mended by $until, $days days ago.",
        ),
        NoticeKind(
            "exit.proposed", "建议退出", "Exit proposed",
            "建议 $station 退出:$reason", "It is proposed to let $station go: $reason",
        ),
        NoticeKind(
            "confirmation.due", "请确认信息", "Please confirm",
            "$station 的信息请在 $until 前确认:无变化只需点一下。",
            "Please confirm what is known of $station by $until: one tap if nothing changed.",
        ),
        NoticeKind(
            "change.requested", "信息变更待审", "Change to be reviewed",
            "$station 有一项信息变更申请待审。", "A change of $station waits for its review.",
        ),
        NoticeKind(
            "change.decided", "信息变更已处理", "Change decided",
            "$station 的变更申请$outcome。$reason",
            "The change of $station was $outcome_en. $reason",
        ),
        NoticeKind(
            "keeper.proposed", "负责人移交待确认", "A handover to confirm",
            "$station 的负责人提出了接任人,请在站点页面确认。",
            "The keeper of $station named a successor: please confirm it on the station's page.",
        ),
        NoticeKind(
            "import.done", "导入完成", "Import done",
            "$file 导入完成。", "$file was imported.",
        ),
        NoticeKind(
            "report.received", "有人反映问题", "A report came in",
            "有人反映 $station:$reason", "Somebody reported about $station: $reason",
        ),
    )
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Told:
    """Whom a move is told.

    Attributes:
        kind: of which kind the notice is.
        roles: all who hold one of them in the scope of the station's union.
        submitter: who submitted the station.
        keepers: the station's keepers.
    """

    kind: str
    roles: tuple[Role, ...] = ()
    submitter: bool = False
    keepers: bool = False


# by the action of the move
AFTER_MOVE: dict[str, Told] = {
    "submit": Told("station.submitted", roles=(Role.REVIEWER,)),
    "review": Told("station.reviewed", roles=(Role.CITY_ADMIN,)),
    "return": Told("station.returned", submitter=True),
    "approve": Told("station.approved", submitter=True, keepers=True),
    "suspend": Told("station.suspended", roles=(Role.UNION_STAFF,), keepers=True),
    "reopen": Told("station.reopened", keepers=True),
    "rectify": Told("rectification.opened", roles=(Role.UNION_STAFF,), keepers=True),
    "clear": Told("rectification.cleared", roles=(Role.UNION_STAFF,), keepers=True),
    "exit": Told("station.exited", roles=(Role.UNION_STAFF,), keepers=True),
}
