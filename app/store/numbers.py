"""Counters of station numbers: gap-free per code, because they roll back with their transaction."""

from app.store.database import Connection


def raise_to(connection: Connection, area_code: str, serial: int) -> None:
    """Let a counter stand at least at a serial: numbers up to it are taken."""
    connection.execute(
        "INSERT INTO number_counter (area_code, last_serial) VALUES (%s, %s)"
        " ON CONFLICT (area_code) DO UPDATE SET last_serial"
        " = greatest(number_counter.last_serial, excluded.last_serial)",
        (area_code, serial),
    )
