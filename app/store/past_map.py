"""What the management map draws of a moment of the past, in the acting person's sight."""

from datetime import datetime

from app.store.database import Connection

_THEN = (
    " FROM station_version v WHERE v.valid_from <= %(moment)s"
    " AND (v.valid_to IS NULL OR v.valid_to > %(moment)s)"
)


def stations(connection: Connection, *, moment: datetime) -> str:
    """Return the placed stations as JSON; a list a station, as of :func:`stations.on_map`."""
    row = connection.execute(
        "SELECT coalesce(string_agg(json_build_array(v.station_id, v.facts ->> 'code',"
        " round(ST_X(v.place)::numeric, 6), round(ST_Y(v.place)::numeric, 6), v.state, v.verified,"
        " v.facts ->> 'name', v.facts ->> 'name_en', v.facts -> 'services', v.union_id)::text,"
        f" ',' ORDER BY v.station_id), ''){_THEN} AND v.place IS NOT NULL",
        {"moment": moment},
    ).fetchone()
    return f"[{row[0] if row is not None else ''}]"


def states(connection: Connection, *, moment: datetime) -> dict[str, int]:
    """Return how many stations were in each state."""
    rows = connection.execute(
        f"SELECT v.state, count(*){_THEN} GROUP BY v.state", {"moment": moment}
    ).fetchall()
    return {str(state): int(count) for state, count in rows}
