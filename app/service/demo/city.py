"""The whole made-up city: one call, the same for the same seed and options."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from shapely.geometry import MultiPolygon, Polygon

from app.domain.errors import FieldError, InvalidInput
from app.service.demo.blocks import Blocks, make_blocks
from app.service.demo.buildings import buildings
from app.service.demo.districts import DemoDistrict, make_districts
from app.service.demo.frame import Frame
from app.service.demo.history import first_day
from app.service.demo.people import (
    DemoDemand,
    DemoScope,
    make_demand,
    make_people,
    make_scope,
)
from app.service.demo.places import (
    Neighbourhood,
    district_label,
    features,
    make_lakes,
    neighbourhoods,
    water,
)
from app.service.demo.rivers import Rivers, make_rivers
from app.service.demo.stations import DemoStation, make_stations
from app.service.demo.streets import Streets, make_streets
from app.service.demo.terrain import make_terrain
from app.service.demo.unions import DemoUnion, make_unions
from geo.basemap import Feature
from geo.streets import StreetGraph

LABEL, LABEL_EN = "演示城市 · 数据均为虚构", "Demo city · everything here is made up"
FEWEST_JUNCTIONS, MOST_JUNCTIONS = 1_000, 3_000_000
MOST_STATIONS = 50_000
# the districts and unions were there some years before the history begins
FOUNDED_YEARS_EARLIER = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sheet:
    """What the features are drawn from."""

    frame: Frame
    rivers: Rivers
    blocks: Blocks
    streets: Streets
    lakes: tuple[Polygon, ...]
    named: tuple[Neighbourhood, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoCity:
    """Everything of a made-up city, in WGS-84.

    Attributes:
        streets: the street graph with heights.
        districts: nine at first and the one that two of them became.
        unions: the city's, one a district, and one of a trade.
        scope: what the headline figure counts.
        demand: layers of people to be served.
        stations: with their histories.
        label, label_en: what every page that shows the city must say.
    """

    streets: StreetGraph
    districts: tuple[DemoDistrict, ...]
    unions: tuple[DemoUnion, ...]
    scope: DemoScope
    demand: tuple[DemoDemand, ...]
    stations: tuple[DemoStation, ...]
    label: str = LABEL
    label_en: str = LABEL_EN
    sheet: _Sheet

    @property
    def water(self) -> Iterator[Feature]:
        """Draw the rivers and lakes alone, which are among the features as well."""
        yield from water(self.sheet.frame, self.sheet.rivers, lakes=self.sheet.lakes)

    @property
    def features(self) -> Iterator[Feature]:
        """Draw what lies under the map, anew at every call; the streets are not among it."""
        sheet = self.sheet
        yield from features(
            sheet.frame,
            sheet.rivers,
            sheet.blocks,
            sheet.streets,
            lakes=sheet.lakes,
            named=sheet.named,
        )
        for district in self.districts:
            if district.valid_to is None:
                yield district_label(district.name, district.shape)
        yield from buildings(sheet.frame, sheet.blocks, sheet.streets)


def make_city(
    *, seed: int = 7, junctions: int = 30_000, stations: int = 600, today: date
) -> DemoCity:
    """Make a hill city with two rivers that exists nowhere.

    Args:
        junctions: about how many junctions the streets have (within 15 %).
        stations: how many stations, if the streets have room for so many.
        today: the day on which the eighteen months of history end.

    Raises:
        InvalidInput: if a number is out of range.
    """
    _check(seed, junctions, stations)
    frame = Frame.make(seed=seed, junctions=junctions)
    rivers = make_rivers(frame)
    terrain = make_terrain(frame, rivers)
    blocks = make_blocks(frame, terrain)
    lakes = tuple(make_lakes(frame, blocks))
    streets = make_streets(frame, terrain, blocks, MultiPolygon([*rivers.surface.geoms, *lakes]))
    people = make_people(frame, terrain, rivers, blocks, streets)
    named = neighbourhoods(frame, blocks)
    founded = first_day(today).replace(month=1, day=1)
    founded = founded.replace(year=founded.year - FOUNDED_YEARS_EARLIER)
    districts = make_districts(frame, rivers, blocks, founded=founded, today=today)
    pull = people.pull_at(streets.xy)
    return DemoCity(
        streets=streets.graph,
        districts=districts,
        unions=make_unions(districts, founded=founded),
        scope=make_scope(frame, terrain, streets),
        demand=make_demand(frame, people),
        stations=make_stations(frame, streets, pull, named, districts, count=stations, today=today),
        sheet=_Sheet(
            frame=frame, rivers=rivers, blocks=blocks, streets=streets, lakes=lakes, named=named
        ),
    )


def _check(seed: int, junctions: int, stations: int) -> None:
    errors = []
    if seed < 0:
        errors.append(FieldError("seed", f"{seed} is negative; expected 0 or more"))
    if not FEWEST_JUNCTIONS <= junctions <= MOST_JUNCTIONS:
        errors.append(
            FieldError(
                "junctions",
                f"{junctions:,} is outside {FEWEST_JUNCTIONS:,} to {MOST_JUNCTIONS:,}",
            )
        )
    if not 0 <= stations <= MOST_STATIONS:
        errors.append(FieldError("stations", f"{stations:,} is outside 0 to {MOST_STATIONS:,}"))
    if errors:
        raise InvalidInput(
            errors, attempted="make a demo city", remedy="Choose numbers within these limits."
        )
