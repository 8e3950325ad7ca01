"""What this register is (empty, demo, real), which network it uses, and its audit."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from psycopg.types.json import Jsonb

from app.store import standards
from app.store.database import Connection


@dataclass(frozen=True, slots=True)
class Register:
    """The one row of table ``register``."""

    kind: str
    seed: int | None
    network: str | None


def read(connection: Connection) -> Register:
    """Return what this register is."""
    row = connection.execute("SELECT kind, seed, network FROM register").fetchone()
    if row is None:  # pragma: no cover - the migration inserts it
        return Register("empty", None, None)
    return Register(*row)


def claim(connection: Connection, kind: str, *, seed: int | None = None) -> bool:
    """Make an empty register a demo or a real one; return whether it is one now.

    The row stays locked until the transaction ends, so that two loaders cannot both win.
    """
    row = connection.execute("SELECT kind FROM register FOR UPDATE").fetchone()
    if row is not None and row[0] == "empty":
        connection.execute("UPDATE register SET kind = %s, seed = %s", (kind, seed))
        return True
    return row is not None and row[0] == kind


def lock(connection: Connection) -> None:
    """Let nobody claim the register until the transaction ends."""
    connection.execute("SELECT kind FROM register FOR UPDATE")


def use_network(connection: Connection, name: str) -> None:
    """Make a network the one that every answer is measured on."""
    connection.execute("UPDATE register SET network = %s", (name,))


def record(
    connection: Connection, action: str, subject: str, details: Mapping[str, Any] | None = None
) -> None:
    """Append an event to the audit."""
    connection.execute(
        "INSERT INTO audit_event (action, subject, details) VALUES (%s, %s, %s)",
        (action, subject, Jsonb(dict(details or {}))),
    )


def empty(connection: Connection) -> None:
    """Take everything out but the audit and what is shipped; ids and counters start anew."""
    connection.execute(
        "TRUNCATE station, station_alias, station_version, change_request, document, user_grant,"
        " user_session, login_attempt,"
        " keeper, keeper_link, keeper_key, import_batch, union_body,"
        " district, scope, demand_layer, coverage_run, number_counter, user_account,"
        " basemap_feature, network_correction RESTART IDENTITY CASCADE"
    )
    # versions name who made them, and so go with the accounts
    connection.execute("TRUNCATE standard CASCADE")
    standards.synchronise(connection)
    connection.execute("UPDATE register SET kind = 'empty', seed = NULL, network = NULL")
    connection.execute("DELETE FROM network")
    record(connection, "register.empty", "register")


def keep_timezone(connection: Connection, name: str) -> None:
    """Tell the database what a day is."""
    connection.execute("UPDATE register SET timezone = %(n)s WHERE timezone <> %(n)s", {"n": name})
