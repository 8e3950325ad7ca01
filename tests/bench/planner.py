"""The planner's workbench: how long a change of a setting, a week, a drag of a station take.

On a demo city of some 70,000 junctions and 1,000 stations that count, 20,000 points of people
and more: ``python -m tests.bench.planner``. The questions are asked of the service in one process,
as a worker of the server asks them; every answer is worked out, none is a stored one.
"""

import itertools
import statistics
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from app.domain.scenario import NONE, Changes, parse
from app.service.plan.around import catchment
from app.service.plan.figures import figures
from app.service.plan.gaps import gaps
from app.service.plan.question import PlanQuestion
from app.service.plan.standing import stand
from app.service.plan.street_layer import drawn
from app.service.plan.week import week
from app.service.plan.worth import worth
from app.service.runtime import Runtime
from app.service.start import open_runtime
from app.settings import Settings
from app.store import demand
from tests.bench.measure import Row, Target, clock, table
from tests.e2e.server import environment, free_port, harbor

# of the stations, in whatever state, 1,000 count
JUNCTIONS, STATIONS = 70_000, 1_300
POINTS = 20_000
SETTING = Target(bound=300, unit="ms")
WEEK = Target(bound=5, unit="s")
DRAG = Target(bound=100, unit="ms")
ANSWER = Target(bound=1, unit="s")


def rows() -> Iterator[Row]:
    """Measure the questions of a planner who turns every knob."""
    with _city() as runtime:
        yield from _measured(runtime)


def _measured(runtime: Runtime) -> Iterator[Row]:
    size = runtime.snapshot().streets.network.junctions
    first = clock(lambda: figures(runtime, None, PlanQuestion()))
    with runtime.connection() as connection:
        standing = stand(runtime, connection, PlanQuestion())
    told = (
        f"{len(standing.stations):,} stations, {len(standing.ground.weight):,} points,"
        f" {len(standing.material.districts)} districts"
    )
    turned = [clock(lambda q=q: figures(runtime, None, q)) for q in _settings(runtime)]
    yield _row(
        "a setting changed: people, streets and area by three rules, by district", size, turned,
        SETTING, 1e3, f"worst {max(turned) * 1e3:.0f} ms of {len(turned)}; {told}; the first of"
        f" a process {first:.1f} s",
    )  # fmt: skip
    dragged = [clock(_drag(runtime, step)) for step in range(41)]
    yield _row(
        "a station dragged: people by three rules, with the difference", size, dragged[1:], DRAG,
        1e3, f"worst {max(dragged[1:]) * 1e3:.0f} ms of {len(dragged) - 1}",
    )  # fmt: skip
    weeks = [
        clock(lambda m=m: week(runtime, None, PlanQuestion(minutes=m, at=_at(0))))
        for m in range(8, 14)
    ]
    yield _row(
        "168 hours of a week, by seven services and by district", size, weeks, WEEK, 1,
        f"worst {max(weeks):.2f} s",
    )  # fmt: skip
    for work, ask in _others(runtime):
        spent = [clock(ask) for _ in range(5)]
        yield _row(work, size, spent, ANSWER, 1, f"worst {max(spent):.2f} s")


def _settings(runtime: Runtime) -> Iterator[PlanQuestion]:
    """Yield questions of which no two have the same stations and minutes."""
    zone = runtime.settings.zone
    services = ((), ("toilet",), ("toilet", "water"))
    for number, (minutes, needed) in enumerate(
        itertools.product((6, 7, 9, 11, 12, 14, 15, 16, 18, 20, 25, 30), services)
    ):
        at = _at(5 * number).replace(tzinfo=zone) if number % 2 else None
        yield PlanQuestion(minutes=minutes, services=needed, at=at)


def _at(hours: int) -> datetime:
    return datetime.fromisoformat("2026-11-25T08:00+08:00") + timedelta(hours=hours)


def _drag(runtime: Runtime, step: int) -> Callable[[], Any]:
    lat, lon = runtime.snapshot().centre or (0.0, 0.0)
    item = {"kind": "open", "key": "n1", "name": "拟建", "lon": lon + step * 0.0004, "lat": lat,
            "services": ["toilet"], "hours": "24/7"}  # fmt: skip
    changes: Changes = parse([item])
    return lambda: figures(runtime, None, PlanQuestion(at=_at(14)), changes, parts="people")


def _others(runtime: Runtime) -> Iterator[tuple[str, Callable[[], Any]]]:
    question = PlanQuestion(at=_at(14), services=("toilet",))
    lat, lon = runtime.snapshot().centre or (0.0, 0.0)

    def streets() -> Any:
        with runtime.connection() as connection:
            return drawn(stand(runtime, connection, question))

    yield "gaps with reasons and mends", lambda: gaps(runtime, None, question)
    yield "worth of every station, by hour", lambda: worth(runtime, None, question)
    yield "a catchment drawn", lambda: catchment(runtime, None, question, NONE, place=(lon, lat))
    yield "streets of the map coloured anew", streets


def _row(
    work: str, size: int, seconds: list[float], target: Target, scale: float, note: str
) -> Row:
    middle = statistics.median(seconds)
    late = statistics.quantiles(seconds, n=20)[-1] if len(seconds) > 2 else max(seconds)
    return Row(
        work=work, size=size, seconds=middle, target=target, value=min(late, max(seconds)) * scale,
        note=f"95th percentile {min(late, max(seconds)) * 1e3:.0f} ms, {note}",
    )  # fmt: skip


@contextmanager
def _city() -> Iterator[Runtime]:
    with tempfile.TemporaryDirectory(prefix="harbor-plan-", dir="/tmp") as folder:
        Path(folder).chmod(0o755)
        var = Path(folder) / "var"
        settings = environment(var, port=free_port())
        try:
            harbor(
                "demo", "load", "--junctions", JUNCTIONS, "--stations", STATIONS, settings=settings
            )
            runtime = open_runtime(Settings(var=var), watch=False)
            _thin(runtime)
            try:
                yield runtime
            finally:
                runtime.stop()
        finally:
            harbor("db", "down", settings=settings)


def _thin(runtime: Runtime) -> None:
    """Keep so many points of the people as the targets speak of."""
    with runtime.connection() as connection, connection.transaction():
        whole = demand.read(connection, "residents")
        if whole is None:
            raise LookupError("the demo city has no residents")
        kept = slice(None, None, max(1, len(whole.weight) // POINTS))
        demand.save(
            connection, name="residents", title="居民", title_en="Residents", unit="people",
            source="made up", longitude=whole.longitude[kept], latitude=whole.latitude[kept],
            weight=whole.weight[kept],
        )  # fmt: skip


if __name__ == "__main__":
    print(table(list(rows())))
