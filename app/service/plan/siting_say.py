"""What siting found, said in a sentence."""

from collections.abc import Mapping
from typing import Any

from geo.siting import Goal, Reason


def sentence(found: Mapping[str, Any], *, target: float | None) -> dict[str, str]:
    """Say what was found and how much better anything could be, in Chinese and English."""
    goal = Goal(found["goal"])
    if found["reason"] in (Reason.ALREADY, Reason.NOTHING_LEFT) and not found["sites"]:
        return {
            "zh": f"已覆盖 {_percent(found['share'])},不需要新站点。",
            "en": f"{_percent(found['share'])} is covered; no new station is needed.",
        }
    if found["reason"] == Reason.BUDGET and not found["sites"]:
        return {
            "zh": "预算太少,任何一处有用的候选地点都负担不起,没有选出新站点。"
            "请增加预算,或核对费用。",
            "en": "The budget is too small for any candidate that would help, so no new station is"
            " chosen. Raise the budget, or check the costs.",
        }
    say = {Goal.COVER: _cover, Goal.SHARE: _fewest, Goal.WALK: _walk}[goal]
    zh, en = say(found, target)
    if found["reason"] == Reason.NOTHING_LEFT:
        zh += "再多也不会更好。"
        en += " More stations would add nothing."
    if found["reason"] == Reason.BUDGET:
        zh += "剩下的预算不够再设一处。"
        en += " What is left of the budget pays for no other."
    return {"zh": zh, "en": en}


def _cover(found: Mapping[str, Any], _: float | None) -> tuple[str, str]:
    count, share = len(found["sites"]), _percent(found["share"])
    if found["exact"]:
        more = "已证明是最好的选择", "proved to be the best choice"
    else:
        gap = _percent(found["gap"])
        more = f"最多还能多 {gap}", f"at most {gap} more is possible"
    before = _percent(found["share_before"])
    return (
        f"新增 {count} 个站点后覆盖 {share}(原 {before}),{more[0]}。",
        f"{share} covered with {_stations(count)} ({before} before), {more[1]}.",
    )


def _fewest(found: Mapping[str, Any], target: float | None) -> tuple[str, str]:
    count, share, least = len(found["sites"]), _percent(found["share"]), found["fewest"]
    if found["reason"] == Reason.OUT_OF_REACH:
        surely = found["exact"]
        return (
            f"达不到 {_percent(target)}:用上 {count} 个站点,覆盖 {share}"
            f"{',不能再多' if surely else ''}。",
            f"{_percent(target)} is out of reach: {_stations(count)} cover {share}"
            f"{', and nothing covers more' if surely else ''}.",
        )
    if found["exact"]:
        return (
            f"至少 {count} 个新站点,可覆盖 {share};已证明不能更少。",
            f"{share} covered with {_stations(count)}; proved that no fewer do.",
        )
    return (
        f"{count} 个新站点可覆盖 {share},少于 {least} 个一定不够。",
        f"{share} covered with {_stations(count)}; fewer than {least} cannot do.",
    )


def _walk(found: Mapping[str, Any], _: float | None) -> tuple[str, str]:
    count = len(found["sites"])
    before, after, least = (
        found[name] or 0.0 for name in ("minutes_before", "minutes", "minutes_bound")
    )
    if found["exact"]:
        more = "已证明是最好的选择", "proved to be the best choice"
    else:
        more = f"不可能短于 {least:.2f} 分钟", f"less than {least:.2f} is not possible"
    return (
        f"新增 {count} 个站点后平均步行 {after:.2f} 分钟(原 {before:.2f},走不到的按上限计),"
        f"{more[0]};覆盖 {_percent(found['share'])}。",
        f"A mean walk of {after:.2f} minutes with {_stations(count)} ({before:.2f} before, who is"
        f" out of reach counted with the limit), {more[1]}; {_percent(found['share'])} covered.",
    )


def _stations(count: int) -> str:
    return "1 new station" if count == 1 else f"{count:,} new stations"


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{100 * share:.1f}%"
