"""Tests mirror the rooms; ``e2e`` drives a real browser, ``bench`` prints tables."""

import os
from pathlib import Path

# set before numba is first imported: tests, and processes they start, share set-up's kernels
os.environ.setdefault(
    "NUMBA_CACHE_DIR", str(Path(__file__).resolve().parent.parent / "var" / "numba")
)
