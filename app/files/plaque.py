"""Plaques to print: name, number and the QR code that leads to the station's page."""

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO

import segno

from app.domain import number
from app.files.typeset import pdf

BRAND, BRAND_EN = "渝工港湾", "Yugong Harbor · a rest station for people who work outdoors"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plaque:
    """What stands on one plaque.

    Attributes:
        code: the number, twelve digits.
        address: where its QR code leads.
        needs: what the station has, a few words.
    """

    code: str
    name: str
    name_en: str
    union: str
    address: str
    needs: tuple[str, ...] = ()


def plaques(stations: Sequence[Plaque]) -> bytes:
    """Typeset plaques, one a page, in their order.

    Raises:
        InvalidInput: for a number that is none.
        MissingSystemPart: if the machine has no font with Chinese characters.
    """
    told = [
        {
            "name": station.name,
            "name_en": station.name_en,
            "number": number.display(station.code),
            "union": station.union,
            "needs": list(station.needs),
            "picture": f"{station.code}.svg",
        }
        for station in stations
    ]
    return pdf(
        "plaque",
        {
            "title": " ".join(number.display(station.code) for station in stations[:3]),
            "brand": BRAND,
            "brand_en": BRAND_EN,
            "number_label": "统一站点编号  Station number",
            "scan": "扫码:开放时间、路线、反映问题",
            "scan_en": "Scan: opening hours, the way here, reports",
            "foot": "户外劳动者请进 · Everybody who works outdoors is welcome",
            "stations": told,
        },
        pictures={f"{station.code}.svg": _code(station.address) for station in stations},
    )


def _code(address: str) -> bytes:
    """An SVG of a QR code that a scratch or a drop of paint does not spoil."""
    target = BytesIO()
    segno.make(address, error="q", micro=False).save(
        target, kind="svg", border=2, xmldecl=False, svgns=True, omitsize=True
    )
    return target.getvalue()
