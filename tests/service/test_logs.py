"""What is said at every request is the line that structlog would write."""

import re
from collections.abc import Iterator
from typing import Literal

import pytest
import structlog

from app.service import logs
from app.settings import Settings

VALUES = {"path": "/k/…", "status": 200, "ms": 0.4, "client": "127.0.0.0/24", "request": "a b"}


@pytest.fixture(autouse=True)
def _configured_for_this_alone() -> Iterator[None]:
    yield
    structlog.reset_defaults()


def lines(
    capsys: pytest.CaptureFixture[str], *, form: Literal["text", "json"], level: str
) -> list[str]:
    logs.configure(Settings(log_format=form, log_level=level))  # type: ignore[arg-type]
    structlog.get_logger().info("request", **VALUES)
    logs.say("request", **VALUES)
    return [re.sub(r"20\d\d-[-:.T\d]+Z", "MOMENT", s) for s in capsys.readouterr().err.splitlines()]


@pytest.mark.parametrize("form", ["text", "json"])
def test_both_write_the_same(
    capsys: pytest.CaptureFixture[str], form: Literal["text", "json"]
) -> None:
    one, other = lines(capsys, form=form, level="info")
    assert one == other
    assert "MOMENT" in one
    assert "127.0.0.0/24" in one


def test_neither_writes_what_nobody_wants(capsys: pytest.CaptureFixture[str]) -> None:
    assert lines(capsys, form="text", level="warning") == []


def test_who_listens_in_hears_both() -> None:
    logs.configure(Settings())
    with structlog.testing.capture_logs() as heard:
        logs.say("request", **VALUES)
    assert heard == [{"event": "request", "log_level": "info", **VALUES}]
