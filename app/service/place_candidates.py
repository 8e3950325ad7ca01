"""Where the place of an address may be: names on the map, and houses of the same street."""

from dataclasses import dataclass
from datetime import date, datetime

from app.domain.actor import Actor
from app.domain.address_words import AddressWords, district_named, read_address
from app.service.runtime import Runtime
from app.store import areas, basemap, placing
from app.store.database import Connection
from app.store.placing import Unplaced
from app.store.rights import acting_as

MOST = 8
MOST_NAMES = 60
# names of one address that lie so near each other speak for one another
_TOGETHER_DEGREES = 0.006
_WEIGHTS = {"premises": 1.3, "street": 1.0, "place": 0.8}
# what an address names only to say in which part of the country it is
_TOO_WIDE = ("country", "state", "province", "region", "county", "city", "municipality", "district")
# houses whose numbers are further apart say little of each other
_MOST_HOUSES_APART = 80


@dataclass(frozen=True, slots=True)
class Candidate:
    """A place that may be meant.

    Attributes:
        name, kind: what is there: a name, and its kind on the map or ``house``.
        district: the name of the district it lies in, empty if not known.
        note: what is left to do there, in Chinese and English, or empty.
    """

    name: str
    kind: str
    longitude: float
    latitude: float
    district: str
    note: tuple[str, str]
    score: float


def for_draft(
    harbor: Runtime, connection: Connection, actor: Actor, draft: Unplaced
) -> list[Candidate]:
    """Return where an address may be, the likeliest first; empty if nothing fits."""
    words = read_address(draft.address)
    hosts = read_address(draft.host_name).parts if draft.host_name else ()
    parts = tuple(dict.fromkeys((*words.parts, *hosts)))
    found = _named(harbor, connection, words, parts)
    if words.street and words.house is not None:
        with acting_as(connection, actor):
            found += _houses(connection, words)
    return _ranked(connection, found, f"{draft.area_name} {draft.address}", _today(harbor))


def by_words(harbor: Runtime, connection: Connection, given: str) -> list[Candidate]:
    """Return what a person searches for: names that contain the words, or an address."""
    wanted = given.strip()
    if not wanted:
        return []
    network = _network(harbor)
    with connection.transaction():
        places = basemap.search(connection, network, wanted, most=MOST)
    found = [
        Candidate(p.name, p.kind, p.longitude, p.latitude, "", ("", ""), float(len(wanted)))
        for p in places
    ]
    if not found:
        words = read_address(wanted)
        found = _named(harbor, connection, words, words.parts)
    return _ranked(connection, found, wanted, _today(harbor))


def _network(harbor: Runtime) -> str:
    snapshot = harbor.snapshot()
    return snapshot.streets.name if snapshot.has_streets else ""


def _today(harbor: Runtime) -> date:
    return datetime.now(harbor.settings.zone).date()


def _named(
    harbor: Runtime, connection: Connection, words: AddressWords, parts: tuple[str, ...]
) -> list[Candidate]:
    with connection.transaction():
        hits = placing.on_map(connection, _network(harbor), parts, most=MOST_NAMES)
    # 人民 is not looked for where 人民路 was found
    names = {hit.name for hit in hits}
    inner = {name for name in names if any(name != other and name in other for other in names)}
    return [
        Candidate(
            hit.name, hit.kind, hit.longitude, hit.latitude, "", _left_to_do(hit.layer, words),
            len(hit.name) * _WEIGHTS[hit.layer],
        )
        for hit in hits
        if hit.name not in inner and hit.kind not in _TOO_WIDE
    ]  # fmt: skip


def _left_to_do(layer: str, words: AddressWords) -> tuple[str, str]:
    if layer != "street":
        return "", ""
    if words.kilometre:
        return f"沿路找到 {words.kilometre}", f"find {words.kilometre} along the road"
    if words.house is not None:
        return f"沿街找到 {words.house} 号", f"find number {words.house} along the street"
    return "沿街核对", "look along the street"


def _houses(connection: Connection, words: AddressWords) -> list[Candidate]:
    """Return placed stations of the street whose house numbers are near."""
    found = []
    for station in placing.along(connection, words.street):
        other = read_address(station.address)
        if other.house is None or words.house is None or other.street != words.street:
            continue
        apart = abs(other.house - words.house)
        if apart <= _MOST_HOUSES_APART:
            found.append(
                Candidate(
                    f"{words.street}{other.house}号 · {station.name}", "house", station.longitude,
                    station.latitude, "", ("附近的门牌,请移到准确位置", "a house nearby; move it"),
                    len(words.street) + 3 - 3 * apart / _MOST_HOUSES_APART,
                )
            )  # fmt: skip
    return found


def _ranked(
    connection: Connection, found: list[Candidate], text: str, today: date
) -> list[Candidate]:
    if not found:
        return []
    with connection.transaction():
        districts = {d.adcode: d.name for d in areas.names(connection, as_of=today)}
        codes = areas.codes_at(connection, [(c.longitude, c.latitude) for c in found], as_of=today)
    meant = district_named(text, districts.values())
    ranked = []
    for candidate, code in zip(found, codes, strict=True):
        district = districts.get(code or "", "")
        company = {c.name for c in found if c.name != candidate.name and _together(c, candidate)}
        score = candidate.score + 1.5 * len(company)
        if meant and district:
            score *= 1.0 if meant == district else 0.4
        ranked.append(
            Candidate(
                candidate.name, candidate.kind, candidate.longitude, candidate.latitude, district,
                candidate.note, round(score, 2),
            )
        )  # fmt: skip
    return sorted(ranked, key=lambda c: (-c.score, c.name, c.longitude))[:MOST]


def _together(one: Candidate, other: Candidate) -> bool:
    return max(abs(one.longitude - other.longitude), abs(one.latitude - other.latitude)) <= (
        _TOGETHER_DEGREES
    )
