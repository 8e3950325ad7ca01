"""What happened to a station beside its versions as plain sentences, in Chinese and English."""

from collections.abc import Callable, Mapping
from datetime import datetime, tzinfo
from typing import Any

from app.domain.award import AWARD_KINDS, STAR
from app.domain.facts import PHOTO_KINDS
from app.domain.reports import ANSWER_NAMES, KIND_NAMES, ReportAnswer, ReportKind
from app.domain.supplies import SUPPLY_NAMES
from app.service.records import Happening
from app.web.fact_words import Words

_AWARDS: dict[str, Words] = {kind.code: (kind.name, kind.name_en) for kind in AWARD_KINDS}
_PHOTOS: dict[str, Words] = {kind.code: (kind.name, kind.name_en) for kind in PHOTO_KINDS}
# what needs nothing beside its kind
_PLAIN: dict[str, Words] = {
    "asked": ("申请变更", "asked for a change"),
    "refused": ("不同意变更", "refused a change"),
    "withdrawn": ("撤回变更申请", "withdrew a request for change"),
    "lapsed": ("站点离开,变更申请随之失效", "let the station go, and a request with it"),
    "rectification_cleared": ("结束整改任务:已改好", "closed the rectification: all is mended"),
    "rectification_exited": ("结束整改任务:站点退出", "closed the rectification: the station left"),
    "station.confirm": ("确认信息无变化", "confirmed that the record holds"),
    "station.say_open": ("报告现在开门", "said that it was open"),
    "station.plaque": ("打印了牌子", "printed its plaque"),
    "keeper.propose": ("提出由新的负责人接任", "proposed who follows as keeper"),
    "keeper.confirm": ("确认新的负责人接任", "confirmed the new keeper, who took over"),
    "keeper.refuse": ("不确认新的负责人", "did not confirm the proposed keeper"),
    "keeper.end": ("结束了负责人的任期", "ended the duty of a keeper"),
}


def said(event: Happening, zone: tzinfo) -> Words:
    """Say what happened.

    Args:
        zone: what the hours of closures are told in.
    """
    if event.kind in _PLAIN:
        return _PLAIN[event.kind]
    return _SENTENCES[event.kind](event.told, zone)


def _inspected(told: Mapping[str, Any], zone: tzinfo) -> Words:
    zh, en = _result(told)
    return (f"检查了站点:{zh}", f"inspected it: {en}")


def _followed_up(told: Mapping[str, Any], zone: tzinfo) -> Words:
    zh, en = _result(told)
    return (f"复查了站点:{zh}", f"made a follow-up inspection: {en}")


def _result(told: Mapping[str, Any]) -> Words:
    if not told["passed"]:
        return ("不合格", "failed")
    score = f",{told['score']} 分" if told["score"] is not None else ""
    score_en = f" with {told['score']} points" if told["score"] is not None else ""
    return (f"合格{score}", f"passed{score_en}")


def _rectification(told: Mapping[str, Any], zone: tzinfo) -> Words:
    return (
        f"开始整改任务,期限 {told['deadline']}",
        f"opened a rectification due {told['deadline']}",
    )


def _extended(told: Mapping[str, Any], zone: tzinfo) -> Words:
    until = told["until"]
    return (f"将期限延至 {until}", f"put the last day off to {until}")


def _given(told: Mapping[str, Any], zone: tzinfo) -> Words:
    zh, en = _award(told)
    by, by_en = (f",文号 {told['document']}", f" by {told['document']}") if told["document"] else (
        "", ""
    )  # fmt: skip
    return (f"授予 {zh}{by}", f"gave it {en}{by_en}")


def _taken_back(told: Mapping[str, Any], zone: tzinfo) -> Words:
    zh, en = _award(told)
    return (f"撤销 {zh}", f"withdrew {en}")


def _award(told: Mapping[str, Any]) -> Words:
    year = told["year"]
    if told["kind"] == STAR:
        return (f"{year} 年 {told['stars']} 星", f"{told['stars']} stars of {year}")
    zh, en = _AWARDS[told["kind"]]
    return (f"{year} 年“{zh}”", f"“{en}” of {year}")


def _took_over(told: Mapping[str, Any], zone: tzinfo) -> Words:
    zh, en = _other(told)
    return (f"将{zh}并入此站", f"merged {en} into this one")


def _gave_back(told: Mapping[str, Any], zone: tzinfo) -> Words:
    zh, en = _other(told)
    return (f"将{zh}从此站拆分出去", f"split {en} off this one")


def _other(told: Mapping[str, Any]) -> Words:
    # a record that left may be out of sight
    name = told["other"]
    return (f"“{name}”", f"“{name}”") if name else ("另一站点", "another station")


def _closed(told: Mapping[str, Any], zone: tzinfo) -> Words:
    begins, ends = _spans(told, zone)
    return (f"临时关闭,{begins} 至 {ends}", f"closed it for a time, {begins} to {ends}")


def _called_off(told: Mapping[str, Any], zone: tzinfo) -> Words:
    begins, ends = _spans(told, zone)
    return (f"取消临时关闭({begins} 至 {ends})", f"called off the closure of {begins} to {ends}")


def _spans(told: Mapping[str, Any], zone: tzinfo) -> tuple[str, str]:
    begins, ends = (
        datetime.fromisoformat(told[end]).astimezone(zone) for end in ("begins", "ends")
    )
    return (f"{begins:%Y-%m-%d %H:%M}", f"{ends:%Y-%m-%d %H:%M}")


def _photo_added(told: Mapping[str, Any], zone: tzinfo) -> Words:
    zh, en = _PHOTOS[told["kind"]]
    return (f"上传了照片({zh})", f"added a photo ({en.lower()})")


def _photo_removed(told: Mapping[str, Any], zone: tzinfo) -> Words:
    zh, en = _PHOTOS[told["kind"]]
    return (f"删除了照片({zh})", f"removed a photo ({en.lower()})")


def _imported(told: Mapping[str, Any], zone: tzinfo) -> Words:
    row, row_en = (f"第 {told['row']} 行", f" row {told['row']} of") if told["row"] else ("", "")
    by, by_en = (f",文号 {told['document']}", f" by {told['document']}") if told["document"] else (
        "", ""
    )  # fmt: skip
    return (
        f"由名单《{told['file']}》{row}导入{by}", f"imported it from{row_en} {told['file']}{by_en}"
    )  # fmt: skip


def _undone(told: Mapping[str, Any], zone: tzinfo) -> Words:
    return (f"整批撤销了名单《{told['file']}》", f"undid the import of {told['file']}")


def _keeper_added(told: Mapping[str, Any], zone: tzinfo) -> Words:
    if told.get("replaces"):
        return ("登记了新的负责人,原负责人交接", "named a new keeper, who took over")
    return ("登记了负责人", "named a keeper")


def _reported(told: Mapping[str, Any], zone: tzinfo) -> Words:
    zh, en = KIND_NAMES[ReportKind(told["kind"])]
    count = told["reports"]
    times = "once" if count == 1 else f"{count} times"
    return (f"反映“{zh}”,当天 {count} 次", f"reported “{en}”, {times} that day")


def _answered(told: Mapping[str, Any], zone: tzinfo) -> Words:
    zh, en = KIND_NAMES[ReportKind(told["kind"])]
    answer, answer_en = ANSWER_NAMES[ReportAnswer(told["answer"])]
    count = told["reports"]
    reports = "a report" if count == 1 else f"{count} reports"
    return (
        f"答复了 {count} 条“{zh}”的反映:{answer}",
        f"answered {reports} of “{en}”: {answer_en}",
    )


def _supplies(told: Mapping[str, Any], zone: tzinfo) -> Words:
    out = [SUPPLY_NAMES[code] for code in told["out"]]
    if not out:
        return ("报告物资已补齐", "said that all supplies are there")
    names, names_en = "、".join(zh for zh, _ in out), ", ".join(en.lower() for _, en in out)
    return (f"报告{names}用完", f"said what ran out: {names_en}")


_SENTENCES: dict[str, Callable[[Mapping[str, Any], tzinfo], Words]] = {
    "inspected": _inspected,
    "followed_up": _followed_up,
    "rectification_opened": _rectification,
    "extended": _extended,
    "award_given": _given,
    "award_withdrawn": _taken_back,
    "took_over": _took_over,
    "gave_back": _gave_back,
    "closed": _closed,
    "closure_called_off": _called_off,
    "photo_added": _photo_added,
    "photo_removed": _photo_removed,
    "imported": _imported,
    "import_undone": _undone,
    "keeper.add": _keeper_added,
    "reported": _reported,
    "answered": _answered,
    "station.say_supplies": _supplies,
}
