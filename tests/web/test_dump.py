"""Stations registered by every door that takes a keeper, and a dump that knows none of them."""

import base64
import gzip
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
import pytest

from app.domain.lifecycle import State
from app.service import receipts
from app.store.cluster import Cluster
from tests.cli.test_commands import OK, harbor
from tests.service import lists
from tests.service.lists import csv_of
from tests.store.dumps import dumped, traces
from tests.web.desks import Desk, Office, open_office, sent_form

# name, phone, employer: nobody has them
Person = tuple[str, str, str]
PEOPLE: dict[str, Person] = {
    "form": ("诸葛明岚", "13900007301", "磁川物流三队"),
    "wizard": ("欧阳修远", "13900007302", "嘉陵某某银行"),
    "wizard, waiting": ("司马知秋", "13900007303", ""),
    "wizard, not entered": ("上官云起", "13900007304", "朝天门某邮局"),
    "command": ("尉迟问天", "13900007305", "两江某某驿站"),
    "page": ("公孙望月", "13900007306", "石桥铺某商行"),
    "hand-over by staff": ("慕容晓风", "13900007307", "沙坪坝某书店"),
    "hand-over by the keeper": ("令狐长安", "13900007308", "杨家坪某药房"),
    "change request": ("轩辕清波", "13900007309", "观音桥某商场"),
}
HEADER = ("名称", "地址", "经度", "纬度", "负责人姓名", "负责人手机", "负责人单位")
ENTERED = {door: f"某驿站{i}" for door, i in zip(PEOPLE, count(1), strict=False)}


@pytest.fixture(scope="module")
def office(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    with open_office(cluster, tmp_path_factory.mktemp("dump"), "dumped") as opened:
        yield opened


def station_of(office: Office, door: str) -> int:
    return int(office.one("SELECT id FROM station WHERE name = %s", ENTERED[door]))


def serving(office: Office, station: int) -> int:
    return int(
        office.one(
            "SELECT id FROM keeper WHERE station_id = %s AND state = 'serving'"
            " ORDER BY id DESC LIMIT 1",
            station,
        )
    )


def keeper_fields(door: str, prefix: str = "") -> dict[str, str]:
    name, phone, employer = PEOPLE[door]
    return {
        f"{prefix}name": name, f"{prefix}phone": f"{phone[:3]} {phone[3:7]} {phone[7:]}",
        f"{prefix}employer": employer, f"{prefix}agreed": "yes",
        f"{prefix}consented_on": "2026-02-01", "once": receipts.token(),
    }  # fmt: skip


def by_form(office: Office, clerk: Desk) -> None:
    """The form of a new station: saved by itself first, refused once, then taken."""
    path = "/manage/stations/new"
    form: dict[str, Any] = sent_form(clerk.get(path).get_data(as_text=True)) | {
        "name": ENTERED["form"], "address": "一路 1 号", "longitude": "106.5", "latitude": "29.5",
        "datum": "wgs84", "door": "open", "services": ["", "toilet"], "hours_mode": "text",
        "hours_text": "每天 8:00-20:00", **keeper_fields("form", "keeper_"),
    }  # fmt: skip
    assert clerk.post(path, {**form, "keeper_phone": "13900"}).status_code == 422
    assert clerk.post(path, {**form, "action": "submit"}).status_code == 303


def by_wizard(office: Office) -> None:
    desk = lists.Desk(office.city, office.runtime)

    def listed(door: str) -> tuple[object, ...]:
        return (ENTERED[door], "二路 2 号", 106.51, 29.51, *PEOPLE[door])

    content = csv_of(HEADER, listed("wizard"), listed("wizard, waiting"), encoding="gb18030")
    brought = desk.bring("north_clerk", content)
    desk.read("north_clerk", brought, datum="wgs84", consented_on="2026-05-01")
    desk.enter("north_clerk", brought)
    left = desk.bring("north_clerk", csv_of(HEADER, listed("wizard, not entered")))
    desk.read("north_clerk", left, datum="wgs84")


def by_command(office: Office, folder: Path) -> None:
    file = folder / "list.csv"
    row = (ENTERED["command"], "三路 3 号", 106.52, 29.52, *PEOPLE["command"])
    file.write_bytes(csv_of(HEADER, row))
    done = harbor(
        ["stations", "import", str(file), "--datum", "wgs84"], url=office.city.url,
        var=office.runtime.settings.var,
    )  # fmt: skip
    assert done.exit_code == OK, done.output
    # a list of the server's operator is of no union
    office.rows(
        "UPDATE station SET union_id = %s WHERE name = %s RETURNING id",
        office.city.unions["north"], ENTERED["command"],
    )  # fmt: skip


def by_pages(office: Office, clerk: Desk) -> None:
    """Named on the keepers' page, handed over by staff, handed over by the keeper, confirmed."""
    station = station_of(office, "command")
    path = f"/manage/stations/{station}/keepers"
    assert clerk.post(path, keeper_fields("page")).status_code == 303
    one = f"{path}/{serving(office, station)}"
    assert clerk.post(f"{one}/hand-over", keeper_fields("hand-over by staff")).status_code == 303
    keeper = serving(office, station)
    assert clerk.post(f"{path}/{keeper}/link").status_code == 200
    card = office.desk_of(office.one("SELECT user_id FROM keeper WHERE id = %s", keeper))
    named = keeper_fields("hand-over by the keeper")
    assert card.post("/k/hand-over", named).status_code == 303
    assert clerk.post("/manage/keepers", {"sought": named["phone"]}).status_code == 200
    shown = clerk.post(f"{path}/{keeper}/unmask", {"reason": "核对站点开放时间"})
    assert PEOPLE["hand-over by staff"][0] in shown.get_data(as_text=True)


def by_change_request(office: Office, clerk: Desk) -> None:
    station = office.station("north", State.ACTIVE, name=ENTERED["change request"])
    path = f"/manage/stations/{station}/edit"
    form: dict[str, Any] = sent_form(clerk.get(path).get_data(as_text=True))
    form |= {"address": "五路 5 号", "reason": "换牌", **keeper_fields("change request", "keeper_")}
    assert clerk.post(path, {**form, "action": "preview"}).status_code == 200
    assert clerk.post(path, {**form, "action": "ask"}).status_code == 303
    assert clerk.post(
        f"/manage/stations/{station}/keepers", keeper_fields("change request")
    ).status_code == 303  # fmt: skip


def test_no_dump_holds_a_keeper_in_whatever_dress_by_whichever_door_he_came(
    office: Office, tmp_path: Path
) -> None:
    clerk = office.desk("north_clerk")
    by_form(office, clerk)
    by_wizard(office)
    by_command(office, tmp_path)
    by_pages(office, clerk)
    by_change_request(office, clerk)
    sealed = office.one(
        "SELECT (SELECT count(*) FROM keeper WHERE key_id IS NOT NULL)"
        " + (SELECT count(*) FROM import_contact)"
    )
    # all but him whose list was not entered, who is in the staged file alone
    assert sealed == len(PEOPLE) - 1
    dump = dumped(office.city.url)
    for door in ("form", "wizard", "command", "change request"):
        assert ENTERED[door] in dump
    values = [value for person in PEOPLE.values() for value in person if value]
    spaced = [f"{phone[:3]} {phone[3:7]} {phone[7:]}" for _, phone, _ in PEOPLE.values()]
    assert traces(dump, [*values, *spaced]) == set()


def test_the_search_finds_a_value_in_every_dress(office: Office) -> None:
    """A search that finds nothing anywhere would prove nothing."""
    value = "诸葛明岚"
    dresses = {
        "utf-8": value.encode(), "utf-16-le": value.encode("utf-16-le"),
        "utf-16-be": value.encode("utf-16-be"),
    }  # fmt: skip
    with psycopg.connect(office.city.url, autocommit=True) as connection:
        for name, content in dresses.items():
            for dress, planted in (
                (name, content), (name, gzip.compress(content)),
                (f"{name} in hex", content.hex().encode()),
                (f"{name} in base64", base64.b64encode(b"ab" + content + b"c")),
            ):  # fmt: skip
                connection.execute("CREATE TABLE planted AS SELECT %s::bytea AS value", (planted,))
                found = traces(dumped(office.city.url), [value])
                connection.execute("DROP TABLE planted")
                assert (value, dress) in found
        connection.execute("CREATE TABLE planted AS SELECT %s AS value", (value,))
        assert (value, "utf-8") in traces(dumped(office.city.url), [value])
        connection.execute("DROP TABLE planted")
