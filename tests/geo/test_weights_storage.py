"""Weights on disk: opened as they were made, made anew where anything has changed."""

import json
import os
from dataclasses import fields, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo import weights_storage
from geo.errors import InvalidValue, NetworkDamaged
from geo.network import Network, contract
from geo.pace import OFFICIAL, TERRAIN, Pace
from geo.reach import flood, sources
from geo.ride import EBIKE, Ebike
from geo.storage import META, open_network, save
from geo.streets import Mode, StreetGraph
from geo.weights import Weights, weigh
from geo.weights_storage import check_weights_of, open_weights
from tests.geo import plans
from tests.geo.towns import relaxed


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    graph, _ = plans.drawn("A---o==B\n    |\n    o", heights={"B": 20.0}, riding=True)
    save(contract(graph), tmp_path / "plan")
    return tmp_path / "plan"


@pytest.fixture
def network(folder: Path) -> Network:
    return open_network(folder)


def places(folder: Path) -> list[str]:
    """Return the names of all saved weights, and of what was left half made."""
    return sorted(path.name for path in folder.iterdir() if path.is_dir())


def arrays(weights: Weights) -> dict[str, bytes]:
    values = {field.name: getattr(weights, field.name) for field in fields(weights)}
    return {name: v.tobytes() for name, v in values.items() if isinstance(v, np.ndarray)}


def mapped(weights: Weights) -> bool:
    return isinstance(weights.arc_in.base, np.memmap)


@relaxed
@given(graph=plans.streets(riding=True), movement=st.sampled_from([OFFICIAL, TERRAIN, EBIKE]))
def test_weights_saved_and_opened_are_those_that_were_weighed(
    graph: StreetGraph, movement: Pace | Ebike
) -> None:
    with TemporaryDirectory() as parent:
        folder = Path(parent) / "town"
        save(contract(graph), folder)
        opened = open_network(folder)
        weighed = weigh(opened, movement)
        for _ in range(2):
            found = open_weights(folder, opened, movement)
            assert arrays(found) == arrays(weighed)
            assert (found.name, found.mode) == (movement.name, movement.mode)
            assert found.access_metres_per_second == movement.access_metres_per_second
            assert mapped(found)
        check_weights_of(folder)


def forget_an_array(place: Path) -> None:
    meta = json.loads((place / META).read_text("utf-8"))
    del meta["arrays"]["arc_in"]
    (place / META).write_text(json.dumps(meta), "utf-8")


def test_opened_weights_flood_like_weighed_ones(folder: Path, network: Network) -> None:
    graph, _ = plans.drawn("A---o==B\n    |\n    o", heights={"B": 20.0})
    at = plans.at_nodes(network, graph, [0])
    kept = []
    for weights in (weigh(network, TERRAIN), open_weights(folder, network, TERRAIN)):
        reach = flood(network, weights, sources(weights, at), max_seconds=900)
        kept.append((reach.seconds.tobytes(), reach.owner.tobytes()))
    assert kept[0] == kept[1]


def test_a_second_opening_reads_the_files_of_the_first(folder: Path, network: Network) -> None:
    open_weights(folder, network, TERRAIN)
    (place,) = places(folder)
    made = (folder / place / META).stat().st_mtime_ns
    open_weights(folder, network, TERRAIN)
    assert places(folder) == [place]
    assert (folder / place / META).stat().st_mtime_ns == made


def test_a_changed_pace_makes_new_weights_and_leaves_those_of_others(
    folder: Path, network: Network
) -> None:
    open_weights(folder, network, OFFICIAL)
    open_weights(folder, network, TERRAIN)
    before = places(folder)
    assert len(before) == 2
    faster = replace(TERRAIN, flat_metres_per_second=2.0)
    found = open_weights(folder, network, faster)
    assert arrays(found) == arrays(weigh(network, faster))
    assert found.access_metres_per_second == 2.0
    after = places(folder)
    # the old ones of that name have given way, the official ones stay
    assert len(after) == 2
    assert len(set(before) & set(after)) == 1
    # a figure deep inside counts as well
    assert TERRAIN.stairs is not None
    slow = replace(TERRAIN, stairs=replace(TERRAIN.stairs, up_metres_per_second=0.5))
    assert arrays(open_weights(folder, network, slow)) == arrays(weigh(network, slow))


def test_a_pace_whose_name_begins_like_anothers_leaves_its_weights(
    folder: Path, network: Network
) -> None:
    open_weights(folder, network, replace(TERRAIN, name="terrain-slow"))
    (slow,) = places(folder)
    open_weights(folder, network, TERRAIN)
    assert len(places(folder)) == 2
    assert slow in places(folder)


def test_weights_are_open_to_those_who_may_read_the_network(folder: Path, network: Network) -> None:
    folder.chmod(0o755)
    before = os.umask(0o022)
    try:
        open_weights(folder, network, TERRAIN)
    finally:
        os.umask(before)
    (place,) = places(folder)
    assert (folder / place).stat().st_mode & 0o777 == 0o755


def test_a_network_built_again_otherwise_gets_weights_of_its_own(
    folder: Path, network: Network
) -> None:
    open_weights(folder, network, TERRAIN)
    (before,) = places(folder)
    # as many segments and nodes as before, but B lies higher
    graph, _ = plans.drawn("A---o==B\n    |\n    o", heights={"B": 30.0}, riding=True)
    other = folder.with_name("other")
    save(contract(graph), other)
    (folder / before).rename(other / before)
    opened = open_network(other)
    found = open_weights(other, opened, TERRAIN)
    assert arrays(found) == arrays(weigh(opened, TERRAIN))
    assert before not in places(other)


@pytest.mark.parametrize(
    "damage",
    [
        lambda place: (place / "arc_in.npy").write_bytes(b"\x93NUMPY"),
        lambda place: os.truncate(place / "vertex_forward.npy", 130),
        lambda place: np.save(place / "arc_out.npy", np.zeros(1, np.float32)),
        lambda place: (place / "edge_forward.npy").unlink(),
        forget_an_array,
        lambda place: (place / META).unlink(),
        lambda place: (place / META).write_text("{", "utf-8"),
        lambda place: (place / META).write_text('{"format": 0, "arrays": {}}', "utf-8"),
    ],
    ids=[
        "no array",
        "cut",
        "another size",
        "missing",
        "forgotten",
        "no meta",
        "half a meta",
        "another format",
    ],
)
def test_a_damaged_folder_of_weights_is_made_anew(
    folder: Path, network: Network, damage: object
) -> None:
    expected = arrays(open_weights(folder, network, TERRAIN))
    (place,) = places(folder)
    damage(folder / place)  # type: ignore[operator]
    found = open_weights(folder, network, TERRAIN)
    assert arrays(found) == expected
    assert mapped(found)
    assert places(folder) == [place]
    check_weights_of(folder)


def test_a_flipped_byte_is_found_by_the_checksum_and_named(folder: Path, network: Network) -> None:
    open_weights(folder, network, OFFICIAL)
    open_weights(folder, network, TERRAIN)
    check_weights_of(folder)
    (terrain,) = folder.glob("weights-terrain-*")
    target = terrain / "arc_out.npy"
    content = bytearray(target.read_bytes())
    content[-3] ^= 16
    target.write_bytes(bytes(content))
    with pytest.raises(NetworkDamaged, match=r"arc_out\.npy has changed") as caught:
        check_weights_of(folder)
    assert terrain.name in str(caught.value)


def test_a_folder_without_weights_has_nothing_to_check(folder: Path) -> None:
    check_weights_of(folder)
    assert places(folder) == []


def test_what_another_process_wrote_meanwhile_is_opened(
    folder: Path, network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    def meanwhile(*asked: object) -> Weights:
        monkeypatch.undo()
        open_weights(folder, network, TERRAIN)
        return weigh(*asked)  # type: ignore[arg-type]

    monkeypatch.setattr(weights_storage, "weigh", meanwhile)
    found = open_weights(folder, network, TERRAIN)
    assert mapped(found)
    assert arrays(found) == arrays(weigh(network, TERRAIN))
    # the loser leaves nothing behind
    assert len(list(folder.glob("*weights-*"))) == 1


def test_where_nothing_can_be_written_weights_are_held_in_memory(
    folder: Path, network: Network
) -> None:
    # a file in the place of the network's folder refuses even those who may write anywhere
    nowhere = folder / META
    found = open_weights(nowhere, network, TERRAIN)
    assert arrays(found) == arrays(weigh(network, TERRAIN))
    assert not mapped(found)
    assert found.mode is Mode.WALK


def test_a_folder_closed_to_writing_is_left_as_it_is(
    folder: Path, network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "mkdir", refuse)
    found = open_weights(folder, network, TERRAIN)
    assert arrays(found) == arrays(weigh(network, TERRAIN))
    assert places(folder) == []


def test_a_disk_that_is_full_leaves_nothing_half_made(
    folder: Path, network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "save", refuse)
    found = open_weights(folder, network, TERRAIN)
    assert arrays(found) == arrays(weigh(network, TERRAIN))
    assert list(folder.glob("*weights-*")) == []


def test_a_movement_that_gives_a_segment_no_time_leaves_nothing(
    folder: Path, network: Network
) -> None:
    class Backwards:
        name = "backwards"
        mode = Mode.WALK
        access_metres_per_second = 1.0

        def seconds(self, segments: object) -> tuple[np.ndarray, np.ndarray]:
            gone = -np.ones(len(network.segment_metres))
            return gone, gone

    with pytest.raises(InvalidValue, match="seconds of backwards"):
        open_weights(folder, network, Backwards())  # type: ignore[arg-type]
    assert places(folder) == []


def test_what_a_killed_process_left_is_swept_once_nobody_can_be_writing_it(
    folder: Path, network: Network
) -> None:
    old, fresh = folder / ".weights-terrain-0.dead", folder / ".weights-terrain-0.busy"
    for left in (old, fresh):
        left.mkdir()
    os.utime(old, (0, 0))
    open_weights(folder, network, TERRAIN)
    assert not old.exists()
    assert fresh.exists()
