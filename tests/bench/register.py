"""The register at its full size: pages, searches, saving and the map, through the application."""

import random
import statistics
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from app.service import logs
from app.settings import load
from tests.bench import register_city, register_lists, register_map
from tests.bench.measure import Row, Target, clock, judged, table
from tests.bench.register_desk import Bench, bench

RUNS = 60
PAGE = Target(bound=100, unit="ms")
SAVING = Target(bound=150, unit="ms")
MAP = Target(bound=1000, unit="ms")

CHINESE = ("解放碑", "朝天门 银行", "放碑", "石桥铺广场", "奉节", "党群中心 公园", "沙坪坝老街")
PINYIN = ("jiefangbei", "jfb", "chaotianmen", "spb", "shi qiao pu", "ydyh", "Běibèi")
NUMBERS = ("500101-00042", "渝港 500103-00010", "5001120001", "OLD-1005", "old45", "500190")
NEW_ADDRESS = "新街 1 号"
LISTS = (
    "", "?state=active", "?state=draft&state=returned", "?whose=all&sort=name",
    "?service=toilet&service=water", "?host=bank&verified=yes", "?standing=failed", "?stars=5",
    "?sort=confirmed&unconfirmed=2026-01-01", "?placed=no", "?as_of=2024-05-01",
)  # fmt: skip


# a form as it is sent: where to, and what it holds
Form = tuple[str, Mapping[str, Any]]
Work = tuple[str, Callable[[], object], str]
ROLES = {
    "chief": "city admin", "clerk": "union staff", "judge": "reviewer", "inspector": "inspector",
}  # fmt: skip


def rows(size: int = register_city.STATIONS, *, runs: int = RUNS) -> Iterator[Row]:
    """Measure what the desk does all day; the figure is the 95th percentile in milliseconds."""
    with bench(stations=size) as opened:
        draw = random.Random(7)
        for work, call, note in (*_lists(opened, draw, size), *_pages(opened, draw)):
            yield _row(work, size, _times(call, runs), PAGE, note)
        for work, prepare, note in _forms(opened, draw):
            yield _row(work, size, _sent(opened, prepare, runs), SAVING, note)
        yield from _map(opened, size, runs)
        yield register_lists.importing(opened, size)


def _lists(opened: Bench, draw: random.Random, size: int) -> Iterator[Work]:
    years = f"{register_city.YEARS} years, {register_city.VERSIONS} versions each"

    def listed(path: Callable[[], str], **query: Callable[[], str]) -> Callable[[], object]:
        people = ("chief", "clerk", "judge")
        return lambda: opened.open(
            draw.choice(people), path(), **{name: value() for name, value in query.items()}
        )

    def searched(words: Sequence[str]) -> Callable[[], object]:
        return listed(lambda: "/manage/stations", q=lambda: draw.choice(words), whose=lambda: "all")

    yield (
        "list of stations",
        listed(lambda: "/manage/stations" + draw.choice(LISTS)),
        f"whole pages as city admin, union staff and reviewer; {size:,} stations, {years}",
    )
    yield "search in Chinese", searched(CHINESE), "two and three signs, several words"
    yield "search by pinyin", searched(PINYIN), "in full, initials, syllables, tones"
    yield "search by number", searched(NUMBERS), "with dashes, in part, earlier ones"
    yield "my queue", listed(lambda: "/manage"), "all cards with counts"


def _pages(opened: Bench, draw: random.Random) -> Iterator[Work]:
    for person, role in ROLES.items():
        seen = opened.ids if person == "chief" else opened.own + opened.ids

        def page(person: str = person, seen: Sequence[int] = seen) -> object:
            return opened.open(person, f"/manage/stations/{draw.choice(seen)}")

        yield f"page of a station, {role}", page, "with its past"
    yield "audit of a day", lambda: opened.open(
        "chief", "/manage/audit", since=_day(draw), action="station"
    ), ""  # fmt: skip


def _forms(opened: Bench, draw: random.Random) -> Iterator[tuple[str, Callable[[], Form], str]]:
    """What union staff send; the forms of drafts are those of stations entered just before."""
    unasked = iter(opened.found(
        "state = 'active' AND union_id = %s AND NOT EXISTS (SELECT FROM change_request c"
        " WHERE c.station_id = station.id)", opened.desks.union_id,
    ))  # fmt: skip

    def entering() -> Form:
        form = opened.form("clerk", "/manage/stations/new")
        place = {"longitude": f"{draw.uniform(106.5, 106.6):.6f}", "latitude": "29.560000"}
        return "/manage/stations/new", {**form, **_entered(draw), **place}

    def saving() -> Form:
        station = draw.choice(opened.found("state = 'draft' AND address = %s", NEW_ADDRESS))
        path = f"/manage/stations/{station}/edit"
        changed = {"name": f"解放碑{draw.random():.6f}站", "hours_text": "每天 9:00-21:00"}
        return path, {**opened.form("clerk", path), **changed, "action": "save"}

    def asking() -> Form:
        path = f"/manage/stations/{next(unasked)}/edit"
        changed = {"address": f"{draw.random():.9f} 号", "reason": "现场核对"}
        return path, {**opened.form("clerk", path), **changed, "action": "ask"}

    yield "entering a station", entering, "the form sent, with a keeper and twins looked for"
    yield "saving a draft", saving, "the form sent: an edit, its version, its audit"
    yield "asking for a change", asking, "the form sent, of an approved station"


def _entered(draw: random.Random) -> dict[str, Any]:
    return {
        "name": f"石桥铺{draw.random():.6f}站", "address": NEW_ADDRESS, "datum": "wgs84",
        "services": ["", "toilet", "water"], "door": "open", "hours_mode": "text",
        "hours_text": "每天 8:00-20:00", "keeper_name": "诸葛明岚",
        "keeper_phone": "13900007312", "keeper_employer": "磁川物流三队",
        "keeper_agreed": "yes", "keeper_consented_on": "2026-02-01", "action": "save",
    }  # fmt: skip


def _map(opened: Bench, size: int, runs: int) -> Iterator[Row]:
    """The page, then its layer: written anew after a change, as it is kept, and in a browser."""

    def changed() -> None:
        opened.office.rows(
            "UPDATE station SET name = name || '。' WHERE id = %s RETURNING id", opened.ids[0]
        )

    def first_view() -> None:
        opened.open("chief", "/manage/map")
        layer = opened.open("chief", "/manage/map/stations.json")
        if len(layer) < size:
            raise RuntimeError("the layer lacks stations")

    anew = []
    for _ in range(max(2, runs // 4)):
        changed()
        anew.append(clock(first_view))
    yield _row("map's first view, stations changed", size, anew, MAP, "page and layer written")
    kept = _times(first_view, runs)
    yield _row("map's first view, server", size, kept, MAP, "page and layer, as the server sends")
    drawn = register_map.first_views(opened, max(2, runs // 4))
    yield _row(
        "map's first view, browser",
        size,
        drawn,
        MAP,
        "Chromium with nothing kept, until the stations are drawn; no streets below",
    )


def _day(draw: random.Random) -> str:
    return f"{draw.randint(2018, 2025)}-{draw.randint(1, 12):02}-{draw.randint(1, 28):02}"


def _times(work: Callable[[], object], runs: int) -> list[float]:
    work()
    return [clock(work) for _ in range(runs)]


def _sent(opened: Bench, prepare: Callable[[], Form], runs: int) -> list[float]:
    """Time the sending of forms; opening and filling them in is not counted."""
    times = []
    for _ in range(runs + 1):
        path, form = prepare()
        times.append(clock(partial(opened.send, "clerk", path, form)))
    return times[1:]


def _row(work: str, size: int, times: list[float], target: Target, note: str) -> Row:
    worst = statistics.quantiles(times, n=20)[-1]
    return Row(
        work=f"register: {work}",
        size=size,
        seconds=statistics.median(times),
        target=target,
        value=worst * 1e3,
        note=f"p95 {worst * 1e3:.0f} ms of {len(times)}; {note}".rstrip("; "),
        facts={"p95_seconds": worst},
    )


def main() -> int:
    """Print the rows alone; fail if a target is missed."""
    logs.configure(load().model_copy(update={"log_level": "warning"}))
    found = list(rows())
    print(table(found))
    return judged(found)


if __name__ == "__main__":
    raise SystemExit(main())
