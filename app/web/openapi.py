"""What the OpenAPI document says beyond the schemas: every failure is a problem document."""

from typing import Any

from apiflask import APIFlask

from app.web.problems import MEDIA, TYPE
from app.web.report_api import MULTIPART

URLENCODED = "application/x-www-form-urlencoded"

PROBLEM: dict[str, Any] = {
    "type": "object",
    "description": "What went wrong (RFC 9457).",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string", "description": f"What kind of problem: {TYPE}…"},
        "title": {"type": "string", "description": "The kind in words, Chinese or English."},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "What is wrong and what to do."},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["field", "message"],
                "properties": {"field": {"type": "string"}, "message": {"type": "string"}},
            },
        },
    },
}


def init_app(app: APIFlask) -> None:
    """Complete the document when it is first asked for."""
    app.spec_processor(_with_problems)


def _with_problems(spec: dict[str, Any] | str) -> dict[str, Any] | str:
    if isinstance(spec, str):  # only where the document is written as YAML
        return spec
    schemas = spec.setdefault("components", {}).setdefault("schemas", {})
    for replaced in ("ValidationError", "HTTPError"):
        schemas.pop(replaced, None)
    schemas["Problem"] = PROBLEM
    answer = {
        "description": "A problem document",
        "content": {MEDIA: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    for operations in spec["paths"].values():
        for operation in operations.values():
            _say_the_form(operation)
            kept = {
                status: found
                for status, found in operation["responses"].items()
                if str(status).startswith("2")
            }
            operation["responses"] = {**kept, "default": answer}
    return spec


def _say_the_form(operation: dict[str, Any]) -> None:
    """Say of a body that may be a form that it is one with a photo."""
    content = operation.get("requestBody", {}).get("content", {})
    fields = content.pop(URLENCODED, None)
    if fields is not None:
        photo = {"type": "string", "format": "binary"}
        content[MULTIPART] = {
            "schema": {
                "allOf": [fields["schema"], {"type": "object", "properties": {"photo": photo}}]
            }
        }
