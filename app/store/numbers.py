"""Counters of station numbers: gap-free per code, because they roll back with their transaction."""

from app.store.database import Connection


def issue(connection: Connection, area_code: str, count: int) -> int:
    """Take ``count`` serials under a code and return the last of them.

    The counter's row stays locked until the transaction ends; lock codes in
    ascending order, last in the transaction.
    """
    row = connection.execute(
        "INSERT INTO number_counter (area_code, last_serial) VALUES (%s, %s)"
        " ON CONFLICT (area_code) DO UPDATE SET last_serial = number_counter.last_serial"
        " + excluded.last_serial RETURNING last_serial",
        (area_code, count),
    ).fetchone()
    return 0 if row is None else int(row[0])


def raise_to(connection: Connection, area_code: str, serial: int) -> None:
    """Let a counter stand at least at a serial: numbers up to it are taken."""
    connection.execute(
        "INSERT INTO number_counter (area_code, last_serial) VALUES (%s, %s)"
        " ON CONFLICT (area_code) DO UPDATE SET last_serial"
        " = greatest(number_counter.last_serial, excluded.last_serial)",
        (area_code, serial),
    )
