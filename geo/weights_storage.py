"""Weights on disk: beside the network they belong to, opened memory-mapped like it.

They follow from the network and the movement, so they are made when first asked for, and made
again when either has changed or a file is damaged. All processes share one copy.
"""

import contextlib
import hashlib
import secrets
import shutil
import time
from dataclasses import fields
from pathlib import Path

from geo.errors import NetworkDamaged
from geo.network import Network
from geo.pace import Movement
from geo.storage import open_arrays, read_meta, write_arrays
from geo.weights import Weights, weigh

_PREFIX = "weights-"
# nobody writes for so long
_LEFT_BEHIND_SECONDS = 24 * 3600.0


def open_weights(folder: Path, network: Network, movement: Movement) -> Weights:
    """Return the weights of a movement on a saved network, from its folder if they are there.

    Args:
        folder: of the network.
        network: as opened from it.
        movement: a pace or a ride; a change of any of its figures makes new weights.

    Where the folder cannot be written to, they are held in memory.

    Raises:
        InvalidValue: if the movement gives a segment no time.
    """
    place = folder / f"{_PREFIX}{movement.name}-{_fingerprint(network, movement)}"
    try:
        return _open(place, movement)
    except NetworkDamaged:
        shutil.rmtree(place, ignore_errors=True)
    weights = weigh(network, movement)
    with contextlib.suppress(OSError):
        _save(place, weights)
    try:
        # perhaps what another process wrote meanwhile
        return _open(place, movement)
    except NetworkDamaged:
        return weights


def check_weights_of(folder: Path) -> None:
    """Compare all saved weights of a network with their checksums.

    Raises:
        NetworkDamaged: naming the first file whose bytes have changed.
    """
    for place in sorted(folder.glob(f"{_PREFIX}*")):
        open_arrays(place, read_meta(place), checksums=True)


def _fingerprint(network: Network, movement: Movement) -> str:
    """Name the streets and every figure of the movement in a few letters."""
    return hashlib.sha256(f"{network.digest} {movement!r}".encode()).hexdigest()[:12]


def _open(place: Path, movement: Movement) -> Weights:
    arrays = open_arrays(place, read_meta(place))
    if set(arrays) != set(_array_names()):
        raise NetworkDamaged(str(place), "arrays are missing")
    return Weights(
        name=movement.name,
        mode=movement.mode,
        access_metres_per_second=movement.access_metres_per_second,
        **arrays,
    )


def _save(place: Path, weights: Weights) -> None:
    """Write whole or not at all; of several processes that do so at once the first one does."""
    _sweep(place.parent)
    # open to whom the network is open: a server may run as another account than the build
    building = place.with_name(f".{place.name}.{secrets.token_hex(4)}")
    building.mkdir()
    try:
        write_arrays(building, {name: getattr(weights, name) for name in _array_names()}, {})
        for old in place.parent.glob(f"{_PREFIX}*"):
            # another movement's name may begin like this one's
            if old.name.rpartition("-")[0] == place.name.rpartition("-")[0] and old != place:
                shutil.rmtree(old, ignore_errors=True)
        building.rename(place)
    finally:
        shutil.rmtree(building, ignore_errors=True)


def _sweep(folder: Path) -> None:
    """Remove what a process left that was killed while it wrote."""
    for left in folder.glob(f".{_PREFIX}*"):
        try:
            if time.time() - left.stat().st_mtime > _LEFT_BEHIND_SECONDS:
                shutil.rmtree(left, ignore_errors=True)
        except FileNotFoundError:
            continue


def _array_names() -> list[str]:
    scalars = ("name", "mode", "access_metres_per_second")
    return [field.name for field in fields(Weights) if field.name not in scalars]
