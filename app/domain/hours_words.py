"""Opening hours in words: what a rule says, as a person reads it before confirming it."""

import re

from app.domain.hours_rule import WEEKDAYS, rule_parts, split_rules

Words = tuple[str, str]
_DAYS = dict(zip(WEEKDAYS, "一二三四五六日", strict=True))
_DAYS_EN = dict(
    zip(
        WEEKDAYS,
        ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
        strict=True,
    )
)
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_NEVER_SAID: Words = ("节假日是否开放没有写明", "public holidays are not spoken of")


def spoken(rule: str | None) -> Words:
    """Say a rule in Chinese and English, clause by clause; what has no words stays as it is."""
    if rule is None:
        return "读不懂,仅保留原文,开放时间记为不明", "not understood: kept as text, hours unknown"
    if rule.strip() == "24/7":
        return "全年全天 24 小时开放", "open 24 hours, every day of the year"
    clauses = [_clause(text) for _, text in split_rules(rule)]
    if not any(re.search(r"\bPH\b", text) for _, text in split_rules(rule)):
        clauses.append(_NEVER_SAID)
    return ";".join(zh for zh, _ in clauses), "; ".join(en for _, en in clauses)


def _clause(rule: str) -> Words:
    days, times, rest = rule_parts(rule)
    if rest.startswith(("off", "closed")) or rule.endswith(" off"):
        days = re.sub(r"\s*\b(off|closed)\b.*$", "", days)
        return f"{_days(days, 0)}不开放", f"{_days(days, 1)}: closed"
    if rest.startswith("unknown"):
        return f"{_days(days, 0)}开放,钟点没有写明", f"{_days(days, 1)}: open at hours not written"
    if not times:
        return rule, rule
    zh, en = times.replace(",", "、").replace("-", "–"), times.replace(",", ", ").replace("-", "–")
    if times == "00:00-24:00":
        zh, en = "全天", "all day"
    return f"{_days(days, 0)} {zh}".strip(), f"{_days(days, 1)} {en}".strip()


def _days(text: str, language: int) -> str:
    if not text:
        return ("每天", "every day")[language]
    found = _MONTH_RUN.sub(lambda match: _months(match.group(), language), text)
    return _DAY_RUN.sub(lambda match: _weekdays(match.group(), language), found)


_DAY_NAME = rf"(?:{'|'.join(WEEKDAYS)}|PH)"
_DAY_RUN = re.compile(rf"\b{_DAY_NAME}(?:[-,]\s?{_DAY_NAME})*\b")
_MONTH_NAME = rf"(?:{'|'.join(_MONTHS)})(?: \d{{1,2}})?"
_MONTH_RUN = re.compile(rf"{_MONTH_NAME}(?:-{_MONTH_NAME})?")


def _weekdays(text: str, language: int) -> str:
    if language:
        named = re.sub(r"\bPH\b", "public holidays", text).replace(",", ", ").replace("-", " to ")
        return re.sub(rf"\b({'|'.join(WEEKDAYS)})\b", lambda m: _DAYS_EN[m.group()], named)
    parts = [part.strip() for part in text.split(",")]
    return "、".join(
        "法定节假日" if part == "PH" else "至".join(f"周{_DAYS[day]}" for day in part.split("-"))
        for part in parts
    )


def _months(text: str, language: int) -> str:
    if language:
        return text.replace("-", " to ")
    ends = []
    for end in text.split("-"):
        name, _, day = end.partition(" ")
        ends.append(f"{_MONTHS.index(name) + 1}月" + (f"{day}日" if day else ""))
    return "至".join(ends)
