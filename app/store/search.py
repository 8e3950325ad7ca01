"""The search text of stations: names that nobody has read yet, read in batches."""

from app.domain.search_words import patterns, reading
from app.store.database import Connection

BATCH = 500


def read_names(connection: Connection, *, most: int | None = None) -> int:
    """Read names that were written since the last time; return how many.

    Every change of a name, by whatever door, leaves it unread. Whoever searches
    next reads it, and every migration reads what is left. It takes the rights of
    the application itself, not those of a person.

    Args:
        most: leave the rest to others after so many.
    """
    done = 0
    while most is None or done < most:
        with connection.transaction():
            unread = connection.execute(
                "SELECT station_id, named FROM station_search WHERE NOT is_read"
                " ORDER BY station_id LIMIT %s FOR UPDATE SKIP LOCKED",
                (BATCH,),
            ).fetchall()
            if not unread:
                return done
            connection.execute(
                "UPDATE station_search f SET words = f.words || E'\\n' || r.reading, is_read = true"
                " FROM unnest(%s::bigint[], %s::text[]) AS r (id, reading)"
                " WHERE f.station_id = r.id",
                ([row[0] for row in unread], [reading(row[1]) for row in unread]),
            )
        done += len(unread)
    return done


def matching(connection: Connection, words: str) -> list[int] | None:
    """Return ids of the stations the acting person sees and that words find; None for no words."""
    wanted = patterns(words)
    if not wanted:
        return None
    row = connection.execute("SELECT staff_search(%s)", (wanted,), binary=True).fetchone()
    return [] if row is None else list(row[0])


def is_all_read(connection: Connection) -> bool:
    """Whether every name was read."""
    row = connection.execute(
        "SELECT NOT EXISTS (SELECT FROM station_search WHERE NOT is_read)"
    ).fetchone()
    return row is not None and bool(row[0])
