"""Districts with a date, and scopes, into the register."""

import math
import re
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import shapely
from shapely.geometry import MultiLineString, MultiPolygon
from shapely.geometry.base import BaseGeometry

from app.domain.errors import FieldError, InvalidInput
from app.files.districts import DistrictRow, read_districts
from app.files.scopes import read_scope
from app.service._whereabouts import away_from_streets, refuse_swapped_shapes
from app.service.network import claim_real, in_use
from app.service.regions import EVERYTHING
from app.store import areas, register
from app.store.database import Connection
from app.store.networks import NetworkRecord
from geo.datum import Datum, geometry_to_wgs84, parse_datum

NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,49}")
CODE = re.compile(r"[1-9][0-9]{5}")
MAX_BUFFER_METRES = 5_000.0


@dataclass(frozen=True, slots=True)
class DistrictReport:
    """What an import of districts did.

    Attributes:
        districts: codes and names, in the order of the file.
        new: how many were not known under this code and date.
        ended: codes of earlier districts that this import ended.
        repaired: name and what was wrong with its polygon, of each that was repaired.
    """

    districts: tuple[tuple[str, str], ...]
    new: int
    ended: tuple[str, ...]
    repaired: tuple[tuple[str, str], ...]
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ScopeReport:
    """How many areas and main streets a scope is of."""

    areas: int
    streets: int
    warnings: tuple[str, ...] = ()


def import_districts(
    connection: Connection,
    path: Path,
    *,
    datum: str,
    valid_from: date,
    replace_all: bool = False,
) -> DistrictReport:
    """Import districts as they are from a date on, whole or not at all.

    A district known under the same code from an earlier date ends on that date.
    With ``replace_all`` so do all earlier districts that the file does not name.

    Raises:
        UnreadableFile, InvalidInput: if the file or the datum cannot be used.
        Conflict: if the register holds the demo city.
    """
    known_datum = parse_datum(datum)
    rows = read_districts(path)
    _check_codes(rows, path)
    network = in_use(connection)
    refuse_swapped_shapes(
        [row.geometry for row in rows], network, attempted=f"read the districts in {path.name}"
    )
    shapes = [geometry_to_wgs84(row.geometry, datum=known_datum) for row in rows]
    with connection.transaction():
        claim_real(connection, f"import {path.name}")
        codes = [row.adcode for row in rows]
        areas.supersede_districts(connection, on=valid_from, codes=codes)
        ended = (
            areas.end_districts(connection, before=valid_from, keep=codes) if replace_all else []
        )
        new = areas.upsert_districts(
            connection,
            [
                (
                    row.adcode,
                    row.name,
                    row.name_en,
                    _valid_wkb(shape),
                    valid_from,
                    None,
                )
                for row, shape in zip(rows, shapes, strict=True)
            ],
            source=f"{path.name} ({known_datum})",
        )
        register.record(
            connection, "districts.import", path.name, {"districts": len(rows), "new": new}
        )
    return DistrictReport(
        tuple((row.adcode, row.name) for row in rows),
        new,
        tuple(ended),
        tuple((row.name, "; ".join(row.problems)) for row in rows if row.problems),
        away_from_streets([*shapes], network),
    )


def _check_codes(rows: list[DistrictRow], path: Path) -> None:
    """Refuse codes that no station number could begin with."""
    wrong = [row for row in rows if not CODE.fullmatch(row.adcode)]
    if wrong:
        raise InvalidInput(
            [
                FieldError(f"row {row.number}", f"{row.name}: {row.adcode!r} is not six digits")
                for row in wrong
            ],
            attempted=f"read the districts in {path.name}",
            remedy="Use the six-digit codes of districts and counties; nothing was taken.",
        )


def _valid_wkb(geometry: BaseGeometry) -> bytes:
    """Return WKB of the polygonal parts; a shift of datum may pinch a narrow shape."""
    if not geometry.is_valid:
        parts = shapely.get_parts(shapely.make_valid(geometry))
        geometry = shapely.union_all(
            [part for part in parts if part.geom_type in ("Polygon", "MultiPolygon")]
        )
    wkb: bytes = shapely.to_wkb(geometry)
    return wkb


def import_scope(
    connection: Connection,
    path: Path,
    *,
    name: str,
    title: str,
    title_en: str = "",
    datum: str,
    street_buffer_metres: float,
) -> ScopeReport:
    """Import a scope from drawn areas and main streets.

    Raises:
        UnreadableFile, InvalidInput: if the file, name, datum or width cannot be used.
        Conflict: if the register holds the demo city.
    """
    check_scope(name, street_buffer_metres)
    network = in_use(connection)
    located = locate(*read_scope(path), datum=datum, network=network, name=path.name)
    with connection.transaction():
        claim_real(connection, f"import {path.name}")
        areas.save_scope(
            connection,
            name=name,
            title=title or name,
            title_en=title_en,
            areas=located.areas_wkb,
            streets=located.streets_wkb,
            street_buffer_metres=street_buffer_metres,
            source=f"{path.name} ({located.datum})",
        )
        register.record(connection, "scope.import", name, {"file": path.name})
    return ScopeReport(
        len(located.areas.geoms),
        0 if located.streets is None else len(located.streets.geoms),
        away_from_streets([*located.areas.geoms], network),
    )


@dataclass(frozen=True, slots=True, eq=False)
class Located:
    """Areas and main streets of a scope in WGS-84, and the datum that they were given in."""

    areas: MultiPolygon
    streets: MultiLineString | None
    datum: Datum

    @property
    def areas_wkb(self) -> bytes:
        """The areas as WKB; a shift of datum may pinch a narrow one, which is repaired."""
        return _valid_wkb(self.areas)

    @property
    def streets_wkb(self) -> bytes | None:
        """The streets as WKB."""
        if self.streets is None:
            return None
        wkb: bytes = shapely.to_wkb(self.streets)
        return wkb


def locate(
    drawn: MultiPolygon,
    streets: MultiLineString | None,
    *,
    datum: str,
    network: NetworkRecord | None,
    name: str,
) -> Located:
    """Bring the shapes of a scope to WGS-84.

    Args:
        name: what messages call where they come from.

    Raises:
        InvalidInput: if longitude and latitude look swapped.
        InvalidValue: for a datum that is none.
    """
    known = parse_datum(datum)
    refuse_swapped_shapes([*drawn.geoms], network, attempted=f"read the scope in {name}")
    return Located(
        geometry_to_wgs84(drawn, datum=known),
        None if streets is None else geometry_to_wgs84(streets, datum=known),
        known,
    )


def check_scope(name: str, street_buffer_metres: float) -> None:
    """Raise :class:`InvalidInput` for a name that is none, or a width beyond reason."""
    errors = []
    if not NAME.fullmatch(name) or name == EVERYTHING:
        errors.append(
            FieldError(
                "name",
                "use small letters, digits, - and _, a letter or digit first;"
                f" {EVERYTHING!r} means everything",
                f"请用小写字母、数字、- 和 _,以字母或数字开头;{EVERYTHING!r} 指全部",
            )
        )
    if not (math.isfinite(street_buffer_metres) and 0 <= street_buffer_metres <= MAX_BUFFER_METRES):
        errors.append(
            FieldError(
                "street buffer",
                f"is {street_buffer_metres:g}; expected metres from 0 to {MAX_BUFFER_METRES:,.0f}",
                f"街道两侧宽度应为 0 到 {MAX_BUFFER_METRES:,.0f} 米",
            )
        )
    if errors:
        raise InvalidInput(errors, attempted=f"import the scope {name!r}")
