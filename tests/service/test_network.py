"""A network is built whole or not at all, and swapped under those who use it."""

import hashlib
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import psycopg
import pytest
import rasterio

from app.domain.errors import Conflict, InvalidInput, NotFound, Unavailable
from app.service import network as networks
from app.service.demo import load as demo_city
from app.service.nearest import nearest
from app.service.network import Built
from app.service.question import Question
from app.service.runtime import Runtime
from app.settings import Settings
from app.store import register
from app.store.database import Connection
from geo.errors import ElevationOutside, GeoError, NetworkDamaged, NoStreets, SourceUnreadable
from geo.pace import TERRAIN
from geo.storage import META, open_network
from geo.weights_storage import open_weights
from tests.geo.osm_files import ORIGIN, place, write_extract

STREET = {"highway": "residential", "name": "中山路"}
NODES = {
    "a": (0.0, 0.0), "b": (200.0, 0.0), "c": (400.0, 0.0), "d": (400.0, 300.0), "e": (0.0, 300.0),
    "p": (100.0, 100.0), "q": (180.0, 100.0), "r": (180.0, 180.0), "s": (100.0, 180.0),
}  # fmt: skip
WAYS = [("abcdea", STREET), ("be", {"highway": "steps"}), ("pqrsp", {"natural": "water"})]


def quiet(doing: str, share: float) -> None:
    """Take progress and say nothing."""


def extract(folder: Path, name: str = "town.osm.pbf", *, longer: bool = False) -> Path:
    nodes = NODES | ({"d": (400.0, 600.0)} if longer else {})
    return write_extract(
        folder / name, nodes, WAYS, node_tags={"p": {"place": "suburb", "name": "磁器口"}}
    )


def elevation(path: Path, *, west: float, north: float) -> Path:
    """Write a model of 100 by 100 cells of about 30 m that rises to the east."""
    heights = np.tile(np.linspace(200, 300, 100, dtype=np.float32), (100, 1))
    shape = rasterio.Affine(0.0003, 0, west, 0, -0.0003, north)
    with rasterio.open(
        path, "w", driver="GTiff", width=100, height=100, count=1, dtype="float32",
        crs="EPSG:4326", transform=shape, nodata=-9999,
    ) as raster:  # fmt: skip
        raster.write(heights, 1)
    return path


def build(
    connection: Connection, settings: Settings, file: Path, name: str = "town", *dem: Path
) -> Built:
    return networks.build(connection, settings, file, name=name, elevation=dem, progress=quiet)


def folders(settings: Settings) -> dict[str, str]:
    """Return every file under the folder of networks with what it holds."""
    return {
        str(path.relative_to(settings.networks)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(settings.networks.rglob("*"))
        if path.is_file()
    }


@pytest.fixture
def committed(database_url: str) -> Iterator[Connection]:
    with psycopg.connect(database_url, autocommit=True) as opened:
        yield opened


def test_a_tiny_extract_becomes_a_network_in_use_with_its_base_map(
    connection: Connection, settings: Settings, tmp_path: Path
) -> None:
    built = build(connection, settings, extract(tmp_path))
    assert built.in_use
    assert register.read(connection) == register.Register("real", None, "town")
    assert built.record.metres == pytest.approx(1400 + np.hypot(200, 300), rel=1e-3)
    assert built.source.stairways == 1
    [folder] = settings.networks.iterdir()
    assert folder.name == f"town-{built.record.digest[:12]}"
    networks.check(connection, settings, "town")
    drawn = connection.execute(
        "SELECT layer, kind, name FROM basemap_feature WHERE network = 'town' ORDER BY layer, kind"
    ).fetchall()
    assert built.features == len(drawn)
    assert ("street", "residential", "中山路") in drawn
    assert ("place", "suburb", "磁器口") in drawn
    assert {layer for layer, _, _ in drawn} >= {"street", "place", "water"}
    inside = connection.execute(
        "SELECT count(*) FROM basemap_feature WHERE NOT ST_Within(ST_Transform(geometry, 4326),"
        " ST_MakeEnvelope(%s, %s, %s, %s, 4326))",
        (ORIGIN[0] - 0.01, ORIGIN[1] - 0.01, ORIGIN[0] + 0.01, ORIGIN[1] + 0.01),
    ).fetchone()
    assert inside == (0,)
    events = connection.execute(
        "SELECT action, subject FROM audit_event WHERE user_id IS NULL AND subject = 'town'"
    ).fetchall()
    assert events == [("network.build", "town")]


def test_a_second_network_waits_to_be_put_to_use(
    connection: Connection, settings: Settings, tmp_path: Path
) -> None:
    build(connection, settings, extract(tmp_path))
    second = build(connection, settings, extract(tmp_path, longer=True), "other")
    assert not second.in_use
    assert networks.every(connection)[1] == "town"
    networks.use(connection, "other")
    records, in_use = networks.every(connection)
    assert ([record.name for record in records], in_use) == (["other", "town"], "other")
    assert len(list(settings.networks.iterdir())) == 2
    with pytest.raises(NotFound, match="no network 'third'") as caught:
        networks.use(connection, "third")
    assert "other, town" in caught.value.remedy


def broken(folder: Path) -> dict[str, tuple[Path, type[GeoError]]]:
    """Return what is wrong with a source, the file, and the error it is to raise."""
    whole = extract(folder, "whole.osm.pbf").read_bytes()
    cut, empty, other = (folder / name for name in ("cut.pbf", "empty.pbf", "other.pbf"))
    cut.write_bytes(whole[: len(whole) * 2 // 3])
    empty.write_bytes(b"")
    other.write_bytes(b"name,address\n" * 50)
    water = write_extract(folder / "water.osm.pbf", NODES, WAYS[2:])
    return {
        "cut short": (cut, SourceUnreadable),
        "empty": (empty, SourceUnreadable),
        "something else": (other, SourceUnreadable),
        "absent": (folder / "absent.osm.pbf", SourceUnreadable),
        "no streets": (water, NoStreets),
    }


@pytest.mark.parametrize("before", ["nothing", "a network"])
@pytest.mark.parametrize(
    "what", ["cut short", "empty", "something else", "absent", "no streets", "a model elsewhere"]
)
def test_a_source_of_no_use_leaves_register_and_folder_as_they_were(
    connection: Connection, settings: Settings, tmp_path: Path, what: str, before: str
) -> None:
    if before == "a network":
        build(connection, settings, extract(tmp_path))
    kept, files = register.read(connection), folders(settings)
    features = connection.execute("SELECT count(*) FROM basemap_feature").fetchone()
    if what == "a model elsewhere":
        dem = (elevation(tmp_path / "far.tif", west=10, north=50),)
        file, error = extract(tmp_path, longer=True), ElevationOutside
    else:
        dem = ()
        file, error = broken(tmp_path)[what]  # type: ignore[assignment]
    with pytest.raises(error):
        build(connection, settings, file, "town", *dem)
    assert register.read(connection) == kept
    assert folders(settings) == files
    assert connection.execute("SELECT count(*) FROM basemap_feature").fetchone() == features
    if before == "nothing":
        assert kept.kind == "empty"
        assert networks.every(connection) == ([], None)


def test_an_elevation_model_that_covers_a_part_is_used_there_and_the_share_is_told(
    connection: Connection, settings: Settings, tmp_path: Path
) -> None:
    west, north = place(250.0, 400.0)
    dem = elevation(tmp_path / "part.tif", west=west, north=north)
    built = build(connection, settings, extract(tmp_path), "town", dem)
    assert built.elevation is not None
    assert 0 < built.elevation.share_covered < 1
    share = round(built.elevation.share_covered, 4)
    assert built.record.facts["elevation_share"] == share
    assert built.record.facts["elevation"] == ["part.tif"]


def test_a_network_built_anew_is_swapped_under_a_runtime_that_has_the_old_one_open(
    runtime: Runtime, committed: Connection, settings: Settings, tmp_path: Path
) -> None:
    first = build(committed, settings, extract(tmp_path))
    before = runtime.refresh()
    assert before.streets.network.digest == first.record.digest
    second = build(committed, settings, extract(tmp_path, longer=True))
    assert second.in_use
    [folder] = settings.networks.iterdir()
    assert folder.name == f"town-{second.record.digest[:12]}"
    # the old arrays are gone from the folder and still answer who holds them
    lon, lat = place(100.0, 10.0)
    question = Question(longitude=lon, latitude=lat)
    assert nearest(before, settings, question).snap_metres == pytest.approx(10, abs=0.1)
    after = runtime.refresh()
    assert after.streets.network.digest == second.record.digest
    assert after.streets.network.metres > before.streets.network.metres + 300


def test_a_build_under_way_keeps_no_import_waiting(
    database_url: str, committed: Connection, settings: Settings, tmp_path: Path
) -> None:
    reading, go_on = threading.Event(), threading.Event()

    def stop_at_first(doing: str, share: float) -> None:
        reading.set()
        assert go_on.wait(20)

    def work() -> None:
        with psycopg.connect(database_url, autocommit=True) as mine:
            networks.build(mine, settings, extract(tmp_path), name="town", progress=stop_at_first)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        assert reading.wait(20)
        with committed.transaction():
            committed.execute("SET LOCAL lock_timeout = '2s'")
            assert register.claim(committed, "real")
    finally:
        go_on.set()
        thread.join()
    assert networks.every(committed)[1] == "town"


def test_folders_of_a_build_that_is_not_committed_yet_survive_another_ones_tidying(
    database_url: str, committed: Connection, settings: Settings, tmp_path: Path
) -> None:
    build(committed, settings, extract(tmp_path))
    file = extract(tmp_path, longer=True)
    with psycopg.connect(database_url, autocommit=True) as other:
        with other.transaction():
            build(other, settings, file, "second")
            tidying = threading.Thread(target=networks.tidy, args=(committed, settings))
            tidying.start()
            tidying.join(0.5)
            assert tidying.is_alive()
        tidying.join()
        networks.check(other, settings, "second")


def test_a_flipped_byte_is_noticed_and_a_new_build_mends_it(
    committed: Connection, settings: Settings, tmp_path: Path
) -> None:
    build(committed, settings, extract(tmp_path))
    networks.check(committed, settings, "town")
    [folder] = settings.networks.iterdir()
    array = folder / "segment_metres.npy"
    content = bytearray(array.read_bytes())
    content[-1] ^= 1
    array.write_bytes(content)
    with pytest.raises(NetworkDamaged, match=r"segment_metres\.npy has changed"):
        networks.check(committed, settings, "town")
    build(committed, settings, extract(tmp_path))
    networks.check(committed, settings, "town")


def test_a_flipped_byte_of_the_weights_is_noticed_and_a_new_build_mends_it(
    committed: Connection, settings: Settings, tmp_path: Path
) -> None:
    build(committed, settings, extract(tmp_path))
    [folder] = settings.networks.iterdir()
    open_weights(folder, open_network(folder), TERRAIN)
    [array] = folder.glob("weights-*/arc_out.npy")
    content = bytearray(array.read_bytes())
    content[-1] ^= 1
    array.write_bytes(content)
    with pytest.raises(NetworkDamaged, match=r"arc_out\.npy has changed"):
        networks.check(committed, settings, "town")
    build(committed, settings, extract(tmp_path))
    networks.check(committed, settings, "town")


def test_a_network_whose_folder_is_lost_is_asked_for_by_name(
    committed: Connection, settings: Settings, tmp_path: Path, database_url: str
) -> None:
    build(committed, settings, extract(tmp_path))
    [folder] = settings.networks.iterdir()
    folder.rename(tmp_path / "elsewhere")
    runtime = Runtime(settings, database_url)
    runtime.start(watch=False)
    try:
        with pytest.raises(Unavailable, match=r"there is no meta\.json") as caught:
            runtime.snapshot()
        assert "--name town" in caught.value.remedy
    finally:
        runtime.stop()


def test_the_lost_streets_of_a_demo_are_had_by_loading_it_again(
    committed: Connection, settings: Settings, tmp_path: Path, database_url: str
) -> None:
    build(committed, settings, extract(tmp_path))
    committed.execute("UPDATE register SET kind = 'demo', seed = 1")
    [folder] = settings.networks.iterdir()
    meta = folder / META
    meta.write_text(meta.read_text("utf-8").replace('"format": 2', '"format": 1'), "utf-8")
    runtime = Runtime(settings, database_url)
    runtime.start(watch=False)
    try:
        with pytest.raises(Unavailable, match="its format is 1") as caught:
            runtime.snapshot()
        assert "harbor demo clear" in caught.value.remedy
        with runtime.connection() as connection:
            assert demo_city.is_outdated(connection, runtime.settings)
            demo_city.clear(connection, runtime.settings)
            assert demo_city.is_empty(connection)
            assert not demo_city.is_outdated(connection, runtime.settings)
        assert "network build" not in caught.value.remedy
    finally:
        runtime.stop()


@pytest.mark.parametrize("name", ["", "../up", "a b", "-x", "x" * 51, "名"])
def test_a_name_that_is_no_folder_is_refused(
    connection: Connection, settings: Settings, tmp_path: Path, name: str
) -> None:
    with pytest.raises(InvalidInput, match="letters, digits"):
        build(connection, settings, extract(tmp_path), name)
    assert not settings.networks.exists()


def test_a_demo_register_takes_no_network_and_says_how_to_clear_it(
    connection: Connection, settings: Settings, tmp_path: Path
) -> None:
    register.claim(connection, "demo", seed=1)
    with pytest.raises(Conflict, match="never mixed") as caught:
        build(connection, settings, extract(tmp_path))
    assert "harbor demo clear" in caught.value.remedy
    assert not settings.networks.exists()
