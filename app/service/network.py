"""Walking networks: built from an extract, listed, put to use."""

import re
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from app.domain.errors import (
    Conflict,
    FieldError,
    InvalidInput,
    NotFound,
    Unavailable,
)
from app.service._correction_records import every as every_correction
from app.service.snapshot import folder_of
from app.service.street_source import LineOptions, Source, read_source, with_elevation
from app.settings import Settings
from app.store import basemap, networks, register
from app.store.database import Connection
from app.store.networks import NetworkRecord
from geo import storage
from geo.corrections import Outcome, apply
from geo.elevation import ElevationReport
from geo.errors import NetworkDamaged
from geo.network import Network, contract
from geo.weights_storage import check_weights_of

Progress = Callable[[str, float], None]
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,49}")


@dataclass(frozen=True, slots=True)
class Built:
    """What a build made of its sources; ``flat`` is whether nothing gave it heights."""

    record: NetworkRecord
    source: Source
    elevation: ElevationReport | None
    flat: bool
    corrections: tuple[Outcome, ...]
    features: int
    broken_features: int
    in_use: bool


def check_name(name: str) -> None:
    """Raise :class:`InvalidInput` unless a network may be called this."""
    if not NAME.fullmatch(name):
        raise InvalidInput(
            [FieldError("name", "use letters, digits, - and _, at most 50")],
            attempted=f"name the network {name!r}",
        )


def claim_real(connection: Connection, attempted: str) -> None:
    """Make the register a real one, or refuse: a demo is never mixed with real data.

    Raises:
        Conflict: if the register holds the demo city.
    """
    if not register.claim(connection, "real"):
        raise _mixed(attempted)


def refuse_demo(connection: Connection, attempted: str) -> None:
    """Raise :class:`Conflict` if the register holds the demo city, before any long work."""
    if register.read(connection).kind == "demo":
        raise _mixed(attempted)


def _mixed(attempted: str) -> Conflict:
    return Conflict(
        f"Could not {attempted}: this register holds the demo city, which is never mixed with"
        " real data.",
        remedy="Take the demo city out first with `harbor demo clear`.",
    )


def in_use(connection: Connection) -> NetworkRecord | None:
    """Return the network that every answer is measured on, None if there is none."""
    name = register.read(connection).network
    return networks.find(connection, name) if name else None


def build(
    connection: Connection,
    settings: Settings,
    file: Path,
    *,
    name: str,
    lines: LineOptions | None = None,
    elevation: Sequence[Path] = (),
    progress: Progress,
) -> Built:
    """Build a network and its base map from a source, whole or not at all.

    The corrections of the register are applied; each tells what became of it.

    The first network of a register, and a new build of the one in use, is put
    to use at once.

    Args:
        file: an OpenStreetMap extract (``.osm.pbf``), or a city's own lines (``.gpkg``,
            ``.shp``, ``.geojson``).
        lines: how the latter are to be read.
        elevation: elevation models in metres, ``.hgt`` or GeoTIFF; may cover a part only.
        progress: is told what is being done and the share of it that is done.

    Raises:
        InvalidInput, Conflict: if the name cannot be used or the register holds the demo.
        SourceUnreadable, UnreadableFile, NoStreets, ElevationOutside: if a source is of no use.
        Unavailable: if it cannot be written.
    """
    check_name(name)
    attempted = f"build the network {name}"
    refuse_demo(connection, attempted)
    with _writing(settings.networks, name):
        settings.networks.mkdir(parents=True, exist_ok=True)
    # minutes of work hold no transaction, and no lock that an import would wait for
    source = read_source(file, options=lines or LineOptions(), progress=progress)
    corrections = every_correction(connection)
    streets, outcomes = apply(source.streets, corrections)
    report = None
    if elevation:
        streets, report = with_elevation(streets, elevation, progress)
    progress("contracting chains", 0.0)
    network = contract(streets, shores=source.shores)
    features = source.draw(network)
    facts = {
        "source": file.name,
        "nodes": streets.nodes,
        "segments": streets.segments,
        "corrections": _told(outcomes),
        "elevation": [path.name for path in elevation],
        **_remarks(source, report),
    }
    progress("writing streets and base map", 0.0)
    with connection.transaction():
        claim_real(connection, attempted)
        count = store(
            connection,
            settings,
            network,
            name=name,
            facts=facts,
            features=((f.layer.value, f.kind, f.name, f.min_zoom, f.geometry) for f in features),
        )
        in_use = _use_if_first(connection, name)
        record = networks.find(connection, name)
        register.record(connection, "network.build", name, facts)
    if record is None:
        raise NotFound(f"The network {name} was removed while it was built.")
    tidy(connection, settings)
    flat = network.height_share == 0
    told = tuple(outcomes)
    return Built(record, source, report, flat, told, count, features.broken, in_use)


def _remarks(source: Source, report: ElevationReport | None) -> dict[str, object]:
    return {
        "stairways": source.stairways,
        "remarks": list(source.remarks),
        "elevation_share": None if report is None else round(report.share_covered, 4),
    }


def _told(outcomes: Sequence[Outcome]) -> dict[str, object]:
    """Return what became of corrections as a network's facts keep it."""
    return {
        "applied": sum(one.applied for one in outcomes),
        "not_matching": [
            {"id": one.id, "action": one.action.value, "reason": one.reason}
            for one in outcomes
            if not one.applied
        ],
    }


@contextmanager
def _writing(folder: Path, name: str) -> Iterator[None]:
    """Leave nothing half written, and say what could not be.

    Raises:
        Unavailable: if the folder cannot be made or written to, or is full.
    """
    try:
        yield
    except OSError as error:
        for left in folder.glob(f".*{name}.new*"):
            if left.name in (f".{name}.new", f"..{name}.new.building"):
                shutil.rmtree(left, ignore_errors=True)
        raise Unavailable(
            f"Could not write the network {name} into {folder}: {error.strerror or error}.",
            remedy="Nothing was changed. Make room there, or set HARBOR_VAR to a folder that"
            " can be written to.",
        ) from error


def store(
    connection: Connection,
    settings: Settings,
    network: Network,
    *,
    name: str,
    facts: dict[str, object],
    features: Iterator[tuple[str, str, str, int, bytes]],
) -> int:
    """Write arrays and base map; the arrays' folder counts from the moment of the commit.

    The caller has claimed the register, so that nobody else writes or tidies meanwhile.

    Raises:
        Unavailable: if the folder cannot be written.
    """
    building = settings.networks / f".{name}.new"
    with _writing(settings.networks, name):
        saved = storage.save(network, building, facts=facts)
    networks.save(
        connection,
        name=name,
        digest=saved.digest,
        junctions=saved.junctions,
        edges=saved.edges,
        metres=saved.metres,
        bounds=saved.bounds,
        facts=facts,
    )
    count = basemap.replace(connection, name, features)
    folder = folder_of(settings.networks, name, saved.digest)
    with _writing(settings.networks, name):
        if _is_whole(folder):
            shutil.rmtree(building)
        else:
            shutil.rmtree(folder, ignore_errors=True)
            building.rename(folder)
    return count


def _is_whole(folder: Path) -> bool:
    try:
        storage.check(folder)
        check_weights_of(folder)
    except NetworkDamaged:
        return False
    return True


def tidy(connection: Connection, settings: Settings) -> None:
    """Remove folders of builds that the register no longer knows."""
    with connection.transaction():
        register.lock(connection)
        kept = {
            folder_of(settings.networks, record.name, record.digest).name
            for record in networks.every(connection)
        }
        if settings.networks.exists():
            for folder in settings.networks.iterdir():
                if folder.is_dir() and folder.name not in kept:
                    shutil.rmtree(folder, ignore_errors=True)


def _use_if_first(connection: Connection, name: str) -> bool:
    in_use = register.read(connection).network
    if in_use is None:
        register.use_network(connection, name)
    return in_use in (None, name)


def use(connection: Connection, name: str) -> None:
    """Make a network the one that every answer is measured on.

    Raises:
        NotFound: if there is none of that name.
        Conflict: if the register holds the demo city.
    """
    with connection.transaction():
        if networks.find(connection, name) is None:
            raise _unknown(connection, name)
        claim_real(connection, f"use the network {name}")
        register.use_network(connection, name)
        register.record(connection, "network.use", name)


def every(connection: Connection) -> tuple[list[NetworkRecord], str | None]:
    """Return all networks, and the name of the one in use."""
    with connection.transaction():
        return networks.every(connection), register.read(connection).network


def check(connection: Connection, settings: Settings, name: str) -> None:
    """Compare a saved network with its checksums.

    Raises:
        NotFound: if there is none of that name.
        NetworkDamaged: if a file has changed.
    """
    with connection.transaction():
        record = networks.find(connection, name)
        if record is None:
            raise _unknown(connection, name)
    folder = folder_of(settings.networks, name, record.digest)
    storage.check(folder)
    check_weights_of(folder)


def _unknown(connection: Connection, name: str) -> NotFound:
    known = ", ".join(record.name for record in networks.every(connection)) or "none"
    return NotFound(f"There is no network {name!r}.", remedy=f"Known networks: {known}.")
