"""Where commands meet folders, files and settings that are of no use: words, no traceback."""

import resource
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from app.cli.main import HarborGroup
from app.settings import PROJECT
from app.store.cluster import Cluster
from tests.cli.test_commands import FAILED, LAT, LON, OK, WRONG_USAGE, harbor, on
from tests.cli.test_faults import environment
from tests.geo.osm_files import write_extract
from tests.service import towns
from tests.service.slowly import ELLIPSOID
from tests.service.towns import Town


@pytest.fixture(scope="module")
def town(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with towns.opened(cluster, tmp_path_factory.mktemp("edges")) as opened:
        yield opened


def extract(folder: Path) -> Path:
    file = folder / "small.osm.pbf"
    nodes = {letter: (x, 0.0) for letter, x in (("a", 0.0), ("b", 100.0), ("c", 200.0))}
    return write_extract(file, nodes, [("abc", {"highway": "footway"})])


def complaint(result: Result, code: int = FAILED) -> str:
    assert result.exit_code == code, result.output
    assert "Traceback" not in result.stderr
    return result.stderr


@pytest.mark.parametrize(
    "arguments",
    [("map", "export", "{}/x.html"), ("stations", "export", "{}/o.csv", "--datum", "wgs84")],
)
def test_an_export_into_no_folder_names_the_file_and_a_way_out(
    town: Town, tmp_path: Path, arguments: Sequence[str]
) -> None:
    lost = tmp_path / "lost"
    said = complaint(on(town, *(word.format(lost) for word in arguments)))
    assert f"Could not write {lost}/" in said
    assert "No such file or directory" in said
    assert "Name a file in a folder that exists" in said


def test_an_export_that_cannot_take_its_place_leaves_nothing_beside(
    town: Town, tmp_path: Path
) -> None:
    taken = tmp_path / "taken.csv"
    (taken / "inside").mkdir(parents=True)
    with_name = on(town, "stations", "export", str(taken / "o.csv"), "--datum", "wgs84")
    assert with_name.exit_code == OK
    assert [file.name for file in taken.iterdir() if ".part" in file.name] == []


@pytest.mark.parametrize("command", [("db", "up"), ("nearest", LON, LAT), ("stations", "export")])
def test_a_var_that_is_a_file_or_cannot_be_made_is_named(
    tmp_path: Path, command: Sequence[str]
) -> None:
    file = tmp_path / "file"
    file.write_text("no folder")
    more = [str(tmp_path / "o.csv"), "--datum", "wgs84"] if "export" in command else []
    for var in (file, file / "below", Path("/proc/harbor")):
        said = complaint(harbor([*command, *more], var=var))
        assert str(var) in said
        assert "HARBOR_VAR" in said


def test_serve_with_a_var_that_is_a_file_says_so(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("no folder")
    said = complaint(harbor(["serve"], var=file, HARBOR_PORT="18764"))
    assert "Not a directory" in said
    assert "HARBOR_VAR" in said


def test_a_network_whose_folder_cannot_be_made_is_refused_before_the_work(
    town: Town, tmp_path: Path
) -> None:
    file = tmp_path / "file"
    file.write_text("no folder")
    said = complaint(
        harbor(
            ["network", "build", str(extract(tmp_path)), "--name", "small"], url=town.url, var=file
        )
    )
    assert f"Could not write the network small into {file / 'networks'}: Not a directory" in said
    assert "Nothing was changed" in said


def test_a_network_that_finds_no_room_leaves_no_folder_behind(town: Town, tmp_path: Path) -> None:
    def no_room() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))

    folder = tmp_path / "var"
    done = subprocess.run(
        [
            sys.executable, "-c", "from app.cli.main import main; main()",
            "network", "build", str(extract(tmp_path)), "--name", "small",
        ],
        cwd=PROJECT,
        env=environment(folder, HARBOR_DATABASE_URL=town.url, NUMBA_DISABLE_JIT="1"),
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=no_room,
    )  # fmt: skip
    assert done.returncode == FAILED
    assert "Could not write the network small into" in done.stderr
    assert "Traceback" not in done.stderr
    assert list((folder / "networks").iterdir()) == []
    assert "small" not in on(town, "network", "list").stdout


@pytest.mark.parametrize(
    "url", ["notaurl", "mysql://u:geheim@h/d", "postgresql+x://u@h/d?geheim=1"]
)
def test_a_database_url_of_no_use_is_named_without_its_value(tmp_path: Path, url: str) -> None:
    said = complaint(harbor(["db", "status"], url=url, var=tmp_path, HARBOR_PORT="0"), WRONG_USAGE)
    assert "HARBOR_DATABASE_URL" in said
    assert "postgresql://" in said
    assert "HARBOR_PORT" in said
    assert url not in said
    assert "geheim" not in said


def test_an_elevation_that_is_none_is_answered_with_what_to_take(
    town: Town, tmp_path: Path
) -> None:
    text = tmp_path / "README.md"
    text.write_text("# no heights")
    said = complaint(
        on(town, "network", "build", str(extract(tmp_path)), "--name", "s", "--dem", str(text))
    )
    assert "no elevation model" in said
    assert "Take .hgt tiles or a GeoTIFF" in said


def test_a_fault_of_the_system_that_nobody_foresaw_is_told_without_a_traceback(
    tmp_path: Path,
) -> None:
    lost = tmp_path / "lost"

    @click.group(cls=HarborGroup)
    def group() -> None: ...

    @group.command()
    def read() -> None:
        lost.read_text()

    result = CliRunner().invoke(group, ["read"])
    assert isinstance(result.exception, SystemExit)
    said = complaint(result)
    assert f"Could not finish `harbor read`: No such file or directory: {lost}" in said


def test_a_network_of_an_unknown_name_is_answered_with_the_known_ones(town: Town) -> None:
    for command in ("check", "use"):
        assert "Known networks: town" in complaint(on(town, "network", command, "nope"))


def test_a_backup_that_is_not_there_is_answered_with_what_to_name(town: Town) -> None:
    assert "harbor db backup" in complaint(on(town, "db", "restore", "/nonexistent/nope"))


def test_a_place_on_another_continent_is_told_how_far_it_is_at_least(town: Town) -> None:
    said = complaint(on(town, "nearest", "--", "-51.2", "-30.0"))
    kilometres = int(said.split("more than ")[1].split(" km away")[0].replace(",", ""))
    *_, metres = ELLIPSOID.inv(-51.2, -30.0, float(LON), float(LAT))
    assert 0.98 * metres < 1000 * kilometres < metres


def test_an_empty_register_is_said_to_be_empty(cluster: Cluster, tmp_path: Path) -> None:
    with towns.opened(cluster, tmp_path) as empty:
        empty.run("UPDATE station SET state = 'exited' WHERE state IN ('active', 'suspended')")
        empty.run("UPDATE station SET state = 'exited' WHERE state = 'rectifying'")
        said = on(empty, "nearest", LON, LAT)
    assert said.exit_code == OK
    assert "harbor stations import" in said.stdout


def test_a_list_of_rejected_rows_alone_fails_with_its_reasons(town: Town, tmp_path: Path) -> None:
    file = tmp_path / "bad.csv"
    file.write_text("name,longitude,latitude\n甲,900,29\n")
    said = complaint(on(town, "stations", "import", str(file), "--datum", "wgs84"))
    assert "row 2: longitude" in said
    assert "every one of its 1 rows was rejected, so nothing was changed" in said


def test_a_scope_that_cannot_be_measured_says_nothing_of_measuring(town: Town) -> None:
    result = on(town, "coverage", "--minutes", "-3")
    assert result.exit_code == WRONG_USAGE
    assert "measuring" not in result.stderr
