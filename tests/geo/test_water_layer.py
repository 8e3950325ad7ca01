"""Water from a city's own layer, in its own reference system."""

from pathlib import Path

import pytest
import shapely

from geo.errors import CrsUnusable, OutsideNetwork, SourceUnreadable
from geo.lines import read_lines
from geo.network import contract
from geo.snap import snap_one
from geo.water_layer import read_water
from tests.geo.plans import place
from tests.geo.test_lines import cells, write


@pytest.mark.parametrize("crs", ["EPSG:4490", "EPSG:4545"])
def test_a_river_of_the_citys_own_layer_keeps_a_point_from_the_far_bank(
    tmp_path: Path, crs: str
) -> None:
    streets = write(tmp_path / "streets.gpkg", [cells((0, 0), (8, 0))], crs=crs)
    bank, beyond = place(-2, 1), place(10, 3)
    river = write(tmp_path / "river.gpkg", [shapely.box(*bank, *beyond)], crs=crs)
    read = read_lines(streets)
    across = place(4, 5)
    dry = contract(read.streets)
    assert snap_one(dry, *across).metres[0] == pytest.approx(250, abs=0.5)
    wet = contract(read.streets, shores=read_water(river))
    with pytest.raises(OutsideNetwork, match="across water"):
        snap_one(wet, *across)
    assert snap_one(wet, *place(4, 0.5)).metres[0] == pytest.approx(25, abs=0.5)


def test_a_layer_without_water_or_without_a_reference_system_is_refused(tmp_path: Path) -> None:
    points = write(tmp_path / "points.gpkg", [shapely.Point(*place(0, 0))])
    with pytest.raises(SourceUnreadable, match="neither areas nor lines"):
        read_water(points)
    unplaced = write(tmp_path / "river.gpkg", [cells((0, 0), (1, 1))], crs=None)
    with pytest.raises(CrsUnusable, match="reference system"):
        read_water(unplaced)
