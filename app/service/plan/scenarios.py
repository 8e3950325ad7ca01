"""Scenarios that planners save, share by link and delete."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from app.domain.actor import Actor
from app.domain.errors import Conflict, FieldError, InvalidInput, NotFound
from app.domain.keepers import no_card_number
from app.domain.lifecycle import State
from app.domain.scenario import Changes, Close, Item, Open, content_digest, parse
from app.domain.texts import is_shown
from app.service.plan.planners import check_planner
from app.service.runtime import Runtime
from app.store import scenarios
from app.store.database import Connection
from app.store.rights import acting_as, refusals
from app.store.scenarios import Entry, SavedScenario

LONGEST_NAME, LONGEST_NOTE = 100, 2_000
MOST_LISTED = 500
# states of a draft, and of a request
_CAME_TO_NOTHING = frozenset({State.DISCARDED, "refused", "withdrawn", "lapsed"})
_BIGGEST_ID = 2**63 - 1
_QUESTION = frozenset({
    "scope", "demand", "minutes", "services", "at", "as_of", "rule", "depth",
})  # fmt: skip


class SavedMeanwhile(Conflict):
    """Somebody else saved the scenario first; both are kept.

    Attributes:
        theirs: the scenario as it stands, as :func:`get` gives it.
        mine: what was to be saved: name, note, question, changes.
    """

    def __init__(self, theirs: dict[str, Any], mine: dict[str, Any]) -> None:
        self.theirs = theirs
        self.mine = mine
        who = theirs["changed_by"] or "somebody else"
        super().__init__(
            f"Could not save scenario {theirs['id']}: {who} saved it meanwhile, and it is"
            f" revision {theirs['revision']} by now. Nothing is lost.",
            remedy="Look at the other one, save yours over it, or save it under another name.",
            zh=f"{theirs['changed_by'] or '别人'}刚刚保存过这个方案。您的改动还在:"
            "可以先看对方的版本,再覆盖,或者另存为新方案。",
        )


@dataclass(frozen=True, slots=True)
class _Given:
    """What is saved of a scenario, checked."""

    name: str
    note: str
    question: dict[str, Any]
    changes: Changes

    @property
    def columns(self) -> dict[str, Any]:
        return {
            "name": self.name, "note": self.note, "question": self.question,
            "changes": self.changes.to_json(),
        }  # fmt: skip


def list_(harbor: Runtime, actor: Actor | None) -> dict[str, Any]:
    """Return all scenarios, the last changed first, and whether the person may save any."""
    with harbor.connection() as connection, acting_as(connection, actor):
        found = scenarios.listed(connection, most=MOST_LISTED)
        may = scenarios.may_plan(connection)
    listed = [
        {
            "id": one.id, "name": one.name, "note": one.note, "items": one.items,
            "revision": one.revision, "changed_by": one.changed_by,
            "changed_at": one.changed_at.isoformat(),
        }
        for one in found
    ]  # fmt: skip
    return {"scenarios": listed, "may_save": may}


def get(harbor: Runtime, actor: Actor | None, scenario_id: int) -> dict[str, Any]:
    """Return a scenario; items that are in the register say as what.

    Raises:
        NotFound: if there is none, or it was deleted.
    """
    with harbor.connection() as connection, acting_as(connection, actor):
        return _json(connection, known(connection, scenario_id))


def save_new(
    harbor: Runtime,
    actor: Actor | None,
    *,
    name: str,
    note: str = "",
    question: Mapping[str, Any],
    changes: Sequence[Any],
) -> dict[str, Any]:
    """Save a new scenario; return it as :func:`get`.

    Raises:
        InvalidInput: for a name, question or changes that cannot be used.
        ForbiddenHere: without the role of a planner or city admin.
    """
    given = _given(name, note, question, changes)
    with harbor.connection() as connection, acting_as(connection, actor):
        return _insert(connection, given)


def save(
    harbor: Runtime,
    actor: Actor | None,
    scenario_id: int,
    *,
    revision: int,
    name: str,
    note: str = "",
    question: Mapping[str, Any],
    changes: Sequence[Any],
) -> dict[str, Any]:
    """Save a scenario anew; return it as :func:`get`.

    Args:
        revision: the one that the planner read.

    Raises:
        InvalidInput, ForbiddenHere: as :func:`save_new`.
        NotFound: if there is none, or it was deleted.
        SavedMeanwhile: if somebody else was faster; the same saved again is no conflict.
    """
    given = _given(name, note, question, changes)
    with harbor.connection() as connection, acting_as(connection, actor):
        stored = _to_change(connection, scenario_id)
        if given == _given(stored.name, stored.note, stored.question, stored.changes):
            return _json(connection, stored)
        if stored.revision != revision:
            raise SavedMeanwhile(_json(connection, stored), given.columns)
        with refusals(f"save scenario {scenario_id}"):
            scenarios.update(connection, scenario_id, **given.columns)
            kept = {item.key: content_digest(item) for item in given.changes.items}
            scenarios.forget_entries(connection, scenario_id, but=kept)
        return _json(connection, known(connection, scenario_id))


def delete(harbor: Runtime, actor: Actor | None, scenario_id: int) -> None:
    """Take a scenario out of everybody's sight; the audit keeps that it was there.

    Raises:
        NotFound, ForbiddenHere: as :func:`save`.
    """
    with harbor.connection() as connection, acting_as(connection, actor):
        _to_change(connection, scenario_id)
        with refusals(f"delete scenario {scenario_id}"):
            scenarios.delete(connection, scenario_id)


def known(connection: Connection, scenario_id: int, *, lock: bool = False) -> SavedScenario:
    """Return a scenario, or raise :class:`NotFound`."""
    found = None
    if 0 < scenario_id <= _BIGGEST_ID:
        found = scenarios.find(connection, scenario_id, lock=lock)
    if found is None:
        raise NotFound(
            f"There is no scenario {scenario_id}, or it was deleted.",
            remedy="Choose one of the list.",
            zh="没有这个方案,或者已被删除。请从列表中另选。",
        )
    return found


def remembered(changes: Changes, entries: Mapping[str, Entry]) -> Changes:
    """Return changes that say what became of them; what came to nothing is not said."""
    return Changes(tuple(
        _remembered(item, standing_entry(item, entries.get(item.key))) for item in changes.items
    ))  # fmt: skip


def standing_entry(item: Item, entry: Entry | None) -> Entry | None:
    """Return what became of an item; None if nothing did, or it says something else by now."""
    if entry is None or entry.state in _CAME_TO_NOTHING or entry.content != content_digest(item):
        return None
    return entry


def _remembered(item: Item, entry: Entry | None) -> Item:
    if isinstance(item, Close):
        return item
    if isinstance(item, Open):
        return replace(item, draft=None if entry is None else entry.station_id)
    return replace(item, request=None if entry is None else entry.request_id)


def _insert(connection: Connection, given: _Given) -> dict[str, Any]:
    check_planner(connection, "save scenarios", "保存方案")
    with refusals("save the scenario"):
        id_ = scenarios.insert(connection, **given.columns)
    return _json(connection, known(connection, id_))


def _to_change(connection: Connection, scenario_id: int) -> SavedScenario:
    """Return a scenario that nobody else changes before the transaction ends."""
    known(connection, scenario_id)
    check_planner(connection, "save scenarios", "保存方案")
    return known(connection, scenario_id, lock=True)


def _given(name: str, note: str, question: Mapping[str, Any], changes: Sequence[Any]) -> _Given:
    attempted = "save the scenario"
    called, noted = " ".join(name.split()), note.strip()
    errors = [*no_card_number("name", called), *no_card_number("note", noted)]
    if not called or not called.isprintable():
        errors.append(FieldError("name", "Give the scenario a name", "请给方案起个名字"))
    for field, text, most in (("name", called, LONGEST_NAME), ("note", noted, LONGEST_NOTE)):
        if len(text) > most:
            errors.append(FieldError(field, f"at most {most} signs", f"最多 {most} 个字"))
    if not is_shown(noted):
        errors.append(FieldError("note", "holds signs that cannot be shown", "含有不可见字符"))
    unknown = sorted(set(question) - _QUESTION)
    if unknown:
        listed = ", ".join(name[:40] for name in unknown[:5])
        errors.append(
            FieldError("question", f"no part of a question: {listed}", f"没有这些设置:{listed}")
        )
    try:
        read = Changes(tuple(_remembered(item, None) for item in parse(changes).items))
    except InvalidInput as error:
        raise InvalidInput([*errors, *error.errors], attempted=attempted) from error
    if errors:
        raise InvalidInput(errors, attempted=attempted)
    return _Given(called, noted, dict(question), read)


def _json(connection: Connection, stored: SavedScenario) -> dict[str, Any]:
    changes = remembered(parse(stored.changes), scenarios.entries(connection, stored.id))
    return {
        "id": stored.id,
        "name": stored.name,
        "note": stored.note,
        "question": stored.question,
        "changes": changes.to_json(),
        "revision": stored.revision,
        "made_by": stored.made_by,
        "made_at": stored.made_at.isoformat(),
        "changed_by": stored.changed_by,
        "changed_at": stored.changed_at.isoformat(),
        "may_save": scenarios.may_plan(connection),
    }
