"""Closures for a time, confirmations and photos: sections of a station's page for staff.

Each section is a fragment for htmx, and a page of its own for a browser without scripts.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from apiflask import APIBlueprint
from flask import Response as FlaskResponse
from flask import request
from werkzeug.wrappers import Response

from app.domain.closures import LONGEST_REASON
from app.domain.errors import Conflict, FieldError, InvalidInput
from app.domain.facts import PHOTO_KINDS
from app.service import closures, confirmations, receipts, station_photos
from app.service.closures import Closure
from app.service.station_photos import PhotoFile, Upload
from app.web import console, forms
from app.web.console import Words
from app.web.context import runtime

blueprint = APIBlueprint("facts", __name__, enable_openapi=False)

_STATION = "/manage/stations/<int:station_id>"
_KINDS = [(kind.code, kind.name, kind.name_en) for kind in PHOTO_KINDS]
_TITLES: dict[str, Words] = {
    "closures": ("临时关闭", "Closed for a time"),
    "confirmation": ("信息确认", "Confirmation"),
    "photos": ("照片", "Photos"),
}
Wrong = Mapping[str, list[Words]]


@blueprint.get(f"{_STATION}/closures")
def show_closures(station_id: int) -> Response:
    """Show when a station is closed for a time."""
    return _closures(station_id)


@blueprint.post(f"{_STATION}/closures")
def close(station_id: int) -> Response:
    """Close a station for a time."""
    actor = console.actor()
    form = {name: request.form.get(f"closure_{name}", "") for name in ("begins", "ends", "reason")}
    with runtime().connection() as connection:
        try:
            closure = _closure(form)
            receipts.once(connection, actor, request.form.get("once", ""), lambda: str(
                closures.close(connection, actor, station_id, closure)
            ))  # fmt: skip
        except (InvalidInput, Conflict) as error:
            return _closures(station_id, form=form, wrong=_prefixed(error, "closure_"))
    return _done("closures", station_id, ("已登记临时关闭。", "It is closed for that time."))


@blueprint.post(f"{_STATION}/closures/<int:closure_id>/cancel")
def call_off(station_id: int, closure_id: int) -> Response:
    """Call a closure off."""
    actor = console.actor()
    with runtime().connection() as connection:
        try:
            closures.cancel(connection, actor, station_id, closure_id)
        except Conflict as error:
            return _closures(station_id, wrong=_prefixed(error, "closure_"))
    return _done("closures", station_id, ("已取消临时关闭。", "The closure was called off."))


@blueprint.get(f"{_STATION}/confirmation")
def show_confirmation(station_id: int) -> Response:
    """Show when a station was confirmed, with one button that does it again."""
    return _confirmation(station_id)


@blueprint.post(f"{_STATION}/confirmation")
def confirm(station_id: int) -> Response:
    """Take the one tap: nothing has changed."""
    actor = console.actor()
    with runtime().connection() as connection:
        try:
            receipts.once(connection, actor, request.form.get("once", ""), lambda: str(
                confirmations.confirm(connection, actor, station_id)
            ))  # fmt: skip
        except (InvalidInput, Conflict) as error:
            return _confirmation(station_id, wrong=console.wrong_of(error))
    return _done("confirmation", station_id, ("已确认,谢谢。", "Confirmed, thank you."))


@blueprint.get(f"{_STATION}/photos")
def show_photos(station_id: int) -> Response:
    """Show a station's photos."""
    return _photos(station_id)


def _too_large(station_id: int) -> Response:
    return _photos(station_id, wrong=console.wrong_of(forms.too_large("photo_files")))


@blueprint.post(f"{_STATION}/photos")
@forms.shown_if_too_large(_too_large)
def add_photos(station_id: int) -> Response:
    """Add several photos; those that cannot be used are named, the others are kept."""
    actor = console.actor()
    kind = request.form.get("photo_kind", "")
    sent = [file for file in request.files.getlist("photo_files") if file.filename]
    uploads = [Upload(file.filename or "", file.read()) for file in sent]
    refused: list[FieldError] = []
    kept = 0

    def work() -> str:
        nonlocal kept
        added = station_photos.add(
            connection, actor, station_id, uploads, kind=kind, zone=runtime().settings.zone
        )
        refused.extend(added.refused)
        kept = len(added.kept)
        if not kept:
            raise InvalidInput(list(added.refused), attempted="add photos")
        return _path("photos", station_id)

    with runtime().connection() as connection:
        try:
            receipts.once(connection, actor, request.form.get("once", ""), work)
        except (InvalidInput, Conflict) as error:
            return _photos(station_id, kind=kind, wrong=_prefixed(error, "photo_"))
    if refused:
        wrong = {"photo_files": [(error.zh or error.message, error.message) for error in refused]}
        said = (f"已上传 {kept} 张。", f"{kept} uploaded.") if kept else None
        return _photos(station_id, kind=kind, wrong=wrong, said=said)
    return _done("photos", station_id, ("照片已上传。", "The photos are there."))


@blueprint.post(f"{_STATION}/photos/<int:photo_id>")
def describe_photo(station_id: int, photo_id: int) -> Response:
    """Say what a photo shows."""
    actor = console.actor()
    kind, caption = request.form.get("kind", ""), request.form.get("caption", "")
    with runtime().connection() as connection:
        try:
            station_photos.describe(
                connection, actor, station_id, photo_id, kind=kind, caption=caption
            )
        except InvalidInput as error:
            typed = {"id": photo_id, "kind": kind, "caption": caption}
            wrong = {f"{name}-{photo_id}": words for name, words in console.wrong_of(error).items()}
            return _photos(station_id, wrong=wrong, typed=typed)
    return _done("photos", station_id, ("已保存。", "Saved."))


@blueprint.post(f"{_STATION}/photos/<int:photo_id>/move")
def move_photo(station_id: int, photo_id: int) -> Response:
    """Move a photo one place to the front or to the back."""
    actor = console.actor()
    steps = 1 if request.form.get("way") == "back" else -1
    with runtime().connection() as connection:
        station_photos.shift(connection, actor, station_id, photo_id, steps=steps)
    return _done("photos", station_id, ("顺序已保存。", "The order is kept."))


@blueprint.post(f"{_STATION}/photos/<int:photo_id>/remove")
def remove_photo(station_id: int, photo_id: int) -> Response:
    """Take a photo off the station."""
    actor = console.actor()
    with runtime().connection() as connection:
        station_photos.remove(connection, actor, station_id, photo_id)
    return _done("photos", station_id, ("照片已删去。", "The photo was taken off."))


@blueprint.get(f"{_STATION}/photos/<int:photo_id>.jpg")
def photo_file(station_id: int, photo_id: int) -> Response:
    """Hand out a photo to staff who may see it."""
    actor = console.actor()
    with runtime().connection() as connection:
        found = station_photos.file_of(connection, actor, station_id, photo_id, small=_small())
    return _jpeg(found, cache="private, max-age=3600")


@blueprint.get("/s/<code>/photos/<int:photo_id>.jpg")
def public_photo(code: str, photo_id: int) -> Response:
    """Hand out a photo of a station that riders see."""
    with runtime().connection() as connection:
        found = station_photos.public_file(connection, code, photo_id, small=_small())
    return _jpeg(found, cache="public, max-age=3600")


def _closures(
    station_id: int, *, form: Mapping[str, str] | None = None, wrong: Wrong | None = None
) -> Response:
    actor = console.actor()
    with runtime().connection() as connection:
        standing, found = closures.of_station(connection, actor, station_id)
    now = datetime.now(UTC)
    return _section("closures", standing.station_id, standing.name, wrong, {
        "may": standing.may_tend and standing.state in ("active", "suspended", "rectifying"),
        "closures": [_shown(record, now) for record in found],
        "form": form or {},
        "longest_reason": LONGEST_REASON,
    })  # fmt: skip


def _shown(record: closures.ClosureRecord, now: datetime) -> dict[str, Any]:
    closure = record.closure
    ended = record.cancelled_at is not None or closure.ends <= now
    state: Words = ("已结束", "ended")
    if record.cancelled_at is not None:
        state = ("已取消", "called off")
    elif not ended:
        state = ("关闭中", "closed now") if closure.begins <= now else ("将关闭", "to come")
    return {"id": record.id, "closure": closure, "ended": ended, "state": state}


def _closure(form: Mapping[str, str]) -> Closure:
    """Read the form in the city's time; without a beginning it is closed from now on."""
    errors: list[FieldError] = []
    begins = _moment("begins", form["begins"], errors) if form["begins"].strip() else None
    ends = _moment("ends", form["ends"], errors)
    if errors or ends is None:
        raise InvalidInput(errors, attempted="close the station for a time")
    reason = " ".join(form["reason"].split())
    return Closure(begins or datetime.now(UTC).replace(microsecond=0), ends, reason)


def _moment(field: str, text: str, errors: list[FieldError]) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        errors.append(FieldError(
            field, f"{text!r} is no date with a time, such as 2026-10-01 08:00",
            f"“{text}”不是有效时间" if text.strip() else "请填写时间",
        ))  # fmt: skip
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=runtime().settings.zone)


def _confirmation(station_id: int, *, wrong: Wrong | None = None) -> Response:
    actor = console.actor()
    with runtime().connection() as connection:
        found = confirmations.of_station(
            connection, actor, station_id, days=runtime().settings.confirm_days
        )
    overdue = found.due_at is not None and found.due_at <= datetime.now(UTC)
    return _section("confirmation", station_id, found.name, wrong, {
        "confirmation": found, "overdue": overdue,
    })  # fmt: skip


def _photos(
    station_id: int,
    *,
    kind: str = "",
    wrong: Wrong | None = None,
    typed: Mapping[str, Any] | None = None,
    said: Words | None = None,
) -> Response:
    actor = console.actor()
    with runtime().connection() as connection:
        standing, found = station_photos.of_station(connection, actor, station_id)
    return _section("photos", station_id, standing.name, wrong, {
        "may": standing.may_tend, "photos": found, "kinds": _KINDS, "kind": kind,
        "kind_names": {code: (name, name_en) for code, name, name_en in _KINDS},
        "typed": typed or {}, "said": said,
    })  # fmt: skip


def _section(
    key: str, station_id: int, name: str, wrong: Wrong | None, context: dict[str, Any]
) -> Response:
    """Write a section as the fragment that htmx asks for, or as a page of its own."""
    everything = {
        **context, "station_id": station_id, "station_name": name, "wrong": wrong or {},
        "once": receipts.token(), "title": _TITLES[key], "base": _path(key, station_id),
    }  # fmt: skip
    status = 422 if wrong else 200
    if console.wants_fragment():
        return console.answer(console.fragment(f"_{key}.html", **everything), status)
    said = {"done": ("已完成。", "Done.")}.get(request.args.get("said", ""))
    page = console.page(
        "fact_section.html", at="stations", section=f"_{key}.html", notice=said, **everything
    )
    return console.answer(page, status)


def _done(key: str, station_id: int, said: Words) -> Response:
    """Show the section anew where htmx swaps it, or lead a browser back to it."""
    if not console.wants_fragment():
        return console.moved_to(f"{_path(key, station_id)}?{urlencode({'said': 'done'})}")
    show = {"closures": _closures, "confirmation": _confirmation, "photos": _photos}[key]
    response = show(station_id)
    # json keeps to ASCII, as headers do
    response.headers["HX-Trigger"] = json.dumps({"harbor:said": {"zh": said[0], "en": said[1]}})
    return response


def _path(key: str, station_id: int) -> str:
    return f"/manage/stations/{station_id}/{key}"


def _prefixed(error: InvalidInput | Conflict, prefix: str) -> Wrong:
    """Name fields as the page does, which has other forms with a field of that name."""
    return {
        {"": "", "photos": "photo_files"}.get(name, prefix + name): words
        for name, words in console.wrong_of(error).items()
    }


def _small() -> bool:
    return request.args.get("size") == "small"


def _jpeg(found: PhotoFile, *, cache: str) -> Response:
    response = FlaskResponse(found.content, mimetype="image/jpeg")
    response.headers["Cache-Control"] = cache
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response.set_etag(found.digest.hex())
    return response.make_conditional(request)
