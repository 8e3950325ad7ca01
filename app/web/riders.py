"""A rider's question as the web asks it, and its answer as the web writes it."""

import json
from typing import Any

from app.service import nearest
from app.service.present import answer_json
from app.service.question import Question
from app.service.runtime import Runtime
from app.web.schemas import NearestQuery

_write = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode


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
    return written(answer_json(answer, datum=query.datum))


def written(answer: dict[str, Any]) -> str:
    """Write an answer of our own making; through its schema it would take twice as long."""
    return _write(answer)
