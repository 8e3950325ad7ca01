"""Whatever can be typed or asked for is written down where people look."""

from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from flask import Flask

from app.cli.main import main
from app.service.runtime import Runtime
from app.settings import FOREIGN, PREFIX, PROJECT, Settings
from app.web.factory import create_app

README = (PROJECT / "README.md").read_text(encoding="utf-8")
# below the one page that staff are told of
STAFF_PARTS = "/manage/"


def commands(command: click.Command, *path: str) -> Iterator[tuple[str, ...]]:
    """Walk over all commands that do something, with their names."""
    if not isinstance(command, click.Group):
        yield path
        return
    for name, inner in command.commands.items():
        yield from commands(inner, *path, name)


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    folder = tmp_path_factory.mktemp("docs")
    return create_app(Runtime(Settings(var=folder), f"postgresql:///harbor?host={folder}"))


@pytest.mark.parametrize("path", list(commands(main)), ids=" ".join)
def test_every_command_is_in_the_readme(path: tuple[str, ...]) -> None:
    *groups, name = path
    spelled = " ".join(["harbor", *path])
    # a group's commands may be told together: `harbor db up/down/migrate`
    together = [
        line
        for line in README.splitlines()
        if groups and " ".join(["harbor", *groups]) in line and name in line
    ]
    assert spelled in README or together


def test_every_public_route_is_in_the_readme_or_the_openapi_document(app: Flask) -> None:
    document = app.test_client().get("/api/v1/openapi.json").get_json()
    missing = []
    for rule in app.url_map.iter_rules():
        address = str(rule)
        described = address.replace("<int:", "{").replace("<", "{").replace(">", "}")
        fixed = address.split("<", maxsplit=1)[0].rstrip("/") or "/"
        if described in document["paths"] or address.startswith(("/static/", STAFF_PARTS)):
            continue
        if fixed not in README:
            missing.append(address)
    assert missing == []


def test_every_setting_is_in_the_example(app: Flask) -> None:
    example = (PROJECT / ".env.example").read_text(encoding="utf-8")
    names = {PREFIX + name.upper() for name in Settings.model_fields}
    assert {name for name in names if f"# {name}=" not in example} == set()
    lines = [line[2:] for line in example.splitlines() if line.startswith(f"# {PREFIX}")]
    assert {line.split("=")[0] for line in lines} == names


def test_every_variable_the_readme_names_exists() -> None:
    names = {PREFIX + name.upper() for name in Settings.model_fields} | FOREIGN
    words = {word.strip("`.,;:()|=<>\"'") for word in README.replace("=", " ").split()}
    assert {word for word in words if word.startswith(PREFIX)} <= names


def test_every_file_the_readme_links_to_is_there() -> None:
    links = [part.split(")")[0].split("#")[0] for part in README.split("](")[1:]]
    local = [link for link in links if link and "://" not in link]
    assert [link for link in local if not Path(PROJECT / link).exists()] == []
