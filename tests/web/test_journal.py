"""Gunicorn's own log says what happened and never what a caller sent."""

import io
import logging
import socket
from collections.abc import Iterator

import pytest
from gunicorn.config import Config
from gunicorn.http.errors import InvalidRequestLine
from gunicorn.workers.base import Worker

from app.web.journal import Journal

PLACE = "lon=106.551234&lat=29.561234"


@pytest.fixture
def written() -> Iterator[tuple[Journal, io.StringIO]]:
    journal = Journal(Config())
    text = io.StringIO()
    handler = logging.StreamHandler(text)
    journal.error_log.addHandler(handler)
    yield journal, text
    journal.error_log.removeHandler(handler)


class Asked:
    """What gunicorn knows of a request that failed."""

    method, uri = "GET", f"/api/v1/nearest?{PLACE}"


def refuse(journal: Journal, error: Exception, *, asked: object) -> None:
    """Let gunicorn's own handler write of an error."""
    worker = Worker.__new__(Worker)
    worker.log, worker.cfg = journal, Config()
    here, there = socket.socketpair()
    with here, there:
        try:
            raise error
        except type(error) as raised:
            Worker.handle_error(worker, asked, here, ("::1", 5), raised)


def test_a_request_line_that_cannot_be_read_is_not_repeated(
    written: tuple[Journal, io.StringIO],
) -> None:
    journal, text = written
    refuse(journal, InvalidRequestLine(f"get(/api/v1/nearest?{PLACE}"), asked=None)
    assert text.getvalue() == "Invalid request from ip=::1\n"


def test_a_request_that_fails_is_logged_without_its_query(
    written: tuple[Journal, io.StringIO],
) -> None:
    journal, text = written
    journal.error_log.propagate = False
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("gunicorn.workers.base.default_environ", lambda *_: {})
        patch.setattr("gunicorn.workers.base.Response", lambda *_: type("Answer", (), {})())
        refuse(journal, RuntimeError(f"could not serve {PLACE}"), asked=Asked())
    log = text.getvalue()
    assert "Error handling request GET /api/v1/nearest?…" in log
    assert "RuntimeError" in log
    assert "in refuse" in log
    assert "106.55" not in log


def test_why_the_server_does_not_start_is_said_in_full(
    written: tuple[Journal, io.StringIO],
) -> None:
    journal, text = written
    try:
        raise OSError("no such file: a?b")
    except OSError as error:
        journal.exception(error)
    assert text.getvalue().count("no such file: a?b") >= 2
