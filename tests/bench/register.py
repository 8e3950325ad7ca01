"""The register at its full size: pages, searches, saving and the map, through the application."""

import csv
import io
import random
import secrets
import statistics
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import psycopg
from flask.testing import FlaskClient

from app.domain.actor import Actor
from app.service import edits, import_entering, import_reading, import_rows, import_staging
from app.service.import_staging import Plan
from app.service.logins import digest_of
from app.service.runtime import Runtime
from app.settings import Settings
from app.store import migrations, sessions
from app.store.cluster import Cluster
from app.web.factory import create_app
from app.web.sessions import COOKIE
from tests.bench import register_city
from tests.bench.measure import Row, Target, clock, table
from tests.bench.register_city import Desks
from tests.store.throwaway import open_folder, stopping

RUNS = 60
PAGE = Target(bound=100, unit="ms")
SAVING = Target(bound=150, unit="ms")
MAP = Target(bound=1000, unit="ms")
IMPORT = Target(bound=60, unit="s")
LIST_ROWS = 5_000
BROWSER = {"Accept": "text/html", "Sec-Fetch-Site": "same-origin", "Accept-Encoding": "gzip"}

CHINESE = ("解放碑", "朝天门 银行", "放碑", "石桥铺广场", "奉节", "党群中心 公园", "沙坪坝老街")
PINYIN = ("jiefangbei", "jfb", "chaotianmen", "spb", "shi qiao pu", "ydyh", "Běibèi")
NUMBERS = ("500101-00042", "渝港 500103-00010", "5001120001", "OLD-1005", "old45", "500190")
LISTS = (
    "", "?state=active", "?state=draft&state=returned", "?whose=all&sort=name",
    "?service=toilet&service=water", "?host=bank&verified=yes", "?standing=failed", "?stars=5",
    "?sort=confirmed&unconfirmed=2026-01-01", "?placed=no", "?as_of=2024-05-01",
)  # fmt: skip


@dataclass(frozen=True)
class Bench:
    """A running application over a full register."""

    runtime: Runtime
    desks: Desks
    clients: dict[str, FlaskClient]
    ids: list[int]

    def open(self, person: str, path: str, **query: Any) -> bytes:
        """Open a page as somebody.

        Raises:
            RuntimeError: if it is not shown.
        """
        answer = self.clients[person].get(path, headers=BROWSER, query_string=query or None)
        if answer.status_code != 200:
            raise RuntimeError(f"{path} answers {answer.status_code}")
        return answer.get_data()


@contextmanager
def bench(*, stations: int = register_city.STATIONS) -> Iterator[Bench]:
    """Fill a throw-away database and start the application on it."""
    with open_folder() as folder, stopping(Cluster(folder / "var")) as cluster:
        url = cluster.ensure_running()
        with psycopg.connect(url, autocommit=True) as server:
            server.execute("CREATE DATABASE bench")
        migrations.migrate(cluster.url("bench"))
        desks = register_city.fill(cluster.url("bench"), stations=stations)
        runtime = Runtime(Settings(var=folder / "var"), cluster.url("bench"))
        runtime.start(watch=False)
        try:
            yield _opened(runtime, desks)
        finally:
            runtime.stop()


def rows(size: int = register_city.STATIONS) -> Iterator[Row]:
    """Measure what the desk does all day; the figure is the 95th percentile in milliseconds."""
    years = f"{register_city.YEARS} years, {register_city.VERSIONS} versions each"
    with bench(stations=size) as opened:
        draw = random.Random(7)
        people = ("chief", "clerk", "judge")

        def anybody() -> str:
            return draw.choice(people)

        def page(path: Callable[[], str], **query: Callable[[], str]) -> Callable[[], object]:
            return lambda: opened.open(anybody(), path(), **{n: q() for n, q in query.items()})

        def searched(words: Sequence[str]) -> Callable[[], object]:
            return page(
                lambda: "/manage/stations", q=lambda: draw.choice(words), whose=lambda: "all"
            )

        works: tuple[tuple[str, Callable[[], object], Target, str], ...] = (
            ("list of stations", page(lambda: "/manage/stations" + draw.choice(LISTS)), PAGE,
             f"whole pages as city admin, clerk and reviewer; {size:,} stations, {years}"),
            ("search in Chinese", searched(CHINESE), PAGE, "two and three signs, several words"),
            ("search by pinyin", searched(PINYIN), PAGE, "in full, initials, syllables, tones"),
            ("search by number", searched(NUMBERS), PAGE, "with dashes, in part, earlier ones"),
            ("my queue", page(lambda: "/manage"), PAGE, "all cards with counts"),
            ("page of a station", lambda: opened.open(
                "chief", f"/manage/stations/{draw.choice(opened.ids)}"), PAGE, "with its past"),
            ("saving a draft", _saving(opened, draw), SAVING, "an edit, its version, its audit"),
            ("asking for a change", _asking(opened, draw), SAVING, "of an approved station"),
            ("audit of a day", lambda: opened.open(
                "chief", "/manage/audit", since=_day(draw), action="station"), PAGE, ""),
        )  # fmt: skip
        for work, call, target, note in works:
            yield _row(work, size, _times(call), target, note)
        yield from _map(opened, size)
        yield _importing(opened, size)


def _map(opened: Bench, size: int) -> Iterator[Row]:
    """The page, then its layer: written anew after a change, and as it is kept."""

    def changed() -> None:
        with opened.runtime.connection() as connection:
            connection.execute(
                "UPDATE station SET name = name || '。' WHERE id = %s", (opened.ids[0],)
            )

    def first_view() -> None:
        opened.open("chief", "/manage/map")
        layer = opened.open("chief", "/manage/map/stations.json")
        if len(layer) < size:
            raise RuntimeError("the layer lacks stations")

    anew = []
    for _ in range(RUNS // 4):
        changed()
        anew.append(clock(first_view))
    yield _row("map's first view, stations changed", size, anew, MAP, "page and layer written")
    kept = _times(first_view)
    yield _row("map's first view", size, kept, MAP, "page and layer, as the server sends them")


def _importing(opened: Bench, size: int) -> Row:
    """A list brought, read and entered, as the wizard's jobs do it."""
    clerk = Actor(opened.desks.clerk, request_id="bench")
    steps: dict[str, float] = {}

    def step(name: str, work: Callable[[], Any]) -> Any:
        found = []
        steps[name] = clock(lambda: found.append(work()))
        return found[0]

    with opened.runtime.connection() as connection:
        list_id = step("staged", lambda: import_staging.stage(
            connection, opened.runtime, clerk, file_name="list.csv", content=_list(),
            union_id=opened.desks.union_id,
        ))  # fmt: skip
        columns = import_staging.columns(connection, opened.runtime, clerk, list_id)
        plan = Plan(datum="wgs84", columns=columns.meanings)
        import_staging.decide(connection, clerk, list_id, plan, union_id=opened.desks.union_id)
        step("read", lambda: import_reading.read_rows(
            connection, opened.runtime, clerk, list_id, _silent))  # fmt: skip
        import_rows.choose(connection, clerk, list_id, "enter", numbers=None)
        import_rows.confirm_all_hours(connection, clerk, list_id)
        step("entered", lambda: import_entering.enter_rows(
            connection, opened.runtime, clerk, list_id, _silent))  # fmt: skip
        counts = import_staging.get(connection, clerk, list_id).counts
    if (counts["waiting"], counts["keepers"]) != (LIST_ROWS, LIST_ROWS):
        raise RuntimeError(f"of {LIST_ROWS} rows became {dict(counts)}")
    seconds = sum(steps.values())
    told = ", ".join(f"{name} in {took:.1f} s" for name, took in steps.items())
    return Row(
        work=f"register: importing a list of {LIST_ROWS:,}", size=size, seconds=seconds,
        target=IMPORT, value=seconds, note=f"{told}; all with places, hours and keepers",
        facts={f"{name}_seconds": took for name, took in steps.items()},
    )  # fmt: skip


def _silent(doing: str, doing_en: str, share: float) -> None:
    """Nobody looks."""


def _list() -> bytes:
    """A list of stations, each with a place, hours and somebody of whom all is known."""
    draw = random.Random(11)
    text = io.StringIO()
    lines = csv.writer(text)
    lines.writerow(("名称", "地址", "经度", "纬度", "开放时间", "服务项目", "负责人姓名",
                    "负责人手机", "负责人单位", "同意登记日期"))  # fmt: skip
    for number in range(LIST_ROWS):
        lines.writerow((
            f"{draw.choice(CHINESE)}第{number}站", f"长江路{number}号",
            f"{draw.uniform(register_city.WEST, register_city.EAST):.6f}",
            f"{draw.uniform(register_city.SOUTH, register_city.NORTH):.6f}",
            draw.choice(("周一至周五 09:00-17:00", "24小时", "每天8点到20点")), "厕所、饮水、歇脚",
            "诸葛明", f"139{number:08}", "渝都银行", "2026-05-01",
        ))  # fmt: skip
    return text.getvalue().encode()


def _saving(opened: Bench, draw: random.Random) -> Callable[[], object]:
    drafts = _ids(opened, "state = 'draft' AND union_id = %s", opened.desks.union_id)
    clerk = Actor(opened.desks.clerk, request_id="bench")

    def save() -> object:
        station = draw.choice(drafts)
        fields = {"address": f"新街 {draw.random():.9f} 号", "name": f"解放碑{draw.random():.6f}站"}
        with opened.runtime.connection() as connection:
            revision = _revision(opened, station)
            return edits.edit_draft(connection, clerk, station, fields, revision=revision)

    return save


def _asking(opened: Bench, draw: random.Random) -> Callable[[], object]:
    free = iter(_ids(
        opened, "state = 'active' AND union_id = %s AND NOT EXISTS (SELECT FROM change_request c"
        " WHERE c.station_id = station.id)", opened.desks.union_id,
    ))  # fmt: skip
    clerk = Actor(opened.desks.clerk, request_id="bench")

    def ask() -> object:
        station = next(free)
        with opened.runtime.connection() as connection:
            return edits.ask_for_change(
                connection, clerk, station, {"address": f"{draw.random():.9f} 号"},
                revision=_revision(opened, station), reason="现场核对",
            )  # fmt: skip

    return ask


def _opened(runtime: Runtime, desks: Desks) -> Bench:
    app = create_app(runtime)
    app.testing = True
    clients = {}
    people = {"chief": desks.chief, "clerk": desks.clerk, "judge": desks.judge}
    for name, user in people.items():
        token = secrets.token_urlsafe(32)
        with runtime.connection() as connection:
            sessions.begin_session(
                connection, digest_of(token), user, device="bench", at=datetime.now(UTC)
            )
        clients[name] = app.test_client()
        clients[name].set_cookie(COOKIE, token)
    found = Bench(runtime, desks, clients, [])
    found.ids.extend(_ids(found, "id %% 97 = 0 AND %s = 0", 0))
    return found


def _ids(opened: Bench, condition: str, value: int) -> list[int]:
    with opened.runtime.connection() as connection:
        rows = connection.execute(
            f"SELECT id FROM station WHERE {condition} ORDER BY id LIMIT 2000", (value,)
        ).fetchall()
    return [int(row[0]) for row in rows]


def _revision(opened: Bench, station: int) -> int:
    with opened.runtime.connection() as connection:
        row = connection.execute(
            "SELECT revision FROM station WHERE id = %s", (station,)
        ).fetchone()
    return 0 if row is None else int(row[0])


def _day(draw: random.Random) -> str:
    return f"{draw.randint(2018, 2025)}-{draw.randint(1, 12):02}-{draw.randint(1, 28):02}"


def _times(work: Callable[[], object]) -> list[float]:
    work()
    return [clock(work) for _ in range(RUNS)]


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
    """Print the rows alone; return how many targets were missed."""
    found = list(rows())
    print(table(found))
    return sum(row.met is False for row in found)


if __name__ == "__main__":
    raise SystemExit(main())
