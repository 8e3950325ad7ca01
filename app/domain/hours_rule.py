"""Opening-hours rules as text: splitting at midnight, and what a holiday stands for.

Works on the canonical spelling that ``opening-hours-py`` prints, in which rules are joined
by ``"; "`` (replaces the day), ``", "`` (adds to it) or ``" || "`` (if nothing applies),
and a rule is ``selectors times modifier "comment"``.
"""

import re

from opening_hours import OpeningHours, ParserError  # type: ignore[attr-defined]

from app.domain.errors import FieldError, InvalidInput

MAX_LENGTH = 500
WEEKDAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")

_RULE_BREAK = re.compile(r'((?:"[^"]*"|[^"])*?)(; |, | \|\| |$)')
_CLOCK = r"\d\d:\d\d"
_TIMES = re.compile(rf"(?<!\S){_CLOCK}(?:-{_CLOCK})?[\d:,+\-/]*")
_SPAN = re.compile(rf"({_CLOCK})-({_CLOCK}).*")
_COMMENT = re.compile(r'"[^"]*"')
_HOLIDAY = re.compile(r"\bPH\b")
_MIDNIGHT = 24 * 60
# on a holiday the hours of its weekday; said so that a reader without a calendar is not misled
USUAL = 'PH unknown "as usual"'
_DATED = re.compile(r"\d{4} [A-Z][a-z]{2} \d\d?(?:-(?:\d{4} )?(?:[A-Z][a-z]{2} )?\d\d?)?")
_REFUSED = (
    (re.compile(r"\bSH\b"), "SH (school holidays) cannot be answered: no calendar holds them"),
    (
        re.compile(r"\bPH -?\d+ days?\b"),
        "PH with an offset in days is not supported: name the day itself",
    ),
    (
        re.compile(r"\b(sunrise|sunset|dawn|dusk)\b"),
        "times by the sun are not supported: give times of the clock",
    ),
    (re.compile(r"\beaster\b"), "easter is not supported: give dates"),
)


def normalise(hours: str) -> str:
    """Return a rule in the usual spelling, or raise :class:`InvalidInput` saying what is wrong.

    School holidays, times by the sun and ``PH`` with an offset are refused: no data here
    could answer them.
    """
    text = " ".join(hours.split()).rstrip("; ")
    if len(text) > MAX_LENGTH:
        raise _invalid(f"longer than {MAX_LENGTH} characters")
    try:
        parsed = str(OpeningHours(text))
    except ParserError as error:
        raise _invalid(_place(str(error), text)) from None
    refused = unsupported(parsed)
    if refused is not None:
        raise _invalid(refused)
    return parsed


def unsupported(text: str) -> str | None:
    """Say why a readable rule cannot be answered here, or return None."""
    bare = _COMMENT.sub("", text)
    return next((message for pattern, message in _REFUSED if pattern.search(bare)), None)


def names_holidays(text: str) -> bool:
    """Whether a rule says something about public holidays."""
    return _HOLIDAY.search(_COMMENT.sub("", text)) is not None


def without_usual(text: str) -> tuple[str, bool]:
    """Take :data:`USUAL` out of rules, and tell whether it was there."""
    rules = split_rules(text)
    kept = [(separator, rule) for separator, rule in rules if rule != USUAL]
    if len(kept) == len(rules) or not kept:
        return text, False
    return "".join(
        (separator if i else "") + rule for i, (separator, rule) in enumerate(kept)
    ), True


def dated_days(text: str) -> str:
    """Return rules that are open all day on the dates that rules name with their year."""
    selectors = (rule_parts(rule)[0] for _, rule in split_rules(text))
    return ", ".join(f"{days} 00:00-24:00" for days in selectors if _DATED.fullmatch(days))


def holiday_as(text: str, weekday: str) -> str:
    """Let ``PH`` stand for a weekday, so that the rule applies to a holiday on that weekday."""
    return "".join(
        part if part.startswith('"') else _HOLIDAY.sub(weekday, part)
        for part in re.split(r'("[^"]*")', text)
    )


def split_at_midnight(text: str) -> tuple[str, str]:
    """Split rules into what falls on the day they begin on, and what spills past its midnight.

    Returns:
        Two rule texts without any time past midnight. The second tells, evaluated on a
        day, what that day spills into the next one, in the next day's own times; it is
        empty if nothing ever spills.
    """
    own, spill = "", ""
    spills = False
    for separator, rule in split_rules(text):
        selectors, times, rest = rule_parts(rule)
        today, tomorrow = _split_times(times)
        own += _joined(own, separator, " ".join(filter(None, (selectors, today, rest))))
        spills = spills or bool(tomorrow)
        spill += _joined(spill, separator, _spill_rule(separator, selectors, times, tomorrow, rest))
    return own, spill if spills else ""


def _spill_rule(separator: str, selectors: str, times: str, tomorrow: str, rest: str) -> str:
    if tomorrow:
        return " ".join(filter(None, (selectors, tomorrow, rest)))
    removes_hours_only = bool(times) and rest.startswith("closed")
    if separator in ("", "; ") and not removes_hours_only:
        # it replaces the day, and so also what the day would have spilled
        return f"{selectors} closed".strip()
    return ""


def _joined(before: str, separator: str, rule: str) -> str:
    if not rule:
        return ""
    return (separator or "; ") + rule if before else rule


def split_rules(text: str) -> list[tuple[str, str]]:
    """Cut a text into rules, each with the separator before it."""
    found, separator = [], ""
    for match in _RULE_BREAK.finditer(text):
        if match.group(1):
            found.append((separator, match.group(1)))
        separator = match.group(2)
    return found


def rule_parts(rule: str) -> tuple[str, str, str]:
    """Cut a rule into its selectors, its times, and its modifier with comment."""
    bare = _COMMENT.sub(lambda match: " " * len(match.group()), rule)
    match = _TIMES.search(bare)
    if match is None:
        cut = re.search(r'\s*(\b(closed|unknown|open)\b|").*$', rule)
        end = cut.start() if cut else len(rule)
        return rule[:end].strip(), "", rule[end:].strip()
    return rule[: match.start()].strip(), match.group(), rule[match.end() :].strip()


def _split_times(times: str) -> tuple[str, str]:
    today, tomorrow = [], []
    for piece in filter(None, times.split(",")):
        match = _SPAN.fullmatch(piece)
        if match is None:
            today.append(piece)
            continue
        start, end = match.groups()
        first, last = _minutes(start), _minutes(end)
        last += _MIDNIGHT if last <= first else 0
        if last <= _MIDNIGHT:
            today.append(piece)
            continue
        today.append(f"{start}-24:00")
        tomorrow.append(f"00:00-{_clock(last - _MIDNIGHT)}")
    return ",".join(today), ",".join(tomorrow)


def _minutes(clock: str) -> int:
    return int(clock[:2]) * 60 + int(clock[3:])


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


def _invalid(message: str) -> InvalidInput:
    return InvalidInput(
        [FieldError("hours", message)],
        attempted="read the opening hours",
        remedy='Write them like "Mo-Fr 08:30-12:00,13:00-17:30; PH off" or "24/7".',
    )


def _place(message: str, text: str) -> str:
    # the parser's text names the place as "--> line:column"
    _, _, after = message.partition("--> 1:")
    column = int(after.split()[0]) if after[:1].isdigit() else 1
    return f"not understood from {text[column - 1 :][:40]!r} on" if text else "empty"
