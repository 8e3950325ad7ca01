"""What is done by the clock and for nobody: each entry names a service and when it is called.

A service is handed what its parameters name: runtime, connection, settings, vault, now.
"""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import import_module
from importlib.util import find_spec

import structlog

from app.service.runtime import Runtime

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Watch:
    """A piece of work by the clock.

    Attributes:
        name: what the queue calls it; no person can ask for a job of such a name.
        service: module and function.
        hour, minute: when it is due, in the register's zone; no hour is every hour, and no
            minute every minute.
    """

    name: str
    service: str
    hour: int | None
    minute: int | None


WATCHES: tuple[Watch, ...] = (
    Watch("minutely:outbox", "app.service.outbox:send", None, None),
    Watch("nightly:watch", "app.service.watch:nightly", 1, 10),
    Watch("nightly:erase_keepers", "app.service.keepers:erase", 1, 30),
    Watch("nightly:erase_reports", "app.service.reports:erase_old", 1, 45),
    Watch("nightly:duplicates", "app.service.duplicates:search", 2, 0),
    Watch("nightly:remind", "app.service.outbox:remind", 8, 30),
    Watch("nightly:forget_receipts", "app.service.receipts:forget_old", 3, 0),
    Watch("nightly:forget_jobs", "app.service.jobs:forget_old", 3, 5),
    Watch("nightly:forget_plan_views", "app.service.plan.street_layer:forget_old", 3, 10),
    Watch("hourly:forget_sources", "app.service.reports:forget_sources", None, 2),
    Watch("hourly:forget_lists", "app.service.import_staging:forget_expired", None, 20),
)


def known() -> tuple[Watch, ...]:
    """Return the entries whose service is there."""
    return tuple(watch for watch in WATCHES if _function(watch) is not None)


def perform(runtime: Runtime, name: str) -> None:
    """Do one piece of work by the name of its entry."""
    watch = next(one for one in WATCHES if one.name == name)
    function = _function(watch)
    if function is None:
        raise LookupError(f"{watch.service} is not there")
    log.info("watch.begun", name=name)
    with runtime.connection() as connection:
        given = {
            "runtime": runtime, "connection": connection, "settings": runtime.settings,
            "vault": runtime.vault, "now": datetime.now(UTC),
        }  # fmt: skip
        wanted = inspect.signature(function).parameters
        function(**{name: value for name, value in given.items() if name in wanted})
    log.info("watch.done", name=name)


def _function(watch: Watch) -> Callable[..., object] | None:
    module, _, name = watch.service.partition(":")
    if find_spec(module) is None:
        return None
    found = getattr(import_module(module), name, None)
    return found if callable(found) else None
