"""Lists of hosts who would take a station in: a name, a place, and perhaps what it costs."""

from dataclasses import dataclass, replace
from pathlib import Path

from app.domain.errors import FieldError, InvalidInput
from app.files.tables import Row, Table, read_bytes, read_table

MOST_HOSTS = 50_000
_MOST_TOLD = 10
_NAMES = {
    "name": ("name", "名称", "名字", "单位", "单位名称", "站点名称", "host"),
    "longitude": ("longitude", "lon", "lng", "经度"),
    "latitude": ("latitude", "lat", "纬度"),
    "cost": ("cost", "费用", "造价", "成本", "price"),
}


@dataclass(frozen=True, slots=True)
class Host:
    """One who would take a station in; degrees are in the datum of the list.

    Attributes:
        cost: in whatever the planner counts in, None if the list does not say.
    """

    name: str
    longitude: float
    latitude: float
    cost: float | None


def read_hosts(source: Path | bytes, *, file_name: str) -> list[Host]:
    """Read a list of hosts; without a header its columns are name, longitude, latitude, cost.

    Raises:
        UnreadableFile: if it is no list.
        InvalidInput: naming the rows that cannot be used.
    """
    content = read_bytes(source, file_name=file_name)
    if not content.startswith(b"PK\x03\x04"):
        content = content.replace("，".encode(), b",").replace(b"\t", b",")
    table = _headed(read_table(content, file_name=file_name))
    columns = _columns(table)
    if len(table.rows) > MOST_HOSTS:
        raise _refused(
            [FieldError("hosts", f"{len(table.rows):,} rows; at most {MOST_HOSTS:,} are read",
                        f"有 {len(table.rows):,} 行,最多 {MOST_HOSTS:,} 行")]
        )  # fmt: skip
    errors: list[FieldError] = []
    hosts = [host for row in table.rows if (host := _host(row, columns, errors)) is not None]
    if errors:
        raise _refused(errors[:_MOST_TOLD])
    return hosts


def _headed(table: Table) -> Table:
    """Return a list whose first row is one of its hosts with a header before it."""
    first = table.columns
    if table.kind == "geojson" or len(first) < 3 or not all(map(_is_number, first[1:3])):
        return table
    names = (*("name", "longitude", "latitude", "cost"), *first[4:])[: len(first)]
    rows = [Row(1, dict(zip(names, first, strict=True)))]
    rows += [
        replace(row, values=dict(zip(names, row.values.values(), strict=True)))
        for row in table.rows
    ]
    return replace(table, columns=names, rows=tuple(rows))


def _is_number(text: str) -> bool:
    return _number(text) is not None


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if abs(value) < 1e12 else None


def _columns(table: Table) -> dict[str, str]:
    """Return which column means what."""
    spelled = {column.strip().lower(): column for column in reversed(table.columns)}
    found = {
        meaning: spelled[name]
        for meaning, names in _NAMES.items()
        for name in reversed(names)
        if name in spelled
    }
    missing = [name for name in ("longitude", "latitude") if name not in found]
    if missing and not any(row.point for row in table.rows):
        raise _refused(
            [FieldError("hosts", f"has no column for {' and '.join(missing)}",
                        "名单里没有经度、纬度两列")]
        )  # fmt: skip
    return found


def _host(row: Row, columns: dict[str, str], errors: list[FieldError]) -> Host | None:
    cells = {meaning: row.values.get(column, "").strip() for meaning, column in columns.items()}
    longitude, latitude = row.point or (
        _number(cells.get("longitude", "")), _number(cells.get("latitude", "")),
    )  # fmt: skip
    if longitude is None or latitude is None or abs(longitude) > 180 or abs(latitude) > 90:
        errors.append(FieldError("hosts", f"row {row.number}: longitude or latitude is no degree",
                                 f"第 {row.number} 行:经度或纬度不对"))  # fmt: skip
        return None
    told = cells.get("cost", "")
    cost = _number(told) if told else None
    if told and (cost is None or cost < 0):
        errors.append(FieldError("hosts", f"row {row.number}: cost is no amount of 0 or more",
                                 f"第 {row.number} 行:费用应为不小于 0 的数"))  # fmt: skip
        return None
    name = " ".join(cells.get("name", "").split())[:200]
    return Host(name if name.isprintable() else "", longitude, latitude, cost)


def _refused(errors: list[FieldError]) -> InvalidInput:
    return InvalidInput(errors, attempted="read the list of hosts")
