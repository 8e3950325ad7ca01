"""Announced days, in: whole years, and every line that is wrong told in both languages."""

from datetime import date
from pathlib import Path

import pytest

from app.domain.calendar import DayKind, SpecialDay
from app.domain.errors import InvalidInput
from app.files.calendar_days import read_days

FIXED = "{0}-01-01,holiday,元旦\n{0}-05-01,holiday,劳动节\n{0}-10-01,holiday,国庆节\n"
HEAD = "date,kind,name\n"


def written(tmp_path: Path, text: str, encoding: str = "utf-8") -> Path:
    file = tmp_path / "calendar.csv"
    file.write_text(text, encoding=encoding)
    return file


def refusal(tmp_path: Path, text: str) -> dict[str, str]:
    with pytest.raises(InvalidInput) as refused:
        read_days(written(tmp_path, text))
    assert "whole years" in refused.value.remedy
    return {error.field: error.zh for error in refused.value.errors}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_years_are_read_in_order_however_the_lines_stand(tmp_path: Path, encoding: str) -> None:
    text = HEAD + FIXED.format(2031) + "2030/2/9,make_up_workday,\n" + FIXED.format(2030)
    found = read_days(written(tmp_path, text, encoding))
    assert list(found) == [2030, 2031]
    assert found[2030][1] == SpecialDay(date(2030, 2, 9), DayKind.MAKE_UP_WORKDAY)
    assert [one.day.month for one in found[2030]] == [1, 2, 5, 10]
    assert found[2031][0].name == "元旦"


def test_names_may_be_left_out(tmp_path: Path) -> None:
    lines = "kind,date\n" + "".join(f"holiday,2030-{day}\n" for day in ("01-01", "05-01", "10-01"))
    assert len(read_days(written(tmp_path, lines))[2030]) == 3


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("2030-02-30,holiday,", "不是日期"),
        ("1999-01-01,holiday,", "不是日期"),
        ("春节,holiday,", "不是日期"),
        ("2030-02-03,rest,", "须为 holiday"),
        ("2030-05-01,holiday,又一次", "重复"),
        ("2030-02-04,make_up_workday,", "不是周六或周日"),
        (f"2030-02-03,holiday,{'长' * 101}", "超过 100 字"),
    ],
)
def test_a_line_that_cannot_be_used_is_named(tmp_path: Path, line: str, said: str) -> None:
    told = refusal(tmp_path, f"{HEAD}{FIXED.format(2030)}{line}\n")
    assert list(told) == ["line 5"]
    assert told["line 5"].startswith("第 5 行:")
    assert said in told["line 5"]


def test_everything_wrong_is_told_at_once(tmp_path: Path) -> None:
    told = refusal(tmp_path, HEAD + "x,y,\n2030-01-01,holiday,\n2030-01-01,holiday,\n")
    assert list(told) == ["line 2", "line 4"]


def test_a_part_of_a_year_is_no_year(tmp_path: Path) -> None:
    told = refusal(tmp_path, HEAD + FIXED.format(2031) + "2030-12-31,holiday,元旦\n")
    assert told == {"year 2030": "2030 年不完整:缺少放假日 2030-01-01, 2030-05-01, 2030-10-01"}
    worked = FIXED.format(2028).replace("2028-01-01,holiday", "2028-01-01,make_up_workday")
    assert list(refusal(tmp_path, HEAD + worked)) == ["year 2028"]


def test_a_list_without_its_columns_or_days_is_refused(tmp_path: Path) -> None:
    assert refusal(tmp_path, "day,kind\n2030-01-01,holiday\n") == {"header": "缺少“date”列"}
