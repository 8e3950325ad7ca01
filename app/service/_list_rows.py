"""One row of a list as it is staged: what it will become, and what is said about it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from app.domain.contacts import Contact, Kind
from app.domain.errors import FieldError
from app.domain.station import Door, HostKind, StationFacts
from app.service import _list_seal as seals
from app.store.lists import StagedRow


@dataclass(frozen=True, slots=True)
class Twin:
    """A station, or another row, that a row may repeat.

    Attributes:
        station_id: None for a row of the same list.
        row: the number of that row, None for a station.
        mine: whether it belongs to a union of the person, who may ask for its change.
        metres: how far apart both lie, None if one has no place.
        score: 0 to 1, how likely both are one; 1 for the same name and address.
    """

    station_id: int | None
    row: int | None
    name: str
    address: str
    state: str
    code: str | None
    union: str
    mine: bool
    metres: float | None
    score: float


@dataclass(frozen=True, slots=True)
class Content:
    """What a row holds, beside the people in it.

    Attributes:
        source: its cells as they stand, without people.
        facts: what it will become, place in WGS-84; None with errors.
        further: more columns of the record.
        given: longitude and latitude as the list has them.
        draft: whether the list itself calls it a draft.
        union_id, union: whose it will be.
        district: the name of the district it lies in.
        hours_text: its words for the hours.
    """

    number: int
    source: Mapping[str, str]
    facts: StationFacts | None
    further: Mapping[str, Any] = field(default_factory=dict)
    given: tuple[float, float] | None = None
    draft: bool = False
    union_id: int | None = None
    union: str = ""
    district: str = ""
    hours_text: str = ""
    errors: tuple[FieldError, ...] = ()
    warnings: tuple[FieldError, ...] = ()
    twins: tuple[Twin, ...] = ()
    people_notes: tuple[FieldError, ...] = ()

    @property
    def severity(self) -> str:
        """Error, warning or clean."""
        if self.errors:
            return "error"
        return "warning" if self.warnings or self.people_notes else "clean"

    def with_hours(self, rule: str | None, text: str) -> "Content":
        """Return the row with other hours, and what was said about the old ones gone."""
        if self.facts is None:
            return self
        left = tuple(one for one in self.warnings if one.field != "hours")
        facts = replace(self.facts, hours=rule, hours_text=text)
        return replace(self, facts=facts, warnings=left, hours_text=text)


def sealed(key: bytes, content: Content) -> bytes:
    """Seal a row."""
    return seals.seal_json(key, seals.ROW, content)


def opened(key: bytes, row: StagedRow) -> Content:
    """Open a row."""
    values = seals.open_json(key, seals.ROW, row.sealed)
    for name in ("errors", "warnings", "people_notes"):
        values[name] = tuple(FieldError(**one) for one in values[name])
    values["twins"] = tuple(Twin(**one) for one in values["twins"])
    values["given"] = None if values["given"] is None else tuple(values["given"])
    facts = values["facts"]
    if facts is not None:
        facts["services"] = tuple(facts["services"])
        facts["earlier_numbers"] = tuple(facts["earlier_numbers"])
        facts["door"] = None if facts["door"] is None else Door(facts["door"])
        facts["host_kind"] = None if facts["host_kind"] is None else HostKind(facts["host_kind"])
        values["facts"] = StationFacts(**facts)
    return Content(**values)


def sealed_people(key: bytes, people: tuple[Contact, ...]) -> bytes | None:
    """Seal the people of a row."""
    if not people:
        return None
    return seals.seal_json(key, seals.PEOPLE, [_person(one) for one in people])


def opened_people(key: bytes, row: StagedRow) -> tuple[Contact, ...]:
    """Open the people of a row."""
    if row.personal is None:
        return ()
    return tuple(
        Contact(
            one["name"], one["phone"], Kind(one["kind"]), one["employer"],
            None if one["consented_on"] is None else date.fromisoformat(one["consented_on"]),
            None if one["problem"] is None else FieldError(**one["problem"]),
        )
        for one in seals.open_json(key, seals.PEOPLE, row.personal)
    )  # fmt: skip


def _person(one: Contact) -> dict[str, Any]:
    return {
        "name": one.name, "phone": one.phone, "kind": one.kind, "employer": one.employer,
        "consented_on": None if one.consented_on is None else one.consented_on.isoformat(),
        "problem": one.problem,
    }  # fmt: skip
