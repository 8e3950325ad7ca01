"""Ask Valhalla in a process of its own: it may need another Python than Harbor has.

    python valhalla_worker.py EXTRACT FOLDER < questions.json

Imports nothing of Harbor. Reads {"places": [[lon, lat], …], "minutes": …, "kilometres_an_hour":
…}; builds tiles of the extract in the folder with one thread, asks the in-process actor for one
walking isochrone a place, and prints one JSON object.
"""

import json
import subprocess
import sys
import time
from importlib import metadata
from pathlib import Path

import valhalla


def configure(tiles: Path) -> Path:
    """Write a configuration for tiles in a folder, one thread, no log."""
    config = valhalla.get_config(tile_extract="", tile_dir=str(tiles))
    config["mjolnir"]["concurrency"] = 1
    path = tiles / "valhalla.json"
    path.write_text(json.dumps(config))
    return path


def build(extract: Path, config: Path) -> float:
    """Build tiles; return the seconds it took."""
    program = Path(valhalla.__file__).parent / "bin" / "valhalla_build_tiles"
    if not program.exists():
        raise SystemExit("its wheel has no valhalla_build_tiles")
    begun = time.perf_counter()
    subprocess.run([program, "-c", config, extract], check=True, capture_output=True)
    return time.perf_counter() - begun


def ask(config: Path, asked: dict) -> tuple[list, list]:
    """Return the seconds and the GeoJSON geometry of each isochrone."""
    actor = valhalla.Actor(str(config))
    seconds, shapes = [], []
    for lon, lat in asked["places"]:
        request = json.dumps(
            {
                "locations": [{"lon": lon, "lat": lat}],
                "costing": "pedestrian",
                "costing_options": {"pedestrian": {"walking_speed": asked["kilometres_an_hour"]}},
                "contours": [{"time": asked["minutes"]}],
                "polygons": True,
            }
        )
        begun = time.perf_counter()
        answer = actor.isochrone(request)
        seconds.append(time.perf_counter() - begun)
        shapes.append(json.loads(answer)["features"][0]["geometry"])
    return seconds, shapes


def main() -> None:
    """Build, ask, print."""
    extract, tiles = Path(sys.argv[1]), Path(sys.argv[2])
    asked = json.load(sys.stdin)
    config = configure(tiles)
    build_seconds = build(extract, config)
    seconds, shapes = ask(config, asked)
    answer = {
        "version": metadata.version("pyvalhalla"),
        "build_seconds": build_seconds,
        "seconds": seconds,
        "shapes": shapes,
    }
    print(json.dumps(answer))


if __name__ == "__main__":
    main()
