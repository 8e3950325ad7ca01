"""A day on which districts change and unions follow or do not: the plan, as data.

A plan says what is new; everything it does not name stays as it is. Numbers of
stations always stay.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from app.domain.errors import FieldError, InvalidInput

CODE = re.compile(r"[1-9][0-9]{5}")
KINDS = ("city", "district", "industrial")


@dataclass(frozen=True, slots=True, kw_only=True)
class NewUnion:
    """A union that begins on the day.

    Attributes:
        code: six digits; new numbers of its stations begin with them.
        kind: one of :data:`KINDS`.
        parent: the code of the union above it, None for none.
    """

    code: str
    name: str
    name_en: str = ""
    kind: str = "district"
    parent: str | None = None


@dataclass(frozen=True, slots=True)
class EndingUnion:
    """A union that ends on the day, and the one that takes over its records and its people."""

    code: str
    successor: str


@dataclass(frozen=True, slots=True)
class Transfer:
    """Stations of one union that lie in a district of the new day and go to another union."""

    giver: str
    taker: str
    within: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What happens on the day.

    Attributes:
        day: from which day on it holds.
        document: the number of the document that orders it.
        title: what it is called.
        ending_districts: codes of districts that end without a new outline.
        new_unions: unions that begin.
        ending_unions: unions that end, each with its successor.
        transfers: carried out in order, before the rest goes to the successors.

    Raises:
        InvalidInput: naming everything that contradicts itself.
    """

    day: date
    document: str
    title: str = ""
    ending_districts: tuple[str, ...] = ()
    new_unions: tuple[NewUnion, ...] = ()
    ending_unions: tuple[EndingUnion, ...] = ()
    transfers: tuple[Transfer, ...] = ()

    def __post_init__(self) -> None:
        errors = [*_codes(self), *_contradictions(self)]
        if not self.document.strip():
            errors.append(
                FieldError("document", "a reorganisation has a document number", "缺文号")
            )
        if errors:
            raise InvalidInput(errors, attempted="read the plan of a reorganisation")


def _codes(plan: Plan) -> Iterable[FieldError]:
    named = [
        *(("districts", code) for code in plan.ending_districts),
        *(("unions.begin", union.code) for union in plan.new_unions),
        *(("unions.begin", union.parent) for union in plan.new_unions if union.parent is not None),
        *(("unions.end", code) for end in plan.ending_unions for code in (end.code, end.successor)),
        *(("transfers", code) for t in plan.transfers for code in (t.giver, t.taker, t.within)),
    ]
    for field, code in named:
        if not CODE.fullmatch(code):
            yield FieldError(field, f"{code!r} is no code of six digits", f"{code!r} 不是六位代码")
    for union in plan.new_unions:
        if union.kind not in KINDS:
            yield FieldError("unions.begin", f"{union.kind!r} is none of {', '.join(KINDS)}")
        if not union.name.strip():
            yield FieldError("unions.begin", f"the union {union.code} has no name")


def _contradictions(plan: Plan) -> Iterable[FieldError]:
    ending = {end.code for end in plan.ending_unions}
    beginning = [union.code for union in plan.new_unions]
    for code in sorted({code for code in beginning if beginning.count(code) > 1}):
        yield FieldError("unions.begin", f"the union {code} begins twice")
    if len(ending) < len(plan.ending_unions):
        yield FieldError("unions.end", "a union ends twice")
    for end in plan.ending_unions:
        # one that ends and begins under the same code is a new one
        if end.successor in ending and end.successor not in beginning:
            yield FieldError(
                "unions.end", f"the successor {end.successor} of {end.code} ends on the same day"
            )
    for transfer in plan.transfers:
        if transfer.giver == transfer.taker:
            yield FieldError("transfers", f"{transfer.giver} gives to itself")
        if transfer.taker in ending and transfer.taker not in beginning:
            yield FieldError("transfers", f"the taker {transfer.taker} ends on the same day")
