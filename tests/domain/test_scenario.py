"""What a scenario changes: read from JSON, written back, and applied to the stations."""

from dataclasses import dataclass, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.errors import InvalidInput
from app.domain.lifecycle import State
from app.domain.scenario import MOST_ITEMS, NONE, Changes, Open, apply, parse
from app.domain.scenario_lapsed import Known, said
from app.domain.services import SERVICES
from app.domain.station import HostKind


@dataclass(frozen=True, slots=True)
class Place:
    """A station that counts, with a fact that scenarios do not know."""

    id: int
    longitude: float
    latitude: float
    services: tuple[str, ...]
    hours: str | None
    code: str | None = "50010300001"


def fresh(id_: int, item: Open) -> Place:
    return Place(id_, item.longitude, item.latitude, item.services, item.hours, None)


TOWN = [
    Place(number, 106.5 + number / 100, 29.5, ("toilet", "water"), "24/7") for number in (3, 5, 8)
]
OPEN: dict[str, Any] = {
    "kind": "open", "key": "n1", "name": "新站", "lon": 106.6, "lat": 29.6,
    "services": ["water", "seat"], "hours": "Mo-Fr 08:30-17:30",
}  # fmt: skip


def refused(*items: Any) -> dict[str, str]:
    """The errors of items: Chinese by field."""
    with pytest.raises(InvalidInput) as caught:
        parse(list(items))
    assert all(error.message and error.zh for error in caught.value.errors)
    assert caught.value.zh
    return {error.field: error.zh for error in caught.value.errors}


_degrees = st.floats(73, 89, allow_nan=False)
_codes = st.lists(st.sampled_from([service.code for service in SERVICES]), unique=True)
_hours = st.sampled_from([None, "24/7", "Mo-Fr 08:30-12:00,13:00-17:30; PH off"])
_ids = st.integers(1, 2**62)


def _of_station(kind: str, **fields: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({"kind": st.just(kind), "station": _ids, **fields})


ITEMS = st.lists(
    st.one_of(
        st.fixed_dictionaries(
            {
                "kind": st.just("open"), "key": st.text("ab12", min_size=1, max_size=6),
                "name": st.text("站点 ab", min_size=1).map(str.strip).filter(bool),
                "lon": _degrees, "lat": _degrees, "services": _codes, "hours": _hours,
            },
            optional={
                "name_en": st.just("New"), "host_name": st.just("银行"),
                "host_kind": st.sampled_from(list(HostKind)).map(str),
                "cost": st.floats(0, 1e9), "draft": _ids,
            },
        ),
        _of_station("move", lon=_degrees, lat=_degrees),
        _of_station("close"),
        _of_station("hours", hours=_hours),
        _of_station("services", services=_codes),
    ),
    max_size=8,
    unique_by=lambda item: (item["kind"], item.get("key", item.get("station"))),
)  # fmt: skip


@given(ITEMS)
def test_what_is_written_is_read_back_as_it_was(items: list[dict[str, Any]]) -> None:
    changes = parse(items)
    assert len(changes.items) == len(items)
    assert parse(changes.to_json()) == changes
    assert parse(changes.to_json()).digest() == changes.digest()


def test_an_item_is_read_into_the_usual_spelling() -> None:
    item = parse([OPEN | {"services": ["water", "seat", "water"], "hours": "Mo-Fr 8:30-17:30"}])
    assert item.to_json() == [OPEN | {"services": ["seat", "water"]}]
    assert parse([OPEN | {"hours": None}]).opened()[0].hours is None


def test_the_digest_tells_changes_apart_and_not_what_became_of_them() -> None:
    first = parse([OPEN, {"kind": "close", "station": 3}])
    assert first.digest() != parse([OPEN]).digest() != NONE.digest()
    assert (
        first.digest() != parse([OPEN | {"lon": 106.61}, {"kind": "close", "station": 3}]).digest()
    )
    assert parse([OPEN | {"draft": 77}]).digest() == parse([OPEN]).digest()


def test_everything_that_is_wrong_is_told_at_once_by_item() -> None:
    told = refused(
        {"kind": "paint", "station": 3},
        OPEN | {"services": ["toilet", "sauna"]},
        OPEN | {"key": "n2", "hours": "on Mondays mostly"},
        OPEN | {"key": "n3", "lon": 190.0},
        OPEN | {"key": "n4", "lat": "29.6"},
        OPEN | {"key": "n5", "name": "站" * 201},
        OPEN | {"key": "n6", "host_kind": "palace", "cost": -1},
        {"kind": "move", "station": "3", "lon": 106.5, "lat": 29.5},
        {"kind": "close", "station": 3, "until": "2027"},
        "close",
        OPEN | {"key": "close:3"},
    )
    assert set(told) == {
        "changes.0.kind", "changes.1.services", "changes.2.hours", "changes.3.lon",
        "changes.4.lat", "changes.5.name", "changes.6.host_kind", "changes.6.cost",
        "changes.7.station", "changes.8.until", "changes.9", "changes.10.key",
    }  # fmt: skip
    assert told["changes.1.services"] == "第 2 项:没有这些服务:sauna"


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 10**400, True, None, [106.6]])
def test_coordinates_that_are_none_are_refused(value: Any) -> None:
    assert set(refused(OPEN | {"lon": value})) == {"changes.0.lon"}


def test_swapped_coordinates_are_refused() -> None:
    assert set(refused(OPEN | {"lon": 29.6, "lat": 106.6})) == {"changes.0.lat"}


def test_a_station_changes_once_in_one_way() -> None:
    told = refused(
        {"kind": "hours", "station": 3, "hours": "24/7"},
        {"kind": "close", "station": 3},
        {"kind": "hours", "station": 3, "hours": None},
        OPEN,
        OPEN | {"name": "另一站"},
    )
    assert set(told) == {"changes.2.station", "changes.4.key"}


def test_so_many_items_and_no_more_are_read() -> None:
    most = [{"kind": "close", "station": number + 1} for number in range(MOST_ITEMS)]
    assert len(parse(most).items) == MOST_ITEMS
    assert set(refused(*most, {"kind": "close", "station": MOST_ITEMS + 1})) == {"changes"}


@pytest.mark.parametrize("given_", [{"kind": "close"}, "[]", None, 3])
def test_what_is_no_list_is_refused(given_: Any) -> None:
    with pytest.raises(InvalidInput, match="is no list"):
        parse(given_)


def test_no_change_leaves_the_stations_as_they_are() -> None:
    assert apply(TOWN, NONE, new=fresh) == (TOWN, ())


def test_stations_are_moved_closed_changed_and_opened() -> None:
    changes = parse([
        OPEN,
        {"kind": "move", "station": 3, "lon": 106.7, "lat": 29.7},
        {"kind": "services", "station": 3, "services": ["aed"]},
        {"kind": "close", "station": 5},
        {"kind": "hours", "station": 5, "hours": None},
        {"kind": "hours", "station": 8, "hours": "Mo-Su 06:00-24:00"},
        OPEN | {"key": "n2", "lon": 106.9},
    ])  # fmt: skip
    stations, lapsed = apply(TOWN, changes, new=fresh)
    moved = replace(TOWN[0], longitude=106.7, latitude=29.7, services=("aed",))
    assert stations == [
        moved,
        replace(TOWN[2], hours="Mo-Su 06:00-24:00"),
        Place(-1, 106.6, 29.6, ("seat", "water"), "Mo-Fr 08:30-17:30", None),
        Place(-2, 106.9, 29.6, ("seat", "water"), "Mo-Fr 08:30-17:30", None),
    ]
    assert lapsed == ()


def test_changes_of_a_station_that_left_meanwhile_lapse_and_are_told() -> None:
    changes = parse([
        {"kind": "close", "station": 3},
        {"kind": "move", "station": 4, "lon": 106.7, "lat": 29.7},
        {"kind": "close", "station": 6},
    ])  # fmt: skip
    stations, lapsed = apply(TOWN, changes, new=fresh)
    assert stations == TOWN[1:]
    assert [told.station for told in lapsed] == [4, 6]
    zh, en = said(lapsed[0], Known("500103-0007-1", "旧站", State.EXITED))
    assert zh == "旧站 500103-0007-1 已退出,不计入覆盖,“移动”不再生效。"
    assert en.startswith("旧站 500103-0007-1 left and does not count, so its move")
    zh, en = said(lapsed[1], Known(None, "旧站", State.MERGED, "新站"))
    assert "已并入 新站" in zh
    assert "merged into 新站" in en
    assert all("6" in sentence for sentence in said(lapsed[1], None))


def test_a_new_station_that_is_in_the_register_by_now_counts_once() -> None:
    drafted = parse([OPEN | {"draft": 5}, OPEN | {"key": "n2", "draft": 6}])
    stations, lapsed = apply(TOWN, drafted, new=fresh)
    assert [station.id for station in stations] == [3, 5, 8, -2]
    assert [told.station for told in lapsed] == [5]
    zh, _ = said(lapsed[0], Known("500103-0009-1", "某站", State.ACTIVE))
    assert "500103-0009-1" in zh
    assert Changes(drafted.opened()) == drafted
