"""The unions of a real register, brought in as a list."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import psycopg
import pytest

from app.domain.errors import Conflict, InvalidInput
from app.domain.unions import UnionKind
from app.service import unions
from app.store.database import Connection

LIST = """工会代码,工会名称,类型,上级,成立日期
500103,渝中区总工会,区县总工会,500100,
500100,某市总工会,市总工会,,2000-01-01
500190,快递产业工会,产业工会,500100,2024/05/01
"""


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "工会.csv"
    path.write_text(LIST, encoding="gb18030")
    return path


@pytest.fixture
def register(connection: Connection) -> Iterator[Connection]:
    with connection.transaction(force_rollback=True):
        yield connection


def test_a_list_in_any_order_becomes_unions_with_their_parents(
    register: Connection, source: Path
) -> None:
    report = unions.import_unions(register, source)
    assert (report.unions, report.new) == (3, 3)
    found = {one.code: one for one in unions.listing(register, as_of=date(2026, 1, 1))}
    assert found["500103"].parent == "500100"
    assert found["500103"].kind is UnionKind.DISTRICT
    assert found["500190"].valid_from == date(2024, 5, 1)
    assert [one.code for one in unions.listing(register, as_of=date(2001, 1, 1))] == [
        "500100", "500103",
    ]  # fmt: skip


def test_the_same_list_again_corrects_names_and_adds_nothing(
    register: Connection, source: Path
) -> None:
    unions.import_unions(register, source)
    source.write_text(LIST.replace("快递产业", "快递物流产业"), encoding="utf-8")
    assert unions.import_unions(register, source).new == 0
    found = unions.listing(register, as_of=None)
    assert len(found) == 3
    assert found[-1].name == "快递物流产业工会"


def test_a_union_does_not_begin_or_end_by_a_list(register: Connection, source: Path) -> None:
    unions.import_unions(register, source)
    source.write_text(LIST.replace("2000-01-01", "2001-01-01"), encoding="utf-8")
    with pytest.raises(Conflict, match="500100 would begin or end on another day"):
        unions.import_unions(register, source)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("50010,渝中区总工会,区县总工会,500100,", "第 2 行:代码“50010”不是六位数字"),
        ("500103,,区县总工会,500100,", "第 2 行:请填写名称"),
        ("500103,渝中区总工会,街道,500100,", "类型“街道”应为市总工会、区县总工会或产业工会"),
        ("500103,渝中区总工会,区县总工会,500103,", "上级不能是自己"),
        ("500103,渝中区总工会,区县总工会,500999,", "没有代码为 500999 的上级工会"),
        ("500103,渝中区总工会,区县总工会,,", "区县总工会要有上级"),
        ("500103,渝中区总工会,区县总工会,500100,去年", "日期请写成 2025-11-06"),
        ("", "文件里没有工会"),
    ],
)
def test_what_is_wrong_stands_beside_its_row_and_nothing_enters(
    register: Connection, tmp_path: Path, row: str, said: str
) -> None:
    path = tmp_path / "unions.csv"
    path.write_text(LIST.splitlines()[0] + "\n" + row + "\n\n", encoding="utf-8")
    with pytest.raises(InvalidInput) as caught:
        unions.import_unions(register, path)
    assert any(said in error.zh for error in caught.value.errors), caught.value.errors
    assert unions.listing(register, as_of=None) == []


def test_the_database_takes_no_station_for_a_union_that_ended(register: Connection) -> None:
    with register.transaction():
        row = register.execute(
            "INSERT INTO union_body (code, name, kind, valid_from, valid_to)"
            " VALUES ('500105', '旧会', 'district', '2000-01-01', '2025-11-06') RETURNING id"
        ).fetchone()
        person = register.execute(
            "INSERT INTO user_account (name) VALUES ('late') RETURNING id"
        ).fetchone()
        assert row is not None
        assert person is not None
        register.execute(
            "INSERT INTO user_grant (user_id, role, union_id) VALUES (%s, 'union_staff', NULL)",
            person,
        )
        register.execute("SET LOCAL ROLE harbor_staff")
        register.execute("SELECT set_config('harbor.user', %s, true)", (str(person[0]),))
        with (
            pytest.raises(psycopg.errors.CheckViolation, match="500105 ended on 2025-11-06"),
            register.transaction(),
        ):
            register.execute(
                "INSERT INTO station (name, union_id, state) VALUES ('晚到', %s, 'draft')", row
            )
        register.execute("RESET ROLE")
