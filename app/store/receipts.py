"""Receipts of forms: which were taken, and where they led."""

from datetime import timedelta

from app.store.database import Connection


def take(connection: Connection, *, user_id: int, token: str) -> tuple[bool, str | None]:
    """Take a form's token; return whether it is new, and where it led if it is not.

    One that another transaction is taking is waited for.
    """
    taken = connection.execute(
        "INSERT INTO form_receipt (token, user_id) VALUES (%s, %s) ON CONFLICT DO NOTHING",
        (token, user_id),
    )
    if taken.rowcount:
        return True, None
    return False, location(connection, user_id=user_id, token=token)


def location(connection: Connection, *, user_id: int, token: str) -> str | None:
    """Return where a form led; None if it was not taken, or is not done yet."""
    row = connection.execute(
        "SELECT location FROM form_receipt WHERE token = %s AND user_id = %s", (token, user_id)
    ).fetchone()
    return None if row is None else row[0]


def close(connection: Connection, *, user_id: int, token: str, location: str) -> None:
    """Remember where a form led."""
    connection.execute(
        "UPDATE form_receipt SET location = %s WHERE token = %s AND user_id = %s",
        (location, token, user_id),
    )


def forget(connection: Connection, *, older_than: timedelta) -> int:
    """Remove old receipts; return how many."""
    return connection.execute(
        "DELETE FROM form_receipt WHERE received_at < clock_timestamp() - %s", (older_than,)
    ).rowcount
