"""What the figures were measured on: processor, versions, memory of this process."""

import os
import platform
import re
from importlib import metadata
from pathlib import Path

# every library that starts threads of its own asks one of these before it is loaded
ONE_CORE = {
    f"{library}_NUM_THREADS": "1" for library in ("OMP", "OPENBLAS", "MKL", "NUMBA", "NUMEXPR")
}
OURS = ("numpy", "numba", "scipy", "osmium", "rasterio", "shapely")
PEERS = ("networkx", "pandana", "networkit")


def processor() -> str:
    """Return the model of the processor and how many cores it has, and how busy they are."""
    try:
        found = re.search(r"model name\s*:\s*(.+)", Path("/proc/cpuinfo").read_text())
    except OSError:
        found = None
    name = found[1].strip() if found else platform.processor() or platform.machine()
    load = os.getloadavg()[0]
    return f"{name}, {os.cpu_count()} cores, one of them used; load before {load:.1f}"


def version(package: str) -> str | None:
    """Return the version of an installed package, None if it is absent."""
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def versions() -> dict[str, str]:
    """Return the versions of Python and of everything that is measured here."""
    found = {"python": platform.python_version()}
    for package in OURS + PEERS:
        number = version(package)
        if number:
            found[package] = number
    return found


def resident_bytes() -> int:
    """Return how much memory this process holds, shared pages included."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")
