"""What can go wrong in ``geo``, each with the value that was wrong."""


class GeoError(Exception):
    """Base of every error this library raises on purpose."""


class InvalidValue(GeoError, ValueError):
    """A parameter has a value that no answer exists for."""

    def __init__(self, name: str, value: object, expected: str) -> None:
        self.name = name
        self.value = value
        self.expected = expected
        super().__init__(f"{name} is {value!r}; expected {expected}")


class UnknownDatum(InvalidValue):
    """A datum that is not one of the four in use in China."""


class NotDegrees(InvalidValue):
    """A coordinate that is no degree: not a number, or metres of a projection."""

    def __init__(self, name: str, value: object, *, limit: float) -> None:
        super().__init__(
            name,
            value,
            f"degrees from -{limit:g} to {limit:g} in WGS-84, longitude first; transform"
            " projected coordinates beforehand",
        )


class NoSources(InvalidValue):
    """A flood has nothing to begin at."""

    def __init__(self) -> None:
        super().__init__("stations", 0, "at least one station on the network")


class SourcesOutside(GeoError):
    """Some sources stand on no edge that is open to what moves."""

    def __init__(self, indices: list[int], *, total: int) -> None:
        self.indices = indices
        self.total = total
        first = ", ".join(str(index) for index in indices[:5])
        more = ", …" if len(indices) > 5 else ""
        super().__init__(
            f"{len(indices)} of {total} sources lie outside the network (number {first}{more});"
            " move them, or have them left out"
        )


class OutsideNetwork(GeoError):
    """A point is too far from any street that is connected to the rest."""

    def __init__(
        self,
        longitude: float,
        latitude: float,
        *,
        max_metres: float,
        nearest_metres: float | None,
        at_least_metres: float | None = None,
    ) -> None:
        self.longitude = longitude
        self.latitude = latitude
        self.max_metres = max_metres
        self.nearest_metres = nearest_metres
        self.at_least_metres = at_least_metres
        if nearest_metres is not None and nearest_metres <= max_metres:
            nearest = f"the nearest street, {nearest_metres:,.0f} m away, lies across water"
        elif nearest_metres is not None:
            nearest = f"the nearest street is {nearest_metres:,.0f} m away"
        elif at_least_metres is not None:
            nearest = f"the nearest street is more than {at_least_metres // 1000:,.0f} km away"
        else:
            nearest = "no street of the network is near"
        super().__init__(
            f"the point {longitude:.6f}, {latitude:.6f} lies outside the walking network: "
            f"{nearest}, the limit is {max_metres:,.0f} m"
        )


class SourceUnreadable(GeoError):
    """A source file could not be read to its end."""

    def __init__(self, path: str, reason: str) -> None:
        self.path = path
        self.reason = reason
        super().__init__(f"cannot read {path}: {reason}")


class NoStreets(GeoError):
    """A source holds nothing that a person may walk."""

    def __init__(self, source: str) -> None:
        self.source = source
        super().__init__(f"{source} holds no street or path that a person may walk")


class ElevationOutside(GeoError):
    """An elevation model covers no part of the streets."""

    def __init__(self, paths: list[str], streets: tuple[float, float, float, float]) -> None:
        self.paths = paths
        self.streets = streets
        west, south, east, north = streets
        super().__init__(
            f"{', '.join(paths)} covers no part of the streets "
            f"({west:.4f}, {south:.4f}, {east:.4f}, {north:.4f} in WGS-84)"
        )


class NetworkDamaged(GeoError):
    """A saved network cannot be opened: absent, of another version, cut or altered."""

    def __init__(self, folder: str, reason: str) -> None:
        self.folder = folder
        self.reason = reason
        super().__init__(f"cannot open the network in {folder}: {reason}; build it again")


class CrsUnusable(InvalidValue):
    """A layer does not say where on earth it lies, or what it says cannot be true."""

    def __init__(self, path: str, value: object, reason: str) -> None:
        super().__init__("crs", value, "the reference system the layer is really in")
        self.path = path
        self.reason = reason
        self.args = (f"cannot place {path} on earth: {reason}",)


class NoUsableLines(NoStreets):
    """A layer of lines holds rows, and none of them is a street that a person may walk."""

    def __init__(self, source: str, reasons: tuple[str, ...]) -> None:
        super().__init__(source)
        self.reasons = reasons
        if reasons:
            self.args = (f"{self.args[0]}: {'; '.join(reasons)}",)


class InvalidCorrections(InvalidValue):
    """Corrections that cannot be read as what they are meant to be.

    Attributes:
        problems: which correction, by id or by its number in the list, and what is wrong with it.
    """

    def __init__(self, problems: tuple[tuple[str, str], ...]) -> None:
        listed = "; ".join(f"{which}: {problem}" for which, problem in problems)
        super().__init__("corrections", listed, "corrections as geo.corrections describes them")
        self.problems = problems
        self.args = (f"cannot use these corrections: {listed}",)
