"""Everything the register holds about one station, gathered for a file that is handed over."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from app.domain import number
from app.domain.actor import Actor
from app.domain.errors import ForbiddenHere
from app.files.dossier import Enclosure, Section, dossier
from app.service import aliases, awards, inspections, keepers, records, reports
from app.service.aliases import Alias
from app.service.awards import Honours
from app.service.inspections import History
from app.service.keepers import MaskedKeeper
from app.service.records import Past, Record
from app.service.vault import Vault
from app.store import audit, documents, station_photos, stored_files
from app.store.database import Connection
from app.store.documents import DocumentRecord
from app.store.rights import acting_as

__all__ = ["Gathered", "Section", "bundle"]

MOST_STEPS = 2_000


@dataclass(frozen=True, slots=True)
class Gathered:
    """What a dossier is made of; of reports only how many are ``open`` and ``closed``."""

    record: Record
    past: Past
    inspections: History
    honours: Honours
    documents: tuple[DocumentRecord, ...]
    keepers: tuple[MaskedKeeper, ...]
    aliases: tuple[Alias, ...]
    reports: Mapping[str, int]


def bundle(
    connection: Connection,
    vault: Vault,
    actor: Actor,
    station_id: int,
    *,
    words: Callable[[Gathered], Sequence[Section]],
    at: datetime,
    by: str,
) -> tuple[str, bytes]:
    """Return the file name and the ZIP file of a station's dossier, and note who took it.

    Keepers are masked in it as everywhere.

    Args:
        words: says what was gathered as parts of the printed dossier.
        at: the moment it is made.
        by: the name of who asks.

    Raises:
        NotFound: if the person does not see the station.
        ForbiddenHere: if they do not see its record whole.
        MissingSystemPart: if nothing can be typeset on this machine.
    """
    with connection.transaction():
        gathered = _gather(connection, vault, actor, station_id)
        enclosures = _enclosures(connection, actor, gathered)
        with acting_as(connection, actor):
            audit.record(
                connection, "station.dossier", f"station {station_id}",
                {"enclosures": len(enclosures)},
            )  # fmt: skip
    record = gathered.record
    printed = number.display(record.code) if record.code else ""
    content = dossier(
        title=str(record.facts["name"]),
        number=printed,
        made_at=at,
        made_by=by,
        sections=words(gathered),
        data=_data(gathered),
        enclosures=enclosures,
    )
    return f"{record.code or f'draft-{station_id}'}.zip", content


def _gather(connection: Connection, vault: Vault, actor: Actor, station_id: int) -> Gathered:
    record = records.look(connection, actor, station_id)
    if not record.whole:
        raise ForbiddenHere(
            f"The dossier of station {station_id} is its union's.",
            remedy="Ask the union that owns it.",
            zh="档案只对所属工会开放。",
        )
    past = records.past(connection, actor, station_id, most=MOST_STEPS)
    with acting_as(connection, actor):
        papers = tuple(documents.of_station(connection, station_id))
    return Gathered(
        record, past, inspections.of_station(connection, actor, station_id),
        awards.of_station(connection, actor, station_id), papers,
        keepers.masked(connection, actor, station_id, vault=vault),
        tuple(aliases.of_station(connection, actor, station_id)),
        reports.counts(connection, actor, station_id),
    )  # fmt: skip


def _enclosures(connection: Connection, actor: Actor, gathered: Gathered) -> list[Enclosure]:
    station = gathered.record.station_id
    found: list[Enclosure] = []
    with acting_as(connection, actor):
        for paper in gathered.documents:
            scan = stored_files.get(connection, paper.file_id) if paper.file_id else None
            if scan is not None:
                found.append(Enclosure(f"{paper.number}-{scan.name}", scan.content))
        for photo in station_photos.of_station(connection, station):
            file = station_photos.file_of(connection, station, photo.id, small=False)
            if file is not None:
                found.append(Enclosure(f"{photo.kind}-{photo.id}.jpg", file.content))
    return found


def _data(gathered: Gathered) -> dict[str, Any]:
    record = gathered.record
    return {
        "code": record.code,
        "state": record.state,
        "union": record.union,
        "facts": dict(record.facts),
        "aliases": [asdict(one) for one in gathered.aliases],
        "history": [asdict(one) for one in gathered.past.events],
        "inspections": [asdict(one) for one in gathered.inspections.inspections],
        "awards": [asdict(one) for one in gathered.honours.awards],
        "documents": [asdict(one) for one in gathered.documents],
        "reports": dict(gathered.reports),
    }
