"""Where streets are read from: an OpenStreetMap extract, or a city's own lines."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.domain.errors import FieldError, InvalidInput, UnreadableFile
from geo.basemap import Feature
from geo.elevation import ElevationReport, with_heights
from geo.errors import SourceUnreadable
from geo.lines import LineColumns, read_columns, read_lines
from geo.network import Network
from geo.osm import read_shores, read_streets
from geo.osm_basemap import read_features
from geo.shores import Shores
from geo.street_features import street_features
from geo.streets import StreetGraph
from geo.water_layer import read_water

LINE_ENDINGS = (".gpkg", ".shp", ".geojson", ".json")
Progress = Callable[[str, float], None]
_ELEVATION_ENDINGS = (".hgt", ".tif", ".tiff")


@dataclass(frozen=True, slots=True, kw_only=True)
class LineOptions:
    """How a city's own layer is to be read; see :func:`geo.lines.read_lines`.

    Attributes:
        columns: a JSON or TOML file that maps columns and words.
        water: a layer of water, in the reference system of the lines.
    """

    layer: str | None = None
    columns: Path | None = None
    water: Path | None = None
    crs: str | None = None
    datum: str | None = None

    def given(self) -> list[str]:
        """Return the names of what was said."""
        names = ("layer", "columns", "water", "crs", "datum")
        return [name for name in names if getattr(self, name) is not None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Streets as they were read.

    Attributes:
        shores: the water that no access leg crosses, if the source knows it.
        stairways: how many lines or ways are steps.
        remarks: what of the source could not be kept or understood, in words.
        draw: gives the base map of a network, and how many shapes of it were broken so far.
    """

    streets: StreetGraph
    shores: Shores | None
    stairways: int
    remarks: tuple[str, ...]
    draw: Callable[[Network], "BaseMap"]


class BaseMap:
    """Features of a base map; ``broken`` is known once they were all taken."""

    def __init__(self, features: Iterator[Feature], broken: Callable[[], int]) -> None:
        self._features = features
        self._broken = broken

    def __iter__(self) -> Iterator[Feature]:
        return self._features

    @property
    def broken(self) -> int:
        """How many shapes were left off."""
        return self._broken()


def read_source(file: Path, *, options: LineOptions, progress: Progress) -> Source:
    """Read streets; the file's ending says what it is.

    Raises:
        InvalidInput: if options for lines are given with an extract.
        GeoError: as the readers do.
    """
    if file.suffix.lower() in LINE_ENDINGS:
        return _lines(file, options, progress)
    if options.given():
        raise InvalidInput(
            [
                FieldError(f"--{name}", f"means something for {', '.join(LINE_ENDINGS)} alone")
                for name in options.given()
            ],
            attempted=f"build a network from {file.name}",
        )
    return _extract(file, progress)


def _extract(file: Path, progress: Progress) -> Source:
    read = read_streets(file, progress=progress)
    cut = f"{read.cut_ways:,} ways are cut by the edge of the extract."

    def draw(network: Network) -> BaseMap:
        features = read_features(file, progress=progress)
        return BaseMap(iter(features), lambda: features.broken)

    return Source(
        streets=read.streets,
        shores=read_shores(file, progress=progress),
        stairways=read.stairways,
        remarks=(cut,) if read.cut_ways else (),
        draw=draw,
    )


def _lines(file: Path, options: LineOptions, progress: Progress) -> Source:
    columns = LineColumns() if options.columns is None else read_columns(options.columns)
    read = read_lines(
        file,
        layer=options.layer,
        columns=columns,
        crs=options.crs,
        datum=options.datum,
        progress=progress,
    )
    water = None
    if options.water is not None:
        water = read_water(options.water, crs=options.crs, datum=options.datum)
    used = ", ".join(f"{role} from {column!r}" for role, column in read.report.columns.items())
    remarks = [f"Columns read: {used or 'none'}."]
    remarks += [f"Left out or not understood: {reason}." for reason in read.report.reasons()]
    return Source(
        streets=read.streets,
        shores=water,
        stairways=read.stairways,
        remarks=tuple(remarks),
        draw=lambda network: BaseMap(street_features(network), lambda: 0),
    )


def with_elevation(
    streets: StreetGraph, paths: Sequence[Path], progress: Progress
) -> tuple[StreetGraph, ElevationReport]:
    """Return streets with heights from elevation models, and how far they reach.

    Raises:
        UnreadableFile, SourceUnreadable: if a file is no elevation model or damaged.
        ElevationOutside: if the models cover no street.
    """
    try:
        return with_heights(streets, paths, progress=progress)
    except SourceUnreadable as error:
        if error.path.lower().endswith(_ELEVATION_ENDINGS):
            raise
        raise UnreadableFile(
            f"{error.path} is no elevation model: {error.reason}.",
            remedy="Nothing was changed. Take .hgt tiles or a GeoTIFF of heights in metres.",
        ) from None
