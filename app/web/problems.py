"""The one table from errors to HTTP, and the one body they all have (RFC 9457)."""

from dataclasses import dataclass, field
from typing import Any

import structlog
from apiflask import APIFlask
from apiflask.exceptions import HTTPError as ApiError
from flask import Response, current_app, g, render_template, request
from werkzeug.exceptions import HTTPException

from app.domain import errors as domain
from geo import errors as geo

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
    (domain.InvalidInput, Kind(422, "invalid-input", "填写有误", "Input cannot be used")),
    (geo.OutsideNetwork, Kind(422, "outside-network", "不在步行路网内", "Outside the network")),
    (geo.InvalidValue, Kind(422, "invalid-input", "填写有误", "Input cannot be used")),
    (domain.UnreadableFile, Kind(422, "unreadable-file", "文件读不了", "File cannot be read")),
    (domain.NotFound, Kind(404, "not-found", "没有找到", "Not found")),
    (domain.ForbiddenHere, Kind(403, "forbidden", "不能这样做", "Not allowed")),
    (domain.Conflict, Kind(409, "conflict", "与现状冲突", "Conflict")),
    (domain.DatabaseDown, Kind(503, "database-down", "数据库没有响应", "Database is down")),
    (domain.Unavailable, Kind(503, "unavailable", "暂时不可用", "Not available now")),
    (domain.HarborError, Kind(500, "failed", "没有做成", "It failed")),
)
BY_STATUS: dict[int, tuple[str, str]] = {
    400: ("请求有误", "Bad request"),
    404: ("没有这个页面", "No such page"),
    405: ("不支持这种请求", "Method not allowed"),
    413: ("内容太大", "Too large"),
    415: ("格式不支持", "Unsupported format"),
    422: ("填写有误", "Input cannot be used"),
}
INTERNAL = Kind(500, "internal", "系统出错了", "Something went wrong here")


@dataclass(frozen=True, slots=True)
class Problem:
    """A problem document; titles in Chinese and English."""

    kind: Kind
    detail: str
    errors: list[dict[str, str]] = field(default_factory=list)

    def as_json(self, *, chinese: bool) -> dict[str, Any]:
        """Return the members of the document in the reader's language."""
        body: dict[str, Any] = {
            "type": TYPE + self.kind.name,
            "title": self.kind.title if chinese else self.kind.title_en,
            "status": self.kind.status,
            "detail": self.detail,
        }
        if self.errors:
            body["errors"] = self.errors
        return body


def init_app(app: APIFlask) -> None:
    """Answer every error with a problem document, or with a page where a browser asks for one."""
    app.register_error_handler(domain.HarborError, _known)
    app.register_error_handler(geo.GeoError, _known)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _unknown)
    app.error_processor(_from_apiflask)


def _kind(error: Exception) -> Kind:
    return next((kind for cls, kind in KINDS if isinstance(error, cls)), INTERNAL)


def _known(error: Exception) -> Response:
    kind = _kind(error)
    if kind is INTERNAL:
        return _unknown(error)
    remedy = error.remedy if isinstance(error, domain.HarborError) else ""
    errors: list[dict[str, str]] = []
    if isinstance(error, domain.InvalidInput):
        errors = [{"field": item.field, "message": item.message} for item in error.errors]
    elif isinstance(error, geo.InvalidValue):
        errors = [{"field": error.name, "message": str(error)}]
    return respond(Problem(kind, f"{error} {remedy}".strip(), errors))


def _http(error: HTTPException) -> Response:
    status = error.code or 500
    words = str(error.name)
    titles = BY_STATUS.get(status, (words, words))
    kind = Kind(status, words.lower().replace(" ", "-"), *titles)
    response = respond(Problem(kind, error.description or words))
    if error.response is not None:
        return error.get_response()  # type: ignore[return-value]
    if status == 405:
        response.headers["Allow"] = ", ".join(getattr(error, "valid_methods", None) or [])
    return response


def _from_apiflask(error: ApiError) -> tuple[Response, int, dict[str, str]]:
    """Flatten what the schema found into fields and messages."""
    errors = [
        {"field": str(name), "message": "; ".join(map(str, messages))}
        for fields in (error.detail or {}).values()
        if isinstance(fields, dict)
        for name, messages in fields.items()
    ]
    titles = BY_STATUS.get(error.status_code, (error.message, error.message))
    name = "invalid-input" if error.status_code == 422 else "http"
    listed = "; ".join(f"{item['field']}: {item['message']}" for item in errors)
    problem = Problem(
        Kind(error.status_code, name, *titles),
        f"Could not read the request: {listed}" if listed else error.message,
        errors,
    )
    return respond(problem), error.status_code, dict(error.headers or {})


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
        body = problem.as_json(chinese=chinese)
        page = render_template("problem.html", problem=body)
        return Response(page, status=problem.kind.status, mimetype="text/html")
    response: Response = current_app.json.response(problem.as_json(chinese=chinese))
    response.status_code = problem.kind.status
    response.mimetype = MEDIA
    return response


def wants_page() -> bool:
    """Whether a person navigated here, rather than a script asking."""
    api = request.path.startswith(("/api/", "/tiles/", "/manage/map/"))
    return not api and request.accept_mimetypes.accept_html


def prefers_chinese() -> bool:
    """Whether titles are written in Chinese: the default, unless English is asked for."""
    return request.accept_languages.best_match(["zh", "en"], default="zh") != "en"
