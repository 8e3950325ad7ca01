"""Tables that mirror lists of the domain: services, states, moves. Written at every migration."""

import psycopg

from app.domain.lifecycle import INITIAL, STATES
from app.domain.services import SERVICES


def synchronise(connection: "psycopg.Connection[tuple[object, ...]]") -> None:
    """Write the domain's lists to their tables in one transaction; a second call changes nothing.

    Moves that the domain no longer has are taken away; services and states are
    kept, because records refer to them.
    """
    with connection.transaction(), connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO service (code, name, name_en, core, position) VALUES (%s, %s, %s, %s, %s)"
            " ON CONFLICT (code) DO UPDATE SET (name, name_en, core, position)"
            " = (excluded.name, excluded.name_en, excluded.core, excluded.position)",
            [(s.code, s.name, s.name_en, s.core, i) for i, s in enumerate(SERVICES)],
        )
        cursor.executemany(
            "INSERT INTO station_state (state, name, name_en, public, counts, initial)"
            " VALUES (%s, %s, %s, %s, %s, %s)"
            " ON CONFLICT (state) DO UPDATE SET (name, name_en, public, counts, initial)"
            " = (excluded.name, excluded.name_en, excluded.public, excluded.counts,"
            " excluded.initial)",
            [(f.state, f.name, f.name_en, f.public, f.counts, f.state in INITIAL) for f in STATES],
        )
        moves = [(f.state.value, target.value) for f in STATES for target in f.may_become]
        cursor.execute(
            "DELETE FROM station_move WHERE NOT EXISTS (SELECT FROM"
            " unnest(%s::text[], %s::text[]) AS m (o, t) WHERE o = origin AND t = target)",
            ([origin for origin, _ in moves], [target for _, target in moves]),
        )
        cursor.executemany(
            "INSERT INTO station_move (origin, target) VALUES (%s, %s) ON CONFLICT DO NOTHING",
            moves,
        )
