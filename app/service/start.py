"""Bringing up what every process needs: the database, its migrations, the runtime."""

from app.service.runtime import Runtime
from app.settings import Settings
from app.store import migrations, register
from app.store.cluster import connection_url


def open_runtime(settings: Settings, *, watch: bool) -> Runtime:
    """Start the private database if it is ours, apply pending migrations, open a runtime.

    Raises:
        MissingSystemPart, DatabaseDown, Unavailable: if the database cannot be had.
    """
    url = connection_url(settings)
    if migrations.pending(url):
        migrations.migrate(url)
    runtime = Runtime(settings, url)
    runtime.start(watch=watch)
    with runtime.connection() as connection, connection.transaction():
        register.keep_timezone(connection, settings.timezone)
    return runtime


def open_worker(settings: Settings) -> Runtime:
    """Open the runtime of one serving process, which watches for changes.

    The process that started it has migrated the database already.
    """
    runtime = Runtime(settings, connection_url(settings))
    runtime.start(watch=True)
    return runtime
