"""Stars and awards: given by the city under a document, withdrawn with a reason, never deleted."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from app.domain.actor import Actor
from app.domain.award import AWARD_KINDS, STAR, AwardKind
from app.domain.errors import Conflict, FieldError, ForbiddenHere, InvalidInput, NotFound
from app.domain.lifecycle import State
from app.domain.roles import Role
from app.domain.standard import MOST_STARS
from app.service.moves import Document
from app.store import awards, moves, rights
from app.store.awards import Award, Standing
from app.store.database import Connection
from app.store.rights import acting_as, refusals

__all__ = [
    "AWARD_KINDS", "STAR", "Award", "AwardKind", "Honours", "Standing", "amount",
    "document_union", "give",
    "give_stars", "of_station", "withdraw",
]  # fmt: skip

FIRST_YEAR, LAST_YEAR = 2000, 2100
MOST_YUAN = Decimal(10_000_000)
LONGEST_REASON = 2000


@dataclass(frozen=True, slots=True)
class Honours:
    """Awards of a station, and what the last inspection would give.

    Attributes:
        proposed: the stars that the last inspection earned; 0 before the first.
        may_give: whether the person may give and withdraw.
    """

    awards: tuple[Award, ...]
    standing: Standing | None
    proposed: int
    may_give: bool


def of_station(connection: Connection, actor: Actor, station_id: int) -> Honours:
    """Return the awards of a station, withdrawn ones too."""
    with acting_as(connection, actor):
        station = moves.subject(connection, station_id)
        standing = awards.standing(connection, station_id)
        may = (
            station is not None
            and station.state == State.ACTIVE
            and Role.CITY_ADMIN in rights.roles(connection, union_id=station.union_id)
        )
        return Honours(
            tuple(awards.of_station(connection, station_id)), standing,
            0 if standing is None else standing.stars, may,
        )  # fmt: skip


def give(
    connection: Connection,
    actor: Actor,
    station_id: int,
    *,
    year: int | None,
    kind: str,
    document: Document,
    stars: int | None = None,
    subsidy_yuan: Decimal = Decimal(0),
    note: str = "",
) -> int:
    """Give an award of a year; return its id.

    Args:
        kind: a code of :data:`app.domain.award.AWARD_KINDS`.
        stars: for the kind that has them; at most what the last inspection earned.
        document: what it is given by.

    Raises:
        NotFound, ForbiddenHere: if the person may not see the station, or not give.
        Conflict: if the station is not active, or has the award of that year.
        InvalidInput: for what is missing, field by field.
    """
    attempted = f"give an award to station {station_id}"

    def once() -> int:
        with acting_as(connection, actor):
            station = moves.subject(connection, station_id, lock=True)
            if station is None:
                raise _unseen(station_id)
            if Role.CITY_ADMIN not in rights.roles(connection, union_id=station.union_id):
                raise ForbiddenHere(
                    f"Could not {attempted}: a city admin gives awards.",
                    zh="只有市总管理员可以授予。",
                )
            if station.state != State.ACTIVE:
                raise Conflict(
                    f"Could not {attempted}: the station is {station.state}, not active.",
                    zh="只有在用的站点可以授予荣誉。",
                )
            standing = awards.standing(connection, station_id)
            errors = _faults(year, kind, stars, standing, document, subsidy_yuan, note)
            if errors or year is None:
                raise InvalidInput(errors, attempted=attempted)
            with refusals(attempted):
                made = awards.give(
                    connection, station_id, year=year, kind=kind, stars=stars,
                    document_id=_document_id(connection, document), note=note.strip(),
                    subsidy_yuan=subsidy_yuan,
                )  # fmt: skip
            if made is None:
                raise Conflict(
                    f"Could not {attempted}: it has this award of {year} already.",
                    remedy="Withdraw that one first.",
                    zh=f"该站点 {year} 年已有此项荣誉;如需更改,请先撤销。",
                )
            return made

    return rights.settled(once)


def give_stars(
    connection: Connection,
    actor: Actor,
    station_ids: Sequence[int],
    *,
    year: int,
    document: Document,
) -> list[int]:
    """Give many stations the stars that their last inspections earned, all or none.

    Raises:
        HarborError: as :func:`give`, for the first that cannot be given any.
    """

    def once() -> list[int]:
        with connection.transaction():
            return [
                give(
                    connection, actor, id_, year=year, kind=STAR, document=document,
                    stars=of_station(connection, actor, id_).proposed or None,
                )
                for id_ in sorted(station_ids)
            ]  # fmt: skip

    return rights.settled(once)


def withdraw(connection: Connection, actor: Actor, award_id: int, *, reason: str) -> int:
    """Withdraw an award with a reason; return its station.

    Raises:
        NotFound, ForbiddenHere: if the person may not see it, or not withdraw.
        Conflict: if it is withdrawn already.
        InvalidInput: without a reason.
    """
    attempted = f"withdraw award {award_id}"
    if not reason.strip() or len(reason) > LONGEST_REASON:
        error = FieldError("reason", "a reason is needed", "请填写理由(最多 2000 字)")
        raise InvalidInput([error], attempted=attempted)
    with acting_as(connection, actor):
        found = awards.get(connection, award_id)
        if found is None:
            raise NotFound(
                f"There is no award {award_id} among those you may see.", zh="没有这项荣誉。"
            )
        with refusals(attempted):
            if not awards.withdraw(connection, award_id, reason=reason.strip()):
                raise Conflict(f"Could not {attempted}: it is withdrawn.", zh="该荣誉已撤销。")
    return found.station_id


def document_union(connection: Connection, actor: Actor, station_id: int) -> int | None:
    """Return whose a document is that a person gives awards by: the widest scope they have.

    None is the whole city; otherwise it is the union next to it in which the
    person is an admin, or the station's own.
    """
    with acting_as(connection, actor):
        station = moves.subject(connection, station_id)
        chain = [] if station is None else awards.unions_above(connection, station.union_id)
        for union_id in (None, *chain):
            if Role.CITY_ADMIN in rights.roles(connection, union_id=union_id):
                return union_id
        return station.union_id if station else None


def amount(text: str) -> Decimal | None:
    """Read an amount in yuan, empty for none; None if it is no amount.

    >>> amount("5,000.50")
    Decimal('5000.50')
    """
    try:
        value = Decimal(text.replace(",", "").replace(",", "").strip() or "0")
    except InvalidOperation:
        return None
    return value if value.is_finite() else None


def _faults(
    year: int | None,
    kind: str,
    stars: int | None,
    standing: Standing | None,
    document: Document,
    subsidy_yuan: Decimal,
    note: str,
) -> list[FieldError]:
    errors = []
    known = next((k for k in AWARD_KINDS if k.code == kind), None)
    earned = 0 if standing is None else standing.stars
    if year is None or not FIRST_YEAR <= year <= LAST_YEAR:
        errors.append(FieldError("year", "expected a year, like 2026", "请填写年度,如 2026"))
    if known is None:
        errors.append(FieldError("kind", "choose one", "请选择荣誉类别"))
    elif known.has_stars and (stars is None or not 1 <= stars <= MOST_STARS):
        errors.append(FieldError("stars", "expected 1 to 5", "请选择 1 到 5 星"))
    elif known.has_stars and stars is not None and stars > earned:
        errors.append(
            FieldError(
                "stars", f"the last inspection earned {earned}", f"最近一次检查只达到 {earned} 星"
            )
        )
    elif not known.has_stars and stars is not None:
        errors.append(FieldError("stars", "this award has none", "此项荣誉不分星级"))
    if not document.number.strip():
        errors.append(FieldError("document", "a document number is needed", "请填写文号"))
    if not 0 <= subsidy_yuan <= MOST_YUAN or subsidy_yuan != round(subsidy_yuan, 2):
        errors.append(
            FieldError("subsidy_yuan", "expected yuan, like 5000", "请填写金额(元),如 5000")
        )
    if len(note) > 500:
        errors.append(FieldError("note", "at most 500 signs", "最多 500 字"))
    return errors


def _document_id(connection: Connection, document: Document) -> int:
    return moves.document(
        connection, number=document.number.strip(), union_id=document.union_id,
        title=document.title, dated=document.dated,
    )  # fmt: skip


def _unseen(station_id: int) -> NotFound:
    return NotFound(
        f"There is no station {station_id} among those you may change.",
        zh="没有这个站点,或您无权更改。",
    )
