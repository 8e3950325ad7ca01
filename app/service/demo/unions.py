"""The unions of the made-up city: one for the city, one a district, one of a trade."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from app.service.demo.districts import DemoDistrict
from app.service.demo.places import CITY_NAME, CITY_NAME_EN

CITY_CODE = "990000"
TRADE_CODE = "990901"


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoUnion:
    """A union: six-digit code, names, kind, the union above it, and from and until when."""

    code: str
    name: str
    name_en: str
    kind: Literal["city", "district", "industrial"]
    parent_code: str | None
    valid_from: date
    valid_to: date | None


def make_unions(districts: Sequence[DemoDistrict], *, founded: date) -> tuple[DemoUnion, ...]:
    """Found the unions; a district's union exists as long as the district."""
    city = DemoUnion(
        code=CITY_CODE,
        name=f"{CITY_NAME}总工会",
        name_en=f"{CITY_NAME_EN} Federation of Trade Unions",
        kind="city",
        parent_code=None,
        valid_from=founded,
        valid_to=None,
    )
    trade = DemoUnion(
        code=TRADE_CODE,
        name=f"{CITY_NAME}快递物流产业工会",
        name_en=f"{CITY_NAME_EN} Courier and Logistics Union",
        kind="industrial",
        parent_code=CITY_CODE,
        valid_from=founded,
        valid_to=None,
    )
    local = [
        DemoUnion(
            code=one.adcode,
            name=f"{one.name}总工会",
            name_en=f"{one.name_en} Federation of Trade Unions",
            kind="district",
            parent_code=CITY_CODE,
            valid_from=one.valid_from,
            valid_to=one.valid_to,
        )
        for one in districts
    ]
    return (city, *local, trade)
