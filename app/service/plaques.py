"""Plaques of stations as a PDF to print, and what their QR codes prove."""

import hmac
from collections.abc import Sequence

from app.domain.actor import Actor
from app.domain.errors import Conflict, FieldError, InvalidInput, NotFound
from app.domain.lifecycle import FACTS, State
from app.domain.reports import PROOF_SIGNS, read_signs, signs
from app.domain.services import SERVICES
from app.files.plaque import Plaque, plaques
from app.settings import Settings
from app.store import audit, report_sources, stations
from app.store.database import Connection
from app.store.rights import acting_as
from app.store.stations import StationRecord

__all__ = ["MOST", "address_of", "is_proof", "of_stations", "of_union", "proof_of"]

MOST = 500
# a plaque hangs for years: what is on it is what every station is measured by, and a little more
_NEEDS = ("toilet", "water", "seat", "cooling", "warmth", "first_aid", "hot_meal", "charging")


def of_stations(
    connection: Connection, settings: Settings, actor: Actor, ids: Sequence[int]
) -> bytes:
    """Typeset the plaques of stations that the person sees, in their order, and note each.

    Raises:
        NotFound: if one is not in the person's sight.
        Conflict: if one has no number yet, or is not public any more.
        InvalidInput: for none, or more than fit one file.
    """
    _check_count(len(ids))
    with acting_as(connection, actor):
        found = [stations.by_id(connection, one) for one in ids]
    records = []
    for one, record in zip(ids, found, strict=True):
        if record is None:
            raise NotFound(f"There is no station {one} among those you may see.")
        records.append(record)
    # the secret is the application's: nobody reads it in a person's name
    with connection.transaction():
        secret = report_sources.plaque_secret(connection)
    file = plaques([_plaque(settings, record, secret) for record in records])
    with acting_as(connection, actor):
        for one in ids:
            audit.record(connection, "station.plaque", f"station {one}")
    return file


def of_union(connection: Connection, settings: Settings, code: str | None) -> tuple[bytes, int]:
    """Typeset the plaques of all public stations of a union, or of all, as the operator.

    Returns:
        The file, and how many plaques it holds.

    Raises:
        InvalidInput: for none, or more than fit one file.
    """
    with connection.transaction():
        records = stations.with_numbers(connection, union_code=code)
        secret = report_sources.plaque_secret(connection)
    _check_count(len(records))
    return plaques([_plaque(settings, record, secret) for record in records]), len(records)


def proof_of(secret: bytes, code: str) -> str:
    """Return the eight signs by which the QR code of a station's plaque proves where it hangs."""
    digest = hmac.digest(secret, code.encode(), "sha256")
    return signs(int.from_bytes(digest), PROOF_SIGNS)


def is_proof(secret: bytes, code: str, given: str) -> bool:
    """Whether signs are those of a station's plaque; a plaque older than them proves nothing."""
    return hmac.compare_digest(read_signs(given, PROOF_SIGNS), proof_of(secret, code))


def address_of(settings: Settings, secret: bytes, code: str) -> str:
    """Return where the QR code of a station's plaque leads."""
    return f"{settings.public_url.rstrip('/')}/s/{code}?p={proof_of(secret, code)}"


def _check_count(count: int) -> None:
    if not 1 <= count <= MOST:
        raise InvalidInput(
            [FieldError("stations", f"are {count}; one file holds 1 to {MOST} plaques",
                        f"共 {count} 个;一个文件可放 1 至 {MOST} 块牌子")],
            attempted="print plaques",
            remedy="Choose fewer stations, or one union after another.",
        )  # fmt: skip


def _plaque(settings: Settings, record: StationRecord, secret: bytes) -> Plaque:
    if record.code is None:
        raise Conflict(
            f"Could not print a plaque for {record.name}: it has no number yet.",
            remedy="A number is issued at approval.",
            zh=f"{record.name} 还没有编号,批准后才能打印牌子。",
        )
    state = FACTS[State(record.state)]
    if not state.public:
        raise Conflict(
            f"Could not print a plaque for {record.name}: the station is {state.name_en.lower()}.",
            remedy="Its number is kept; it hangs on no door.",
            zh=f"{record.name} {state.name},不再打印牌子。",
        )
    names = {service.code: service.name for service in SERVICES}
    return Plaque(
        code=record.code,
        name=record.name,
        name_en=record.name_en,
        union=record.union_name,
        address=address_of(settings, secret, record.code),
        needs=tuple(names[code] for code in _NEEDS if code in record.services),
    )
