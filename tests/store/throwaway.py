"""Throw-away folders and clusters for tests of the private cluster itself."""

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.settings import PROJECT
from app.store.cluster import Cluster


@contextmanager
def open_folder() -> Iterator[Path]:
    """Make a folder that every account may enter, and remove it in the end."""
    folder = Path(tempfile.mkdtemp(prefix="harbor-test-", dir="/tmp"))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def stopping(cluster: Cluster) -> Iterator[Cluster]:
    """Stop a cluster in the end and remove what lies outside its own folder."""
    try:
        yield cluster
    finally:
        cluster.stop()
        folder = cluster.status().folder
        if folder is not None and folder != cluster.var / "postgres":
            shutil.rmtree(folder)


def python(code: str, *arguments: object) -> subprocess.Popen[str]:
    """Start another Python process in the project's folder."""
    return subprocess.Popen(
        [sys.executable, "-c", code, *map(str, arguments)],
        cwd=PROJECT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
