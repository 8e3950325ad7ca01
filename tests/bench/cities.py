"""Demo cities of any size, kept between runs: the large ones take minutes to make."""

import hashlib
import json
from dataclasses import fields
from datetime import date
from pathlib import Path
from shutil import rmtree

import numpy as np

from app.service.demo.city import make_city
from app.settings import PROJECT
from geo.network import Network, contract
from geo.pace import TERRAIN
from geo.storage import open_network, save
from geo.streets import StreetGraph
from geo.weights_storage import open_weights

TODAY = date(2026, 1, 1)
_CITY_SOURCES = ("app/service/demo", "geo/streets.py")
_NETWORK_SOURCES = (*_CITY_SOURCES, "geo/network.py", "geo/_contraction.py", "geo/storage.py")


def city_streets(junctions: int, shelf: Path) -> StreetGraph:
    """Return the streets of a demo city, from the shelf if it was made by the same code."""
    folder = shelf / f"city-{junctions}"
    stamp = _stamp(_CITY_SOURCES)
    if _stamped(folder, stamp):
        return _load(folder)
    streets = make_city(junctions=junctions, stations=0, today=TODAY).streets
    rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for name in _array_names():
        np.save(folder / f"{name}.npy", getattr(streets, name))
    (folder / "names.json").write_text(json.dumps(streets.names), encoding="utf-8")
    (folder / "stamp").write_text(stamp)
    return streets


def city_network(junctions: int, shelf: Path) -> tuple[Path, Network]:
    """Return the folder of a demo city's network, and the network opened from it."""
    folder = shelf / f"network-{junctions}"
    stamp = _stamp(_NETWORK_SOURCES)
    if not _stamped(folder, stamp):
        save(contract(city_streets(junctions, shelf)), folder)
        (folder / "stamp").write_text(stamp)
    network = open_network(folder)
    # made and kept beside it at the first time
    open_weights(folder, network, TERRAIN)
    return folder, network


def _array_names() -> list[str]:
    return [field.name for field in fields(StreetGraph) if field.name != "names"]


def _load(folder: Path) -> StreetGraph:
    arrays = {name: np.load(folder / f"{name}.npy") for name in _array_names()}
    names = tuple(json.loads((folder / "names.json").read_text(encoding="utf-8")))
    return StreetGraph(**arrays, names=names)


def _stamped(folder: Path, stamp: str) -> bool:
    file = folder / "stamp"
    return file.exists() and file.read_text() == stamp


def _stamp(sources: tuple[str, ...]) -> str:
    digest = hashlib.sha256()
    for source in sources:
        path = PROJECT / source
        for file in sorted(path.glob("*.py")) if path.is_dir() else [path]:
            digest.update(file.read_bytes())
    return digest.hexdigest()
