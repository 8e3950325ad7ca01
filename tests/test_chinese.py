"""What staff are told of the files they bring is written in Chinese, wherever it is raised."""

import ast
import json
import re
from collections.abc import Iterator
from datetime import date

import pytest

from app.domain import errors
from app.domain.errors import (
    ChangedMeanwhile,
    Conflict,
    FieldError,
    ForbiddenHere,
    ForbiddenMove,
    HarborError,
    InvalidInput,
    NotFound,
    RoleMissing,
    SamePerson,
    Unavailable,
    UnreadableFile,
)
from app.files.notes import chinese
from app.files.rejects import reason
from app.files.standards import read_standard
from app.files.stations import EXAMPLE_MARK, read_stations
from app.files.tables import read_table
from app.settings import PROJECT
from app.web import console

# what a file goes through from its upload to the register, and drafts from there to their place
MODULES = (
    "app/domain/contacts.py", "app/domain/shared_place.py", "app/domain/station_row.py",
    "app/domain/written_degrees.py", "app/files/encoding.py", "app/files/geojson.py",
    "app/files/photos.py", "app/files/standards.py", "app/files/station_columns.py",
    "app/files/stations.py", "app/files/tables.py", "app/files/workbook.py",
    "app/service/_list_rows.py", "app/service/edits.py", "app/service/geocoder.py",
    "app/service/import_contacts.py", "app/service/import_entering.py",
    "app/service/import_reading.py", "app/service/import_rows.py",
    "app/service/import_staging.py", "app/service/import_undoing.py", "app/service/jobs.py",
    "app/service/list_checks.py", "app/service/merging.py", "app/service/place_check.py",
    "app/service/placing.py", "app/service/receipts.py", "app/service/standards.py",
    "app/service/station_photos.py", "app/service/stored_files.py", "app/store/rights.py",
    "app/web/import_done_pages.py", "app/web/import_pages.py", "app/web/placing_pages.py",
)  # fmt: skip
# these make their words themselves, from the fields or the states they carry
_SELF_SAID = ("InvalidInput", "ForbiddenMove", "ChangedMeanwhile", "RoleMissing", "SamePerson")
_KINDS = {
    name for name, kind in vars(errors).items()
    if isinstance(kind, type) and issubclass(kind, HarborError) and name not in _SELF_SAID
}  # fmt: skip
_CHINESE = re.compile(r"[\u4e00-\u9fff]")


def _silent(module: str) -> Iterator[str]:
    """Name every line that makes an error, or a remark, without its Chinese."""
    for call in ast.walk(ast.parse((PROJECT / module).read_text())):
        if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Name):
            continue
        # without a name: all of it is handed on as it was kept
        named = any(one.arg in ("zh", None) for one in call.keywords)
        third = call.func.id == "FieldError" and len(call.args) > 2
        if call.func.id in {*_KINDS, "FieldError"} and not (named or third):
            yield f"{module}:{call.lineno} {call.func.id}"


@pytest.mark.parametrize("module", MODULES)
def test_no_error_of_the_way_of_a_file_is_told_in_english_alone(module: str) -> None:
    assert list(_silent(module)) == []


def _deep(depth: int) -> bytes:
    return b'{"features": [{"properties": {"a": ' + b"[" * depth + b"]" * depth + b"}}]}"


@pytest.mark.parametrize(
    "content",
    [b"", b",,\n", b"\xd0\xcf\x11\xe0old", b"<html></html>", b"\x89PNG\0",
     b"name,x\n\xff\xfe\xfd,1\n",
     "名称,地址\n甲,乙".encode()[:-1], b'{"features": [', b'{"a": 1}', b'{"features": []}',
     b'{"features": [7]}', _deep(500), b"name,x\n" + b"a" * 200_000 + b",1\n", b'name,x\n"a,1\n',
     b"PK\x03\x04rest", b"name" + b",x" * 501 + b"\n" + b"1" + b",1" * 501],
)  # fmt: skip
def test_a_file_that_cannot_be_read_is_refused_in_chinese(content: bytes) -> None:
    with pytest.raises(UnreadableFile) as caught:
        read_table(content, file_name="list")
    assert _CHINESE.search(caught.value.zh)
    assert not re.search("[a-z]{3,} [a-z]{3,}", caught.value.zh)


def test_rows_and_remarks_of_a_list_are_told_in_chinese() -> None:
    columns = ("名称", "地址", "经度", "纬度", "状态", "开放时间", "开门方式", "场所类型", "面积")
    lines = [
        ",1号,106.5,29.5,,,,,", "甲,,1,,,,,,", "乙,,east,29,,,,,", "丙,,29.5,106.5,,,,,",
        "丁,,0,0,,,,,", "戊,,,,exited,,,,", "己,,,,,随缘,不知,某处,很大", "己,,,,,,,,",
        f"庚{EXAMPLE_MARK},,,,,,,,", "站" * 201 + ",,,,,,,,",
    ]  # fmt: skip
    text = "\n".join([",".join(columns), *lines])
    read = read_stations(text.encode(), datum="wgs84")
    found = [one for row in read.rows for one in (*row.errors, *row.warnings)]
    assert len(found) >= 10
    assert [one for one in found if not _CHINESE.search(one.zh)] == []
    assert [note for note in read.warnings if not _CHINESE.search(chinese(note))] == []
    assert all(_CHINESE.search(reason(row.errors)) for row in read.rejected)


def test_a_standard_that_does_not_fit_is_told_in_chinese_fault_by_fault() -> None:
    document = {
        "standard": "X", "name": "", "rectify_days": 0, "every_months": 1.5, "more": 1,
        "criteria": [{"name": 7, "weight": 10**6, "mandatory": "yes", "record": "no"}, 3],
        "stars": {"stars": 1},
    }  # fmt: skip
    with pytest.raises(InvalidInput) as caught:
        read_standard(json.dumps(document).encode(), name="x.json", today=date(2026, 6, 1))
    assert len(caught.value.errors) == 12
    assert all(_CHINESE.search(one.zh) for one in caught.value.errors)
    said = {one.field: one.zh for one in caught.value.errors}
    assert said["criteria.0.code"] == "缺少这一项"
    assert said["rectify_days"] == "不能小于 1"
    assert "填写有误" not in caught.value.zh


@pytest.mark.parametrize(
    "error",
    [ChangedMeanwhile(attempted="x", expected=1, revision=2, changes=()), Conflict("It is not so."),
     NotFound("Nothing."), ForbiddenHere("No."), Unavailable("Not now."), UnreadableFile("Odd."),
     ForbiddenMove("draft", "active", ()), RoleMissing("x", ("reviewer",)),
     SamePerson("x", "submitter")],
    ids=lambda error: type(error).__name__,
)  # fmt: skip
def test_a_refusal_without_words_of_its_own_is_told_in_those_of_its_kind(
    error: HarborError,
) -> None:
    ((zh, en),) = console.wrong_of(error)[""]
    assert _CHINESE.search(zh)
    assert zh != en


def test_all_that_is_wrong_with_fields_is_one_sentence_where_there_are_no_fields() -> None:
    both = InvalidInput([FieldError("a", "is odd", "甲不对"), FieldError("b", "is odd", "乙不对")])
    assert both.zh == "甲不对;乙不对"
    # half of it would pass for the whole
    assert InvalidInput([*both.errors, FieldError("c", "is odd")]).zh == ""
