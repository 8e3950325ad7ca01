"""A list of five thousand stations brought into a full register, as the wizard's jobs do it."""

import csv
import io
import random
from collections.abc import Callable
from typing import Any

from app.domain.actor import Actor
from app.service import import_entering, import_reading, import_rows, import_staging
from app.service.import_staging import Plan
from tests.bench import register_city
from tests.bench.measure import Row, Target, clock
from tests.bench.register_desk import Bench

IMPORT = Target(bound=60, unit="s")
LIST_ROWS = 5_000
NAMES = ("解放碑", "朝天门", "石桥铺广场", "奉节", "党群中心", "沙坪坝老街")


def importing(opened: Bench, size: int) -> Row:
    """A list brought, read and entered, as the wizard's jobs do it."""
    clerk = Actor(opened.desks.clerk, request_id="bench")
    steps: dict[str, float] = {}

    def step(name: str, work: Callable[[], Any]) -> Any:
        found = []
        steps[name] = clock(lambda: found.append(work()))
        return found[0]

    with opened.office.runtime.connection() as connection:
        list_id = step("staged", lambda: import_staging.stage(
            connection, opened.office.runtime, clerk, file_name="list.csv", content=_list(),
            union_id=opened.desks.union_id,
        ))  # fmt: skip
        columns = import_staging.columns(connection, opened.office.runtime, clerk, list_id)
        plan = Plan(datum="wgs84", columns=columns.meanings)
        import_staging.decide(connection, clerk, list_id, plan, union_id=opened.desks.union_id)
        step("read", lambda: import_reading.read_rows(
            connection, opened.office.runtime, clerk, list_id, _silent))  # fmt: skip
        import_rows.choose(connection, clerk, list_id, "enter", numbers=None)
        import_rows.confirm_all_hours(connection, clerk, list_id)
        step("entered", lambda: import_entering.enter_rows(
            connection, opened.office.runtime, clerk, list_id, _silent))  # fmt: skip
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
            f"{draw.choice(NAMES)}第{number}站", f"长江路{number}号",
            f"{draw.uniform(register_city.WEST, register_city.EAST):.6f}",
            f"{draw.uniform(register_city.SOUTH, register_city.NORTH):.6f}",
            draw.choice(("周一至周五 09:00-17:00", "24小时", "每天8点到20点")), "厕所、饮水、歇脚",
            "诸葛明", f"139{number:08}", "渝都银行", "2026-05-01",
        ))  # fmt: skip
    return text.getvalue().encode()
