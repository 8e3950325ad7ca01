"""Valhalla's isochrones, asked in a process of its own beside ours."""

import json
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

# set-up makes it: the wheel wants a newer Python than Harbor does
PYTHON = Path(sys.prefix) / "valhalla" / "bin" / "python"
WORKER = Path(__file__).with_name("valhalla_worker.py")


def ask(
    extract: Path | None, places: list[list[float]], *, minutes: float, kilometres_an_hour: float
) -> tuple[dict[str, Any] | None, str]:
    """Return versions, seconds and shapes of one isochrone a place, or None and the reason."""
    if extract is None:
        return None, "valhalla is left out: it builds its tiles from an extract, and none is given"
    if not PYTHON.exists():
        return None, f"valhalla is left out: there is no {PYTHON}; its wheel did not install"
    question = {"places": places, "minutes": minutes, "kilometres_an_hour": kilometres_an_hour}
    with TemporaryDirectory() as tiles:
        done = subprocess.run(
            [PYTHON, WORKER, extract, tiles],
            input=json.dumps(question),
            capture_output=True,
            text=True,
            check=False,
        )
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or ["no word of why"])[-1]
        return None, f"valhalla is left out: {reason}"
    return json.loads(done.stdout), ""
