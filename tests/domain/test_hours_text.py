"""Hours as people write them, read or left alone."""

import csv
from pathlib import Path

import pytest

from app.domain.hours_text import read_hours

READ = {
    "周一至周五 08:15-12:00,13:15-17:45": "Mo-Fr 08:15-12:00,13:15-17:45",
    "星期一到星期五：8:30-12:00、14:00-18:00": "Mo-Fr 08:30-12:00,14:00-18:00",
    "24小时": "24/7",
    "24 小时开放": "24/7",
    "全天": "24/7",
    "7*24小时": "24/7",
    "24小时营业，全年无休": "24/7",
    "0:00-24:00": "24/7",
    "9:00—17:00": "09:00-17:00",
    "9：00～21：00": "09:00-21:00",
    "营业时间：8:30-17:30": "08:30-17:30",
    "早9点-晚6点": "09:00-18:00",
    "早九晚五": "09:00-17:00",
    "8点半-下午5点半": "08:30-17:30",
    "上午8:30-11:30 下午2:30-5:30": "08:30-11:30,14:30-17:30",
    "上午8:30至12:00，下午14:00至17:30": "08:30-12:00,14:00-17:30",
    "18:00-次日2:00": "18:00-26:00",
    "晚10点-早6点": "22:00-30:00",
    "9:00-17:00 周六日休息": "09:00-17:00; Sa-Su closed",
    "周二至周日9:00-17:00（周一闭馆）": "Tu-Su 09:00-17:00; Mo closed",
    "周五至周一 9:00-12:00": "Mo,Fr-Su 09:00-12:00",
    "周一、三、五 9:00-12:00": "Mo,We,Fr 09:00-12:00",
    "周一 7:00-9:00": "Mo 07:00-09:00",
    "9:00-17:00（周一至周五）": "Mo-Fr 09:00-17:00",
    "周一至周五 9:00-17:00；周末 10:00-16:00": "Mo-Fr 09:00-17:00; Sa-Su 10:00-16:00",
    "工作日9:00-17:00": "Mo-Fr 09:00-17:00; PH closed",
    "工作日开放": "Mo-Fr unknown; PH closed",
    "周一至周五9:00-17:00(法定节假日除外)": "Mo-Fr 09:00-17:00; PH closed",
    "除法定节假日外每天9:00-17:00": "09:00-17:00; PH closed",
    "周末及节假日休息，工作日8:30-17:30": "Mo-Fr 08:30-17:30; Sa-Su,PH closed",
    "每天8:00-20:00，节假日照常开放": "08:00-20:00; PH 08:00-20:00",
    "周六、周日及节假日 10:00-16:00": "Sa-Su,PH 10:00-16:00",
    "夏季(5月-9月)8:00-18:00 冬季(10月-次年4月)8:30-17:30": (
        "May-Sep 08:00-18:00; Oct-Apr 08:30-17:30"
    ),
    "Mo-Fr 9:00-17:00; PH off": "Mo-Fr 09:00-17:00; PH closed",
    "24/7": "24/7",
}

NOT_READ = [
    "",
    "详见门口",
    "周一休息",
    "每天开放",
    "9:00-6:00",  # six in the morning, or in the evening?
    "8:00-12:00 2:00-6:00",
    "夏季8:00-18:00，冬季8:30-17:30",  # from when to when?
    "9:00-17:00 电话联系",
    "全天 8:00-20:00",
    "138-0000",
    "25:00-26:00",
    "周一至周五 9:00-17:00 周末",
    "周一至周五 9:00-12:00；周五 13:00-15:00",
    "Mo-Fr 9-17",
]


@pytest.mark.parametrize(("text", "rule"), READ.items(), ids=list(READ))
def test_hours_in_chinese_are_read(text: str, rule: str) -> None:
    assert read_hours(text) == rule


@pytest.mark.parametrize("text", NOT_READ)
def test_what_is_not_fully_understood_is_not_read(text: str) -> None:
    assert read_hours(text) is None


def test_every_value_of_a_real_list_is_read(test_data: Path) -> None:
    with (test_data / "messy/zhengzhou_stations.csv").open(encoding="utf-8-sig") as file:
        values = [row["open_hours"] for row in csv.DictReader(file) if row["open_hours"]]
    assert len(values) == 22
    for value in values:
        rule = read_hours(value)
        if value == "24小时":
            assert rule == "24/7"
        elif value == "工作日开放":
            assert rule == "Mo-Fr unknown; PH closed"
        else:
            # all others are written as times alone, or for Monday to Friday
            assert rule == value.replace("周一至周五", "Mo-Fr")
