"""Counters of station numbers: gap-free per code, because they roll back with their transaction."""

import psycopg

from app.domain.errors import Conflict
from app.store.database import Connection


def issue(connection: Connection, area_code: str, count: int) -> int:
    """Take ``count`` serials under a code and return the last of them.

    The counter's row stays locked until the transaction ends; lock codes in
    ascending order, last in the transaction.

    Raises:
        Conflict: if the code has not that many numbers left.
    """
    try:
        row = connection.execute(
            "INSERT INTO number_counter (area_code, last_serial) VALUES (%s, %s)"
            " ON CONFLICT (area_code) DO UPDATE SET last_serial = number_counter.last_serial"
            " + excluded.last_serial RETURNING last_serial",
            (area_code, count),
        ).fetchone()
    except psycopg.errors.CheckViolation:
        raise Conflict(
            f"Could not issue {count:,} numbers under {area_code}: so many are not left.",
            remedy="Nothing was changed. Name another code with --area-code.",
        ) from None
    return 0 if row is None else int(row[0])


def raise_to(connection: Connection, area_code: str, serial: int) -> None:
    """Let a counter stand at least at a serial: numbers up to it are taken."""
    connection.execute(
        "INSERT INTO number_counter (area_code, last_serial) VALUES (%s, %s)"
        " ON CONFLICT (area_code) DO UPDATE SET last_serial"
        " = greatest(number_counter.last_serial, excluded.last_serial)",
        (area_code, serial),
    )
