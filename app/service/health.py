"""What an operator's monitor asks."""

from datetime import UTC, datetime
from typing import Any

from app.domain.errors import DatabaseDown
from app.service.runtime import Runtime
from app.store import register


def readiness(harbor: Runtime) -> dict[str, Any]:
    """Return what riders are answered from, and whether the database is up.

    Raises:
        DatabaseDown: if there is no snapshot to answer from.
    """
    snapshot = harbor.snapshot()
    try:
        with harbor.connection() as connection:
            register.read(connection)
        database = "up"
    except DatabaseDown:
        database = "down"
    return {
        "status": "ready",
        "database": database,
        "network": snapshot.streets.name if snapshot.has_streets else None,
        "stations": len(snapshot.stations),
        "facts_age_seconds": round((datetime.now(UTC) - snapshot.taken_at).total_seconds(), 1),
    }
