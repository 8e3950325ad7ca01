"""A rider's report: fixed choices, what it is answered with, the ticket that finds it again."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from app.domain.errors import FieldError, InvalidInput

LONGEST_TEXT = 200
LONGEST_NOTE = 500
MOST_PHOTO_BYTES = 8_000_000
# the same phone, station and kind within this time is the same report
SAME_WITHIN = timedelta(hours=12)
# whoever stands so near has tried the door
AT_THE_PLACE_METRES = 150.0
# what is open for longer waits for too long
DUE = timedelta(days=2)

TICKET_SIGNS = 10
PROOF_SIGNS = 8
_BITS = 5
# Crockford's: no I, L, O or U, which a person would misread
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_MISREAD = str.maketrans("ILO", "110")


class ReportKind(StrEnum):
    """What is wrong at a station."""

    LOCKED = "locked"
    NO_WATER = "no_water"
    TOILET_BROKEN = "toilet_broken"
    WRONG_PLACE = "wrong_place"
    OTHER = "other"


KIND_NAMES: dict[ReportKind, tuple[str, str]] = {
    ReportKind.LOCKED: ("开放时间内锁门", "Locked in posted hours"),
    ReportKind.NO_WATER: ("没有饮用水", "No water"),
    ReportKind.TOILET_BROKEN: ("厕所不能用", "Toilet out of order"),
    ReportKind.WRONG_PLACE: ("位置不对", "Wrong place on the map"),
    ReportKind.OTHER: ("其他问题", "Something else"),
}


class ReportAnswer(StrEnum):
    """What a keeper or staff answer; each closes the report."""

    OPEN_NOW = "open_now"
    MENDED = "mended"
    WILL_MEND = "will_mend"
    NOT_SO = "not_so"


ANSWER_NAMES: dict[ReportAnswer, tuple[str, str]] = {
    ReportAnswer.OPEN_NOW: ("现在开门", "It is open now"),
    ReportAnswer.MENDED: ("已解决", "Mended"),
    ReportAnswer.WILL_MEND: ("已收到,将尽快解决", "Received; it will be mended soon"),
    ReportAnswer.NOT_SO: ("已核实,情况不属实", "Looked into; it was not so"),
}


def answers_of(kind: ReportKind) -> tuple[ReportAnswer, ...]:
    """Return what a report of a kind can be answered with, what is good news first."""
    good = ReportAnswer.OPEN_NOW if kind is ReportKind.LOCKED else ReportAnswer.MENDED
    return good, ReportAnswer.WILL_MEND, ReportAnswer.NOT_SO


@dataclass(frozen=True, slots=True)
class Allowance:
    """How much one source may send.

    Attributes:
        hourly: within an hour of the clock.
        daily: within what is remembered of a source, twelve hours to a day; None without bound.
    """

    hourly: int
    daily: int | None = None


OF_NETWORK = Allowance(20, 60)
OF_DEVICE = Allowance(6)


def signs(number: int, count: int) -> str:
    """Write the lowest bits of a number as so many signs of Crockford's base 32."""
    return "".join(
        _ALPHABET[number >> _BITS * place & (len(_ALPHABET) - 1)]
        for place in reversed(range(count))
    )


def read_signs(text: str, count: int) -> str:
    """Return signs as they were written, however a person typed them; empty for what is none."""
    plain = text.upper().replace("-", "").replace(" ", "").translate(_MISREAD)
    return plain if len(plain) == count and set(plain) <= set(_ALPHABET) else ""


def read_ticket(text: str) -> str:
    """Return the ten signs of a ticket, however a person typed them.

    Raises:
        InvalidInput: if it is no ticket.
    """
    plain = read_signs(text, TICKET_SIGNS)
    if not plain:
        raise InvalidInput(
            [FieldError("ticket", "is no ticket; one looks like 7K2M-9QX-4TD",
                        "查询码有误,格式如 7K2M-9QX-4TD")],
            attempted="find the report",
        )  # fmt: skip
    return plain


def shown_ticket(ticket: str) -> str:
    """Write a ticket as people read it: XXXX-XXX-XXX."""
    return f"{ticket[:4]}-{ticket[4:7]}-{ticket[7:]}"


def check_report(kind: str, text: str, photo_bytes: int) -> None:
    """Raise :class:`InvalidInput` with everything that is wrong with a report to be made."""
    errors = []
    if kind not in set(ReportKind):
        known = ", ".join(ReportKind)
        errors.append(FieldError("kind", f"{kind!r} is not one of {known}", "请选择一种情况"))
    if kind == ReportKind.OTHER and not text:
        errors.append(FieldError("text", "is needed with other", "请写明是什么问题"))
    if len(text) > LONGEST_TEXT:
        errors.append(FieldError(
            "text", f"is longer than {LONGEST_TEXT} characters", f"超过 {LONGEST_TEXT} 字"
        ))  # fmt: skip
    if not text.isprintable():
        errors.append(FieldError(
            "text", "holds a character that cannot be printed", "含有无法显示的字符"
        ))  # fmt: skip
    if photo_bytes > MOST_PHOTO_BYTES:
        errors.append(FieldError(
            "photo", f"is larger than {MOST_PHOTO_BYTES // 1_000_000} MB",
            f"照片超过 {MOST_PHOTO_BYTES // 1_000_000} MB",
        ))  # fmt: skip
    if errors:
        raise InvalidInput(errors, attempted="report about the station")


def check_answer(answer: str, note: str) -> ReportAnswer:
    """Return the answer that a code stands for.

    Raises:
        InvalidInput: if the code is none, or the note too long.
    """
    errors = []
    if answer not in set(ReportAnswer):
        known = ", ".join(ReportAnswer)
        errors.append(FieldError("answer", f"{answer!r} is not one of {known}", "请选择一种答复"))
    if len(note) > LONGEST_NOTE:
        errors.append(FieldError(
            "note", f"is longer than {LONGEST_NOTE} characters", f"备注超过 {LONGEST_NOTE} 字"
        ))  # fmt: skip
    if errors:
        raise InvalidInput(errors, attempted="answer the report")
    return ReportAnswer(answer)


def is_overdue(made_at: datetime, now: datetime) -> bool:
    """Whether an open report waits for too long."""
    return now - made_at > DUE
