"""Sections of a station's page: closures, the one tap, photos; and what riders see of them."""

import io
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any

import pytest
from PIL import Image
from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.test import TestResponse

from app.domain.lifecycle import State
from app.store.cluster import Cluster
from tests.web.desks import AFAR, BROWSER, Desk, Office, hidden, open_office


@pytest.fixture(scope="module")
def office(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    with open_office(cluster, tmp_path_factory.mktemp("facts"), "fact_pages") as opened:
        yield opened


@pytest.fixture
def station(office: Office) -> int:
    return office.station("north", State.ACTIVE, name="较场口 <驿站>", hours="24/7")


@pytest.fixture
def clerk(office: Office) -> Desk:
    return office.desk("north_clerk")


def text_of(page: TestResponse) -> str:
    return unescape(page.get_data(as_text=True))


def local(moment: datetime) -> str:
    return f"{moment.astimezone():%Y-%m-%dT%H:%M}"


def path(station: int, key: str) -> str:
    return f"/manage/stations/{station}/{key}"


def shut(desk: Desk, station: int, **fields: str) -> TestResponse:
    """Send the closure form of the page."""
    once = hidden(desk.get(path(station, "closures")), "once")
    given = {"begins": "", "ends": "2099-01-01T08:00", "reason": "停电检修", **fields}
    data = {f"closure_{name}": value for name, value in given.items()}
    return desk.post(path(station, "closures"), {"once": once, **data}, htmx=True)


def image(colour: str = "teal") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (800, 600), colour).save(out, "JPEG")
    return out.getvalue()


def upload(
    desk: Desk, station: int, *files: tuple[str, bytes], htmx: bool = True, once: str = ""
) -> TestResponse:
    """Send photos as the form does."""
    headers = {**BROWSER, **({"HX-Request": "true"} if htmx else {})}
    fields: list[tuple[str, Any]] = [
        ("csrf_token", desk.csrf()),
        ("once", once or hidden(desk.get(path(station, "photos")), "once")),
        ("photo_kind", "outside"),
    ]
    fields += [
        ("photo_files", FileStorage(io.BytesIO(content), filename=name)) for name, content in files
    ]
    return desk.client.post(
        path(station, "photos"), data=MultiDict(fields), headers=headers, environ_base=AFAR,
        content_type="multipart/form-data",
    )  # fmt: skip


# Closures ----------------------------------------------------------------------------------------


def test_a_closure_is_entered_shown_to_riders_and_called_off(
    office: Office, clerk: Desk, station: int
) -> None:
    ends = datetime.now(UTC).replace(second=0, microsecond=0) + timedelta(days=3)
    zone = office.runtime.settings.zone
    done = shut(clerk, station, ends=f"{ends.astimezone(zone):%Y-%m-%dT%H:%M}")
    assert done.status_code == 200
    assert json.loads(done.headers["HX-Trigger"])["harbor:said"]["zh"]
    assert "停电检修" in text_of(done)
    assert "<html" not in text_of(done)
    code = office.one("SELECT code FROM station WHERE id = %s", station)
    office.runtime.refresh()
    page = text_of(office.app.test_client().get(f"/s/{code}", headers=BROWSER))
    assert "临时关闭" in page
    assert f"{ends.astimezone(zone):%Y-%m-%d %H:%M}" in page
    assert "is-closed" in page
    feature = office.app.test_client().get(f"/api/v1/stations/{code}").get_json()
    assert [c["reason"] for c in feature["properties"]["closures"]] == ["停电检修"]
    cancel = re.search(r'action="([^"]*/cancel)"', done.get_data(as_text=True))
    assert cancel
    assert clerk.post(cancel[1], htmx=True).status_code == 200
    office.runtime.refresh()
    page = text_of(office.app.test_client().get(f"/s/{code}", headers=BROWSER))
    assert "停电检修" not in page
    assert "is-open" in page
    # what was called off already is told so, with the section as it is
    again = clerk.post(cancel[1], htmx=True)
    assert again.status_code == 422
    assert "已取消" in text_of(again)


@pytest.mark.parametrize(
    ("fields", "beside"),
    [
        ({"ends": ""}, "closure_ends"),
        ({"ends": "soon"}, "closure_ends"),
        ({"begins": "2026-13-01T00:00"}, "closure_begins"),
        ({"begins": "2099-02-01T08:00"}, "closure_ends"),
        ({"ends": "2020-01-01T08:00"}, "closure_ends"),
        ({"begins": "2098-01-01T08:00", "reason": " "}, "closure_reason"),
        ({"begins": "2098-12-31T08:00", "reason": "长" * 201}, "closure_reason"),
    ],
)
def test_what_is_wrong_stands_beside_its_field_and_nothing_typed_is_lost(
    clerk: Desk, station: int, fields: dict[str, str], beside: str
) -> None:
    answer = shut(clerk, station, **{"reason": "装修 <b>", **fields})
    assert answer.status_code == 422
    markup = answer.get_data(as_text=True)
    assert f'id="{beside}-fault"' in markup
    typed = fields.get("reason", "装修 <b>").strip()
    assert typed in text_of(answer)
    assert "<b>" not in markup.replace("<b>▲", "").split("closure_reason")[1]


def test_a_form_sent_twice_closes_once(office: Office, clerk: Desk, station: int) -> None:
    once = hidden(clerk.get(path(station, "closures")), "once")
    data = {"once": once, "closure_ends": "2099-01-01T08:00", "closure_begins": "2098-12-01T08:00",
            "closure_reason": "检修"}  # fmt: skip
    for _ in range(2):
        sent = clerk.post(path(station, "closures"), data)
        assert (sent.status_code, sent.location) == (303, f"{path(station, 'closures')}?said=done")
    assert office.one("SELECT count(*) FROM station_closure WHERE station_id = %s", station) == 1
    assert clerk.post(path(station, "closures"), {**data, "once": "x"}).status_code == 422


def test_sections_are_pages_of_their_own_without_scripts(clerk: Desk, station: int) -> None:
    for key in ("closures", "confirmation", "photos"):
        page = clerk.get(path(station, key))
        assert page.status_code == 200
        assert "<!doctype html>" in text_of(page)
        assert "较场口 &lt;驿站&gt;" in page.get_data(as_text=True)
        assert "style=" not in page.get_data(as_text=True)


def test_who_may_not_see_or_tend_a_station_gets_no_form_and_no_way(
    office: Office, station: int
) -> None:
    draft = office.station("north", State.DRAFT)
    south, auditor = office.desk("south_clerk"), office.desk("auditor")
    for key in ("closures", "confirmation", "photos"):
        assert south.get(path(draft, key)).status_code == 404
        for desk in (south, auditor):
            page = desk.get(path(station, key), htmx=True)
            assert page.status_code == 200
            assert "<form" not in text_of(page)
            sent = desk.post(
                path(station, key),
                {"once": "x" * 20, "closure_ends": "2099-01-01T08:00",
                 "closure_begins": "2098-12-01T08:00", "closure_reason": "x",
                 "photo_kind": "other"},
            )  # fmt: skip
            assert sent.status_code in (403, 422)
        assert office.app.test_client().get(path(station, key), headers=BROWSER).status_code == 303
    assert office.one("SELECT count(*) FROM station_closure WHERE station_id = %s", station) == 0
    assert office.one("SELECT confirmed_at FROM station WHERE id = %s", station) is None


# Confirmation ------------------------------------------------------------------------------------


def test_one_tap_confirms_and_the_page_says_when_it_is_due_again(
    office: Office, clerk: Desk, station: int
) -> None:
    before = text_of(clerk.get(path(station, "confirmation"), htmx=True))
    assert "还没有人确认过" in before
    once = re.search(r'name="once" value="([^"]*)"', before)
    assert once
    revision = office.revision(station)
    done = clerk.post(path(station, "confirmation"), {"once": once[1]}, htmx=True)
    assert done.status_code == 200
    assert "下次确认不晚于" in text_of(done)
    assert office.revision(station) == revision
    today = datetime.now(office.runtime.settings.zone).date()
    assert office.one(
        "SELECT (confirmed_at AT TIME ZONE 'Asia/Shanghai')::date FROM station WHERE id = %s",
        station,
    ) in (today, today - timedelta(days=1))
    code = office.one("SELECT code FROM station WHERE id = %s", station)
    office.runtime.refresh()
    assert "信息确认" in text_of(office.app.test_client().get(f"/s/{code}", headers=BROWSER))


def test_a_draft_has_nothing_to_confirm(office: Office, clerk: Desk) -> None:
    draft = office.station("north", State.DRAFT)
    page = clerk.get(path(draft, "confirmation"), htmx=True)
    assert "<form" not in text_of(page)
    once = hidden(clerk.get(path(draft, "photos")), "once")
    sent = clerk.post(path(draft, "confirmation"), {"once": once}, htmx=True)
    assert sent.status_code == 422
    assert "草稿" in text_of(sent)


# Photos ------------------------------------------------------------------------------------------


def test_photos_are_uploaded_described_arranged_and_removed(
    office: Office, clerk: Desk, station: int
) -> None:
    added = upload(clerk, station, ("一.jpg", image()), ("二.jpg", image("navy")))
    assert added.status_code == 200
    first, second = [
        int(n) for n in dict.fromkeys(re.findall(r"photos/(\d+)\.jpg", text_of(added)))
    ]
    moved = clerk.post(f"{path(station, 'photos')}/{second}/move", {"way": "front"}, htmx=True)
    assert re.findall(r"photos/(\d+)\.jpg", text_of(moved))[0] == str(second)
    said = clerk.post(
        f"{path(station, 'photos')}/{first}", {"kind": "sign", "caption": "新牌 <b>"}, htmx=True
    )
    assert "新牌 &lt;b&gt;" in said.get_data(as_text=True)
    wrong = clerk.post(
        f"{path(station, 'photos')}/{first}", {"kind": "sign", "caption": "长" * 201}, htmx=True
    )
    assert wrong.status_code == 422
    assert f'id="caption-{first}-fault"' in text_of(wrong)
    assert "长" * 201 in text_of(wrong)
    gone = clerk.post(f"{path(station, 'photos')}/{second}/remove", htmx=True)
    assert f"photos/{second}.jpg" not in text_of(gone)
    small = clerk.get(f"{path(station, 'photos')}/{first}.jpg?size=small")
    assert (small.status_code, small.mimetype) == (200, "image/jpeg")
    assert Image.open(io.BytesIO(small.data)).size == (320, 240)
    assert clerk.get(f"{path(station, 'photos')}/{second}.jpg").status_code == 404


def test_what_is_no_photo_is_named_and_the_others_are_kept(
    office: Office, clerk: Desk, station: int
) -> None:
    heic = b"\0\0\0\x18ftypheic" + b"\0" * 40
    mixed = upload(clerk, station, ("好.jpg", image()), ("坏.jpg", b"<html>"), ("x.heic", heic))
    assert mixed.status_code == 422
    words = text_of(mixed)
    assert "已上传 1 张" in words
    assert "坏.jpg" in words
    assert "HEIC" in words
    none = upload(clerk, station, ("坏.jpg", b"<html>"))
    assert none.status_code == 422
    assert "坏.jpg" in text_of(none)
    assert upload(clerk, station).status_code == 422
    assert office.one("SELECT count(*) FROM station_photo WHERE station_id = %s", station) == 1


def test_photos_sent_twice_are_kept_once(office: Office, clerk: Desk, station: int) -> None:
    once = hidden(clerk.get(path(station, "photos")), "once")
    for _ in range(2):
        sent = upload(clerk, station, ("一.jpg", image()), htmx=False, once=once)
        assert sent.status_code == 303
    assert office.one("SELECT count(*) FROM station_photo WHERE station_id = %s", station) == 1


def test_riders_see_photos_of_public_stations_alone(
    office: Office, clerk: Desk, station: int
) -> None:
    upload(clerk, station, ("一.jpg", image()))
    photo = office.one("SELECT id FROM station_photo WHERE station_id = %s", station)
    code = office.one("SELECT code FROM station WHERE id = %s", station)
    office.runtime.refresh()
    rider = office.app.test_client()
    page = text_of(rider.get(f"/s/{code}", headers=BROWSER))
    assert f"/s/{code}/photos/{photo}.jpg" in page
    shown = rider.get(f"/s/{code}/photos/{photo}.jpg")
    assert (shown.status_code, shown.mimetype) == (200, "image/jpeg")
    assert "sandbox" in shown.headers["Content-Security-Policy"]
    again = rider.get(
        f"/s/{code}/photos/{photo}.jpg", headers={"If-None-Match": shown.headers["ETag"]}
    )
    assert again.status_code == 304
    assert rider.get(path(station, f"photos/{photo}.jpg"), headers=BROWSER).status_code == 303
    draft = office.station("north", State.DRAFT)
    upload(clerk, draft, ("一.jpg", image()))
    hidden_photo = office.one("SELECT id FROM station_photo WHERE station_id = %s", draft)
    for address in (f"/s/{code}/photos/{hidden_photo}.jpg", f"/s/x/photos/{photo}.jpg"):
        assert rider.get(address).status_code == 404
    with office.runtime.connection() as connection:
        connection.execute("UPDATE station SET state = 'exited' WHERE id = %s", (station,))
    assert rider.get(f"/s/{code}/photos/{photo}.jpg").status_code == 404


# The page of the QR code -------------------------------------------------------------------------


def test_the_station_page_shows_the_facts_and_never_the_host_code_or_agreement(
    office: Office,
) -> None:
    station = office.station("north", State.ACTIVE, services=("water", "cooling"), name="旧名")
    today = datetime.now(office.runtime.settings.zone).date()
    first, last = today + timedelta(days=40), today + timedelta(days=60)
    details = {
        "cooling": {"where": "on_site", "from": f"{first:%m-%d}", "to": f"{last:%m-%d}"},
        "toilet": {"where": "nearest", "note": "地铁站 <内>"},
    }
    with office.runtime.connection() as connection:
        connection.execute(
            "UPDATE station SET name = '新名', service_details = %s,"
            " functions = '{reading_corner}', venues = '{health_canteen}',"
            " area_square_metres = 32.5, seats = 12,"
            " host_credit_code = '91500000202801713P', agreement_number = '协议九号',"
            " agreement_from = '2026-01-01' WHERE id = %s",
            (json.dumps(details), station),
        )
    code = office.one("SELECT code FROM station WHERE id = %s", station)
    office.runtime.refresh()
    rider = office.app.test_client()
    markup = rider.get(f"/s/{code}", headers=BROWSER).get_data(as_text=True)
    page = unescape(markup)
    season = f"{first.month}/{first.day}–{last.month}/{last.day}"
    for shown in (
        "就近,不在站内", "地铁站 <内>", season, "现在没有", "便利型职工阅读站点", "职工健康食堂",
        "32.5 m²", "曾用名", "旧名",
    ):  # fmt: skip
        assert shown in page, shown
    assert "<内>" not in markup
    said = json.dumps(rider.get(f"/api/v1/stations/{code}").get_json(), ensure_ascii=False)
    assert "地铁站" in said
    for secret in ("91500000202801713P", "协议九号"):
        assert secret not in page
        assert secret not in said
