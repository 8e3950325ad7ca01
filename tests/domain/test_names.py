"""Names found by a part, by pinyin and by initials."""

import random

import pytest

from app.domain.name_index import MANY, Named, NameIndex
from app.domain.search_words import forms, needles, sounds_like


def index(*names: str) -> NameIndex:
    return NameIndex((Named(name, "", 106.5, 29.5), forms(name)) for name in names)


def found(names: NameIndex, text: str, most: int = 12) -> list[str]:
    return [one.name for one in names.find(needles(text), most=most)]


@pytest.mark.parametrize(
    "text",
    [
        "解放碑", "放碑", "jiefangbei", "JieFangBei", "Jiěfàngbēi", "jie fang bei", "jie'fang'bei",
        "jfb", "解放 碑", "碑 解放", " 解放碑 ", "\uff4a\uff46\uff42", "fangbei",
    ],
)  # fmt: skip
def test_a_name_is_found_by_any_part_of_it_and_of_its_readings(text: str) -> None:
    assert found(index("解放碑", "观音桥"), text) == ["解放碑"]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("1号桥", "一号桥"), ("一号桥", "1号桥"), ("壹號", "壹號码头"),
        ("\uff18\uff11路", "八一路"),
        ("lvyin", "绿荫轩"), ("luyin", "绿荫轩"), ("chongqing", "重庆大厦"),
        ("OLD3", "OLD-3"), ("old 3", "OLD-3"), ("渝港 500103-00001", "500103000017"),
    ],
)  # fmt: skip
def test_digits_blanks_and_dashes_may_be_written_otherwise(text: str, name: str) -> None:
    assert found(index(name, "另一处"), text) == [name]


def test_signs_that_no_name_is_written_with_are_found_by_how_they_are_read() -> None:
    names = index("鹅岭", "观音桥")
    assert found(names, "鵝嶺") == []
    assert [one.name for one in names.find(sounds_like("鵝嶺"), most=3)] == ["鹅岭"]


def test_what_begins_with_the_words_comes_first_and_else_the_order_given_stays() -> None:
    names = index("新路口", "路口", "大路口站", "路口东")
    assert found(names, "路口") == ["路口", "路口东", "新路口", "大路口站"]
    assert found(names, "路口", most=1) == ["路口"]
    assert found(names, "lukou") == ["路口", "路口东", "新路口", "大路口站"]


def test_what_begins_with_the_words_comes_first_where_very_many_names_hold_them() -> None:
    names = index(*(f"大{n}路" for n in range(MANY + 10)), "路边")
    assert found(names, "路", most=2) == ["路边", "大0路"]


@pytest.mark.parametrize("text", ["", "   ", "%", "_", "\\", "😀", "解放_", "'; DROP TABLE", "\t"])
def test_what_is_no_part_of_a_name_finds_nothing(text: str) -> None:
    assert found(index("解放碑", "观音桥"), text) == []


def test_names_with_what_parts_lines_stay_one_name() -> None:
    names = index("解放\t碑\n站", "另一处😀")
    assert found(names, "解放") == ["解放 碑 站"]
    assert found(names, "另一处😀") == ["另一处😀"]
    assert len(names) == 2


def test_random_words_find_what_a_slow_search_finds() -> None:
    draw = random.Random(5)
    signs = "ab c路桥"
    names = ["".join(draw.choices(signs, k=draw.randint(1, 6))).strip() or "a" for _ in range(300)]
    packed = index(*names)
    for _ in range(400):
        text = "".join(draw.choices(signs, k=draw.randint(1, 4)))
        wanted = needles(text)
        slow = [
            " ".join(name.split())
            for name in names
            if wanted and all(any(w in form for form in forms(name)) for w in wanted)
        ]
        assert sorted(found(packed, text, most=400)) == sorted(slow)
