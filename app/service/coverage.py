"""Who is covered: people, streets and area within the circle, by three rules at once."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from app.domain.errors import Conflict, FieldError, InvalidInput, NotFound
from app.domain.hours import OpenState, state_at
from app.service import gaps
from app.service.nearest import check_moment, check_services
from app.service.regions import EVERYTHING, Cells, Region, cells, hull, middles
from app.service.snapshot import Streets
from app.settings import Settings
from app.store import areas, demand, runs, stations
from app.store.database import Connection
from app.store.demand import Demand
from app.store.runs import CoverageRun
from app.store.stations import CountedStation
from geo.circle import DEPTH, Points, RadiusRule, Rule, WalkRule
from geo.snap import snap

METRES_PER_MINUTE = 1000 / 15


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverageQuestion:
    """What a planner asks; None takes the only or the newest there is."""

    scope: str | None = None
    demand: str | None = None
    minutes: float = 15.0
    services: tuple[str, ...] = ()
    at: datetime | None = None
    as_of: datetime | None = None


@dataclass(frozen=True, slots=True, eq=False)
class _Material:
    """Everything a run is computed from, gathered in one transaction."""

    inputs: dict[str, Any]
    streets: Streets
    stations: list[CountedStation]
    demand: Demand
    scope: Region
    districts: list[Region]
    minutes: float


def measure(
    connection: Connection, streets: Streets, settings: Settings, question: CoverageQuestion
) -> CoverageRun:
    """Return the run that answers a question, computing it unless these inputs stand already.

    Raises:
        InvalidInput, NotFound: if a part of the question cannot be used.
    """
    _check(question)
    with connection.transaction():
        material = _gather(connection, streets, settings, question)
        digest = _digest(material.inputs)
        known = runs.latest(connection, inputs_digest=digest)
        if known is not None:
            return known
        result = _compute(connection, material, settings)
        run = runs.save(connection, material.inputs, digest, result)
        return _existing(connection, run)


def repeat(
    connection: Connection, streets: Streets, settings: Settings, run: int
) -> tuple[CoverageRun, bool]:
    """Compute a stored run again from its inputs; return it and whether every figure is the same.

    Raises:
        NotFound: if there is no such run.
        Conflict: if an input (network, layer, scope, districts) is no longer what it was.
    """
    with connection.transaction():
        stored = _existing(connection, run)
        inputs = stored.inputs
        question = CoverageQuestion(
            scope=inputs["scope"],
            demand=inputs["demand"],
            minutes=inputs["minutes"],
            services=tuple(inputs["services"]),
            at=_moment(inputs["at"]),
            as_of=_moment(inputs["as_of"]),
        )
        material = _gather(connection, streets, settings, question)
        changed = sorted(key for key, value in inputs.items() if material.inputs.get(key) != value)
        if changed:
            raise Conflict(
                f"Run {run} cannot be repeated: {', '.join(changed)} changed since.",
                remedy="Restore these inputs, or make a new run with `harbor coverage`.",
            )
        return stored, _compute(connection, material, settings) == stored.result


def latest(connection: Connection) -> CoverageRun:
    """Return the newest run, or raise :class:`NotFound`."""
    with connection.transaction():
        run = runs.latest(connection)
    if run is None:
        raise NotFound("No coverage was computed yet.", remedy="Run `harbor coverage`.")
    return run


def find(connection: Connection, run: int) -> CoverageRun:
    """Return a stored run, or raise :class:`NotFound`."""
    with connection.transaction():
        return _existing(connection, run)


def _existing(connection: Connection, run: int) -> CoverageRun:
    found = runs.find(connection, run)
    if found is None:
        raise NotFound(f"There is no coverage run {run}.")
    return found


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def _check(question: CoverageQuestion) -> None:
    errors = [
        *check_services(question.services),
        *check_moment("at", question.at),
        *check_moment("as_of", question.as_of),
    ]
    if not 1 <= question.minutes <= 120:
        errors.append(FieldError("minutes", f"{question.minutes:g} is not from 1 to 120"))
    if errors:
        raise InvalidInput(errors, attempted="measure coverage")


def _gather(
    connection: Connection, streets: Streets, settings: Settings, question: CoverageQuestion
) -> _Material:
    as_of = question.as_of or stations.newest_version(connection) or datetime.now(UTC)
    counted = [
        station
        for station in stations.counting(connection, as_of=as_of)
        if set(question.services).issubset(station.services)
    ]
    states = (
        {}
        if question.at is None
        else {
            station.id: state_at(station.hours, question.at, zone=settings.zone).state
            for station in counted
        }
    )
    used = [s for s in counted if states.get(s.id, OpenState.OPEN) is OpenState.OPEN]
    layer = _demand(connection, question.demand)
    day = as_of.astimezone(settings.zone).date()
    districts = _districts(connection, day)
    scope = _scope(connection, question.scope, districts, streets)
    inputs = {
        "scope": scope.code,
        "scope_title": scope.name,
        "scope_digest": _shape_digest([scope]),
        "districts_digest": _shape_digest(districts),
        "demand": layer.facts.name,
        "demand_title": layer.facts.title,
        "demand_source": layer.facts.source,
        "demand_digest": layer.facts.digest,
        "network": streets.name,
        "network_digest": streets.network.digest,
        "height_share": round(streets.network.height_share, 4),
        "minutes": question.minutes,
        "radius_metres": round(question.minutes * METRES_PER_MINUTE, 1),
        "max_snap_metres": settings.max_snap_metres,
        "services": sorted(question.services),
        "at": None if question.at is None else question.at.isoformat(),
        "as_of": as_of.isoformat(),
        "stations": len(used),
        "stations_closed": sum(s is OpenState.CLOSED for s in states.values()),
        "stations_unknown": sum(s is OpenState.UNKNOWN for s in states.values()),
        "stations_digest": _digest([[s.id, s.version] for s in used]),
    }
    return _Material(inputs, streets, used, layer, scope, districts, question.minutes)


def _demand(connection: Connection, name: str | None) -> Demand:
    known = demand.layers(connection)
    if not known:
        raise NotFound(
            "There is no demand layer, so nobody can be counted.",
            remedy="Import one with `harbor population import FILE` or `harbor demand import"
            " FILE --layer NAME`.",
        )
    names = [layer.name for layer in known]
    chosen = name or ("residents" if "residents" in names else names[0])
    found = demand.read(connection, chosen)
    if found is None:
        raise NotFound(
            f"There is no demand layer {chosen!r}.", remedy=f"Known layers: {', '.join(names)}."
        )
    return found


def _districts(connection: Connection, day: Any) -> list[Region]:
    return [
        Region(d.adcode, d.name, d.name_en, shapely.from_wkb(d.geometry))
        for d in areas.districts(connection, as_of=day)
    ]


def _scope(
    connection: Connection, name: str | None, districts: list[Region], streets: Streets
) -> Region:
    """Return the declared scope; without one, all districts; without those, the streets' hull."""
    declared = {
        record.name: Region(
            record.name, record.title, record.title_en, shapely.from_wkb(record.region)
        )
        for record in areas.scopes(connection)
    }
    if name is None and len(declared) == 1:
        return next(iter(declared.values()))
    if name not in (None, EVERYTHING):
        if name not in declared:
            raise NotFound(
                f"There is no scope {name!r}.",
                remedy=f"Known scopes: {', '.join([*declared, EVERYTHING])}.",
            )
        return declared[str(name)]
    if districts:
        shape = shapely.union_all([district.shape for district in districts])
        near = shapely.intersection(shape, shapely.box(*streets.network.bounds))
        if not near.is_empty:
            return Region(EVERYTHING, "全部区县", "All districts", near)
    return Region(EVERYTHING, "路网范围", "Extent of the streets", hull(streets.network))


def _shape_digest(regions: list[Region]) -> str:
    digest = hashlib.sha256()
    for region in regions:
        digest.update(region.code.encode() + shapely.to_wkb(region.shape))
    return digest.hexdigest()[:16]


def _digest(value: object) -> str:
    text = json.dumps(value, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _points(
    streets: Streets,
    settings: Settings,
    longitude: NDArray[np.float64],
    latitude: NDArray[np.float64],
) -> Points:
    return Points(
        longitude=longitude,
        latitude=latitude,
        positions=snap(streets.network, longitude, latitude, max_metres=settings.max_snap_metres),
    )


def _compute(connection: Connection, material: _Material, settings: Settings) -> dict[str, Any]:
    streets, layer = material.streets, material.demand
    where = _points(
        streets,
        settings,
        np.array([s.longitude for s in material.stations], np.float64),
        np.array([s.latitude for s in material.stations], np.float64),
    )
    seconds = material.minutes * 60
    walk = {
        name: WalkRule(streets.network, weights, where, max_seconds=seconds)
        for name, weights in streets.weights.items()
    }
    rules: dict[str, Rule] = {
        "radius_1km": RadiusRule(
            streets.network, where, radius_metres=material.minutes * METRES_PER_MINUTE
        ),
        "walk_official": walk["official"],
        "walk_terrain": walk["terrain"],
    }
    people = _points(streets, settings, layer.longitude, layer.latitude)
    ground = _ground(material)
    spots = _points(streets, settings, ground.longitude, ground.latitude)
    parts = _Parts(material, people, ground)
    figures = {
        name: parts.figures(rule.count(people), rule.metres(), rule.count(spots))
        for name, rule in rules.items()
    }
    covered = rules["walk_terrain"].count(people) > 0
    return {
        "rules": {name: figures[name][0] for name in rules},
        "districts": [
            {
                "adcode": district.code,
                "name": district.name,
                "name_en": district.name_en,
                "rules": {name: figures[name][i + 1] for name in rules},
            }
            for i, district in enumerate(material.districts)
            if parts.touched(i + 1)
        ],
        "worst": gaps.worst(
            connection,
            streets,
            people,
            weight=np.where(covered | ~parts.people[0], 0.0, layer.weight),
            seconds=walk["terrain"].nearest_seconds(people),
            districts=material.districts,
        ),
        "demand_total": round(float(layer.weight.sum()), 1),
        "stations_outside": int((~where.positions.inside).sum()),
    }


def _ground(material: _Material) -> Cells:
    shapes = [material.scope.shape, *(district.shape for district in material.districts)]
    box = shapely.box(*material.streets.network.bounds)
    return cells(shapely.intersection(shapely.union_all(shapes), box.buffer(0.005)))


class _Parts:
    """Which points, segments and cells lie in the scope and in each district.

    Index 0 is the scope; district ``i`` of the material is index ``i + 1``.
    """

    def __init__(self, material: _Material, people: Points, ground: Cells) -> None:
        regions = [material.scope, *material.districts]
        longitude, latitude = middles(material.streets.network)
        self.weight = material.demand.weight
        self.segment_metres = material.streets.network.segment_metres
        self.square_metres = ground.square_metres
        self.people = [r.holds(people.longitude, people.latitude) for r in regions]
        self.segments = [r.holds(longitude, latitude) for r in regions]
        self.cells = [r.holds(ground.longitude, ground.latitude) for r in regions]

    def touched(self, index: int) -> bool:
        """Whether anything of a region has people or streets."""
        return bool(self.people[index].any() or self.segments[index].any())

    def figures(
        self,
        people: NDArray[np.int8],
        metres: NDArray[np.float32],
        spots: NDArray[np.int8],
    ) -> list[dict[str, float | None]]:
        """Return the figures of one rule for the scope and for every district."""
        return [
            _figures(
                _shares(people[self.people[i]], self.weight[self.people[i]]),
                _street_shares(metres[self.segments[i]], self.segment_metres[self.segments[i]]),
                _shares(spots[self.cells[i]], np.full(self.cells[i].sum(), self.square_metres)),
            )
            for i in range(len(self.people))
        ]


def _shares(
    count: NDArray[np.int8], weight: NDArray[np.float64]
) -> tuple[float, list[float | None]]:
    """Return the whole weight, and the share counted at least once, twice, three times."""
    whole = float(weight.sum())
    reached = [float(weight[count >= depth].sum()) for depth in range(1, DEPTH + 1)]
    return whole, [value / whole if whole > 0 else None for value in reached]


def _street_shares(
    metres: NDArray[np.float32], length: NDArray[np.float32]
) -> tuple[float, list[float | None]]:
    whole = float(length.sum(dtype=np.float64))
    reached = metres.sum(axis=0, dtype=np.float64)
    return whole, [float(value) / whole if whole > 0 else None for value in reached]


def _figures(
    people: tuple[float, list[float | None]],
    street: tuple[float, list[float | None]],
    area: tuple[float, list[float | None]],
) -> dict[str, float | None]:
    """Lay out figures under their names, rounded so that they repeat and compare."""
    figures: Mapping[str, float | None] = {
        "people": None if people[1][0] is None else round(people[0] * people[1][0], 1),
        "people_share": people[1][0],
        "street_share": street[1][0],
        "area_share": area[1][0],
        "twice_share": people[1][1],
        "thrice_share": people[1][2],
        "street_twice_share": street[1][1],
        "street_thrice_share": street[1][2],
        "area_twice_share": area[1][1],
        "area_thrice_share": area[1][2],
        "people_total": round(people[0], 1),
        "street_km": round(street[0] / 1000, 3),
        "area_km2": round(area[0] / 1e6, 3),
    }
    return {name: None if v is None else round(float(v), 6) for name, v in figures.items()}
