"""Closures, confirmations and photos by the people who may, and the words for those who may not."""

import io
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from PIL import ExifTags, Image

from app.domain.errors import Conflict, ForbiddenHere, InvalidInput, NotFound
from app.domain.lifecycle import State
from app.domain.number import make
from app.service import closures, confirmations, station_photos
from app.service.closures import Closure
from app.service.station_photos import Upload
from app.store import stations
from app.store.cluster import Cluster
from app.store.stations import StationRecord
from tests.service.town_hall import Hall, open_hall
from tests.store.people import one

ZONE = ZoneInfo("Asia/Shanghai")
DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def shared(cluster: Cluster) -> Iterator[Hall]:
    with open_hall(cluster, "tending") as opened:
        yield opened


@pytest.fixture
def hall(shared: Hall) -> Iterator[Hall]:
    with shared.connection.transaction(force_rollback=True):
        yield shared


def now() -> datetime:
    return datetime.now(UTC)


def jpeg(width: int = 320, height: int = 240) -> bytes:
    exif = Image.Exif()
    exif[ExifTags.Base.Make] = "139 0000 0007"
    out = io.BytesIO()
    Image.new("RGB", (width, height), "teal").save(out, "JPEG", exif=exif)
    return out.getvalue()


def record(hall: Hall, station: int) -> StationRecord:
    found = stations.by_id(hall.connection, station)
    assert found is not None
    return found


# Closures ----------------------------------------------------------------------------------------


def test_a_closure_is_read_with_the_station_until_it_is_called_off(hall: Hall) -> None:
    station = hall.station("north", State.ACTIVE)
    clerk = hall.actor("north_clerk")
    closure = Closure(now() - DAY, now() + DAY, "停电检修")
    made = closures.close(hall.connection, clerk, station, closure)
    assert record(hall, station).closures == (closure,)
    assert [r.closures for r in stations.public(hall.connection) if r.id == station] == [(closure,)]
    closures.cancel(hall.connection, clerk, station, made)
    assert record(hall, station).closures == ()
    with pytest.raises(Conflict) as again:
        closures.cancel(hall.connection, clerk, station, made)
    assert again.value.zh
    standing, listed = closures.of_station(hall.connection, clerk, station)
    assert standing.may_tend
    assert [one.cancelled_at is not None for one in listed] == [True]


def test_who_may_not_close_a_station_is_told_why_and_by_whom(hall: Hall) -> None:
    station, draft = hall.station("north", State.ACTIVE), hall.station("north", State.DRAFT)
    closure = Closure(now(), now() + DAY, "检修")
    with pytest.raises(ForbiddenHere) as refused:
        closures.close(hall.connection, hall.actor("south_clerk"), station, closure)
    assert refused.value.zh
    with pytest.raises(NotFound):
        closures.close(hall.connection, hall.actor("south_clerk"), draft, closure)
    with pytest.raises(Conflict) as early:
        closures.close(hall.connection, hall.actor("north_clerk"), draft, closure)
    assert "草稿" in early.value.zh
    with pytest.raises(InvalidInput):
        closures.close(
            hall.connection, hall.actor("north_clerk"), station, Closure(now(), now() - DAY, "")
        )


# Confirmations -----------------------------------------------------------------------------------


def age(hall: Hall, station: int, days: int, *, confirmed: bool = False) -> None:
    column = "confirmed_at" if confirmed else "state_since"
    with hall.connection.transaction():
        hall.connection.execute("ALTER TABLE station DISABLE TRIGGER USER")
        hall.connection.execute(
            f"UPDATE station SET {column} = now() - %s * interval '1 day' WHERE id = %s",  # type: ignore[arg-type]
            (days, station),
        )
        hall.connection.execute("ALTER TABLE station ENABLE TRIGGER USER")


def test_what_comes_due_is_listed_the_oldest_first_until_it_is_confirmed(hall: Hall) -> None:
    clerk = hall.actor("north_clerk")
    fresh, soon, late, latest = (hall.station("north", State.ACTIVE) for _ in range(4))
    draft, foreign = hall.station("north", State.DRAFT), hall.station("south", State.ACTIVE)
    for station, days in ((fresh, 60), (soon, 80), (late, 91), (draft, 500), (foreign, 500)):
        age(hall, station, days)
    age(hall, latest, 10)
    age(hall, latest, 200, confirmed=True)
    found = confirmations.expiring(hall.connection, clerk, days=90)
    assert [(one.station_id, one.overdue) for one in found] == [
        (latest, True), (late, True), (soon, False),
    ]  # fmt: skip
    assert confirmations.count_expiring(hall.connection, clerk, days=90) == 3
    confirmations.confirm(hall.connection, clerk, latest)
    left = confirmations.expiring(hall.connection, clerk, days=90)
    assert [one.station_id for one in left] == [late, soon]
    shown = confirmations.of_station(hall.connection, clerk, latest, days=90)
    assert shown.confirmed_at is not None
    assert shown.due_at == shown.confirmed_at + 90 * DAY
    assert shown.may_confirm


def test_who_only_looks_on_has_nothing_to_confirm(hall: Hall) -> None:
    station = hall.station("north", State.ACTIVE)
    age(hall, station, 500)
    for person in ("auditor", "north_auditor", "planner", "south_clerk", "nobody"):
        assert confirmations.expiring(hall.connection, hall.actor(person), days=90) == []
        shown = confirmations.of_station(hall.connection, hall.actor(person), station, days=90)
        assert not shown.may_confirm
        with pytest.raises(ForbiddenHere):
            confirmations.confirm(hall.connection, hall.actor(person), station)


def test_a_keeper_sees_and_confirms_his_own_station_alone(hall: Hall) -> None:
    mine, other = (hall.station("north", State.ACTIVE) for _ in range(2))
    for station in (mine, other):
        age(hall, station, 100)
    keeper = hall.actor("nobody")
    hall.connection.execute(
        "INSERT INTO user_grant (user_id, role, station_id) VALUES (%s, 'keeper', %s)",
        (keeper.user_id, mine),
    )
    found = confirmations.expiring(hall.connection, keeper, days=90)
    assert [one.station_id for one in found] == [mine]
    confirmations.confirm(hall.connection, keeper, mine)
    assert confirmations.expiring(hall.connection, keeper, days=90) == []


def test_a_draft_is_not_confirmed(hall: Hall) -> None:
    draft = hall.station("north", State.DRAFT)
    with pytest.raises(Conflict):
        confirmations.confirm(hall.connection, hall.actor("north_clerk"), draft)
    shown = confirmations.of_station(hall.connection, hall.actor("north_clerk"), draft, days=90)
    assert (shown.due_at, shown.may_confirm) == (None, False)


# Photos ------------------------------------------------------------------------------------------


def add(hall: Hall, station: int, *names: str, person: str = "north_clerk") -> tuple[int, ...]:
    uploads = [Upload(name, jpeg()) for name in names]
    added = station_photos.add(
        hall.connection, hall.actor(person), station, uploads, kind="outside", zone=ZONE
    )
    assert not added.refused
    return added.kept


def listed(hall: Hall, station: int) -> list[int]:
    _, photos = station_photos.of_station(hall.connection, hall.actor("north_clerk"), station)
    return [photo.id for photo in photos]


def test_photos_are_kept_in_order_described_arranged_and_removed(hall: Hall) -> None:
    station = hall.station("north", State.DRAFT)
    clerk = hall.actor("north_clerk")
    first, second, third = add(hall, station, "一.jpg", "C:\\照片\\二.JPG", "三.jpg")
    station_photos.shift(hall.connection, clerk, station, third, steps=-1)
    station_photos.shift(hall.connection, clerk, station, third, steps=-1)
    station_photos.shift(hall.connection, clerk, station, third, steps=-1)
    assert listed(hall, station) == [third, first, second]
    station_photos.shift(hall.connection, clerk, station, first, steps=9)
    assert listed(hall, station) == [third, second, first]
    station_photos.describe(hall.connection, clerk, station, first, kind="sign", caption=" 新 牌 ")
    station_photos.remove(hall.connection, clerk, station, second)
    _, photos = station_photos.of_station(hall.connection, clerk, station)
    assert [(p.id, p.kind, p.caption) for p in photos] == [
        (third, "outside", ""), (first, "sign", "新 牌"),
    ]  # fmt: skip
    for gone in (second, 10**9):
        with pytest.raises(NotFound):
            station_photos.remove(hall.connection, clerk, station, gone)
    assert add(hall, station, "四.jpg")[0] == listed(hall, station)[-1]


def test_a_photo_that_cannot_be_used_does_not_stop_the_others(hall: Hall) -> None:
    station = hall.station("north", State.ACTIVE)
    uploads = [Upload("好.jpg", jpeg()), Upload("坏.jpg", b"<html>"),
               Upload("手机.heic", b"\0\0\0\x18ftypheic" + b"\0" * 40)]  # fmt: skip
    added = station_photos.add(
        hall.connection, hall.actor("north_clerk"), station, uploads, kind="inside", zone=ZONE
    )
    assert len(added.kept) == 1
    assert ["坏.jpg" in error.zh for error in added.refused] == [True, False]
    assert "HEIC" in added.refused[1].zh
    kept = one(hall.connection, "SELECT string_agg(encode(content, 'escape'), '') FROM stored_file")
    assert "139 0000 0007" not in kept
    assert "Exif" not in kept


@pytest.mark.parametrize("uploads", [0, 13])
def test_no_file_and_too_many_are_refused(hall: Hall, uploads: int) -> None:
    station = hall.station("north", State.ACTIVE)
    with pytest.raises(InvalidInput) as refused:
        station_photos.add(
            hall.connection, hall.actor("north_clerk"), station,
            [Upload("x.jpg", b"")] * uploads, kind="inside", zone=ZONE,
        )  # fmt: skip
    assert refused.value.errors[0].field == "photos"


def test_kinds_and_captions_are_checked(hall: Hall) -> None:
    station = hall.station("north", State.ACTIVE)
    (photo,) = add(hall, station, "x.jpg")
    for kind, caption, field in (("selfie", "", "kind"), ("sign", "长" * 201, "caption")):
        with pytest.raises(InvalidInput) as refused:
            station_photos.describe(
                hall.connection, hall.actor("north_clerk"), station, photo, kind=kind,
                caption=caption,
            )  # fmt: skip
        assert [error.field for error in refused.value.errors] == [field]


def test_other_unions_neither_add_nor_see_photos_of_a_draft(hall: Hall) -> None:
    draft, active = hall.station("north", State.DRAFT), hall.station("north", State.ACTIVE)
    (photo,) = add(hall, draft, "x.jpg")
    south = hall.actor("south_clerk")
    for station, error in ((draft, NotFound), (active, ForbiddenHere)):
        with pytest.raises(error):
            station_photos.add(
                hall.connection, south, station, [Upload("x.jpg", jpeg())], kind="other", zone=ZONE
            )
    with pytest.raises(NotFound):
        station_photos.file_of(hall.connection, south, draft, photo, small=False)
    found = station_photos.file_of(
        hall.connection, hall.actor("north_judge"), draft, photo, small=True
    )
    assert Image.open(io.BytesIO(found.content)).size == (320, 240)


def test_a_keeper_adds_photos_to_his_own_station_alone(hall: Hall) -> None:
    mine, other = (hall.station("north", State.ACTIVE) for _ in range(2))
    hall.connection.execute(
        "INSERT INTO user_grant (user_id, role, station_id) VALUES (%s, 'keeper', %s)",
        (hall.city.people["nobody"], mine),
    )
    (photo,) = add(hall, mine, "x.jpg", person="nobody")
    found = station_photos.file_of(hall.connection, hall.actor("nobody"), mine, photo, small=False)
    assert found.content.startswith(b"\xff\xd8\xff")
    with pytest.raises(ForbiddenHere):
        add(hall, other, "x.jpg", person="nobody")


def test_riders_see_photos_of_public_stations_alone(hall: Hall) -> None:
    station = hall.station("north", State.ACTIVE)
    (photo,) = add(hall, station, "x.jpg")
    code = str(one(hall.connection, "SELECT code FROM station WHERE id = %s", station))
    found = station_photos.public_file(hall.connection, code, photo, small=False)
    assert found.content.startswith(b"\xff\xd8\xff")
    with pytest.raises(NotFound):
        station_photos.public_file(hall.connection, make("500199", 99999), photo, small=False)
    hall.connection.execute("UPDATE station SET state = 'exited' WHERE id = %s", (station,))
    with pytest.raises(NotFound):
        station_photos.public_file(hall.connection, code, photo, small=False)
    hall.connection.execute("UPDATE station_photo SET removed_at = now() WHERE id = %s", (photo,))
