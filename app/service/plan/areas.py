"""Key areas that planners draw or bring along: scopes that a circle is measured in."""

import re
from typing import Any

import shapely

from app.domain.actor import Actor
from app.domain.errors import Conflict, FieldError, InvalidInput, NotFound
from app.domain.search_words import reading
from app.files.scopes import scope_of
from app.service.area_import import Located, check_scope, locate
from app.service.network import claim_real, in_use
from app.service.plan.planners import check_planner
from app.service.regions import EVERYTHING
from app.service.runtime import Runtime
from app.store import areas, register
from app.store.database import Connection
from app.store.networks import NetworkRecord
from app.store.rights import acting_as, refusals

LONGEST_TITLE = 100
LONGEST_NAME = 50
# degrees, some 500 m: what a city's edge may lie beyond its last street
_MARGIN = 0.005
_MOST_ALIKE = 1_000


def save_area(
    harbor: Runtime,
    actor: Actor | None,
    document: Any,
    *,
    title: str,
    title_en: str = "",
    name: str = "",
    datum: str = "wgs84",
    street_buffer_metres: float = 0.0,
) -> dict[str, Any]:
    """Save areas and main streets as a new scope.

    In the register of the demo city it stays what everything there is: a demo.

    Args:
        document: GeoJSON, longitude before latitude in degrees of ``datum``.
        name: what addresses call it; made of the title where it is empty.
        street_buffer_metres: what lies so near to a listed street belongs to it.

    Raises:
        ForbiddenHere: without the role of a planner or city admin.
        UnreadableFile: if it is no GeoJSON.
        InvalidInput: for areas that cross themselves, lie elsewhere or are none; for a title,
            name or width that cannot be used.
        InvalidValue: for a datum that is none.
        Conflict: if there is a scope of this name.
    """
    with harbor.connection() as connection:
        with acting_as(connection, actor):
            check_planner(connection, "save an area", "保存区域")
        called = _title(title, title_en)
        if name:
            check_scope(name, street_buffer_metres)
        else:
            check_scope("area", street_buffer_metres)
        network = in_use(connection)
        located = locate(
            *scope_of(document, name="the drawing"),
            datum=datum,
            network=network,
            name="the drawing",
        )
        beyond = _beyond(located, network)
        with connection.transaction():
            kind = register.read(connection).kind
            if kind == "empty":
                claim_real(connection, "save an area")
            used = _draw(connection, actor, name, called, located, street_buffer_metres)
    return {
        "name": used,
        "title": called[0],
        "title_en": called[1],
        "areas": len(located.areas.geoms),
        "streets": 0 if located.streets is None else len(located.streets.geoms),
        "beyond_streets": beyond,
        "demo": kind == "demo",
    }


def delete_area(harbor: Runtime, actor: Actor | None, name: str) -> None:
    """Delete a scope that a planner drew; figures that were measured in it stay.

    Raises:
        ForbiddenHere: without the role of a planner or city admin.
        NotFound: if there is no such scope.
        Conflict: if the server's operator imported it.
    """
    with harbor.connection() as connection, acting_as(connection, actor):
        check_planner(connection, "delete an area", "删除区域")
        if areas.delete_drawn_scope(connection, name):
            return
        there = {one.name for one in areas.scope_names(connection)}
    if name in there:
        raise Conflict(
            f"Could not delete the area {name}: it was imported on the server.",
            remedy="Only areas that planners drew are deleted here.",
            zh="这个区域是在服务器上导入的,不能在这里删除。",
        )
    raise NotFound(f"There is no area {name!r}.", zh="没有这个区域,或者已被删除。")


def _title(title: str, title_en: str) -> tuple[str, str]:
    called = " ".join(title.split()), " ".join(title_en.split())
    errors = []
    if not called[0]:
        errors.append(FieldError("title", "Give the area a name", "请给区域起个名字"))
    for field, text in zip(("title", "title_en"), called, strict=True):
        if len(text) > LONGEST_TITLE or not text.isprintable():
            errors.append(FieldError(
                field, f"at most {LONGEST_TITLE} signs that can be shown",
                f"最多 {LONGEST_TITLE} 个可见字符",
            ))  # fmt: skip
    if errors:
        raise InvalidInput(errors, attempted="save the area")
    return called


def _draw(
    connection: Connection,
    actor: Actor | None,
    name: str,
    called: tuple[str, str],
    located: Located,
    street_buffer_metres: float,
) -> str:
    """Insert the scope under its name, or a free one; return that."""
    with acting_as(connection, actor), refusals("save the area"):
        for wanted in [name] if name else _names(called[0]):
            if areas.draw_scope(
                connection, name=wanted, title=called[0], title_en=called[1],
                areas=located.areas_wkb, streets=located.streets_wkb,
                street_buffer_metres=street_buffer_metres,
                source=f"在工作台划定({located.datum})",
            ):  # fmt: skip
                return wanted
    raise Conflict(
        f"Could not save the area: there is one called {name or called[0]} already.",
        remedy="Choose another name.",
        zh="已经有同名的区域,请换一个名字。",
    )


def _names(title: str) -> list[str]:
    """Return names made of a title by how it is read: jiefangbei, jiefangbei-2 and so on."""
    read = re.sub(r"[^a-z0-9]+", "-", reading(title).partition("\n")[0]).strip("-")
    stem = read[: LONGEST_NAME - 5].strip("-") or "area"
    if stem == EVERYTHING:
        stem = f"{stem}-area"
    return [stem, *(f"{stem}-{number}" for number in range(2, _MOST_ALIKE))]


def _beyond(located: Located, network: NetworkRecord | None) -> float:
    """Return the share of the areas that lies beyond the extent of the streets.

    Raises:
        InvalidInput: if all of it does.
    """
    if network is None:
        return 0.0
    extent = shapely.box(*network.bounds).buffer(_MARGIN, cap_style="square")
    if located.areas.intersects(extent):
        inside = located.areas.intersection(extent).area / located.areas.area
        return round(max(1.0 - float(inside), 0.0), 4)
    west, south, east, north = network.bounds
    middle = located.areas.centroid
    raise InvalidInput(
        [
            FieldError(
                "features",
                f"the area lies at {middle.x:.4f}, {middle.y:.4f}, and the streets of"
                f" {network.name} from {west:.3f}, {south:.3f} to {east:.3f}, {north:.3f}",
                f"区域在 {middle.x:.4f}, {middle.y:.4f},不在步行路网范围内"
                f"(经度 {west:.3f}–{east:.3f},纬度 {south:.3f}–{north:.3f})。"
                "请核对坐标系和经纬度顺序",
            )
        ],
        attempted="save the area",
        remedy="Check the datum, and that longitude comes before latitude.",
    )
