"""Plaques: what is typeset, and what cannot become code."""

import re
import zlib
from contextlib import suppress

import segno

from app.domain import number
from app.files.plaque import Plaque, plaques

CODE = number.make("500103", 42)


def plaque(**facts: object) -> Plaque:
    values = {
        "code": CODE, "name": "解放碑渝工港湾", "name_en": "", "union": "渝中区总工会",
        "address": f"https://harbor.example/s/{CODE}", **facts,
    }  # fmt: skip
    return Plaque(**values)  # type: ignore[arg-type]


def pages(document: bytes) -> int:
    """Count the pages of a PDF, whose objects lie in compressed streams."""
    inside = [document]
    for stream in re.findall(rb"stream\r?\n(.*?)\r?\nendstream", document, re.DOTALL):
        with suppress(zlib.error):
            inside.append(zlib.decompress(stream))
    return sum(len(re.findall(rb"/Type\s*/Page\b", part)) for part in inside)


def test_every_station_gets_a_page_of_its_own() -> None:
    one = plaques([plaque()])
    three = plaques([plaque(code=number.make("500103", at)) for at in (1, 2, 3)])
    assert one.startswith(b"%PDF-")
    assert (pages(one), pages(three)) == (1, 3)


def test_what_a_record_says_is_text_and_never_markup() -> None:
    evil = '#panic("x") \\ ] #read("/etc/passwd") 名 <b>'
    assert plaques([plaque(name=evil, union=evil, needs=(evil,))]).startswith(b"%PDF-")


def test_equal_plaques_are_equal_files() -> None:
    assert plaques([plaque()]) == plaques([plaque()])


def test_the_code_is_as_tolerant_of_scratches_as_a_door_needs() -> None:
    made = segno.make(plaque().address, error="q", micro=False)
    assert made.error in ("Q", "H")
