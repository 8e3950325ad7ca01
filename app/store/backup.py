"""Backup of a whole database into one file, and its way back.

A restore is atomic: the file goes into a fresh database, which takes the name of
the old one when it is complete and at the newest migration.
"""

import os
import secrets
import subprocess
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from app.domain.errors import Conflict, DatabaseDown, HarborError, Unavailable, UnreadableFile
from app.store import migrations
from app.store._programs import Programs

ROLES = ("harbor_public", "harbor_staff", "harbor_admin")
FRESH = "harbor_restore_"
SWAP_TRIES = 10

# every backup of a migrated database lists this table
MARK = " TABLE public migration_file "


def dump(url: str, file: Path, *, programs: Programs) -> None:
    """Write a database into a file in PostgreSQL's custom format, readable by its owner only.

    The file appears under its name when it is complete.

    Raises:
        HarborError: the database cannot be read or the file not written.
    """
    half = file.with_name(f".{file.name}.{secrets.token_hex(4)}")
    try:
        half.touch(mode=0o600, exist_ok=False)
        _run(
            [programs.path("pg_dump"), "--format", "custom", "--no-owner", "--file", str(half)],
            url,
            attempted=f"write the backup {file}",
        )
        with half.open("rb") as handle:
            os.fsync(handle.fileno())
        half.replace(file)
    except OSError as error:
        raise UnreadableFile(
            f"Could not write the backup {file}: {error.strerror}",
            remedy="Name a file in a folder that you may write to and that has room.",
        ) from error
    finally:
        half.unlink(missing_ok=True)


def restore(
    url: str,
    file: Path,
    *,
    programs: Programs,
    replace: bool = False,
    migrate: Callable[[str], object] = migrations.migrate,
) -> None:
    """Put a backup in the place of a database, wholly or not at all.

    Roles that the backup speaks of are made if the server lacks them. ``migrate``
    brings a database up to date: an older backup is restored into today's tables.

    Raises:
        UnreadableFile: the file is no backup of Harbor, or is cut short.
        Conflict: the register holds stations and ``replace`` is not set.
        HarborError: the server refuses; the database is then what it was.
    """
    _check(file, programs)
    database = str(conninfo_to_dict(url).get("dbname") or "")
    migrate(url)
    with _connect(url) as connection:
        row = connection.execute("SELECT EXISTS (SELECT 1 FROM station)").fetchone()
        if row is not None and row[0] and not replace:
            raise Conflict(
                f"The register in database {database} holds stations; nothing was changed",
                remedy="Back it up, then say --replace to put the backup in its place.",
            )
    fresh = f"{FRESH}{secrets.token_hex(6)}"
    with _connect(url, dbname="postgres") as server:
        _alone(server)
        try:
            _sweep(server)
            _make_roles(server)
            _execute(server, "CREATE DATABASE {} TEMPLATE template0", fresh)
            _fill(make_conninfo(url, dbname=fresh), file, programs)
            migrate(make_conninfo(url, dbname=fresh))
            _copy_rights(server, database, fresh)
            _swap(server, database, fresh)
        except psycopg.Error as error:
            raise HarborError(
                f"Could not restore {file} into database {database}: "
                f"{error.diag.message_primary or error}",
                remedy="The database is what it was. The role needs CREATEDB and CREATEROLE.",
            ) from error
        finally:
            _sweep(server)


def _alone(server: psycopg.Connection[Any]) -> None:
    row = server.execute("SELECT pg_try_advisory_lock(%s)", [migrations.LOCK_KEY]).fetchone()
    if row is None or not row[0]:
        raise Conflict(
            "Another restore is running on this server; nothing was changed",
            remedy="Wait for it, then look whether this one is still wanted.",
        )


def _check(file: Path, programs: Programs) -> None:
    try:
        file.open("rb").close()
    except OSError as error:
        raise UnreadableFile(
            f"Could not read the backup {file}: {error.strerror}.",
            remedy="Check the path; name a file written by `harbor db backup`.",
        ) from error
    listed = subprocess.run(
        [programs.path("pg_restore"), "--list", str(file)],
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode != 0 or MARK not in listed.stdout:
        raise UnreadableFile(
            f"{file} is not a backup made by Harbor, or is cut short",
            remedy="Name a file written by `harbor db backup`.",
        )


def _fill(url: str, file: Path, programs: Programs) -> None:
    options = ["--exit-on-error", "--single-transaction", "--no-owner"]
    dbname = conninfo_to_dict(url)["dbname"]
    _run(
        [programs.path("pg_restore"), *options, "--dbname", str(dbname), str(file)],
        url,
        attempted=f"restore {file}",
    )


def _make_roles(server: psycopg.Connection[Any]) -> None:
    # roles belong to the server, so a backup of a database does not hold them
    for role in ROLES:
        known = server.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone()
        if known is None:
            _execute(server, "CREATE ROLE {} NOLOGIN", role)


def _copy_rights(server: psycopg.Connection[Any], origin: str, target: str) -> None:
    """Give a database the rights and settings of another, which no backup holds."""
    _execute(server, "REVOKE ALL ON DATABASE {} FROM PUBLIC", target)
    granted = server.execute(
        "SELECT privilege_type, CASE WHEN grantee <> 0 THEN grantee::regrole::text END "
        "FROM pg_database, aclexplode(coalesce(datacl, acldefault('d', datdba))) "
        "WHERE datname = %s AND grantee <> datdba",
        [origin],
    ).fetchall()
    for privilege, grantee in granted:
        role = sql.SQL("PUBLIC") if grantee is None else sql.SQL(grantee)
        server.execute(
            sql.SQL("GRANT {} ON DATABASE {} TO {}").format(
                sql.SQL(privilege), sql.Identifier(target), role
            )
        )
    configured = server.execute(
        "SELECT unnest(setconfig) FROM pg_db_role_setting JOIN pg_database "
        "ON pg_database.oid = setdatabase WHERE datname = %s AND setrole = 0",
        [origin],
    ).fetchall()
    for (setting,) in configured:
        name, _, value = setting.partition("=")
        server.execute(
            sql.SQL("ALTER DATABASE {} SET {} = {}").format(
                sql.Identifier(target), sql.Identifier(name), sql.Literal(value)
            )
        )


def _swap(server: psycopg.Connection[Any], database: str, fresh: str) -> None:
    """Rename both databases in one transaction, ending the sessions in the old one."""
    old = f"{FRESH}old_{secrets.token_hex(6)}"
    for attempt in range(SWAP_TRIES):
        server.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [database]
        )
        try:
            with server.transaction():
                _execute(server, "ALTER DATABASE {} RENAME TO {}", database, old)
                _execute(server, "ALTER DATABASE {} RENAME TO {}", fresh, database)
                return
        except psycopg.errors.ObjectInUse:
            # somebody came back in between
            if attempt == SWAP_TRIES - 1:
                raise
            time.sleep(0.1)


def _sweep(server: psycopg.Connection[Any]) -> None:
    """Drop what this or a killed restore has left."""
    left = server.execute(
        "SELECT datname FROM pg_database WHERE starts_with(datname, %s)",
        [FRESH],
    ).fetchall()
    for (name,) in left:
        _execute(server, "DROP DATABASE IF EXISTS {} WITH (FORCE)", name)


def _execute(server: psycopg.Connection[Any], statement: str, *names: str) -> None:
    # every statement given is a constant of this module
    template = sql.SQL(statement)
    server.execute(template.format(*map(sql.Identifier, names)))


def _connect(url: str, **other: str) -> psycopg.Connection[Any]:
    try:
        return psycopg.connect(make_conninfo(url, **other), autocommit=True, connect_timeout=10)
    except psycopg.OperationalError as error:
        raise DatabaseDown(f"Could not connect to the database: {error}") from error


def _run(command: list[str], url: str, *, attempted: str) -> None:
    done = subprocess.run(
        command,
        env={**os.environ, **_variables(conninfo_to_dict(url))},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    if done.returncode != 0:
        said = done.stderr.strip().splitlines()
        raise Unavailable(
            f"Could not {attempted}: {said[-1] if said else 'no reason was given'}",
            remedy="Correct what is named, then try again; nothing was changed.",
        )


def _variables(parts: Mapping[str, Any]) -> dict[str, str]:
    """Turn connection parameters into variables, which other accounts cannot read."""
    names = {
        "dbname": "PGDATABASE",
        "connect_timeout": "PGCONNECT_TIMEOUT",
        "application_name": "PGAPPNAME",
    }
    return {
        names.get(key, f"PG{key.upper().replace('_', '')}"): str(value)
        for key, value in parts.items()
    }
