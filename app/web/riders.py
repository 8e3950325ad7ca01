"""A rider's question as the web asks it, and its answer as the web writes it."""

from typing import Any

from app.service import nearest
from app.service.answer_text import answer_text
from app.service.cards import encoded
from app.service.question import Question
from app.service.runtime import Runtime
from app.web.schemas import NearestQuery


def nearest_text(harbor: Runtime, query: NearestQuery) -> str:
    """Answer a question, as JSON."""
    question = Question(
        longitude=query.lon,
        latitude=query.lat,
        k=query.k,
        services=tuple(query.services),
        max_minutes=query.max_minutes,
        open=query.open,
        datum=query.datum,
        mode=query.mode,
        code=query.code,
    )
    answer = nearest.nearest(harbor.snapshot(), harbor.settings, question)
    return answer_text(answer, datum=query.datum)


def written(answer: dict[str, Any]) -> str:
    """Write an answer of our own making; through its schema it would take twice as long."""
    return encoded(answer)
