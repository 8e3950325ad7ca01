"""What a database server says of itself, and its address without the password."""

from dataclasses import dataclass
from urllib.parse import quote, urlencode

import psycopg
from psycopg.conninfo import conninfo_to_dict

from app.domain.errors import DatabaseDown
from app.store._extension import postgis_version


@dataclass(frozen=True, slots=True)
class Facts:
    """Versions of a server and of PostGIS in one database, None where it is missing."""

    postgres: str
    postgis: str | None


def facts(url: str) -> Facts:
    """Ask a database for its versions.

    Raises:
        DatabaseDown: it does not answer.
    """
    try:
        with psycopg.connect(url, connect_timeout=10) as connection:
            row = connection.execute("SHOW server_version").fetchone()
            return Facts(str(row[0]).split()[0] if row else "", postgis_version(connection))
    except psycopg.OperationalError as error:
        said = str(error).strip().splitlines()
        raise DatabaseDown(
            f"Could not connect to {redacted(url)}: {said[0] if said else 'no answer'}"
        ) from None


def redacted(url: str) -> str:
    """Return a connection URL with ``***`` in place of its password, whatever its form was."""
    parts = {key: str(value) for key, value in conninfo_to_dict(url).items()}
    password = ":***" if parts.pop("password", None) else ""
    user = quote(parts.pop("user", ""), safe="")
    host, port = parts.pop("host", ""), parts.pop("port", "")
    database = quote(parts.pop("dbname", ""), safe="")
    if host.startswith("/"):
        parts = {"host": host, "port": port, **parts}
        host = port = ""
    query = urlencode({key: value for key, value in parts.items() if value})
    login = f"{user}{password}@" if user else ""
    address = f"{host}:{port}" if port else host
    return f"postgresql://{login}{address}/{database}" + (f"?{query}" if query else "")
