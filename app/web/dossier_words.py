"""A station's dossier in words: what was gathered, as sections of a printed page."""

from collections.abc import Iterable
from datetime import datetime, tzinfo

from app.domain.aliases import ALIAS_NAMES, AliasKind
from app.domain.lifecycle import FACTS
from app.service.dossiers import Gathered, Section
from app.web import fact_words, record_words
from app.web.fact_words import Words


def sections(gathered: Gathered, *, zone: tzinfo, unions: dict[int, Words]) -> list[Section]:
    """Return the sections of a dossier, in the order they are read."""
    record = gathered.record
    state = FACTS[record.state]
    heading = [
        ("状态 State", f"{state.name} {state.name_en}"),
        ("所属工会 Union", _both(record.union or ("", ""))),
        ("已核实 Verified", "是 yes" if record.verified else "否 no"),
    ]
    facts = [
        Section(
            group.title,
            tuple((_both(line.label), _both(line.value)) for line in group.lines),
        )
        for group in fact_words.groups(record.facts, zone=zone, district=record.district)
    ]
    return [
        Section(("概要", "Summary"), tuple(heading)),
        *facts,
        _aliases(gathered),
        _keepers(gathered, zone),
        _documents(gathered),
        _inspections(gathered),
        _awards(gathered, zone),
        _reports(gathered),
        _past(gathered, zone, unions),
    ]


def _reports(gathered: Gathered) -> Section:
    told = gathered.reports
    lines = (("待答复 Open", str(told["open"])), ("已答复 Answered", str(told["closed"])))
    return Section(("骑手反映", "Reports of riders"), lines if any(told.values()) else ())


def _aliases(gathered: Gathered) -> Section:
    lines = tuple(
        (_both(ALIAS_NAMES[AliasKind(one.kind)]), f"{one.value} {one.source}".strip())
        for one in gathered.aliases
    )
    return Section(("旧编号与曾用名", "Earlier numbers and names"), lines)


def _keepers(gathered: Gathered, zone: tzinfo) -> Section:
    rows = (
        (
            one.masks.name or "—", one.masks.phone or "—", one.masks.employer or "—",
            _both(one.state), _day(one.duty.valid_from, zone), _day(one.duty.valid_to, zone),
        )
        for one in gathered.keepers
    )  # fmt: skip
    return _table(
        ("负责人(隐去)", "Keepers, masked"),
        ("姓名 Name", "电话 Phone", "单位 Employer", "状态 State", "自 From", "至 To"), rows,
    )  # fmt: skip


def _documents(gathered: Gathered) -> Section:
    rows = (
        (one.number, one.title, one.dated.isoformat() if one.dated else "",
         "有 yes" if one.file_id else "无 no")
        for one in gathered.documents
    )  # fmt: skip
    return _table(
        ("文件", "Documents"), ("文号 Number", "标题 Title", "日期 Date", "扫描件 Scan"), rows
    )


def _inspections(gathered: Gathered) -> Section:
    people = gathered.inspections.people
    rows = (
        (
            one.inspected_on.isoformat(), one.standard_name, people.get(one.inspector_id, ""),
            {True: "合格 passed", False: "不合格 failed", None: "未提交 draft"}[one.passed],
            "" if one.score is None else f"{one.score}", "★" * (one.stars or 0),
            ", ".join(one.failed or ()),
        )
        for one in gathered.inspections.inspections
    )  # fmt: skip
    return _table(
        ("检查", "Inspections"),
        ("日期 Date", "标准 Standard", "检查员 Inspector", "结果 Result", "得分 Score",
         "星级 Stars", "未达标 Failed"), rows,
    )  # fmt: skip


def _awards(gathered: Gathered, zone: tzinfo) -> Section:
    rows = (
        (
            str(one.year), one.kind, "★" * (one.stars or 0), one.document, f"{one.subsidy_yuan}",
            _day(one.withdrawn_at, zone),
        )
        for one in gathered.honours.awards
    )  # fmt: skip
    return _table(
        ("荣誉与补助", "Awards and subsidies"),
        ("年度 Year", "类别 Kind", "星级 Stars", "文号 Document", "补助(元) Yuan",
         "撤销 Withdrawn"), rows,
    )  # fmt: skip


def _past(gathered: Gathered, zone: tzinfo, unions: dict[int, Words]) -> Section:
    rows = []
    for event in gathered.past.events:
        told = record_words.told(event, unions, zone)
        changes = "; ".join(f"{one.label[0]}: {one.old[0]} → {one.new[0]}" for one in told.changes)
        rows.append(
            (
                f"{told.at.astimezone(zone):%Y-%m-%d %H:%M}", told.who[0],
                " ".join(part for part in (told.what[0], told.reason, changes) if part),
            )
        )  # fmt: skip
    return _table(("历史", "History"), ("时间 When", "谁 Who", "什么 What"), rows)


def _table(title: Words, head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Section:
    body = tuple(rows)
    return Section(title, (head, *body) if body else (), table=True)


def _both(words: Words) -> str:
    zh, en = words
    return zh if zh == en or not en else f"{zh} {en}"


def _day(moment: datetime | None, zone: tzinfo) -> str:
    return "" if moment is None else f"{moment.astimezone(zone):%Y-%m-%d}"
