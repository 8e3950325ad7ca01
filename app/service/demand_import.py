"""People to be served, into a named layer."""

import re
from dataclasses import dataclass
from pathlib import Path

from app.domain.errors import FieldError, InvalidInput
from app.files.demand import read_points
from app.service._whereabouts import outside_streets
from app.service.network import claim_real, in_use
from app.store import demand, register
from app.store.database import Connection
from geo.datum import parse_datum, to_wgs84

NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,49}")


@dataclass(frozen=True, slots=True)
class DemandReport:
    """What an import of a layer did."""

    layer: str
    points: int
    total: float
    weight_name: str
    dropped: dict[str, int]
    warnings: tuple[str, ...] = ()


def import_demand(
    connection: Connection,
    path: Path,
    *,
    layer: str,
    title: str = "",
    title_en: str = "",
    unit: str = "people",
    source: str = "",
    datum: str = "wgs84",
    weight_column: str | None = None,
    unweighted: bool = False,
) -> DemandReport:
    """Import weighted points (CSV, GeoTIFF) as a layer, in place of one of that name.

    Raises:
        UnreadableFile, InvalidInput: if the file, name or datum cannot be used.
        Conflict: if the register holds the demo city.
    """
    if not NAME.fullmatch(layer):
        raise InvalidInput(
            [FieldError("layer", "use small letters, digits, - and _, a letter or digit first")],
            attempted=f"name the layer {layer!r}",
        )
    known_datum = parse_datum(datum)
    network = in_use(connection)
    points = read_points(
        path,
        weight_column=weight_column,
        unweighted=unweighted,
        bounds=network.bounds if network else None,
    )
    longitude, latitude = points.longitude, points.latitude
    if not points.in_wgs84:
        longitude, latitude = to_wgs84(longitude, latitude, datum=known_datum)
    with connection.transaction():
        claim_real(connection, f"import {path.name}")
        demand.save(
            connection,
            name=layer,
            title=title or layer,
            title_en=title_en or layer,
            unit=unit,
            source=source or f"{path.name}, {points.weight_name}",
            longitude=longitude,
            latitude=latitude,
            weight=points.weight,
        )
        register.record(connection, "demand.import", layer, {"file": path.name})
    return DemandReport(
        layer,
        len(points.weight),
        float(points.weight.sum()),
        points.weight_name,
        points.dropped,
        outside_streets(longitude, latitude, network),
    )
