"""A made-up quarter, small enough to know where everything is drawn."""

from typing import Any

from app.files.map_shapes import MapShapes, StreetBand

# a square of about 2.2 km, south-west corner and side in degrees
WEST, SOUTH, SIDE = 106.50, 29.50, 0.02
EVIL = '<script>alert("x")</script>'


def feature(geometry: str, coordinates: Any, **properties: Any) -> dict[str, Any]:
    return {
        "type": "Feature", "geometry": {"type": geometry, "coordinates": coordinates},
        "properties": properties,
    }  # fmt: skip


def collection(*features: dict[str, Any]) -> dict[str, Any]:
    return {"type": "FeatureCollection", "features": list(features)}


def at(east: float, north: float) -> list[float]:
    """A place by shares of the square, from its south-west corner."""
    return [WEST + east * SIDE, SOUTH + north * SIDE]


def square(low: float, high: float) -> list[list[list[float]]]:
    return [[at(low, low), at(high, low), at(high, high), at(low, high), at(low, low)]]


def quarter(**more: Any) -> MapShapes:
    """A quarter with a lake, a park, streets of every band, four stations and two gaps."""
    states = (("open", 0.2), ("closed", 0.4), ("unknown", 0.6), ("lacking", 0.8))
    values: dict[str, Any] = {
        "minutes": 12.0,
        "bounds": (WEST, SOUTH, WEST + SIDE, SOUTH + SIDE),
        "basemap": {
            "landuse": collection(feature("Polygon", square(0.6, 0.9), kind="park", name="")),
            "water": collection(feature("Polygon", square(0.1, 0.3), kind="water", name="")),
            "street": collection(
                feature("LineString", [at(0, 0.5), at(1, 0.5)], kind="primary", name="大道")
            ),
            "place": collection(
                feature("Point", at(0.5, 0.7), kind="suburb", name="石桥铺"),
                feature("Point", at(0.3, 0.9), kind="suburb", name=EVIL),
            ),
        },
        "streets": [
            StreetBand(band, width, [[at(0, y), at(1, y)]])
            for width, (band, y) in enumerate(((0, 0.5), (1, 0.4), (2, 0.3)))
        ] + [StreetBand(9, 1, [[at(0, 0.1), at(1, 0.1)]])],
        "scope": collection(feature("Polygon", square(0.05, 0.95), part="region", name="范围")),
        "districts": collection(
            feature("Polygon", square(0, 1), adcode="500103", name="渝中区", share=0.5, people=90.0)
        ),
        "stations": collection(*(
            feature("Point", at(x, 0.5), id=id_, code="", name=f"{state}站", open=state)
            for id_, (state, x) in enumerate(states, start=1)
        )),
        "gaps": collection(
            feature("Point", at(0.8, 0.2), rank=1, name="磁器口", people=310.0, minutes=None),
            feature("Point", at(0.2, 0.8), rank=2, name="=危险()", people=120.0, minutes=17.5),
        ),
        "attribution": "© 某人",
    }  # fmt: skip
    return MapShapes(**{**values, **more})
