"""Lists of stations in: from CSV, XLSX or GeoJSON to rows that say what is wrong with them."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from app.domain.contacts import Contact, read_contacts
from app.domain.errors import FieldError, InvalidInput
from app.domain.place import Bounds
from app.domain.station_row import StationRow, read_row
from app.files.cells import unguarded
from app.files.geojson import POINT
from app.files.notes import Note
from app.files.station_columns import DATUMS, StationColumns, recognise
from app.files.tables import Row, Table, read_table

# the template's own example carries it, and no station does
EXAMPLE_MARK = "(示例行,导入时自动略过)"
_EXAMPLE_LEFT_OUT = Note("the example row was left out", "略过了模板的示例行")


@dataclass(frozen=True, slots=True)
class StationFile:
    """A list of stations, read.

    Attributes:
        rows: every row of the list; none is dropped. Coordinates are in ``datum``.
        datum: what the coordinates refer to; None if no row has any.
        columns: the columns kept in a row's ``source``, in order.
        unused_columns: columns that mean nothing here.
        personal_columns: columns with people's data and how many rows fill them. Their
            content is in no row's source.
        contacts: the people of a row by its number, split and checked.
        unions: what a row names as its union, by its number.
        warnings: about the file as a whole.
        encoding: of a text file; empty for XLSX.
    """

    rows: tuple[StationRow, ...]
    datum: str | None
    columns: tuple[str, ...]
    unused_columns: tuple[str, ...]
    personal_columns: Mapping[str, int]
    contacts: Mapping[int, tuple[Contact, ...]]
    unions: Mapping[int, str]
    warnings: tuple[str, ...]
    encoding: str

    @property
    def accepted(self) -> tuple[StationRow, ...]:
        """The rows without an error."""
        return tuple(row for row in self.rows if row.facts is not None)

    @property
    def rejected(self) -> tuple[StationRow, ...]:
        """The rows with an error."""
        return tuple(row for row in self.rows if row.facts is None)


def read_stations(
    source: Path | bytes,
    *,
    datum: str | None,
    file_name: str | None = None,
    sheet: str | None = None,
    encoding: str | None = None,
    bounds: Bounds | None = None,
    given: Mapping[str, str] | None = None,
) -> StationFile:
    """Read a list of stations.

    Args:
        source: a path, or the bytes of an upload.
        datum: what its coordinates refer to: wgs84, cgcs2000, gcj02 or bd09. None will do
            for a list without coordinates only.
        bounds: where places are expected (west, south, east, north), to notice exchanged
            longitude and latitude outside China.
        given: what columns mean, where somebody said so.

    Raises:
        UnreadableFile: if it is no list that can be read.
        InvalidInput: if required columns are missing, or the datum is missing, unknown, or
            another one than the columns state.
    """
    name = file_name or (source.name if isinstance(source, Path) else "the file")
    table = read_table(source, file_name=name, sheet=sheet, encoding=encoding)
    has_points = any(row.point or row.geometry_kind for row in table.rows)
    table = _without_example(table)
    columns = recognise(table.columns, file_name=name, has_points=has_points, given=given)
    if not table.rows:
        raise InvalidInput(
            [FieldError("rows", "there is a header but no row below it", "表头下面没有数据行")],
            attempted=f"read the stations in {name}",
            remedy="Add the stations below the header.",
        )
    placed = any(_has_place(row, columns) for row in table.rows)
    used = _datum(datum, columns.datum, needed=placed, file_name=name)
    rows = _duplicates_marked(tuple(_station_row(row, columns, bounds) for row in table.rows))
    return StationFile(
        rows=rows,
        datum=used if placed else None,
        columns=tuple(column for column in table.columns if column not in columns.personal),
        unused_columns=columns.unused,
        personal_columns=_filled(table, columns.personal),
        contacts=_contacts(table, columns),
        unions=_unions(table, columns),
        warnings=table.warnings,
        encoding=table.encoding,
    )


def _without_example(table: Table) -> Table:
    """Leave out the row that the template shows how to fill in."""
    kept = tuple(row for row in table.rows if EXAMPLE_MARK not in "".join(row.values.values()))
    if len(kept) == len(table.rows):
        return table
    return replace(table, rows=kept, warnings=(*table.warnings, _EXAMPLE_LEFT_OUT))


def _contacts(table: Table, columns: StationColumns) -> dict[int, tuple[Contact, ...]]:
    found = {}
    for row in table.rows:
        texts = {
            field: ";".join(filter(None, (unguarded(row.values[name]).strip() for name in names)))
            for field, names in columns.people.items()
        }
        people = read_contacts(
            names=texts.get("keeper_name", ""), phones=texts.get("keeper_phone", ""),
            employer=texts.get("keeper_employer", ""), consented_on=texts.get("consented_on", ""),
        )  # fmt: skip
        if people:
            found[row.number] = people
    return found


def _unions(table: Table, columns: StationColumns) -> dict[int, str]:
    name = columns.fields.get("union")
    if name is None:
        return {}
    return {row.number: text for row in table.rows if (text := unguarded(row.values[name]).strip())}


def _datum(given: str | None, stated: str | None, *, needed: bool, file_name: str) -> str | None:
    message = None
    if given is not None and given not in DATUMS:
        message = f"{given!r} is not known; name one of {', '.join(DATUMS)}"
    elif given is None and needed:
        says = f"; the columns state {stated}" if stated else ""
        message = (
            f"is not named, and the list has coordinates; name one of {', '.join(DATUMS)}{says}"
        )
    elif given is not None and stated is not None and given != stated:
        message = f"is named {given}, but the columns state {stated}"
    if message is not None:
        raise InvalidInput(
            [FieldError("datum", message, "请选择表中坐标所用的坐标系")],
            attempted=f"read the stations in {file_name}",
            remedy="Ask whoever made the list: places from Amap, Tencent or WeChat are gcj02, "
            "from Baidu bd09, from GPS or OpenStreetMap wgs84, from official surveys cgcs2000.",
        )
    return str(given) if given is not None else None


def _has_place(row: Row, columns: StationColumns) -> bool:
    names = (columns.fields.get(field) for field in ("longitude", "latitude", "place"))
    return row.point is not None or any(name and row.values[name].strip() for name in names)


def _station_row(row: Row, columns: StationColumns, bounds: Bounds | None) -> StationRow:
    texts = {name: unguarded(value) for name, value in row.values.items()}
    cells = {field: texts[column] for field, column in columns.fields.items()}
    source = {name: text for name, text in texts.items() if name not in columns.personal}
    if row.point is not None:
        cells["longitude"], cells["latitude"] = (repr(value) for value in row.point)
    read = read_row(
        row.number,
        cells,
        flags={code: texts[column] for code, column in columns.flags.items()},
        coded_services=columns.coded_services,
        source=source,
        bounds=bounds,
    )
    if not row.geometry_kind:
        return read
    error = FieldError(
        "geometry", f"is a {row.geometry_kind}; a station's place is a Point",
        f"图形类型是 {row.geometry_kind},站点的位置应为点(Point)",
    )  # fmt: skip
    if row.geometry_kind == POINT:
        error = FieldError(
            "geometry", "is a Point without a longitude and a latitude", "点的经纬度读不懂"
        )
    return replace(read, facts=None, errors=(*read.errors, error))


def _duplicates_marked(rows: tuple[StationRow, ...]) -> tuple[StationRow, ...]:
    """Warn of a row that repeats the name and address, or the number, of an earlier one."""
    first: dict[tuple[str, ...], int] = {}
    found = []
    for row in rows:
        notes = []
        if row.facts is not None:
            keys: list[tuple[str, ...]] = [("name", row.facts.name, row.facts.address)]
            keys += [("number", number) for number in row.facts.earlier_numbers]
            for key in keys:
                earlier = first.setdefault(key, row.number)
                if earlier != row.number:
                    notes.append(
                        FieldError(
                            key[0], f"the same as in row {earlier}", f"与第 {earlier} 行相同"
                        )
                    )
        found.append(replace(row, warnings=(*row.warnings, *notes)))
    return tuple(found)


def _filled(table: Table, columns: tuple[str, ...]) -> dict[str, int]:
    counts = Counter(dict.fromkeys(columns, 0))
    for row in table.rows:
        counts.update(column for column in columns if row.values[column].strip())
    return dict(counts)
