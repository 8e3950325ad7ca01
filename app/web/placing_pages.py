"""The queue of drafts that wait for a place: one at a time, and the next one by itself."""

from collections.abc import Mapping
from typing import Any

from apiflask import APIBlueprint
from flask import jsonify, request, url_for
from werkzeug.wrappers import Response

from app.domain.errors import ChangedMeanwhile, FieldError, HarborError, InvalidInput, NotFound
from app.domain.shared_place import SOURCE_NAMES
from app.service import geocoder, place_candidates, placing, receipts
from app.service.placing import Checked, DatumNeeded, Next, Point
from app.web import console, fact_words
from app.web.console import Words
from app.web.context import map_config, runtime

blueprint = APIBlueprint("placing", __name__, url_prefix="/manage/placing", enable_openapi=False)

DATUMS: tuple[tuple[str, str, str], ...] = (
    ("gcj02", "高德、腾讯等国内地图(GCJ-02)", "Amap, Tencent and other Chinese maps (GCJ-02)"),
    ("bd09", "百度地图(BD-09)", "Baidu Maps (BD-09)"),
    ("wgs84", "手机 GPS、测绘(WGS-84 / CGCS2000)", "GPS, surveys (WGS-84 / CGCS2000)"),
)
WAY_NAMES: dict[str, Words] = {
    "map": ("地图上点选", "picked on the map"),
    "search": ("按名称找到", "found by name"),
    "phone": ("手机定位", "the phone's position"),
    "photo": ("照片位置", "a photo's position"),
    "geocoder": ("地理编码", "the geocoder"),
    **SOURCE_NAMES,
}
NOTICES: dict[str, Words] = {
    "placed": ("已定位,接着下一个。", "Placed; here is the next one."),
    "noted": ("已记下找不到,接着下一个。", "Noted; here is the next one."),
    "again": ("已放回待定位。", "Back in the queue."),
}


@blueprint.get("", strict_slashes=False)
def queue() -> Response:
    """Show the draft whose turn it is."""
    noted = request.args.get("list") == "noted"
    actor = console.actor()
    with runtime().connection() as connection:
        found = placing.next_draft(
            connection, actor, after_id=request.args.get("after", 0, type=int), noted=noted
        )
    return console.answer(
        _page(found, noted=noted, notice=NOTICES.get(request.args.get("done", "")))
    )


@blueprint.get("/<int:station_id>")
def one(station_id: int) -> Response:
    """Show one draft of the queue."""
    actor = console.actor()
    with runtime().connection() as connection:
        found = placing.this_draft(connection, actor, station_id)
    return console.answer(_page(found, noted=_is_noted(found)))


@blueprint.get("/<int:station_id>/candidates")
def candidates(station_id: int) -> str:
    """List places that the address, or what was typed, may mean."""
    actor = console.actor()
    words = request.args.get("words", "").strip()[:200]
    with runtime().connection() as connection:
        draft = placing.this_draft(connection, actor, station_id).draft
        found = []
        if words:
            found = place_candidates.by_words(runtime(), connection, words)
        elif draft is not None:
            found = place_candidates.for_draft(runtime(), connection, actor, draft)
    return console.fragment("_placing_candidates.html", candidates=found, words=words)


@blueprint.post("/<int:station_id>/geocode")
def geocode(station_id: int) -> Response:
    """Ask the configured geocoder for the address."""
    actor = console.actor()
    with runtime().connection() as connection:
        draft = placing.this_draft(connection, actor, station_id).draft
    words = request.form.get("words", "").strip() or (draft.address if draft else "")
    try:
        found = geocoder.ask(runtime().settings, words)
        wrong: dict[str, list[Words]] = {}
    except HarborError as error:
        found, wrong = [], dict(console.wrong_of(error))
    markup = console.fragment("_placing_geocoded.html", found=found, wrong=wrong, words=words)
    return console.answer(markup)


@blueprint.post("/<int:station_id>/point")
def point(station_id: int) -> Response:
    """Say where what was pasted, or picked, lies, and what speaks against it."""
    actor = console.actor()
    try:
        at = _point()
        with runtime().connection() as connection:
            draft = placing.this_draft(connection, actor, station_id).draft
            if draft is None:  # pragma: no cover - this_draft raises instead
                raise NotFound("There is no such draft.", zh="没有这条草稿。")
            found = placing.check(runtime(), connection, actor, draft, at)
    except DatumNeeded as error:
        # asked for, not refused: the place itself was read
        return jsonify(ask=True, likely=error.likely or "", source=_way(error.source))
    except (InvalidInput, NotFound) as error:
        return jsonify(wrong=_lines(error))
    return jsonify(_told(at, found))


@blueprint.post("/photo")
def photo() -> Response:
    """Say where a photo was taken; it is read and forgotten."""
    console.actor()
    sent = request.files.get("photo")
    try:
        if sent is None or not sent.filename:
            raise InvalidInput([FieldError("photo", "choose a photo", "请选择照片")])
        at = placing.read_photo_place(sent.read(), name=sent.filename)
    except DatumNeeded as error:
        longitude, latitude = error.given
        return jsonify(ask=True, longitude=longitude, latitude=latitude)
    except HarborError as error:
        return jsonify(wrong=_lines(error))
    return jsonify(longitude=at.given[0], latitude=at.given[1], datum=at.datum, way=at.way)


@blueprint.post("/<int:station_id>")
def save(station_id: int) -> Response:
    """Give a draft its place and go on to the next one."""
    actor, form = console.actor(), request.form
    try:
        at = _point()
    except InvalidInput as error:
        return _again(station_id, console.wrong_of(error))
    try:
        with runtime().connection() as connection:
            draft = placing.this_draft(connection, actor, station_id).draft
            unread = draft is not None and form.get("warned") != _mark(at)
            if draft and unread:
                unread = bool(placing.check(runtime(), connection, actor, draft, at).warnings)

            def work() -> str:
                revision = form.get("revision", 0, type=int)
                placing.save(connection, actor, station_id, at, revision=revision)
                return _onward(station_id, "placed")

            if not unread:
                led = receipts.once(connection, actor, form.get("once", ""), work)
                return console.moved_to(led)
    except ChangedMeanwhile as error:
        return _again(station_id, {"": [_overtaken(error)]}, at=at)
    except NotFound:
        return _gone(station_id, at)
    except InvalidInput as error:
        return _again(station_id, console.wrong_of(error), at=at)
    return _again(station_id, {}, at=at)


@blueprint.post("/<int:station_id>/unfound")
def unfound(station_id: int) -> Response:
    """Put a draft aside that nobody can find, and go on."""
    actor = console.actor()
    note = request.form.get("note", "")
    with runtime().connection() as connection:

        def work() -> str:
            placing.cannot_find(connection, actor, station_id, note)
            return _onward(station_id, "noted")

        try:
            led = receipts.once(connection, actor, request.form.get("once", ""), work)
        except InvalidInput as error:
            wrong = console.wrong_of(error)
        except NotFound:
            wrong = None
        else:
            return console.moved_to(led)
    return _gone(station_id, None) if wrong is None else _again(station_id, wrong)


@blueprint.post("/<int:station_id>/again")
def again(station_id: int) -> Response:
    """Look for a draft again that was put aside."""
    actor = console.actor()
    with runtime().connection() as connection:
        placing.look_again(connection, actor, station_id)
    return console.moved_to(url_for("placing.one", station_id=station_id))


def _page(found: Next, *, noted: bool, **more: Any) -> str:
    settings = runtime().settings
    return console.page(
        "placing.html", at="placing", turn=found.turn, draft=found.draft, noted=noted,
        once=receipts.token(), datums=DATUMS, geocoder=geocoder.host(settings),
        map_config=map_config(), **{"typed": {}, "checked": None, **more},
    )  # fmt: skip


def _again(
    station_id: int, wrong: Mapping[str, list[Words]], *, at: Point | None = None
) -> Response:
    """Show the form again with everything that was typed, and the place that was chosen."""
    actor, told = console.actor(), None
    try:
        with runtime().connection() as connection:
            found = placing.this_draft(connection, actor, station_id)
            if at is not None and found.draft is not None:
                told = _told(at, placing.check(runtime(), connection, actor, found.draft, at))
    except NotFound:
        return _gone(station_id, at)
    typed = {name: request.form.get(name, "") for name in ("shared", "datum", "note", "way")}
    page = _page(found, noted=_is_noted(found), wrong=wrong, typed=typed, checked=told)
    return console.answer(page, 422)


def _gone(station_id: int, at: Point | None) -> Response:
    """Lead on if this form itself was done before; else say that somebody was faster, and where.

    Raises:
        NotFound: if the person may not see the record.
    """
    actor = console.actor()
    with runtime().connection() as connection:
        led = receipts.led(connection, actor, request.form.get("once", ""))
        if led is not None:
            return console.moved_to(led)
        found = placing.taken(connection, actor, station_id)
    page = console.page(
        "placing_taken.html", at="placing", found=found, mine=at, metres=found.metres(at),
        onward=_onward(station_id, ""), map_config=map_config(),
    )  # fmt: skip
    return console.answer(page, 409)


def _overtaken(error: ChangedMeanwhile) -> Words:
    """Say what somebody changed while a place was chosen; the place itself is kept."""
    names = [fact_words.label(one.field) for one in error.changes if one.before != one.now]
    zh = "、".join(name for name, _ in names)
    en = ", ".join(name.lower() for _, name in names)
    return (
        f"您打开之后,别人改动了这条记录{f'({zh})' if zh else ''}。您选的位置还在:"
        "请对照上面的地址,核对无误再保存一次。",
        f"Somebody changed this record after you opened it{f' ({en})' if en else ''}. Your place is"
        " kept: compare it with the address above, and save once more if it is right.",
    )


def _is_noted(found: Next) -> bool:
    return bool(found.draft and found.draft.note)


def _onward(station_id: int, done: str) -> str:
    more: dict[str, Any] = {"list": "noted"} if request.args.get("list") == "noted" else {}
    return url_for("placing.queue", after=station_id, done=done or None, **more)


def _point() -> Point:
    """Return the place that the form holds: degrees that were picked, or what was pasted."""
    form = request.form
    longitude, latitude = form.get("longitude", type=float), form.get("latitude", type=float)
    if longitude is not None and latitude is not None:
        return placing.point(
            longitude, latitude, datum=form.get("datum") or "wgs84", way=form.get("way", "map")
        )
    shared = form.get("shared", "").strip()
    if not shared:
        raise InvalidInput(
            [
                FieldError(
                    "shared", "pick a place on the map, or paste one",
                    "请在地图上点选位置,或粘贴坐标、分享链接。",
                )
            ],
            attempted="read the place",
        )  # fmt: skip
    return placing.read_point(shared, datum=form.get("datum", ""))


def _mark(at: Point) -> str:
    """Return what says that the warnings of exactly this place were shown."""
    return f"{at.longitude:.6f},{at.latitude:.6f}"


def _way(name: str) -> dict[str, str]:
    zh, en = WAY_NAMES.get(name, WAY_NAMES["text"])
    return {"zh": zh, "en": en}


def _told(at: Point, found: Checked) -> dict[str, Any]:
    return {
        "lon": at.longitude,
        "lat": at.latitude,
        "longitude": at.given[0],
        "latitude": at.given[1],
        "datum": at.datum,
        "way": at.way,
        "source": _way(at.way),
        "mark": _mark(at),
        "district": None if found.district is None else found.district[1],
        "warnings": [{"zh": w.zh, "en": w.message} for w in found.warnings],
        "near": [{"id": n.id, "name": n.name, "metres": n.metres} for n in found.near],
    }


def _lines(error: HarborError) -> list[dict[str, str]]:
    return [{"zh": zh, "en": en} for words in console.wrong_of(error).values() for zh, en in words]
