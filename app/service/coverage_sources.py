"""Where and whom a question is about: scope, districts and people, by the names they have."""

from collections.abc import Sequence
from datetime import date

import shapely

from app.domain.errors import NotFound
from app.service.regions import EVERYTHING, Region
from app.service.snapshot import Streets
from app.store import areas, demand
from app.store.areas import ScopeName
from app.store.database import Connection
from app.store.demand import Demand
from geo.regions import hull


def default_layer(names: Sequence[str]) -> str:
    """Return the demand layer that is meant where none is named, empty where there is none."""
    return "residents" if "residents" in names else next(iter(names), "")


def named_demand(connection: Connection, name: str | None) -> Demand:
    """Return the layer of people that is named, or meant.

    Raises:
        NotFound: if there is none.
    """
    known = demand.layers(connection)
    if not known:
        raise NotFound(
            "There is no demand layer, so nobody can be counted.",
            remedy="Ask an operator to import the city's people (`harbor population import FILE`"
            " or `harbor demand import FILE --layer NAME`).",
            zh="还没有人口或服务对象的数据,数不出覆盖了多少人。请管理员在服务器上导入"
            "(harbor population import 或 harbor demand import)。",
        )
    names = [layer.name for layer in known]
    chosen = name or default_layer(names)
    found = demand.read(connection, chosen)
    if found is None:
        raise NotFound(
            f"There is no demand layer {chosen!r}.", remedy=f"Known layers: {', '.join(names)}.",
            zh=f"没有数据层“{chosen}”,可能已被删除。现有:{'、'.join(one.title for one in known)}。",
        )  # fmt: skip
    return found


def districts_of(connection: Connection, day: date) -> list[Region]:
    """Return the districts of a day, by code."""
    return [
        Region(d.adcode, d.name, d.name_en, shapely.from_wkb(d.geometry))
        for d in areas.districts(connection, as_of=day)
    ]


def default_scope(scopes: Sequence[ScopeName]) -> str:
    """Return the name of the scope that is meant where none is named: the only declared one."""
    names = [one.name for one in scopes if not one.drawn]
    return names[0] if len(names) == 1 else EVERYTHING


def named_scope(
    connection: Connection, name: str | None, districts: list[Region], streets: Streets
) -> Region:
    """Return the declared scope; without one, all districts; without those, the streets' hull.

    Raises:
        NotFound: if one is named that there is not.
    """
    declared = areas.scope_names(connection)
    meant = name or default_scope(declared)
    if meant != EVERYTHING:
        record = areas.scope(connection, meant)
        if record is None:
            raise _no_scope(meant, declared)
        return Region(record.name, record.title, record.title_en, shapely.from_wkb(record.region))
    if districts:
        shape = shapely.union_all([district.shape for district in districts])
        near = shapely.intersection(shape, shapely.box(*streets.network.bounds))
        if not near.is_empty:
            return Region(EVERYTHING, "全部区县", "All districts", near)
    return Region(EVERYTHING, "路网范围", "Extent of the streets", hull(streets.network))


def _no_scope(name: str, declared: Sequence[ScopeName]) -> NotFound:
    listed = ", ".join([*(one.name for one in declared), EVERYTHING])
    titles = "、".join([*(one.title for one in declared), "全部区县"])
    return NotFound(
        f"There is no scope {name!r}.", remedy=f"Known scopes: {listed}.",
        zh=f"没有统计范围“{name}”,可能已被删除。现有:{titles}。",
    )  # fmt: skip
