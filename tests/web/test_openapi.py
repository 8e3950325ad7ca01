"""The OpenAPI document comes from the code and says what the code does."""

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask

from app.service.runtime import Runtime
from app.settings import Settings
from app.web.factory import create_app

METHODS = {"get", "post", "put", "patch", "delete"}
IN = {"query", "path", "header", "cookie"}


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """An application that was never asked for data, so that it needs no database."""
    folder = tmp_path_factory.mktemp("openapi")
    return create_app(Runtime(Settings(var=folder), f"postgresql:///harbor?host={folder}"))


@pytest.fixture(scope="module")
def document(app: Flask) -> dict[str, Any]:
    response = app.test_client().get("/api/v1/openapi.json", headers={"Host": "evil.example"})
    assert response.status_code == 200
    found: dict[str, Any] = response.get_json()
    return found


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def references(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            if key == "$ref":
                yield str(inner)
            else:
                yield from references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from references(inner)


def test_the_document_is_openapi_3_1(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1.")
    assert document["info"]["title"]
    assert document["info"]["version"]
    for path, method, operation in operations(document):
        assert path.startswith("/")
        assert method in METHODS
        assert operation["responses"]
        assert operation["summary"]
        for parameter in operation.get("parameters", []):
            assert parameter["in"] in IN
            assert parameter["schema"]
            assert parameter["in"] != "path" or parameter["required"] is True


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    found = set(references(document))
    assert found
    for reference in found:
        target: Any = document
        for part in reference.removeprefix("#/").split("/"):
            target = target[part]
        assert target


def test_every_public_route_is_in_the_document_and_no_other(
    app: Flask, document: dict[str, Any]
) -> None:
    routes: dict[str, set[str]] = {}
    for rule in app.url_map.iter_rules():
        if str(rule).startswith("/api/v1/") and rule.endpoint != "openapi.spec":
            path = str(rule).replace("<int:", "{").replace("<", "{").replace(">", "}")
            methods = {method.lower() for method in rule.methods or ()} & METHODS
            routes.setdefault(path, set()).update(methods)
    assert routes["/api/v1/nearest"] == {"get", "post"}
    listed = {path: set(methods) for path, methods in document["paths"].items()}
    assert listed == routes


def test_the_parameters_of_nearest_are_those_of_the_contract(document: dict[str, Any]) -> None:
    named = {p["name"]: p for p in document["paths"]["/api/v1/nearest"]["get"]["parameters"]}
    assert set(named) == {
        "lon", "lat", "k", "mode", "services", "max_minutes", "open", "datum", "code",
    }  # fmt: skip
    assert {name for name, p in named.items() if p["required"]} == {"lon", "lat"}
    assert all(p["schema"].get("description") for p in named.values())


def test_every_operation_may_answer_with_a_problem(document: dict[str, Any]) -> None:
    for path, method, operation in operations(document):
        found = operation["responses"]["default"]["content"]
        assert list(found) == ["application/problem+json"], (path, method)
    problem = document["components"]["schemas"]["Problem"]
    assert set(problem["required"]) == {"type", "title", "status", "detail"}


def test_the_document_names_no_host_that_somebody_asked_for(document: dict[str, Any]) -> None:
    assert "evil.example" not in str(document)
