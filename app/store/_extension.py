"""PostGIS inside a database."""

from typing import Any

import psycopg

from app.domain.errors import MissingSystemPart


def ensure_postgis(connection: psycopg.Connection[Any]) -> None:
    """Create the extension unless the database has it.

    Raises:
        MissingSystemPart: it is not installed on the server, or the role may not create it.
    """
    if postgis_version(connection) is not None:
        return
    try:
        with connection.transaction():
            connection.execute("CREATE EXTENSION IF NOT EXISTS postgis")
    except psycopg.Error as error:
        raise MissingSystemPart(
            f"Could not create the extension PostGIS in database {connection.info.dbname}: "
            f"{error.diag.message_primary or error}",
            remedy=(
                "Install PostGIS 3 for that PostgreSQL and let its administrator run "
                "`CREATE EXTENSION postgis` in the database."
            ),
        ) from error


def postgis_version(connection: psycopg.Connection[Any]) -> str | None:
    """Return the version of PostGIS in the database, or None without it."""
    row = connection.execute(
        "SELECT extversion FROM pg_extension WHERE extname = 'postgis'"
    ).fetchone()
    return None if row is None else str(row[0])
