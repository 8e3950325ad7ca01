"""A scenario's items turned into what the register knows: drafts, and requests for changes."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from app.domain.actor import Actor
from app.domain.errors import FieldError, HarborError, InvalidInput, NotFound
from app.domain.facts import NEAREST
from app.domain.hours_sheet import hours_sheet
from app.domain.scenario import (
    Close,
    Hours,
    Item,
    Move,
    OfStation,
    Open,
    Services,
    content_digest,
    parse,
)
from app.domain.station_sheet import sheet_of
from app.service import edits, import_staging, station_forms
from app.service.import_reading import Home
from app.service.network import in_use
from app.service.plan.scenarios import known, standing_entry
from app.service.runtime import Runtime
from app.store import areas, changes, moves, scenarios
from app.store.database import Connection
from app.store.rights import acting_as, refusals
from app.store.scenarios import Entry

_SAYS = {
    "draft": ("已建草稿。补齐负责人等资料后,在登记册提交。",
              "A draft was made; complete it in the register and submit it."),
    "request": ("已提交变更申请,等工会审核。", "A change was asked for; reviewers decide."),
    "known": ("之前已经转入登记册。", "It is in the register already."),
    "todo": ("退出须附文件,请工会在站点记录中办理。",
             "To be done by the union on the station's record: leaving takes a document."),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Desk:
    """Who turns items of which scenario, and what all items need.

    Attributes:
        told: what became of each item so far, by its key.
        tell: called with how many items are turned.
    """

    harbor: Runtime
    connection: Connection
    actor: Actor
    scenario_id: int
    name: str
    tell: Callable[[int], None]
    told: dict[str, dict[str, Any]] = field(default_factory=dict)

    def note(self, *told: dict[str, Any]) -> None:
        """Note what became of items."""
        self.told.update({one["key"]: one for one in told})
        self.tell(len(self.told))


def to_drafts(
    harbor: Runtime,
    actor: Actor,
    scenario_id: int,
    keys: Sequence[str] | None = None,
    *,
    tell: Callable[[int], None] = lambda done: None,
) -> dict[str, Any]:
    """Turn items into drafts and change requests, each by itself; return what became of each.

    New stations become drafts of the union of the district they lie in. Changes of one
    station become one request. Closing takes evidence, so it is only named. What is in the
    register already stays as it is.

    Args:
        keys: of the items, None for all: a new station's own key, else ``kind:station``.
        tell: called after each item with how many are turned.

    Returns:
        ``items``: of each, ``key``, ``kind``, ``outcome`` (draft, request, known, todo,
        refused), ``station``, ``request``, and a sentence in ``zh`` and ``en``.

    Raises:
        NotFound: if there is no such scenario.
        InvalidInput: for keys of no item.
        ForbiddenHere: for who may enter stations of no union.
    """
    day = datetime.now(harbor.settings.zone).date()
    with harbor.connection() as connection:
        with acting_as(connection, actor):
            stored = known(connection, scenario_id)
        # who may enter nothing is told so here
        station_forms.begin(connection, actor, day=day)
        desk = _Desk(harbor, connection, actor, scenario_id, stored.name, tell)
        items = _chosen(parse(stored.changes).items, keys)
        _open(desk, [item for item in items if isinstance(item, Open)], day)
        _change(desk, [item for item in items if not isinstance(item, Open)])
    return {"items": [desk.told[item.key] for item in items]}


def _chosen(items: Sequence[Item], keys: Sequence[str] | None) -> list[Item]:
    if keys is None:
        return list(items)
    unknown = sorted(set(keys) - {item.key for item in items})
    if unknown:
        listed = ", ".join(key[:40] for key in unknown[:5])
        raise InvalidInput(
            [FieldError("keys", f"no items of the scenario: {listed}", f"方案里没有:{listed}")],
            attempted="turn items into drafts",
            remedy="Save the scenario first; what is not saved cannot be turned.",
        )
    wanted = set(keys)
    return [item for item in items if item.key in wanted]


def _open(desk: _Desk, items: Sequence[Open], day: date) -> None:
    """Turn new stations into drafts of the unions of their districts."""
    home = Home(import_staging.unions(desk.connection, desk.actor))
    places = [(item.longitude, item.latitude) for item in items]
    codes = areas.codes_at(desk.connection, places, as_of=day) if places else []
    network = in_use(desk.connection)
    for item, adcode in zip(items, codes, strict=True):
        union = home.of(adcode, "")
        if union is None:
            desk.note(_told(
                item, "refused",
                says=("这里所属的工会,您没有登记权限。请把方案链接发给该工会。",
                      "You may not enter stations of the union there; send it the link."),
            ))  # fmt: skip
            continue
        sheet = _sheet(item, union.id)
        try:
            told = _draft(desk, item, sheet, network.bounds if network else None)
        except HarborError as error:
            told = _refused(item, error)
        desk.note(told)


def _sheet(item: Open, union_id: int) -> dict[str, list[str]]:
    """Return the register's form as if a person had typed the item into it."""
    facts = {
        "name": item.name, "name_en": item.name_en, "host_name": item.host_name,
        "host_kind": item.host_kind, "services": item.services, "union_id": union_id,
        "place": [item.longitude, item.latitude],
    }  # fmt: skip
    return sheet_of(facts) | hours_sheet(item.hours, "")


def _draft(
    desk: _Desk,
    item: Open,
    sheet: dict[str, list[str]],
    bounds: tuple[float, float, float, float] | None,
) -> dict[str, Any]:
    connection, actor = desk.connection, desk.actor
    with connection.transaction():
        before = _before(desk, [item]).get(item.key)
        if before is not None:
            return _told(item, "known", station=before.station_id)
        saved = station_forms.create(connection, actor, sheet, bounds=bounds, partly=False)
        _remember(desk, [item], saved.station_id)
    return _told(item, "draft", station=saved.station_id)


def _before(desk: _Desk, items: Sequence[Item]) -> dict[str, Entry]:
    """Return what became of items, with nobody else turning any until the transaction ends."""
    scenarios.lock_entries(desk.connection, desk.scenario_id)
    with acting_as(desk.connection, desk.actor):
        entries = scenarios.entries(desk.connection, desk.scenario_id, [item.key for item in items])
    found = {item.key: standing_entry(item, entries.get(item.key)) for item in items}
    return {key: entry for key, entry in found.items() if entry is not None}


def _remember(
    desk: _Desk, items: Sequence[Item], station_id: int, request_id: int | None = None
) -> None:
    said = {item.key: content_digest(item) for item in items}
    with acting_as(desk.connection, desk.actor), refusals("remember what became of an item"):
        scenarios.enter(
            desk.connection, desk.scenario_id, said, station_id=station_id, request_id=request_id
        )


def _change(desk: _Desk, items: Sequence[OfStation]) -> None:
    """Ask for the changes of stations, one request a station."""
    closing = [item for item in items if isinstance(item, Close)]
    desk.note(*(_told(item, "todo", station=item.station) for item in closing))
    closed = {item.station for item in closing}
    of_station: dict[int, list[OfStation]] = defaultdict(list)
    for item in items:
        if not isinstance(item, Close):
            of_station[item.station].append(item)
    for station_id, together in of_station.items():
        if station_id in closed:
            desk.note(*(_told(item, "todo", station=station_id) for item in together))
            continue
        try:
            told = _asked(desk, station_id, together)
        except HarborError as error:
            told = [_refused(item, error) for item in together]
        desk.note(*told)


def _asked(desk: _Desk, station_id: int, items: Sequence[OfStation]) -> list[dict[str, Any]]:
    connection, actor = desk.connection, desk.actor
    with connection.transaction():
        before = _before(desk, items)
        old = [
            _told(item, "known", station=station_id, request=before[item.key].request_id)
            for item in items
            if item.key in before
        ]
        new = [item for item in items if item.key not in before]
        if not new:
            return old
        with acting_as(connection, actor):
            station = moves.subject(connection, station_id)
            facts = changes.facts(connection, station_id)
        if station is None or facts is None:
            raise NotFound(
                f"There is no station {station_id} among those you may see.",
                zh="没有这个站点,或您无权查看。",
            )
        request = edits.ask_for_change(
            connection, actor, station_id, _fields(new, facts), revision=station.revision,
            reason=f"规划方案“{desk.name}”(scenario {desk.scenario_id})",
        )  # fmt: skip
        _remember(desk, new, station_id, request.id)
    asked = [_told(item, "request", station=station_id, request=request.id) for item in new]
    return [*old, *asked]


def _fields(items: Sequence[OfStation], facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return the columns that items change, with their values."""
    fields: dict[str, Any] = {}
    for item in items:
        match item:
            case Move():
                fields |= {
                    "place": [item.longitude, item.latitude], "source_datum": "wgs84",
                    "source_longitude": item.longitude, "source_latitude": item.latitude,
                }  # fmt: skip
            case Hours():
                fields |= {"hours": item.hours, "hours_text": ""}
            case Services():
                fields |= {"services": list(item.services)}
                fields["service_details"] = _details(item.services, facts)
            case Close():
                pass
    return fields


def _details(services: Sequence[str], facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is said of services, without those that went or came on site."""
    details: Mapping[str, Mapping[str, Any]] = facts.get("service_details") or {}
    return {
        code: about
        for code, about in details.items()
        if (about.get("where") == NEAREST) != (code in services)
    }


def _told(
    item: Item,
    outcome: str,
    *,
    station: int | None = None,
    request: int | None = None,
    says: tuple[str, str] | None = None,
) -> dict[str, Any]:
    zh, en = says or _SAYS[outcome]
    return {
        "key": item.key, "kind": item.kind, "outcome": outcome, "station": station,
        "request": request, "zh": zh, "en": en,
    }  # fmt: skip


def _refused(item: Item, error: HarborError) -> dict[str, Any]:
    station = None if isinstance(item, Open) else item.station
    en = f"{error} {error.remedy}".strip()
    return _told(item, "refused", station=station, says=(error.zh or "没有做成,请看英文说明。", en))
