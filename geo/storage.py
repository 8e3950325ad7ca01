"""A network on disk: a folder of ``.npy`` arrays plus ``meta.json``, opened memory-mapped.

All processes that open one folder share one copy of its pages.
"""

import hashlib
import json
import shutil
import zlib
from collections.abc import Mapping
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geo.errors import NetworkDamaged
from geo.network import Grid, Network

FORMAT = 1
META = "meta.json"


def save(network: Network, folder: Path, *, facts: Mapping[str, Any] | None = None) -> Network:
    """Write a network to ``folder``, whole or not at all, and return it with its digest.

    A folder that stands there is replaced; whoever has it open keeps the old
    arrays until it opens the new ones.

    Args:
        network: what to write.
        folder: where; its parent is made if need be.
        facts: what the builder wants remembered, JSON-serialisable.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    building = folder.with_name(f".{folder.name}.building")
    shutil.rmtree(building, ignore_errors=True)
    building.mkdir()
    arrays = _arrays(network)
    arrays["names_utf8"], arrays["names_pointer"] = _pack(network.names)
    described: dict[str, dict[str, Any]] = {}
    digest = hashlib.sha256()
    for name, values in arrays.items():
        packed = np.ascontiguousarray(values)
        np.save(building / f"{name}.npy", packed)
        digest.update(packed.tobytes())
        described[name] = {
            "dtype": packed.dtype.str,
            "shape": list(packed.shape),
            "crc32": zlib.crc32(packed.tobytes()),
        }
    meta = {
        "format": FORMAT,
        "digest": digest.hexdigest()[:32],
        "junctions": network.junctions,
        "edges": network.edges,
        "metres": round(network.metres, 1),
        "bounds": network.bounds,
        "height_share": network.height_share,
        "grid": network.grid._asdict(),
        "facts": dict(facts or {}),
        "arrays": described,
    }
    (building / META).write_text(json.dumps(meta, ensure_ascii=False, indent=1), encoding="utf-8")
    _replace(building, folder)
    return replace(network, digest=str(meta["digest"]))


def _replace(new: Path, folder: Path) -> None:
    old = folder.with_name(f".{folder.name}.old")
    shutil.rmtree(old, ignore_errors=True)
    if folder.exists():
        folder.rename(old)
    new.rename(folder)
    shutil.rmtree(old, ignore_errors=True)


def read_meta(folder: Path) -> dict[str, Any]:
    """Return what ``meta.json`` of a saved network says.

    Raises:
        NetworkDamaged: if it is absent, unreadable or of another format.
    """
    try:
        meta: dict[str, Any] = json.loads((folder / META).read_text(encoding="utf-8"))
        found = meta["format"]
    except FileNotFoundError:
        raise NetworkDamaged(str(folder), "there is no meta.json") from None
    except (OSError, ValueError, KeyError, TypeError):
        raise NetworkDamaged(str(folder), "meta.json cannot be read") from None
    if found != FORMAT:
        raise NetworkDamaged(str(folder), f"its format is {found}, this version reads {FORMAT}")
    return meta


def open_network(folder: Path) -> Network:
    """Open a saved network memory-mapped, checking version, dtypes and sizes.

    Raises:
        NetworkDamaged: if a part is absent, cut short or of another shape.
    """
    meta = read_meta(folder)
    arrays = {
        name: _open_array(folder, name, described) for name, described in meta["arrays"].items()
    }
    missing = (set(_array_names()) | {"names_utf8", "names_pointer"}) - set(arrays)
    if missing:
        raise NetworkDamaged(str(folder), f"arrays are missing: {', '.join(sorted(missing))}")
    return Network(
        **{name: arrays[name] for name in _array_names()},
        names=_unpack(arrays["names_utf8"], arrays["names_pointer"]),
        grid=Grid(**meta["grid"]),
        height_share=float(meta["height_share"]),
        digest=str(meta["digest"]),
    )


def check(folder: Path) -> None:
    """Compare every array with its checksum.

    Raises:
        NetworkDamaged: naming the first array whose bytes have changed.
    """
    meta = read_meta(folder)
    for name, described in meta["arrays"].items():
        values = _open_array(folder, name, described)
        if zlib.crc32(values.tobytes()) != described["crc32"]:
            raise NetworkDamaged(str(folder), f"{name}.npy has changed since it was written")


def _open_array(folder: Path, name: str, described: Mapping[str, Any]) -> NDArray[Any]:
    path = folder / f"{name}.npy"
    empty = 0 in described["shape"]
    try:
        # an empty file region cannot be mapped
        values: NDArray[Any] = np.load(path, mmap_mode=None if empty else "r", allow_pickle=False)
    except FileNotFoundError:
        raise NetworkDamaged(str(folder), f"{name}.npy is missing") from None
    except (OSError, ValueError, EOFError):
        raise NetworkDamaged(str(folder), f"{name}.npy is cut short or not an array") from None
    if values.dtype.str != described["dtype"] or list(values.shape) != described["shape"]:
        raise NetworkDamaged(str(folder), f"{name}.npy has another size than meta.json says")
    return values


def _array_names() -> list[str]:
    return [
        field.name
        for field in fields(Network)
        if field.name not in ("grid", "names", "height_share", "digest")
    ]


def _arrays(network: Network) -> dict[str, NDArray[Any]]:
    return {name: getattr(network, name) for name in _array_names()}


def _pack(names: tuple[str, ...]) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    encoded = [name.encode() for name in names]
    pointer = np.zeros(len(encoded) + 1, np.int64)
    np.cumsum([len(part) for part in encoded], out=pointer[1:])
    return np.frombuffer(b"".join(encoded), np.uint8), pointer


def _unpack(utf8: NDArray[np.uint8], pointer: NDArray[np.int64]) -> tuple[str, ...]:
    blob = utf8.tobytes()
    return tuple(blob[pointer[i] : pointer[i + 1]].decode() for i in range(len(pointer) - 1))
