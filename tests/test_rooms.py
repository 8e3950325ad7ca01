"""The laws of the rooms: who may import whom, read from the imports themselves."""

import ast
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parent.parent

MAY_IMPORT: dict[str, set[str]] = {
    "geo": set(),
    "app/domain": set(),
    "app/store": {"app/domain"},
    "app/files": {"app/domain"},
    "app/service": {"app/domain", "app/store", "app/files", "geo"},
    "app/web": {"app/service", "app/domain"},
    "app/cli": {"app/service", "app/domain"},
    "app/jobs": {"app/service", "app/domain"},
}
# what a room may not even know from outside
NEVER: dict[str, set[str]] = {
    "geo": {"flask", "apiflask", "psycopg", "psycopg_pool", "folium", "click"},
    "app/domain": {"flask", "psycopg", "pathlib", "os", "socket", "sqlite3", "click"},
    "app/store": {"flask", "apiflask", "click", "folium"},
    "app/files": {"flask", "apiflask", "psycopg", "psycopg_pool", "click"},
    "app/service": {"flask", "apiflask", "click", "folium"},
    "app/web": {"psycopg", "psycopg_pool", "click"},
    "app/cli": {"psycopg", "psycopg_pool", "flask"},
    "app/jobs": {"psycopg", "psycopg_pool", "flask", "apiflask", "click", "folium"},
}
# settings belong to no room and are handed to every one
SETTINGS = "app.settings"
# the commands that start, or print, what the web and the jobs make
DOORS = {
    ("app/cli/serve.py", "app.web.server"),
    ("app/cli/coverage.py", "app.web.map_pages"),
    ("app/cli/plan_report.py", "app.web.plan_report_map"),
    ("app/cli/work.py", "app.jobs.worker"),
}
# what it takes to say a failed statement from a lost connection
ALLOWED = {("app/service/runtime.py", "psycopg")}


def room_of(name: str) -> str | None:
    """Return the room a dotted module name belongs to."""
    parts = name.split(".")
    if parts[0] == "geo":
        return "geo"
    if parts[0] == "app" and len(parts) > 1:
        room = f"app/{parts[1]}"
        return room if room in MAY_IMPORT else None
    return None


def imports(path: Path) -> set[str]:
    """Return the dotted names a file imports, wherever in it."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            names.add(base)
            names |= {f"{base}.{alias.name}" for alias in node.names}
    return names


def files(room: str) -> list[Path]:
    return sorted((PROJECT / room).rglob("*.py"))


@pytest.mark.parametrize("room", sorted(MAY_IMPORT))
def test_no_arrow_is_drawn_backwards(room: str) -> None:
    wrong = [
        f"{path.relative_to(PROJECT)} imports {name}"
        for path in files(room)
        for name in imports(path)
        if (target := room_of(name)) not in (None, room)
        and target not in MAY_IMPORT[room]
        and not any(
            str(path.relative_to(PROJECT)) == door and name.startswith(opened)
            for door, opened in DOORS
        )
    ]
    assert files(room)
    assert wrong == []


@pytest.mark.parametrize("room", sorted(NEVER))
def test_a_room_does_not_know_what_it_never_needs(room: str) -> None:
    wrong = [
        f"{path.relative_to(PROJECT)} imports {name}"
        for path in files(room)
        for name in imports(path)
        if name.split(".")[0] in NEVER[room]
        and (str(path.relative_to(PROJECT)), name.split(".")[0]) not in ALLOWED
    ]
    assert wrong == []


@pytest.mark.parametrize("room", ["app/web", "app/cli", "app/service", "app/jobs"])
def test_sql_stays_in_the_store(room: str) -> None:
    words = ("SELECT ", "INSERT INTO", "UPDATE ", "DELETE FROM")
    wrong = [
        f"{path.relative_to(PROJECT)}:{node.lineno}"
        for path in files(room)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and node.value.startswith(words)
    ]
    assert wrong == []


@pytest.mark.parametrize("room", sorted(MAY_IMPORT))
def test_every_room_says_its_law_in_its_doorway(room: str) -> None:
    law = ast.get_docstring(ast.parse((PROJECT / room / "__init__.py").read_text("utf-8")))
    assert law is not None
    assert len(law.splitlines()) >= 3


def test_a_backward_arrow_would_be_seen() -> None:
    assert room_of("app.store.database") == "app/store"
    assert "app/store" not in MAY_IMPORT["app/web"]
    assert room_of(SETTINGS) is None
