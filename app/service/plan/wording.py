"""What figures count, said in a sentence."""

from datetime import datetime

from app.domain.services import BY_CODE
from app.service.plan.question import RULES
from app.service.plan.standing import Standing

WEEKDAYS = "一二三四五六日"


def definition(standing: Standing) -> dict[str, str]:
    """Say in a sentence what the figures of a question count, in Chinese and English."""
    question, material = standing.question, standing.material
    facts = material.demand.facts
    zone = standing.harbor.settings.zone
    needed = [BY_CODE[code] for code in question.services]
    at = None if question.at is None else question.at.astimezone(zone)
    as_of = material.as_of.astimezone(zone)
    scope_en = material.scope.name_en or material.scope.name
    circle = _circle(standing)
    source = (f"({facts.source})", f" ({facts.source})") if facts.source else ("", "")
    zh = [
        f"{material.scope.name}内的{facts.title}{source[0]}",
        circle[0],
        f"只计{'、'.join(s.name for s in needed)}齐全的站点" if needed else "",
        "不论钟点" if at is None else f"只计{moment_zh(at)}确定开门的站点",
        f"登记截至 {as_of:%Y-%m-%d %H:%M}",
    ]
    en = [
        f"{facts.title_en or facts.title} in {scope_en}{source[1]}",
        circle[1],
        f"that has {', '.join(s.name_en.lower() for s in needed)}" if needed else "",
        "whatever the hour" if at is None else f"and is surely open on {at:%A %Y-%m-%d at %H:%M}",
        f"by the register of {as_of:%Y-%m-%d %H:%M}",
    ]
    return {
        "zh": ",".join(part for part in zh if part),
        "en": ", ".join(part for part in en if part),
    }


def _circle(standing: Standing) -> tuple[str, str]:
    """Say what it is to be covered, in Chinese and English."""
    minutes, depth = standing.question.minutes, standing.question.depth
    zh_many = "有站点" if depth == 1 else f"至少有{'一两三'[depth - 1]}个站点"
    en_many = ("a station", "two stations", "three stations")[depth - 1]
    if standing.question.rule == "radius":
        metres = standing.material.inputs["radius_metres"]
        return (
            f"直线 {metres:,.0f} 米内{zh_many}",
            f"with {en_many} within {metres:,.0f} m as the crow flies",
        )
    _, zh, en = RULES[standing.question.rule]
    return f"{zh} {minutes:g} 分钟内{zh_many}", f"with {en_many} within {minutes:g} minutes {en}"


def moment_zh(at: datetime) -> str:
    """Name a moment in Chinese, with its weekday."""
    return f" {at:%Y-%m-%d}(周{WEEKDAYS[at.weekday()]}){at:%H:%M} "
