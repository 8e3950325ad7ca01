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

from geo._grid import Grid
from geo._names import Names, pack
from geo.errors import NetworkDamaged
from geo.network import Network
from geo.shores import Shores

FORMAT = 2
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
    arrays["names_utf8"], arrays["names_pointer"] = pack(network.names)
    facts_of_network = {
        "junctions": network.junctions,
        "edges": network.edges,
        "metres": round(network.metres, 1),
        "bounds": network.bounds,
        "height_share": network.height_share,
        "grid": network.grid._asdict(),
        "shore_grid": network.shores.grid._asdict(),
        "facts": dict(facts or {}),
    }
    digest = write_arrays(building, arrays, facts_of_network)
    _replace(building, folder)
    return replace(network, digest=digest)


def write_arrays(folder: Path, arrays: Mapping[str, NDArray[Any]], meta: Mapping[str, Any]) -> str:
    """Write arrays, and what is known of them, into an empty folder; return their digest."""
    described: dict[str, dict[str, Any]] = {}
    digest = hashlib.sha256()
    for name, values in arrays.items():
        packed = np.ascontiguousarray(values)
        np.save(folder / f"{name}.npy", packed)
        content = packed.reshape(-1).view(np.uint8).data
        digest.update(content)
        described[name] = {
            "dtype": packed.dtype.str,
            "shape": list(packed.shape),
            "crc32": zlib.crc32(content),
        }
    short = digest.hexdigest()[:32]
    document = {"format": FORMAT, "digest": short, **meta, "arrays": described}
    text = json.dumps(document, ensure_ascii=False, indent=1)
    (folder / META).write_text(text, encoding="utf-8")
    return short


def open_arrays(
    folder: Path, meta: Mapping[str, Any], *, checksums: bool = False
) -> dict[str, NDArray[Any]]:
    """Open the arrays that ``meta`` names, memory-mapped; compare checksums if asked to.

    Raises:
        NetworkDamaged: naming the first that is absent, of another size or altered.
    """
    arrays = {}
    for name, described in _part(folder, meta, "arrays").items():
        values = arrays[name] = _open_array(folder, name, described)
        content = values.reshape(-1).view(np.uint8).data
        if checksums and zlib.crc32(content) != described["crc32"]:
            raise NetworkDamaged(str(folder), f"{name}.npy has changed since it was written")
    return arrays


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
    """Open a saved network memory-mapped, checking version, headers and sizes.

    Raises:
        NetworkDamaged: if a part is absent, cut short or of another shape.
    """
    meta = read_meta(folder)
    arrays = open_arrays(folder, meta)
    shore_names = {name: f"shore_{name}" for name in _array_names(Shores)}
    expected = {*_array_names(Network), *shore_names.values(), "names_utf8", "names_pointer"}
    missing = expected - set(arrays)
    if missing:
        raise NetworkDamaged(str(folder), f"arrays are missing: {', '.join(sorted(missing))}")
    return Network(
        **{name: arrays[name] for name in _array_names(Network)},
        shores=Shores(
            **{name: arrays[stored] for name, stored in shore_names.items()},
            grid=Grid(**_part(folder, meta, "shore_grid")),
        ),
        names=Names(arrays["names_utf8"], arrays["names_pointer"]),
        grid=Grid(**_part(folder, meta, "grid")),
        height_share=float(_part(folder, meta, "height_share")),
        digest=str(_part(folder, meta, "digest")),
    )


def _part(folder: Path, meta: Mapping[str, Any], name: str) -> Any:
    if name not in meta:
        raise NetworkDamaged(str(folder), f"meta.json does not say {name}")
    return meta[name]


def check(folder: Path) -> None:
    """Compare every array with its checksum.

    Raises:
        NetworkDamaged: naming the first array whose bytes have changed.
    """
    open_arrays(folder, read_meta(folder), checksums=True)


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
    # a kernel takes a plain array of mapped memory in a tenth of a microsecond, a memmap in nine
    plain: NDArray[Any] = values.view(np.ndarray)
    return plain


def _array_names(held: type[Network] | type[Shores]) -> list[str]:
    others = ("grid", "shores", "names", "height_share", "digest", "view")
    return [field.name for field in fields(held) if field.name not in others]


def _arrays(network: Network) -> dict[str, NDArray[Any]]:
    arrays = {name: getattr(network, name) for name in _array_names(Network)}
    shores = {f"shore_{name}": getattr(network.shores, name) for name in _array_names(Shores)}
    return arrays | shores
