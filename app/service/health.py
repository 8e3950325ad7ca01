"""What an operator's monitor asks."""

from datetime import UTC, datetime
from typing import Any

from app.service.runtime import Runtime

# a monitor gives up soon, and riders are answered all the same
PATIENCE_SECONDS = 1.0


def readiness(harbor: Runtime) -> dict[str, Any]:
    """Return what riders are answered from, and whether the database is up.

    Raises:
        DatabaseDown: if there is no snapshot to answer from.
    """
    snapshot = harbor.snapshot()
    answers = harbor.database.answers(within_seconds=PATIENCE_SECONDS)
    return {
        "status": "ready",
        "database": "up" if answers else "down",
        "network": snapshot.streets.name if snapshot.has_streets else None,
        "stations": len(snapshot.stations),
        "facts_age_seconds": round((datetime.now(UTC) - snapshot.taken_at).total_seconds(), 1),
    }
