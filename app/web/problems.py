"""The one table from errors to HTTP, and the one body they all have (RFC 9457)."""

from dataclasses import dataclass, field
from typing import Any

import structlog
from apiflask import APIFlask
from apiflask.exceptions import HTTPError as ApiError
from flask import Response, current_app, g, render_template, request
from pydantic import ValidationError
from werkzeug.exceptions import HTTPException

from app.domain.errors import FieldError
from app.service import errors
from app.web.context import page_frame
from app.web.security import ForeignHost
from app.web.validation import explain

log = structlog.get_logger(__name__)

TYPE = "urn:harbor:problem:"
MEDIA = "application/problem+json"


@dataclass(frozen=True, slots=True)
class Kind:
    """What one class of errors becomes."""

    status: int
    name: str
    title: str
    title_en: str


# the first class an error belongs to decides
KINDS: tuple[tuple[type[Exception], Kind], ...] = (
    (errors.InvalidInput, Kind(422, "invalid-input", "填写有误", "Input cannot be used")),
    (errors.OutsideNetwork, Kind(422, "outside-network", "不在步行路网内", "Outside the network")),
    (errors.InvalidValue, Kind(422, "invalid-input", "填写有误", "Input cannot be used")),
    (errors.UnreadableFile, Kind(422, "unreadable-file", "文件读不了", "File cannot be read")),
    (errors.NotFound, Kind(404, "not-found", "没有找到", "Not found")),
    (ForeignHost, Kind(400, "foreign-host", "主机名不对", "Unknown host name")),
    (errors.ForbiddenHere, Kind(403, "forbidden", "不能这样做", "Not allowed")),
    (errors.TooMany, Kind(429, "too-many", "提交太频繁", "Too many requests")),
    (errors.Conflict, Kind(409, "conflict", "与现状冲突", "Conflict")),
    (errors.DatabaseDown, Kind(503, "database-down", "数据库没有响应", "Database is down")),
    (errors.Unavailable, Kind(503, "unavailable", "暂时不可用", "Not available now")),
    (errors.HarborError, Kind(500, "failed", "没有做成", "It failed")),
)
# what a caller calls the parts of a place
PUBLIC_NAMES = {"longitude": "lon", "latitude": "lat", "_schema": "body"}
BY_STATUS: dict[int, tuple[str, str]] = {
    400: ("请求有误", "Bad request"),
    404: ("没有这个页面", "No such page"),
    405: ("不支持这种请求", "Method not allowed"),
    413: ("内容太大", "Too large"),
    415: ("格式不支持", "Unsupported format"),
    422: ("填写有误", "Input cannot be used"),
}
WORDS: dict[int, str] = {
    400: "The request cannot be read; a body has to be valid JSON.",
    404: "There is nothing under this address.",
    405: "This address answers other methods; see the header Allow.",
    413: "The body is larger than this server takes.",
    415: "The body has to be JSON, with Content-Type: application/json; a report with a photo is"
    " multipart/form-data.",
}
# what a person who followed a station's number is told
NUMBER_WORDS: dict[str, tuple[str, str]] = {
    "not-found": (
        "没有这个编号的站点。请对照牌子上的编号。",
        "No station has this number. Compare it with the plaque.",
    ),
    "invalid-input": (
        "编号有误,可能有一位数字打错了。请对照牌子逐位核对。",
        "This number is mistyped. Compare it with the plaque, digit by digit.",
    ),
}
# what a page says in Chinese where the error itself does not
CHINESE: dict[int, str] = {
    400: "请求读不懂,没有做任何改动。请返回后重试。",
    403: "您的角色不能这样做,或记录属于其他工会。没有做任何改动。",
    404: "这里没有这个内容,或您无权查看。请核对地址。",
    405: "这个地址不支持这种请求。",
    409: "与现状不符,没有做任何改动。请刷新后再看。",
    413: "内容超过本系统的上限,没有保存。请缩小后重试。",
    415: "格式不支持。",
    422: "填写的内容用不了,没有保存。请返回检查。",
    429: "提交太频繁,请稍后再试。",
    500: "系统出错了,没有做任何改动。请把下面的编号告诉管理员。",
    503: "暂时不可用,请一分钟后重试。",
}
# a reader cannot start the database; who can is told in the shell and by the log
DATABASE_WORDS = "The register's database does not answer; try again in a minute."
OUTSIDE_NETWORK = "这个位置不在步行路网内,附近没有走得到的街道。请在街道旁另选一处。"
INTERNAL = Kind(500, "internal", "系统出错了", "Something went wrong here")


@dataclass(frozen=True, slots=True)
class Problem:
    """A problem document; titles in Chinese and English.

    Attributes:
        errors: what is wrong, field by field.
        chinese: the detail as a page says it in Chinese; empty for what its status says.
    """

    kind: Kind
    detail: str
    errors: list[FieldError] = field(default_factory=list)
    chinese: str = ""

    def as_json(self, *, chinese: bool, asked: bool = False) -> dict[str, Any]:
        """Return the members of the document in the reader's language.

        Args:
            chinese: whether titles are Chinese.
            asked: whether a reader asked for that, so that sentences are, too; what is
                said to a script that names no language stays English.
        """
        translated = chinese and asked
        body: dict[str, Any] = {
            "type": TYPE + self.kind.name,
            "title": self.kind.title if chinese else self.kind.title_en,
            "status": self.kind.status,
            "detail": (self.chinese if translated else "") or self.detail,
        }
        if self.errors:
            body["errors"] = [
                {
                    "field": PUBLIC_NAMES.get(one.field, one.field),
                    "message": (one.zh if translated else "") or one.message,
                }
                for one in self.errors
            ]
        return body


def chinese_of(error: Exception) -> str:
    """Return what a page says in Chinese of an error that does not say it itself."""
    return CHINESE[_kind(error).status]


def init_app(app: APIFlask) -> None:
    """Answer every error with a problem document, or with a page where a browser asks for one."""
    # first, because it takes werkzeug's errors too, which lose their headers there
    app.error_processor(_from_apiflask)
    app.register_error_handler(errors.HarborError, _known)
    app.register_error_handler(errors.GeoError, _known)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _unknown)


def _kind(error: Exception) -> Kind:
    return next((kind for cls, kind in KINDS if isinstance(error, cls)), INTERNAL)


def _known(error: Exception) -> Response:
    kind = _kind(error)
    # what is not foreseen may name files and keys of this server: that is for its log
    if kind.status == INTERNAL.status:
        return _unknown(error)
    listed: list[FieldError] = []
    if isinstance(error, errors.InvalidInput):
        listed = list(error.errors)
    elif isinstance(error, errors.InvalidValue):
        listed = [FieldError(error.name, str(error))]
    text = _sentences(str(error), errors.remedy(error))
    if isinstance(error, errors.DatabaseDown):
        text = DATABASE_WORDS
    response = respond(Problem(kind, text, listed, _in_chinese(error)))
    if isinstance(error, errors.TooMany):
        response.headers["Retry-After"] = str(error.wait_seconds)
    return response


def _in_chinese(error: Exception) -> str:
    """Return what an error says in Chinese, if it does."""
    if isinstance(error, errors.InvalidInput):
        return ";".join(item.zh for item in error.errors if item.zh)
    if isinstance(error, errors.OutsideNetwork):
        return OUTSIDE_NETWORK
    return str(getattr(error, "zh", ""))


def _sentences(*parts: str) -> str:
    """Join what is wrong and what to do, each with its full stop."""
    return " ".join(
        part if part.endswith((".", "!", "?", ":")) else f"{part}." for part in parts if part
    )


def _http(error: HTTPException) -> Response:
    status = error.code or 500
    words = str(error.name)
    titles = BY_STATUS.get(status, (words, words))
    kind = Kind(status, words.lower().replace(" ", "-"), *titles)
    if status < 400:  # a redirect is an exception too
        return Response(status=status, headers=error.get_headers())
    response = respond(Problem(kind, WORDS.get(status, f"{words}.")))
    for name, value in error.get_headers():
        if name not in ("Content-Type", "Content-Length"):
            response.headers[name] = value
    return response


def _from_apiflask(error: ApiError) -> tuple[Response, int]:
    """Flatten what a schema found in a request into fields and messages."""
    cause = error.__cause__
    found = explain(cause) if isinstance(cause, ValidationError) else []
    listed = [FieldError(name, message) for name, message in found]
    status, words = int(error.status_code), str(error.message)
    kind = Kind(status, "invalid-input", *BY_STATUS.get(status, (words, words)))
    said = "; ".join(f"{PUBLIC_NAMES.get(one.field, one.field)}: {one.message}" for one in listed)
    text = f"Could not read the request: {said}" if said else words
    return respond(Problem(kind, _sentences(text), listed)), status


def _unknown(error: Exception) -> Response:
    log.error("request.failed", exc_info=error)
    if current_app.testing and not current_app.config.get("HIDE_ERRORS"):
        raise error
    return respond(
        Problem(INTERNAL, f"Nothing was changed. Tell whoever runs this server: {request_id()}.")
    )


def request_id() -> str:
    """Return the name of this request in the logs."""
    return str(g.get("request_id", "-"))


def respond(problem: Problem) -> Response:
    """Write a problem as a page for a browser's own navigation, as JSON for everyone else."""
    chinese = prefers_chinese()
    if wants_page():
        number = request.path.startswith("/s/")
        words = NUMBER_WORDS.get(problem.kind.name) if number else None
        # a reader of Chinese gets the reason, too; a station's number has words of its own
        said = problem.chinese or CHINESE.get(problem.kind.status, problem.detail)
        page = render_template(
            "problem.html", problem=problem, words=words, said=said,
            at_desk=request.path.startswith(("/manage", "/plan")), request_id=request_id(),
            **page_frame(),
        )  # fmt: skip
        return Response(page, status=problem.kind.status, mimetype="text/html")
    text = current_app.json.dumps(
        problem.as_json(chinese=chinese, asked=bool(request.accept_languages))
    )
    return Response(text, status=problem.kind.status, mimetype=MEDIA)


def wants_page() -> bool:
    """Whether a person navigated here, rather than a script asking."""
    api = request.path.startswith(("/api/", "/tiles/", "/manage/map/"))
    return not api and request.accept_mimetypes.accept_html


def prefers_chinese() -> bool:
    """Whether titles are written in Chinese: the default, unless English is asked for."""
    return request.accept_languages.best_match(["zh", "en"], default="zh") != "en"
