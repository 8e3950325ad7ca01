"""My queue: what waits for the person at the desk, the most urgent first."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

from app.domain.actor import Actor
from app.store import queue
from app.store.database import Connection
from app.store.queue import MANY, Waiting
from app.store.rights import acting_as

__all__ = ["CARDS", "MANY", "Card", "Filled", "Waiting", "by_place", "cards", "counts"]

FIRST = 5
# the rail says "99+" beyond, and every page asks it
MOST_ON_RAIL = 100
# a confirmation is work already so long before it expires
AHEAD = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Card:
    """A kind of work.

    Attributes:
        key: a kind of :data:`app.store.queue.KINDS`.
        name, name_en: what the card is called.
        says, says_en: what is to be done.
        path: where all of it stands.
        urgent: whether somebody waits for it, or a deadline has passed.
        rail: the place of the rail that shows how much there is, too.
    """

    key: str
    name: str
    name_en: str
    says: str
    says_en: str
    path: str
    urgent: bool = False
    rail: str = ""


# in the order of the page
CARDS: tuple[Card, ...] = (
    Card("overdue", "整改逾期", "Overdue rectification", "催办、复查,或建议退出",
         "Press, look again, or propose to let go", "/manage/inspections", True, "inspections"),
    Card("returned", "退回待改", "Returned to you", "按意见修改后再次提交",
         "Mend what was found, and submit again", "/manage/stations?state=returned", True),
    Card("review", "待我审核", "Waiting for your review", "审核通过或退回",
         "Pass or return", "/manage/review", True),
    Card("approval", "待批准", "Waiting for approval", "填文号,批准并编号",
         "Approve under a document number", "/manage/review?stage=approve", True),
    Card("changes", "变更申请", "Change requests", "看差异,同意或不同意",
         "Look at the differences, accept or refuse", "/manage/changes", True),
    Card("exits", "建议退出", "Proposals to let go", "批准退出或不采纳",
         "Let go, or decline", "/manage/inspections", True),
    Card("run_out", "暂停到期", "Suspensions that ran out", "恢复开放,或延长并说明原因",
         "Reopen, or put off with a reason", "/manage/stations?state=suspended", True),
    Card("reports", "骑手反映", "Reports of riders", "核实后答复,反映人凭查询码看到结果",
         "Look into it and answer; the reporter reads it by the ticket", "/manage/reports", True,
         "reports"),
    Card("inspections", "巡检未提交", "Inspections not handed in", "接着填完并提交",
         "Fill in and hand in", "/manage/inspections"),
    Card("confirm", "待确认", "Confirmations that expire", "核对后点“没有变化”",
         "Look, and say that nothing changed", "/manage/stations?sort=confirmed"),
    Card("unplaced", "待定位", "Drafts without a place", "在地图上定位",
         "Put them on the map", "/manage/placing", rail="placing"),
    Card("drafts", "我的草稿", "Drafts of yours", "补全后提交",
         "Complete and submit", "/manage/stations?state=draft"),
    Card("duplicates", "疑似重复", "Likely duplicates", "对照后合并或排除",
         "Compare, merge or dismiss", "/manage/duplicates", rail="duplicates"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Filled:
    """A card with how much there is, up to :data:`MANY`, and the first of it."""

    card: Card
    total: int
    first: tuple[Waiting, ...]


def cards(
    connection: Connection, actor: Actor, *, zone: tzinfo, confirm_days: int, first: int = FIRST
) -> list[Filled]:
    """Return the cards that have something, the most urgent first.

    Args:
        zone: what a day is.
        confirm_days: after how many days a confirmation expires.
        first: how much of each kind is shown.
    """
    now = datetime.now(UTC)
    with acting_as(connection, actor):
        scope = queue.scope(connection, actor.user_id)
        filled = []
        for card in CARDS:
            total, rows = queue.waiting(
                connection, card.key, scope, today=now.astimezone(zone).date(),
                confirmed_before=now + AHEAD - timedelta(days=confirm_days), most=first,
            )  # fmt: skip
            if total:
                filled.append(Filled(card, total, tuple(rows)))
    return filled


def counts(
    connection: Connection, actor: Actor, *, zone: tzinfo, confirm_days: int
) -> dict[str, int]:
    """Return how much waits by place of the rail: what is urgent at the queue itself.

    Of each kind up to :data:`MOST_ON_RAIL`, which stands for it and more.

    Args:
        zone, confirm_days: as for :func:`cards`.
    """
    now = datetime.now(UTC)
    shown = tuple(card.key for card in CARDS if card.urgent or card.rail)
    with acting_as(connection, actor):
        found = queue.counts(
            connection, shown, queue.scope(connection, actor.user_id),
            today=now.astimezone(zone).date(),
            confirmed_before=now + AHEAD - timedelta(days=confirm_days), most=MOST_ON_RAIL,
        )  # fmt: skip
    return by_place(found)


def by_place(found: Mapping[str, int]) -> dict[str, int]:
    """Add how much there is of each kind up by place of the rail."""
    places = {"queue": sum(found.get(card.key, 0) for card in CARDS if card.urgent)}
    for card in CARDS:
        if card.rail:
            places[card.rail] = places.get(card.rail, 0) + found.get(card.key, 0)
    return places
