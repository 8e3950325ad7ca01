"""What requests and answers of the public API look like; the OpenAPI document is made of these."""

from datetime import datetime
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    model_validator,
)


def _listed(value: object) -> object:
    """Read ``a,b`` as well as a list."""
    if isinstance(value, str):
        return [word.strip() for word in value.split(",") if word.strip()]
    return value


def _printable(text: str) -> str:
    """Refuse control characters, which no name holds and no database takes."""
    if not text.isprintable():
        raise ValueError("holds a character that cannot be printed")
    return text


def _worded(text: str) -> str:
    """Refuse blanks alone, which name nothing."""
    if not text.strip():
        raise ValueError("holds nothing but blanks")
    return text


Words = Annotated[str, AfterValidator(_printable)]
MODES: dict[str, Any] = {"enum": ["walk", "ebike"]}
Listed = Annotated[list[str], BeforeValidator(_listed)]


class NearestQuery(BaseModel):
    """A rider's question."""

    model_config = ConfigDict(extra="forbid")

    lon: float = Field(description="Longitude, degrees in `datum`.")
    lat: float = Field(description="Latitude, degrees in `datum`.")
    k: int = Field(5, description="How many stations, 1 to 50.")
    mode: str = Field(
        "walk",
        description="walk, or ebike: riding, parking, the rest on foot.",
        json_schema_extra=MODES,
    )
    services: Listed = Field(default_factory=list, description="Codes, comma-separated.")
    max_minutes: float | None = Field(None, description="No way longer than this.")
    open: str = Field(
        "any",
        description="any; now leaves out what is surely closed, arrival also what closes within ten"
        " minutes after it; night, what is closed at eleven in the evening.",
    )
    code: str | None = Field(None, max_length=40, description="Only the station of this number.")
    datum: str = Field("wgs84", description="wgs84, cgcs2000, gcj02 or bd09; in and out.")


class Origin(BaseModel):
    """Where the rider stands."""

    lon: float
    lat: float
    snap_metres: float


class NearStation(BaseModel):
    """One station of an answer."""

    code: str | None
    name: str
    name_en: str
    lon: float
    lat: float
    gcj02: tuple[float, float] = Field(description="Longitude and latitude for Chinese maps.")
    seconds: float
    metres: float
    walk_seconds: float
    walk_metres: float
    straight_metres: float
    climb_metres: float
    services: list[str] = Field(description="On site and in season at the arrival.")
    open: Literal["open", "closed", "unknown"]
    open_until: datetime | None
    opens_at: datetime | None
    brief: bool = Field(description="Closes within ten minutes after the arrival.")
    reason: str
    note: str = Field(description="What staff wrote about a closure; empty without one.")
    reported_at: datetime | None = Field(
        description="When riders reported the door locked last, if that is the reason."
    )
    out: list[str] = Field(description="Supplies that ran out, as the keeper said.")
    door: str | None
    last_proved: datetime | None
    verified: bool


class Missing(BaseModel):
    """The nearest station with what none within the limit has, or what is nowhere at all."""

    services: list[str]
    station: NearStation | None


class NearestAnswer(BaseModel):
    """Stations in strict order of the seconds to them; what is on foot stands beside."""

    origin: Origin
    mode: str
    network: str
    as_of: datetime
    stations: list[NearStation]
    missing: Missing | None = Field(description="Where `stations` is empty for its services.")


class RouteQuery(BaseModel):
    """Where a rider stands and where he wants to go."""

    model_config = ConfigDict(extra="forbid")

    lon: float = Field(description="Longitude, degrees in `datum`.")
    lat: float = Field(description="Latitude, degrees in `datum`.")
    to: Words = Field(max_length=40, description="The number of a station.")
    mode: str = Field("walk", description="walk or ebike.", json_schema_extra=MODES)
    datum: str = Field("wgs84", description="wgs84, cgcs2000, gcj02 or bd09; in and out.")


class RoutePart(BaseModel):
    """A part on streets of one kind and name."""

    mode: Literal["walk", "ride", "park"]
    kind: str = Field(description="street, steps, bridge…; access beside the streets.")
    name: str
    metres: float
    seconds: float
    climb_metres: float
    descent_metres: float
    steps: int | None = Field(description="Stair steps; null where nobody counted them.")
    coordinates: list[tuple[float, float]] = Field(description="lon, lat in `datum`.")


class RouteAnswer(BaseModel):
    """The quickest way, from the rider's place to the station's; parts in order, without a gap."""

    seconds: float
    metres: float
    climb_metres: float
    descent_metres: float
    stairs_metres: float
    steps: int | None
    parts: list[RoutePart]


class Sent(BaseModel):
    """What a rider sends from a station, or from wherever the phone is."""

    model_config = ConfigDict(extra="forbid")

    station: Words = Field(max_length=40, description="Number of the station.")
    device: Words = Field(
        "", max_length=100, description="A random token that the browser made up and keeps."
    )
    proof: Words = Field("", max_length=20, description="What the plaque's QR code says as `p`.")
    lon: float | None = Field(None, description="Where the phone is; compared, never kept.")
    lat: float | None = None
    datum: str = Field("wgs84", description="wgs84, cgcs2000, gcj02 or bd09.")

    @model_validator(mode="after")
    def _whole_place(self) -> Self:
        if (self.lon is None) != (self.lat is None):
            raise ValueError("lon and lat are given together, or not at all")
        return self


class ReportBody(Sent):
    """A report about a station; as a form it may hold a `photo` beside."""

    kind: str = Field(
        description="What is wrong.",
        json_schema_extra={"enum": ["locked", "no_water", "toilet_broken", "wrong_place", "other"]},
    )
    text: str = Field("", description="Up to 200 characters, needed with `other`; never public.")
    once: UUID | None = Field(None, description="Sent again with the same, it is the same.")


class ReportMade(BaseModel):
    """The report as it stands, and the ticket that finds it again."""

    ticket: str
    station: str
    kind: str
    made_at: datetime
    state: Literal["open", "closed"]


class ReportedStation(BaseModel):
    """The station of a report."""

    code: str
    name: str
    name_en: str


class ReportAnswered(BaseModel):
    """What became of a report."""

    ticket: str
    station: ReportedStation
    kind: str
    made_at: datetime
    state: Literal["open", "closed"]
    answer: str | None
    answer_zh: str | None
    answer_en: str | None
    answered_at: datetime | None


class VisitBody(Sent):
    """A check-in."""

    once: UUID = Field(description="Sent again with the same, it counts no more.")


class VisitAnswer(BaseModel):
    """What came of a check-in."""

    counted: bool
    proved: bool


class AreaQuery(BaseModel):
    """Where a phone is, and what it has kept already."""

    model_config = ConfigDict(extra="forbid")

    lon: float = Field(description="Longitude, degrees in `datum`; a hundredth will do.")
    lat: float = Field(description="Latitude, degrees in `datum`; a hundredth will do.")
    datum: str = Field("wgs84", description="wgs84, cgcs2000, gcj02 or bd09.")
    known: str = Field("", max_length=64, description="The version that is kept.")


class AreaAnswer(BaseModel):
    """The stations around and their hours; of a version that is known, `unchanged` alone.

    A schedule is a list of [start, end, state, reason]: minutes after `begins` (minutes since
    1970), 0 closed, 1 open, 2 not known, index into `reasons`; between them the ordinary hours
    keep it closed. Stations are columns of equal length: code, name, name_en; east and north
    of `centre` in millionths of a degree, and how much further Chinese maps (GCJ-02) have them;
    bits of `services`; index into `doors` (-1 not known) and into `schedules`; when the way in
    was last proved (minutes since 1970, 0 never); 1 if verified.
    """

    version: str
    as_of: datetime
    unchanged: bool = False
    begins: int | None = None
    days: int | None = None
    radius_metres: int | None = None
    centre: tuple[float, float] | None = Field(None, description="lon, lat in WGS-84.")
    schedules: list[list[tuple[int, int, int, int]]] | None = None
    reasons: list[str] | None = None
    stations: dict[str, list[Any]] | None = None
    services: list[str] | None = None
    doors: list[str] | None = None


class SearchQuery(BaseModel):
    """Words of a name."""

    model_config = ConfigDict(extra="forbid")

    q: Annotated[Words, AfterValidator(_worded)] = Field(
        min_length=1,
        max_length=80,
        description="Parts of a name, of a number, of its pinyin, or initials; all have to fit.",
    )


class FoundPlace(BaseModel):
    """Something with a name."""

    name: str
    name_en: str = Field(description="Empty where none is known.")
    kind: Literal["station", "place", "street", "premises"]
    kind_zh: str
    kind_en: str
    lon: float = Field(description="Degrees in wgs84.")
    lat: float


class SearchAnswer(BaseModel):
    """What is called so: stations first, then places, streets and premises."""

    places: list[FoundPlace]
    complete: bool = Field(
        description="False while names of the map are still being read out: pinyin finds less."
    )


class StationsQuery(BaseModel):
    """A page of stations."""

    model_config = ConfigDict(extra="forbid")

    services: Listed = Field(default_factory=list)
    bbox: str | None = Field(None, description="west,south,east,north in `datum`.")
    limit: int = Field(100, ge=1, le=1000)
    offset: int = Field(0, ge=0)
    datum: str = Field("wgs84")


class ChangesQuery(BaseModel):
    """A place in the history of all public stations."""

    model_config = ConfigDict(extra="forbid")

    since: str = Field("", max_length=120, description="The `cursor` of an answer before.")
    limit: int = Field(500, ge=1, le=1000, description="Versions looked through at most.")
    datum: str = Field("wgs84")


class StationFacts(BaseModel):
    """What the public is told of a station."""

    model_config = ConfigDict(extra="allow")

    code: str
    state: str
    verified: bool
    lon: float
    lat: float
    name: str
    name_en: str
    services: list[str]
    hours: str | None


class StationChange(BaseModel):
    """One change; of a removed station its number alone, and the one that it was merged into."""

    change: Literal["added", "changed", "removed"]
    code: str
    at: datetime
    state: str
    survivor: str | None
    station: StationFacts | None


class ChangesAnswer(BaseModel):
    """Changes in order; with `more`, ask again from the cursor at once, else later."""

    changes: list[StationChange]
    cursor: str
    more: bool


class DatumQuery(BaseModel):
    """The datum of an answer."""

    model_config = ConfigDict(extra="forbid")

    datum: str = Field("wgs84")


class CoverageQuery(BaseModel):
    """A planner's question."""

    model_config = ConfigDict(extra="forbid")

    scope: Words | None = None
    demand: Words | None = None
    minutes: float = 15.0
    services: Listed = Field(default_factory=list)
    at: datetime | None = None
    as_of: datetime | None = None


class CoverageAnswer(BaseModel):
    """A coverage run: its number, what it was computed from, and the figures."""

    model_config = ConfigDict(extra="allow")

    run: int
    inputs: dict[str, Any]
    rules: dict[str, dict[str, float | None]]
    districts: list[dict[str, Any]]
