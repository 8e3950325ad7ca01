"""Tables that mirror lists of the domain: services, roles, states, moves.

Written at every migration, together with the name the application logs in by.
"""

import psycopg

from app.domain.lifecycle import EXIT_NAMES, INITIAL, LOCKED, MOVES, STATES
from app.domain.roles import ROLES
from app.domain.services import SERVICES
from app.store import job_schema, search, standards


def synchronise(connection: "psycopg.Connection[tuple[object, ...]]") -> None:
    """Write the domain's lists to their tables in one transaction; a second call changes nothing.

    Moves that the domain no longer has are taken away; services and states are
    kept, because records refer to them.
    """
    # what runs in the background has tables of its own, which its package brings
    job_schema.bring_up(connection)
    with connection.transaction(), connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO service (code, name, name_en, core, position) VALUES (%s, %s, %s, %s, %s)"
            " ON CONFLICT (code) DO UPDATE SET (name, name_en, core, position)"
            " = (excluded.name, excluded.name_en, excluded.core, excluded.position)",
            [(s.code, s.name, s.name_en, s.core, i) for i, s in enumerate(SERVICES)],
        )
        cursor.executemany(
            "INSERT INTO exit_reason (code, name, name_en, position) VALUES (%s, %s, %s, %s)"
            " ON CONFLICT (code) DO UPDATE SET (name, name_en, position)"
            " = (excluded.name, excluded.name_en, excluded.position)",
            [(code, *names, i) for i, (code, names) in enumerate(EXIT_NAMES.items())],
        )
        cursor.execute("INSERT INTO application_login VALUES (session_user) ON CONFLICT DO NOTHING")
        cursor.executemany(
            "INSERT INTO role (role, name, name_en, says, writes, position)"
            " VALUES (%s, %s, %s, %s, %s, %s)"
            " ON CONFLICT (role) DO UPDATE SET (name, name_en, says, writes, position)"
            " = (excluded.name, excluded.name_en, excluded.says, excluded.writes,"
            " excluded.position)",
            [(r.role, r.name, r.name_en, r.says, r.writes, i) for i, r in enumerate(ROLES)],
        )
        cursor.executemany(
            "INSERT INTO station_state (state, name, name_en, public, counts, initial, locked)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s)"
            " ON CONFLICT (state) DO UPDATE SET (name, name_en, public, counts, initial, locked)"
            " = (excluded.name, excluded.name_en, excluded.public, excluded.counts,"
            " excluded.initial, excluded.locked)",
            [
                (f.state, f.name, f.name_en, f.public, f.counts, f.state in INITIAL,
                 f.state in LOCKED)
                for f in STATES
            ],
        )  # fmt: skip
        cursor.execute(
            "DELETE FROM station_move WHERE NOT EXISTS (SELECT FROM"
            " unnest(%s::text[], %s::text[]) AS m (o, t) WHERE o = origin AND t = target)",
            ([move.origin for move in MOVES], [move.target for move in MOVES]),
        )
        cursor.executemany(
            "INSERT INTO station_move (origin, target, action, roles, needs, not_by)"
            " VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT (origin, target) DO UPDATE SET"
            " (action, roles, needs, not_by)"
            " = (excluded.action, excluded.roles, excluded.needs, excluded.not_by)",
            [
                (m.origin, m.target, m.action, list(m.roles), list(m.needs), list(m.not_by))
                for m in MOVES
            ],
        )
    standards.synchronise(connection)
    # names that came with a restore, or before they were read
    search.read_names(connection)
