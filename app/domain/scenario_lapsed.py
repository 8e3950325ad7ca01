"""Changes of a scenario that have no effect any more, said in sentences."""

from dataclasses import dataclass

from app.domain.lifecycle import State
from app.domain.scenario import Close, Hours, Item, Lapsed, Move, Open, Services


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a station that counted once.

    Attributes:
        code: its number, None before it has one.
        state: what it is by now.
        into: the name of the station that it was merged into, else empty.
    """

    code: str | None
    name: str
    state: State
    into: str = ""

    @property
    def called(self) -> str:
        """Its name, and its number where it has one."""
        return f"{self.name} {self.code or ''}".strip()


_DOINGS: dict[type[Item], tuple[str, str]] = {
    Move: ("移动", "move"),
    Close: ("关闭", "closing"),
    Hours: ("改时间", "new hours"),
    Services: ("改服务", "new services"),
}
_BECAME = {
    State.EXITED: ("已退出", "left"),
    State.SUSPENDED: ("已暂停", "is suspended"),
    State.MERGED: ("已并入别的站点", "was merged into another one"),
    State.DISCARDED: ("已作废", "was discarded"),
}


def said(lapsed: Lapsed, known: Known | None) -> tuple[str, str]:
    """Say in Chinese and English why a change has no effect.

    Args:
        known: the station; None for one that nobody may hear of, or that is none.
    """
    if isinstance(lapsed.item, Open):
        return _opened(lapsed.item, known)
    zh, en = _DOINGS[type(lapsed.item)]
    if known is None:
        called = (f"编号 {lapsed.station} 的站点", f"Station {lapsed.station}")
    else:
        called = (known.called, known.called)
    became = _became(known)
    return (
        f"{called[0]} {became[0]},不计入覆盖,“{zh}”不再生效。",
        f"{called[1]} {became[1]} and does not count, so its {en} has no effect.",
    )


def _became(known: Known | None) -> tuple[str, str]:
    if known is None:
        return "没有启用过", "was never active"
    if known.into:
        return f"已并入 {known.into}", f"was merged into {known.into}"
    return _BECAME.get(known.state, ("在所看的日期没有启用", "was not active on the day looked at"))


def _opened(item: Open, known: Known | None) -> tuple[str, str]:
    called = "" if known is None else known.called
    return (
        f"新站“{item.name}”已在登记册启用{f'({called})' if called else ''},按登记册计算。",
        f"The new station {item.name} is active in the register by now"
        f"{f' ({called})' if called else ''}, and counts as it stands there.",
    )
