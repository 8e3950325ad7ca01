"""Lists of hosts as people paste and save them."""

import io

import openpyxl
import pytest

from app.domain.errors import InvalidInput
from app.files.hosts import Host, read_hosts

BANK, POST = Host("甲银行", 106.55, 29.56, 3.5), Host("乙邮局", 106.56, 29.57, None)


def workbook(*rows: tuple[object, ...]) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        "甲银行, 106.55, 29.56, 3.5\n乙邮局, 106.56, 29.57,".encode(),
        "甲银行，106.55，29.56，3.5\n乙邮局，106.56，29.57".encode(),
        "甲银行\t106.55\t29.56\t3.5\n乙邮局\t106.56\t29.57\t".encode(),
        "\ufeff纬度,经度,单位,费用\n29.56,106.55,甲银行,3.5\n29.57,106.56,乙邮局,\n".encode(),
        "Name,Lon,Lat,Cost,Note\n甲银行,106.55,29.56,3.5,x\n乙邮局,106.56,29.57,,\n".encode("gb18030"),
        workbook(("名称", "经度", "纬度", "费用"), ("甲银行", 106.55, 29.56, 3.5),
                 ("乙邮局", 106.56, 29.57, None)),
    ],
)  # fmt: skip
def test_a_list_is_read_however_it_is_written(content: bytes) -> None:
    assert read_hosts(content, file_name="hosts") == [BANK, POST]


def test_points_of_geojson_are_places() -> None:
    content = (
        b'{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"name":"A"},'
        b'"geometry":{"type":"Point","coordinates":[106.5,29.5]}}]}'
    )
    assert read_hosts(content, file_name="hosts") == [Host("A", 106.5, 29.5, None)]


def test_every_row_that_cannot_be_used_is_named() -> None:
    content = "name,lon,lat,cost\n甲,,29,1\n乙,106,99,1\n丙,106,29,-1\n丁,106,29,1\n"
    with pytest.raises(InvalidInput) as caught:
        read_hosts(content.encode(), file_name="hosts")
    told = [error.message.partition(":")[0] for error in caught.value.errors]
    assert told == ["row 2", "row 3", "row 4"]
    assert all(error.zh.startswith("第 ") for error in caught.value.errors)


def test_a_list_without_places_is_refused() -> None:
    with pytest.raises(InvalidInput, match="longitude and latitude"):
        read_hosts("名称,地址\n甲,某街\n".encode(), file_name="hosts")
