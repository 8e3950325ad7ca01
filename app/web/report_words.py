"""A rider's report as staff and keepers read it."""

from datetime import datetime
from typing import Any

from app.domain.reports import (
    ANSWER_NAMES,
    KIND_NAMES,
    ReportAnswer,
    ReportKind,
    answers_of,
    is_overdue,
    shown_ticket,
)
from app.service import opening_words, receipts
from app.service.reports import ReportRow


def shown(row: ReportRow, now: datetime) -> dict[str, Any]:
    """Return what a page shows of a report, with the answers that fit its kind."""
    kind = ReportKind(row.kind)
    return {
        "row": row,
        "kind": KIND_NAMES[kind],
        "ticket": shown_ticket(row.ticket),
        "age": opening_words.ago(row.made_at, now),
        "overdue": row.closed_at is None and is_overdue(row.made_at, now),
        "answers": [(one.value, *ANSWER_NAMES[one]) for one in answers_of(kind)],
        "answer": ANSWER_NAMES[ReportAnswer(row.answer)] if row.answer else None,
        "once": receipts.token(),
    }
