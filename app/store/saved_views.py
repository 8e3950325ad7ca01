"""Views of the list that people keep for themselves."""

from dataclasses import dataclass

from app.store.database import Connection


@dataclass(frozen=True, slots=True)
class SavedView:
    """A view: its name, and the query string of the list's address."""

    id: int
    name: str
    query: str


def every(connection: Connection) -> list[SavedView]:
    """Return the acting person's views by name."""
    rows = connection.execute("SELECT id, name, query FROM saved_view ORDER BY name").fetchall()
    return [SavedView(*row) for row in rows]


def save(connection: Connection, *, name: str, query: str) -> None:
    """Keep a view; one of the same name is replaced."""
    connection.execute(
        "INSERT INTO saved_view (name, query) VALUES (%s, %s)"
        " ON CONFLICT (user_id, name) DO UPDATE SET query = excluded.query",
        (name, query),
    )


def remove(connection: Connection, view_id: int) -> bool:
    """Remove a view of the acting person; return whether there was one."""
    return connection.execute("DELETE FROM saved_view WHERE id = %s", (view_id,)).rowcount == 1
