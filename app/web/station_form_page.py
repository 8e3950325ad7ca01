"""How the form of a station is written: its inputs, what is wrong with them, what is found."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from flask import url_for

from app.domain.difference import Difference
from app.domain.errors import ChangedMeanwhile, FieldError
from app.domain.facts import FUNCTIONS, VENUES
from app.domain.hours_rule import WEEKDAYS
from app.domain.hours_sheet import DAY_NAMES, HOLIDAY_NAMES
from app.domain.lifecycle import FACTS
from app.domain.services import SERVICES
from app.domain.station import DOOR_NAMES
from app.domain.station_sheet import DATUMS, Sheet, group_of_column
from app.service import receipts
from app.service.station_forms import Mode, Opened
from app.service.station_hints import Hints
from app.service.station_sheets import conflicts
from app.web import console, fact_words
from app.web.context import map_config
from app.web.fact_words import Changed, Words
from app.web.keeper_fields import KeeperFields

Wrong = Mapping[str, Sequence[Words]]

CORE = tuple(service for service in SERVICES if service.core)
KIT = tuple(service for service in SERVICES if not service.core)
# inputs that are folded away at first
_MORE = frozenset(
    {"name_en", "host_name", "host_kind", "host_credit_code", "union_built", "agreement_number",
     "agreement_from", "agreement_to", "area_square_metres", "seats", "near", "functions", "venues",
     "service_details"}
)  # fmt: skip
_MORE_HEADS = ("near.", "from.", "to.", "note.")
# said by the place itself
_BESIDE_PLACE = frozenset({"source_datum", "source_longitude", "source_latitude"})


class Inputs:
    """What the inputs of a form hold, for its template."""

    def __init__(self, sheet: Sheet) -> None:
        self._sheet = sheet

    def __call__(self, name: str) -> str:
        """Return the text of an input."""
        values = self._sheet.get(name) or ("",)
        return values[0]

    def all(self, name: str) -> list[str]:
        """Return all texts under a name."""
        return list(self._sheet.get(name, ()))

    def has(self, name: str, value: str) -> bool:
        """Whether a box is ticked."""
        return value in self._sheet.get(name, ())

    def pairs(self, name: str, least: int) -> list[tuple[str, str]]:
        """Return the spans of a day, and empty ones up to a number of them."""
        begins, ends = self.all(f"{name}.from"), self.all(f"{name}.to")
        found = list(zip(begins, ends, strict=False))
        return found + [("", "")] * (least - len(found))

    def exceptions(self) -> list[tuple[str, str, str]]:
        """Return the exceptions, and an empty one to fill in."""
        parts = (self.all(f"exception.{part}") for part in ("first", "last", "times"))
        return [row for row in zip(*parts, strict=False) if any(row)] + [("", "", "")]


def said(errors: Iterable[FieldError]) -> dict[str, list[Words]]:
    """Return what is wrong, or doubtful, by input."""
    found: dict[str, list[Words]] = {}
    for error in errors:
        found.setdefault(error.field, []).append((error.zh or error.message, error.message))
    return found


def form_page(
    opened: Opened,
    sheet: Sheet,
    *,
    keeper: KeeperFields,
    wrong: Wrong | None = None,
    hints: Hints | None = None,
    revision: int | None = None,
    reason: str = "",
    preview: Sequence[Difference] | None = None,
    error: ChangedMeanwhile | None = None,
    notice: Words | None = None,
) -> str:
    """Write the page.

    Args:
        revision: what the sheet was read at, that of the opened form if None.
        preview: what a change request would ask for.
        error: how somebody else was faster.
    """
    wrong = wrong or {}
    unions = {one.id: (one.name, one.name_en) for one in opened.unions}
    new = opened.station_id is None
    here = (
        url_for("station_forms.enter")
        if new
        else url_for("station_forms.change", station_id=opened.station_id)
    )
    return console.page(
        "station_form.html",
        at="stations", opened=opened, mode=opened.mode.value, here=here, wrong=wrong,
        notice=notice, v=Inputs(sheet), keeper=keeper, unions=opened.unions, hints=hints,
        doubts=said(hints.warnings) if hints else {}, once=receipts.token(),
        revision=opened.revision if revision is None else revision, reason=reason,
        state=FACTS[opened.state] if opened.state else None,
        preview=None if preview is None else _shown(preview, unions),
        meanwhile=None if error is None else _meanwhile(error, unions),
        more_open=any(name in _MORE or name.startswith(_MORE_HEADS) for name in wrong),
        autosaves=opened.mode in (Mode.NEW, Mode.DRAFT),
        core=CORE, kit=KIT, services=SERVICES, doors=DOOR_NAMES, datums=DATUMS,
        host_kinds=fact_words.HOST_KINDS, functions=FUNCTIONS, venues=VENUES,
        days=[(day, *DAY_NAMES[day]) for day in WEEKDAYS], holidays=HOLIDAY_NAMES,
        map_config=map_config(),
    )  # fmt: skip


def _shown(preview: Sequence[Difference], unions: Mapping[int, Words]) -> list[Changed]:
    return fact_words.changed([d for d in preview if d.field not in _BESIDE_PLACE], unions)


def _meanwhile(error: ChangedMeanwhile, unions: Mapping[int, Words]) -> list[dict[str, Any]]:
    """Return a row for each fact: what it was, is, and was wanted to be, and whose choice it is."""
    both = conflicts(error)
    rows = []
    chosen: set[str] = set()
    for change in error.changes:
        if change.field in _BESIDE_PLACE:
            continue
        group = group_of_column(change.field)
        row = {
            "group": group, "label": fact_words.label(change.field),
            "before": fact_words.value(change.field, change.before, unions),
            "now": fact_words.value(change.field, change.now, unions),
            "wanted": fact_words.value(change.field, change.wanted, unions),
            # one choice for what belongs together
            "choose": group in both and group not in chosen,
            "whose": "both" if group in both else "mine" if change.now == change.before
            else "theirs",
        }  # fmt: skip
        if group in both:
            chosen.add(group)
        rows.append(row)
    return rows


def hint_slots(hints: Hints) -> dict[str, str]:
    """Write the pieces that change while the form is filled in, by the id of their slot."""
    return {
        slot: console.fragment("_station_hint.html", slot=slot, hints=hints)
        for slot in ("place-found", "twins-found", "hours-read")
    }
