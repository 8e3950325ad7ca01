"""Scopes and districts: named shapes that figures are told of."""

from dataclasses import dataclass

from shapely.geometry.base import BaseGeometry

# the name of the scope that nobody has to declare
EVERYTHING = "all"


@dataclass(frozen=True, slots=True, eq=False)
class Region:
    """A named shape in WGS-84; ``code`` is a district's adcode or a scope's name."""

    code: str
    name: str
    name_en: str
    shape: BaseGeometry
