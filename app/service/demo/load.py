"""The demo city into an empty register, and out of it again."""

import itertools
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import shapely

from app.domain.errors import Conflict
from app.domain.lifecycle import State
from app.service import network as networks
from app.service.demo import keepers
from app.service.demo.city import DemoCity, make_city
from app.service.demo.people import DemoDemand
from app.service.demo.stations import DemoStation
from app.service.snapshot import folder_of
from app.service.vault import Vault
from app.settings import Settings
from app.store import areas, demand, numbers, register, station_versions, stations
from app.store.database import Connection
from app.store.stations import NewStation
from geo.errors import NetworkDamaged
from geo.network import contract
from geo.shores import shores_of
from geo.storage import open_network
from geo.street_features import street_features

NETWORK = "demo"
Progress = Callable[[str, float], None]


@dataclass(frozen=True, slots=True)
class DemoReport:
    """What was loaded."""

    seed: int
    junctions: int
    stations: int


def load(
    connection: Connection,
    settings: Settings,
    vault: Vault,
    *,
    seed: int,
    junctions: int,
    stations_wanted: int,
    progress: Progress,
) -> DemoReport:
    """Make the demo city and load it whole into an empty register.

    Args:
        vault: seals the made-up keepers as it does real ones.

    Raises:
        Conflict: if the register holds anything already.
        InvalidInput: if a size is out of range.
    """
    refuse_unless_empty(connection)
    today = datetime.now(settings.zone).date()
    progress("making the streets of the demo city", 0.0)
    city = make_city(seed=seed, junctions=junctions, stations=stations_wanted, today=today)
    progress("contracting chains", 0.0)
    network = contract(city.streets, shores=shores_of(city.water))
    with connection.transaction():
        _claim(connection, seed)
        progress("writing streets and base map", 0.0)
        features = itertools.chain(city.features, street_features(network))
        networks.store(
            connection,
            settings,
            network,
            name=NETWORK,
            facts={"source": f"demo city, seed {seed}", "nodes": city.streets.nodes},
            features=((f.layer.value, f.kind, f.name, f.min_zoom, f.geometry) for f in features),
        )
        register.use_network(connection, NETWORK)
        progress("writing districts, people and stations", 0.0)
        _load_areas(connection, city)
        for layer in city.demand:
            _load_demand(connection, layer)
        _load_stations(connection, vault, city)
        register.record(connection, "demo.load", NETWORK, {"seed": seed})
    networks.tidy(connection, settings)
    return DemoReport(seed, network.junctions, len(city.stations))


def is_empty(connection: Connection) -> bool:
    """Whether nothing was ever loaded, or all was taken out."""
    return register.read(connection).kind == "empty"


def refuse_unless_empty(connection: Connection) -> None:
    """Raise :class:`Conflict` if the register holds anything."""
    kind = register.read(connection).kind
    if kind != "empty":
        held = "the demo city" if kind == "demo" else "real data"
        raise Conflict(
            f"Could not load the demo city: this register holds {held} already.",
            remedy="Take the old demo out with `harbor demo clear`."
            if kind == "demo"
            else "The demo is never mixed with real data; use another HARBOR_VAR for it.",
        )


def _claim(connection: Connection, seed: int) -> None:
    # whoever loads at the same time is waited for, and then seen
    register.lock(connection)
    if register.read(connection).kind != "empty" or not register.claim(
        connection, "demo", seed=seed
    ):
        raise Conflict("Could not load the demo city: something else was loaded meanwhile.")


def is_outdated(connection: Connection, settings: Settings) -> bool:
    """Say whether the register holds a demo city whose streets this version cannot open."""
    with connection.transaction():
        if register.read(connection).kind != "demo":
            return False
        record = networks.in_use(connection)
    if record is None:
        return False
    try:
        open_network(folder_of(settings.networks, record.name, record.digest))
    except NetworkDamaged:
        return True
    return False


def clear(connection: Connection, settings: Settings) -> None:
    """Take the demo city out, so that the register is empty again.

    Raises:
        Conflict: if the register holds real data.
    """
    with connection.transaction():
        if register.read(connection).kind == "real":
            raise Conflict("Could not clear the demo: this register holds real data.")
        register.empty(connection)
    networks.tidy(connection, settings)


def _load_areas(connection: Connection, city: DemoCity) -> None:
    areas.upsert_districts(
        connection,
        [
            (d.adcode, d.name, d.name_en, shapely.to_wkb(d.shape), d.valid_from, d.valid_to)
            for d in city.districts
        ],
        source=city.label_en,
    )
    scope = city.scope
    areas.save_scope(
        connection,
        name=scope.name,
        title=scope.title,
        title_en=scope.title_en,
        areas=shapely.to_wkb(scope.areas),
        streets=shapely.to_wkb(scope.streets),
        street_buffer_metres=scope.street_buffer_metres,
        source=city.label_en,
    )


def _load_demand(connection: Connection, layer: DemoDemand) -> None:
    demand.save(
        connection,
        name=layer.name,
        title=layer.title,
        title_en=layer.title_en,
        unit=layer.unit,
        source=layer.source,
        longitude=layer.longitude,
        latitude=layer.latitude,
        weight=layer.weight,
    )


def _load_stations(connection: Connection, vault: Vault, city: DemoCity) -> None:
    unions = areas.insert_unions(
        connection,
        [
            (u.code, u.name, u.name_en, u.kind, u.parent_code, u.valid_from, u.valid_to)
            for u in city.unions
        ],
    )
    ids = stations.insert(
        connection,
        [
            NewStation(
                station.facts,
                station.history[0].state,
                station.history[-1].verified,
                station.code,
                unions[station.union_code],
            )
            for station in city.stations
        ],
    )
    _walk_through_states(connection, ids, city.stations)
    stations.date_back(connection, _past(ids, city.stations))
    station_versions.load_history(connection, _versions(ids, city.stations))
    keepers.load(connection, vault, ids, city.stations)
    for code, serial in _highest(city.stations).items():
        numbers.raise_to(connection, code, serial)


def _walk_through_states(
    connection: Connection, ids: Sequence[int], made: Sequence[DemoStation]
) -> None:
    """Move every record along its history, one step of all at a time, by the legal moves only."""
    paths = [
        [state for state, _ in itertools.groupby(version.state for version in station.history)]
        for station in made
    ]
    for step in range(1, max((len(path) for path in paths), default=0)):
        moves: dict[State, list[int]] = defaultdict(list)
        merges: list[tuple[int, int]] = []
        for i, path in enumerate(paths):
            if step >= len(path):
                continue
            survivor = made[i].merged_into
            if path[step] is State.MERGED and survivor is not None:
                merges.append((ids[i], ids[survivor]))
            else:
                moves[path[step]].append(ids[i])
        for state, chosen in moves.items():
            stations.move(connection, chosen, state)
        stations.merge(connection, merges)


def _past(
    ids: Sequence[int], made: Sequence[DemoStation]
) -> Iterator[tuple[int, datetime, datetime, str]]:
    """When each was entered, since when it is as it is, and why."""
    for station_id, station in zip(ids, made, strict=True):
        state = station.history[-1].state
        # to be verified is no change of state
        last = next(
            number
            for number, version in reversed(list(enumerate(station.history)))
            if version.state is state and (not number or station.history[number - 1].state != state)
        )
        since = station.history[last]
        yield station_id, station.history[0].valid_from, since.valid_from, since.reason


def _versions(
    ids: Sequence[int], made: Sequence[DemoStation]
) -> Iterator[tuple[int, int, datetime, datetime | None, str, bool]]:
    for station_id, station in zip(ids, made, strict=True):
        following = [version.valid_from for version in station.history[1:]]
        for number, (version, end) in enumerate(
            zip(station.history, [*following, None], strict=True), start=1
        ):
            yield (
                station_id,
                number,
                version.valid_from,
                end,
                version.state.value,
                version.verified,
            )


def _highest(made: Sequence[DemoStation]) -> dict[str, int]:
    highest: dict[str, int] = {}
    for station in made:
        if station.code is not None:
            area, serial = station.code[:6], int(station.code[6:11])
            highest[area] = max(serial, highest.get(area, 0))
    return dict(sorted(highest.items()))
