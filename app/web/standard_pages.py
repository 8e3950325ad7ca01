"""Standards: read by all staff, written and released by an admin of the city."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from apiflask import APIBlueprint
from flask import Response as FlaskResponse
from flask import request
from werkzeug.datastructures import ImmutableMultiDict
from werkzeug.wrappers import Response

from app.domain.actor import Actor
from app.domain.errors import FieldError, HarborError, InvalidInput
from app.domain.standard import MOST_STARS, Criterion, StandardVersion, StarRule
from app.service import rectification, standards
from app.service.inspections import Connection
from app.web import console, forms, inspection_pages
from app.web.console import Words
from app.web.context import runtime

blueprint = APIBlueprint(
    "standards", __name__, url_prefix="/manage/standards", enable_openapi=False
)

STEPS: dict[str, Words] = {
    "remind": ("提醒负责人", "Remind the keeper"),
    "tell_keeper": ("通知负责人逾期", "Tell the keeper it is overdue"),
    "tell_union": ("通知所属工会", "Tell the union"),
    "tell_city": ("通知市总", "Tell the city"),
    "suspend": ("暂停开放", "Suspend the station"),
    "propose_exit": ("建议退出", "Propose its exit"),
}
NOTICES: dict[str, Words] = {
    "saved": ("已保存。", "Saved."),
    "released": ("已发布,从生效日起不再更改。", "Released; it never changes any more."),
    "dropped": ("草稿已删除。", "The draft is dropped."),
    "imported": ("已导入为草稿,请核对后发布。", "Imported as a draft: check it, then release it."),
    "ended": ("已更改停用日期。", "The day it ends is changed."),
    "steps": ("升级步骤已更改。", "The steps are changed."),
}
# empty rows below those that are there
MORE_ROWS = 3
MOST_ROWS = 200
Form = ImmutableMultiDict[str, str]
Wrong = Mapping[str, list[Words]]


@blueprint.get("", strict_slashes=False)
def listed() -> Response:
    """Show every version of every standard, and the steps of escalation."""
    return _list()


@blueprint.post("/escalation")
def escalated() -> Response:
    """Change when the steps of escalation are taken."""
    actor = console.actor()
    try:
        days = {action: _number(f"step-{action}") for action in STEPS}
        lasts = _number("for_days")
        with runtime().connection() as connection:
            rectification.set_escalation(connection, actor, days, suspend_days=lasts)
    except HarborError as error:
        return _list(wrong=console.wrong_of(error), typed=request.form, status=422)
    return console.moved_to("/manage/standards?done=steps")


def _too_large() -> Response:
    return _list(wrong=console.wrong_of(forms.too_large("file")), status=422)


@blueprint.post("/import")
@forms.shown_if_too_large(_too_large)
def imported() -> Response:
    """Take a file as the draft of a standard's next version."""
    actor, file = console.actor(), request.files.get("file")
    try:
        if file is None or not file.filename:
            raise InvalidInput(
                [FieldError("file", "choose a file", "请选择文件")], attempted="import a standard"
            )
        with runtime().connection() as connection:
            made = standards.import_file(
                connection, actor, file.read(), name=file.filename,
                today=inspection_pages.today(),
            )  # fmt: skip
    except InvalidInput as error:
        lines = [(f"{e.field}: {e.zh or e.message}", f"{e.field}: {e.message}")
                 for e in error.errors]  # fmt: skip
        return _list(wrong={"file": lines}, status=422)
    except HarborError as error:
        return _list(wrong={"file": list(console.wrong_of(error).get("", []))}, status=422)
    return console.moved_to(f"/manage/standards/{made.id}?done=imported")


@blueprint.post("/<code>/draft")
def drafted(code: str) -> Response:
    """Begin the next version of a standard."""
    actor = console.actor()
    with runtime().connection() as connection:
        made = standards.open_draft(connection, actor, code)
    return console.moved_to(f"/manage/standards/{made}")


@blueprint.post("/<code>/end")
def ended(code: str) -> Response:
    """Let a standard end on a day, or go on."""
    actor = console.actor()
    try:
        on = _date("ended_on")
        with runtime().connection() as connection:
            standards.end(connection, actor, code, on=on)
    except HarborError as error:
        return _list(wrong=console.wrong_of(error), status=422)
    return console.moved_to("/manage/standards?done=ended")


@blueprint.get("/<int:version_id>")
def shown(version_id: int) -> Response:
    """Show a version; a draft as a form to who may write it."""
    return _version(version_id)


@blueprint.get("/<int:version_id>.json")
def downloaded(version_id: int) -> Response:
    """Hand a version out as a file that can be imported again."""
    actor = console.actor()
    with runtime().connection() as connection:
        found = standards.show(connection, actor, version_id)
    content = standards.document(found, today=inspection_pages.today())
    response = FlaskResponse(content, mimetype="application/json")
    name = f"{found.standard}-{found.version}.json"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@blueprint.post("/<int:version_id>")
def saved(version_id: int) -> Response:
    """Save a draft, and release or drop it if that was asked."""
    actor, do = console.actor(), request.form.get("do", "save")
    with runtime().connection() as connection:
        try:
            if do == "drop":
                standards.drop_draft(connection, actor, version_id)
                return console.moved_to("/manage/standards?done=dropped")
            _save(connection, actor, version_id)
            if do == "release":
                day = _date("valid_from")
                if day is None:
                    raise InvalidInput(
                        [FieldError("valid_from", "a day is needed", "请填写生效日期")],
                        attempted="release the version",
                    )
                standards.release(
                    connection, actor, version_id, valid_from=day, today=inspection_pages.today()
                )
        except HarborError as error:
            return _version(version_id, wrong=console.wrong_of(error), form=request.form)
    done = "released" if do == "release" else "saved"
    return console.moved_to(f"/manage/standards/{version_id}?done={done}")


def _save(connection: Connection, actor: Actor, version_id: int) -> None:
    found = standards.show(connection, actor, version_id)
    revision = request.form.get("revision", "")
    standards.save_draft(
        connection, actor, version_id, _typed(found),
        revision=int(revision) if revision.isascii() and revision.isdigit() else 0,
    )  # fmt: skip


def _typed(found: standards.StoredVersion) -> StandardVersion:
    """Read the form of a draft; say everything that cannot be read at once."""
    errors: list[FieldError] = []
    criteria = [_criterion(i, errors) for i in _rows() if _text(f"code-{i}") or _text(f"name-{i}")]
    stars = [_stars(count, errors) for count in range(1, MOST_STARS + 1) if _text(f"least-{count}")]
    numbers = {}
    for name in ("rectify_days", "every_months"):
        text = _text(name)
        if text.isascii() and text.isdigit() and len(text) < 6:
            numbers[name] = int(text)
        else:
            errors.append(FieldError(name, "expected a number", "请填写数字"))
    if not _text("name"):
        errors.append(FieldError("name", "a name is needed", "请填写名称"))
    if errors:
        raise InvalidInput(errors, attempted="save the draft")
    return StandardVersion(
        standard=found.standard, version=found.version, name=_text("name"),
        name_en=_text("name_en"), valid_from=inspection_pages.today(),
        criteria=tuple(criteria), stars=tuple(stars), source=_text("source")[:500], **numbers,
    )  # fmt: skip


def _rows() -> list[int]:
    """The rows of the form, in the order that their numbers give."""
    rows = [i for i in range(MOST_ROWS) if f"code-{i}" in request.form]
    places = {i: _text(f"place-{i}") for i in rows}
    return sorted(rows, key=lambda i: int(places[i]) if places[i].isdecimal() else i + 1)


def _criterion(i: int, errors: list[FieldError]) -> Criterion:
    code = _text(f"code-{i}")

    def count(name: str) -> int | None:
        text = _text(f"{name}-{i}")
        if text and not (text.isascii() and text.isdigit() and len(text) < 6):
            errors.append(
                FieldError("criteria", f"{code}: {name} is no number", f"{code}:请填写数字")
            )
            return None
        return int(text) if text else None

    return Criterion(
        code=code, name=_text(f"name-{i}"), name_en=_text(f"name_en-{i}"),
        mandatory=f"mandatory-{i}" in request.form, weight=count("weight") or 0,
        evidence=f"evidence-{i}" in request.form,
        may_not_apply=f"may_not_apply-{i}" in request.form, days=count("days"),
        record=request.form.get(f"record-{i}", ""),
    )  # fmt: skip


def _stars(count: int, errors: list[FieldError]) -> StarRule:
    text = _text(f"least-{count}")
    try:
        least = round(float(text), 1)
    except ValueError:
        least = 0.0
        errors.append(
            FieldError("stars", f"{count} stars: {text!r} is no score", f"{count} 星:分数应为数字")
        )
    requires = _text(f"requires-{count}").replace(",", " ").replace(",", " ").replace("、", " ")
    return StarRule(stars=count, least_score=least, requires=tuple(dict.fromkeys(requires.split())))


def _list(*, wrong: Wrong | None = None, typed: Form | None = None, status: int = 200) -> Response:
    actor = console.actor()
    with runtime().connection() as connection:
        views = standards.listing(connection, actor, day=inspection_pages.today())
        steps = rectification.escalation(connection, actor)
        may = standards.may_write(connection, actor)
    markup = console.page(
        "standards.html", at="inspections", views=views, steps=steps, words=STEPS, may=may,
        wrong=wrong or {}, typed=typed, notice=NOTICES.get(request.args.get("done", "")),
    )  # fmt: skip
    return console.answer(markup, status)


def _version(version_id: int, *, wrong: Wrong | None = None, form: Form | None = None) -> Response:
    actor = console.actor()
    with runtime().connection() as connection:
        found = standards.show(connection, actor, version_id)
        may = standards.may_write(connection, actor)
    markup = console.page(
        "standard.html" if may and found.state == "draft" else "standard_released.html",
        at="inspections", found=found, wrong=wrong or {}, rows=_shown_rows(found, form),
        rules=_shown_rules(found, form), form=form, more=MORE_ROWS,
        notice=NOTICES.get(request.args.get("done", "")),
    )  # fmt: skip
    return console.answer(markup, 422 if wrong else 200)


def _shown_rows(found: standards.StoredVersion, form: Form | None) -> list[dict[str, Any]]:
    """The criteria as the form shows them: as they are kept, or as they were typed."""
    texts = ("code", "name", "name_en", "weight", "days", "record")
    ticks = ("mandatory", "evidence", "may_not_apply")
    if form is None:
        kept = [
            {name: getattr(c, name) for name in (*texts, *ticks)} | {"place": i}
            for i, c in enumerate(found.criteria, start=1)
        ]
        empty = dict.fromkeys(texts, "") | dict.fromkeys(ticks, False)
        return kept + [empty | {"place": len(kept) + i} for i in range(1, MORE_ROWS + 1)]
    return [
        {name: form.get(f"{name}-{i}", "") for name in (*texts, "place")}
        | {name: f"{name}-{i}" in form for name in ticks}
        for i in range(MOST_ROWS)
        if f"code-{i}" in form
    ]


def _shown_rules(found: standards.StoredVersion, form: Form | None) -> list[tuple[int, str, str]]:
    kept = {rule.stars: (f"{rule.least_score:g}", " ".join(rule.requires)) for rule in found.stars}
    if form is not None:
        kept = {
            count: (form.get(f"least-{count}", ""), form.get(f"requires-{count}", ""))
            for count in range(1, MOST_STARS + 1)
        }
    return [(count, *kept.get(count, ("", ""))) for count in range(1, MOST_STARS + 1)]


def _text(name: str) -> str:
    return request.form.get(name, "").replace("\x00", "").strip()


def _number(name: str) -> int:
    text = _text(name)
    if not (text.lstrip("-").isascii() and text.lstrip("-").isdigit() and len(text) < 6):
        field = name.removeprefix("step-")
        raise InvalidInput(
            [FieldError(field, "expected a number", "请填写数字")], attempted="read the form"
        )
    return int(text)


def _date(name: str) -> date | None:
    text = _text(name)
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        error = FieldError(name, "expected a date such as 2026-03-01", "日期应写成 2026-03-01")
        raise InvalidInput([error], attempted="read the form") from None
