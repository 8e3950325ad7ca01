"""Facts compared field by field."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.difference import FACT_NAMES, check_fields, differences, meanwhile
from app.domain.errors import FieldChange, InvalidInput

RECORDS = st.dictionaries(st.sampled_from([*FACT_NAMES, "zz", "seats"]), st.integers(0, 2))


@given(RECORDS, RECORDS)
def test_differences_turn_the_old_into_the_new_and_name_no_equal_field(
    old: dict[str, int], new: dict[str, int]
) -> None:
    found = differences(old, new)
    assert all(d.old != d.new for d in found)
    patched = {**old, **{d.field: d.new for d in found}}
    assert {k: v for k, v in patched.items() if v is not None} == new


def test_differences_come_in_the_order_of_pages_with_their_names() -> None:
    found = differences({"lamps": 1, "name": "甲"}, {"hours": "24/7", "name": "乙", "zz": 1})
    assert [(d.field, d.name) for d in found] == [
        ("name", "名称"),
        ("hours", "开放时间"),
        ("lamps", "lamps"),
        ("zz", "zz"),
    ]


@given(RECORDS, RECORDS, RECORDS)
def test_whoever_is_second_sees_every_field_that_either_touched(
    before: dict[str, int], now: dict[str, int], wanted: dict[str, int]
) -> None:
    found = {c.field: c for c in meanwhile(before, now, wanted)}
    for field in {*before, *now, *wanted}:
        mine = wanted.get(field, before.get(field))
        touched = before.get(field) != now.get(field) or mine != before.get(field)
        assert (field in found) == touched
        if touched:
            assert found[field] == FieldChange(field, before.get(field), now.get(field), mine)


def test_only_facts_are_edited_and_something_has_to_be() -> None:
    check_fields({"name": "x"}, attempted="edit")
    with pytest.raises(InvalidInput) as raised:
        check_fields({"name": "x", "code": "1", "state": "active"}, attempted="edit")
    assert [e.field for e in raised.value.errors] == ["code", "state"]
    with pytest.raises(InvalidInput):
        check_fields({}, attempted="edit")
