"""What a private cluster is told in its configuration files."""

import os
from pathlib import Path

from app.store._place import PORT, Place

OWNER = "harbor_owner"

MEBIBYTE = 1024 * 1024
SMALLEST_SHARED_MEMORY = 256 * MEBIBYTE


def write(place: Place, data: Path) -> None:
    """Write all three files into a data directory; written anew at every start."""
    texts = {
        "postgresql.conf": _settings(place),
        "pg_hba.conf": "# one local socket, and nobody without an entry in pg_ident.conf\n"
        "local all all peer map=harbor\n",
        "pg_ident.conf": _identities(place),
    }
    for name, text in texts.items():
        path = data / name
        fresh = data / f"{name}.new"
        fresh.write_text(text, encoding="utf-8")
        os.chown(fresh, place.account.uid, place.account.gid)
        fresh.chmod(0o600)
        fresh.replace(path)


def _identities(place: Place) -> str:
    names = dict.fromkeys([place.account.name, "root"])
    return "".join(f'harbor "{name}" {OWNER}\n' for name in names)


def _settings(place: Place) -> str:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    shared = max(64 * MEBIBYTE, min(512 * MEBIBYTE, memory // 32)) // MEBIBYTE
    lines = {
        "listen_addresses": "''",
        "port": PORT,
        "unix_socket_directories": _quoted(place.sockets),
        "unix_socket_permissions": "0700",
        # shown by ps for every process of the server: this is how its orphans are known
        "cluster_name": f"'{name(place)}'",
        "max_connections": 100,
        "shared_buffers": f"{shared}MB",
        "work_mem": f"{max(8, shared // 16)}MB",
        "maintenance_work_mem": f"{max(64, shared // 2)}MB",
        "effective_cache_size": f"{memory // 2 // MEBIBYTE}MB",
        "dynamic_shared_memory_type": _shared_memory(),
        "random_page_cost": 1.1,
        "jit": "off",
        "max_wal_size": "2GB",
        "password_encryption": "scram-sha-256",
        "timezone": "'UTC'",
        "log_timezone": "'UTC'",
        "lc_messages": "'C.UTF-8'",
        "logging_collector": "on",
        "log_directory": _quoted(place.log),
        "log_filename": "'postgresql-%a.log'",
        "log_truncate_on_rotation": "on",
        "log_rotation_age": "1d",
        "log_rotation_size": 0,
        "log_line_prefix": "'%m [%p] %d '",
        # values of a failed statement may be personal data
        "log_parameter_max_length_on_error": 0,
    }
    text = "".join(f"{key} = {value}\n" for key, value in lines.items())
    return (
        "# written by Harbor at every start; put your own settings into local.conf beside it\n"
        f"{text}include_if_exists = 'local.conf'\n"
    )


def name(place: Place) -> str:
    """Return the name the server shows in the list of processes."""
    return f"harbor-{place.token}"


def _shared_memory() -> str:
    # a container often has 64 MB here, too little for a parallel query
    try:
        found = os.statvfs("/dev/shm")  # noqa: S108
    except OSError:
        return "mmap"
    return "posix" if found.f_blocks * found.f_frsize >= SMALLEST_SHARED_MEMORY else "mmap"


def _quoted(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"
