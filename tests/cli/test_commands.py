"""The ``harbor`` command: what it prints, where, and with which exit code."""

import json
import socket
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import click
import psycopg
import pytest
from click.testing import CliRunner, Result

from app.cli.main import main
from app.domain.errors import Conflict
from app.service.demo import load as demo_city
from app.service.vault import FILE_NAME, Vault
from app.settings import PROJECT, Settings
from app.store.cluster import Cluster
from tests.geo.osm_files import place, write_extract
from tests.service import towns
from tests.service.towns import Town, at_block

LON, LAT = (f"{value:.6f}" for value in at_block(7.0, 7.0))
OK, FAILED, WRONG_USAGE = 0, 1, 2


@pytest.fixture(scope="module")
def town(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with towns.opened(cluster, tmp_path_factory.mktemp("cli")) as opened:
        yield opened


@pytest.fixture
def own_town(cluster: Cluster, tmp_path: Path) -> Iterator[Town]:
    with towns.opened(cluster, tmp_path) as opened:
        yield opened


def harbor(
    arguments: Sequence[str], *, url: str = "", var: Path = Path("/nonexistent"), **more: str
) -> Result:
    """Run a command with these settings and none of the surroundings'."""
    wanted = {"HARBOR_VAR": str(var), "HARBOR_DATABASE_URL": url, **more}
    environment: dict[str, str | None] = dict.fromkeys(_surroundings(), None)
    result = CliRunner().invoke(
        main, list(arguments), env={**environment, **wanted}, prog_name="harbor"
    )
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def _surroundings() -> list[str]:
    import os  # noqa: PLC0415 - the one place that looks around

    return [name for name in os.environ if name.startswith("HARBOR_")]


def on(town: Town, *arguments: str) -> Result:
    return harbor(arguments, url=town.url, var=town.settings.var)


def commands(
    command: click.Command = main, *path: str
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Walk over all commands and groups with their names."""
    yield path, command
    if isinstance(command, click.Group):
        for name, inner in command.commands.items():
            yield from commands(inner, *path, name)


@pytest.mark.parametrize("path", [path for path, _ in commands()], ids=" ".join)
def test_every_command_explains_itself_and_its_options(path: tuple[str, ...]) -> None:
    for flag in ("--help", "-h"):
        result = harbor([*path, flag])
        assert result.exit_code == OK
        assert result.output.startswith(" ".join(["Usage: harbor", *path]))
    command = dict(commands())[path]
    assert command.help
    for option in (p for p in command.params if isinstance(p, click.Option)):
        assert option.help or option.show_default, option.name


@pytest.mark.parametrize(
    "path", [("nearest",), ("coverage",), ("network", "list"), ("network", "build"),
             ("stations", "import"), ("db", "status")],
)  # fmt: skip
def test_what_a_machine_may_read_has_a_json_form(path: tuple[str, ...]) -> None:
    assert "--json" in harbor([*path, "--help"]).output


def test_nearest_lists_stations_and_speaks_json(town: Town) -> None:
    said = on(town, "nearest", LON, LAT, "-k", "2")
    assert said.exit_code == OK
    lines = said.stdout.splitlines()
    assert "解放碑站" in lines[2]
    assert len(lines) == 4
    found = on(town, "nearest", LON, LAT, "-k", "2", "--json", "--at", "2026-03-15T03:00")
    answer = json.loads(found.stdout)
    assert [s["name"] for s in answer["stations"]] == ["解放碑站", "上清寺站"]
    assert [s["open"] for s in answer["stations"]] == ["open", "closed"]


def test_a_western_longitude_is_no_option(town: Town) -> None:
    said = on(town, "nearest", "-8.61", "41.15")
    assert said.exit_code == FAILED
    assert "outside the walking network" in said.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nearest", LAT, LON], "swap them"),
        (["nearest", LON, LAT, "-k", "0"], "k: 0 is not a whole number from 1 to 50"),
        (["nearest", LON, LAT, "--services", "sauna"], "unknown service 'sauna'"),
        (["nearest", LON, LAT, "--open", "maybe"], "any, now, arrival"),
        (["nearest", LON, LAT, "--pace", "gallop"], "official, terrain"),
        (["nearest", LON, LAT, "--datum", "mars"], "wgs84, cgcs2000, gcj02, bd09"),
        (["nearest", LON, LAT, "--at", "tomorrow"], "'tomorrow' is no moment; write it like"),
        (["nearest", LON, LAT, "--at", "9999-12-31"], "the year 9999"),
        (["nearest", "abc", LAT], "not a valid float"),
        (["nearest", "nan", LAT], "expected degrees"),
        (["nearest", LON], "Missing argument 'LAT'"),
        (["coverage", "--minutes", "0"], "from 1 to 120"),
        (["coverage", "--at", "25:00"], "is no moment"),
        (["coverage", "--as-of", "0001-01-01"], "the year 1 "),
        (["stations", "import", "/nonexistent.csv"], "does not exist"),
        (["districts", "import", "/dev/null"], "does not exist|Missing option|is a"),
        (["sail"], "No such command 'sail'"),
    ],
)
def test_wrong_usage_is_explained_with_exit_code_2(
    town: Town, arguments: list[str], words: str
) -> None:
    said = on(town, *arguments)
    assert said.exit_code == WRONG_USAGE
    assert any(part in said.stderr for part in words.split("|")), said.stderr
    assert said.stdout == ""
    assert "Traceback" not in said.output


@pytest.mark.parametrize(
    ("arguments", "words", "remedy"),
    [
        (["nearest", "106.7", "29.48"], "outside the walking network", "longitude comes first"),
        (["coverage", "--scope", "nowhere"], "no scope 'nowhere'", "Known scopes: all"),
        (["coverage", "--demand", "nobody"], "no demand layer 'nobody'", "residents"),
        (["coverage", "--repeat", "4711"], "no coverage run 4711", ""),
        (["network", "use", "nothing"], "no network 'nothing'", "Known networks: town"),
        (["network", "check", "nothing"], "no network 'nothing'", ""),
        (["demo", "load", "--junctions", "1000"], "holds real data", "another HARBOR_VAR"),
        (["demo", "clear"], "holds real data", ""),
        (["db", "down"], "a server that is not ours", "Stop it where it runs"),
    ],
)
def test_what_fails_says_why_and_what_to_do_with_exit_code_1(
    town: Town, arguments: list[str], words: str, remedy: str
) -> None:
    said = on(town, *arguments)
    assert said.exit_code == FAILED
    assert said.stderr.count("harbor: ") == 1
    assert words in said.stderr
    assert remedy in said.stderr
    assert "Traceback" not in said.output


def test_coverage_shows_three_rules_and_speaks_json_on_the_output_alone(town: Town) -> None:
    said = on(town, "coverage")
    assert said.exit_code == OK
    for words in ("1 km radius", "walk, 4 km/h", "walk, terrain", "西区", "worst served"):
        assert words in said.stdout
    answer = json.loads(on(town, "coverage", "--json").stdout)
    assert set(answer["rules"]) == {"radius_1km", "walk_official", "walk_terrain"}
    assert on(town, "coverage", "--json").stderr == ""
    again = on(town, "coverage", "--repeat", str(answer["run"]))
    assert again.exit_code == OK
    assert f"Run {answer['run']} repeats to the same figures." in again.stdout


def test_the_state_of_the_database_is_said_without_its_password(town: Town) -> None:
    url = f"{town.url}&password=secret"
    said = harbor(["db", "status", "--json"], url=url, var=town.settings.var)
    assert said.exit_code == OK
    status = json.loads(said.stdout)
    assert set(status) >= {"url", "cluster", "postgres", "postgis", "migration"}
    assert status["cluster"] == "external"
    newest = max(file.stem for file in (PROJECT / "migrations").glob("*.sql"))
    assert status["migration"] == newest
    assert "secret" not in said.output
    assert "***" in status["url"]


@pytest.mark.parametrize(
    "arguments", [["nearest", LON, LAT], ["coverage"], ["db", "status"], ["network", "list"]]
)
def test_a_database_that_is_down_is_said_to_be_down(tmp_path: Path, arguments: list[str]) -> None:
    url = f"postgresql://harbor:secret@/harbor?host={tmp_path}"
    said = harbor(arguments, url=url, var=tmp_path)
    assert said.exit_code == FAILED
    assert "harbor: Could not connect" in said.stderr
    assert "HARBOR_DATABASE_URL" in said.stderr
    assert "secret" not in said.output
    assert "Traceback" not in said.output


def test_every_unknown_or_wrong_setting_is_named_at_once(tmp_path: Path) -> None:
    said = harbor(
        ["db", "status"], var=tmp_path, HARBOR_PROT="80", HARBOR_COLOUR="red", HARBOR_PORT="many",
        HARBOR_TIMEZONE="Mars/Olympus",
    )  # fmt: skip
    assert said.exit_code == WRONG_USAGE
    for name in ("HARBOR_PROT", "HARBOR_COLOUR", "HARBOR_PORT", "HARBOR_TIMEZONE"):
        assert name in said.stderr
    assert ".env.example" in said.stderr


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0"])
def test_a_port_in_use_is_named_with_a_way_out(tmp_path: Path, host: str) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        said = harbor(["serve"], var=tmp_path, HARBOR_PORT=str(port), HARBOR_HOST=host)
    assert said.exit_code == FAILED
    assert f"Could not serve on {host}:{port}: another program uses that port" in said.stderr
    assert "HARBOR_PORT=" in said.stderr
    # it looked before it started or made anything
    assert list(tmp_path.iterdir()) == []


def test_a_network_is_built_listed_checked_and_used(own_town: Town, tmp_path: Path) -> None:
    nodes = {"a": (0.0, 0.0), "b": (200.0, 0.0), "c": (200.0, 200.0)}
    street = {"highway": "residential", "name": "中山路"}
    file = write_extract(tmp_path / "tiny.osm.pbf", nodes, [("abca", street)])
    built = on(own_town, "network", "build", str(file), "--name", "tiny", "--json")
    assert built.exit_code == OK
    facts = json.loads(built.stdout)
    assert (facts["name"], facts["in_use"], facts["nodes"]) == ("tiny", False, 3)
    assert on(own_town, "network", "use", "tiny").exit_code == OK
    listed = json.loads(on(own_town, "network", "list", "--json").stdout)
    assert [(n["name"], n["in_use"]) for n in listed] == [("tiny", True), ("town", False)]
    assert "tiny is whole" in on(own_town, "network", "check", "tiny").stdout
    lon, lat = place(100.0, -20.0)
    said = on(own_town, "nearest", str(lon), str(lat))
    assert said.exit_code == OK
    assert "No station matches within reach." in said.stdout


@pytest.mark.parametrize("what", ["cut", "empty", "water", "elsewhere"])
def test_a_build_that_fails_says_that_nothing_was_changed(
    own_town: Town, tmp_path: Path, what: str
) -> None:
    nodes = {letter: (50.0 * n, 10.0 * n * n) for n, letter in enumerate("abcdefgh")}
    whole = write_extract(tmp_path / "whole.pbf", nodes, [("abcdefgh", {"highway": "path"})])
    water = write_extract(tmp_path / "water.pbf", nodes, [("abcdefgha", {"natural": "water"})])
    cut, empty = tmp_path / "cut.pbf", tmp_path / "empty.pbf"
    cut.write_bytes(whole.read_bytes()[:-60])
    empty.write_bytes(b"")
    file = {"cut": cut, "empty": empty, "water": water, "elsewhere": whole}[what]
    options = ["--dem", str(tmp_path / "N10E010.hgt")] if what == "elsewhere" else []
    (tmp_path / "N10E010.hgt").write_bytes(b"\0\1" * 1201 * 1201)
    said = on(own_town, "network", "build", str(file), "--name", "new", *options)
    assert said.exit_code == FAILED
    assert "Nothing was changed." in said.stderr
    assert [n["name"] for n in json.loads(on(own_town, "network", "list", "--json").stdout)] == [
        "town"
    ]


def test_lists_of_stations_go_in_and_out(own_town: Town, tmp_path: Path) -> None:
    file, rejects, out = (tmp_path / name for name in ("list.csv", "rejects.csv", "out.geojson"))
    file.write_text(
        f"name,address,longitude,latitude\n新站,新路1号,{LON},{LAT}\n未定,某处,,\n,无名,{LON},{LAT}\n",
        encoding="gbk",
    )
    nameless = on(own_town, "stations", "import", str(file))
    assert nameless.exit_code == WRONG_USAGE
    assert "datum" in nameless.stderr
    ordered = ("--datum", "wgs84", "--document", "渝工办〔2025〕1号")
    dry = on(own_town, "stations", "import", str(file), *ordered, "--dry-run", "--json")
    counts = json.loads(dry.stdout)
    assert (counts["rows"], counts["active"], counts["waiting"]) == (3, 1, 1)
    assert counts["rejected"][0]["row"] == 4
    said = on(own_town, "stations", "import", str(file), *ordered, "--rejects", str(rejects))
    assert said.exit_code == OK
    assert "3 rows: 1 active (not yet verified), 1 drafts" in said.stdout
    assert "无名" in rejects.read_text(encoding="utf-8-sig")
    again = on(own_town, "stations", "import", str(file), *ordered)
    assert again.exit_code == FAILED
    assert "imported before" in again.stderr
    exported = on(own_town, "stations", "export", str(out), "--datum", "gcj02")
    assert exported.exit_code == OK
    names = [f["properties"]["name"] for f in json.loads(out.read_text())["features"]]
    assert {"新站", "未定", "解放碑站"} <= set(names)
    wrong = on(own_town, "stations", "export", str(tmp_path / "out.doc"), "--datum", "gcj02")
    assert wrong.exit_code == WRONG_USAGE


def test_areas_and_people_go_in(own_town: Town, tmp_path: Path) -> None:
    corners = [at_block(*c) for c in ((0, 0), (4, 0), (4, 4), (0, 4), (0, 0))]
    feature = {
        "type": "Feature",
        "properties": {"adcode": "500108", "name": "南岸区"},
        "geometry": {"type": "Polygon", "coordinates": [corners]},
    }
    areas, people = tmp_path / "areas.geojson", tmp_path / "people.csv"
    areas.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    people.write_text(f"lon,lat,people\n{LON},{LAT},12\n")
    dated = ("--datum", "wgs84", "--from", "2026-01-01")
    said = on(own_town, "districts", "import", str(areas), *dated)
    assert said.exit_code == OK
    assert "1 districts from 2026-01-01: 1 new" in said.stdout
    said = on(own_town, "scopes", "import", str(areas), "--datum", "wgs84", "--name", "centre")
    assert (said.exit_code, "scope centre: 1 areas" in said.stdout) == (OK, True)
    said = on(own_town, "population", "import", str(people))
    assert (said.exit_code, "layer residents: 1 points, 12 in all" in said.stdout) == (OK, True)
    said = on(own_town, "demand", "import", str(people), "--layer", "shops", "--unweighted")
    assert (said.exit_code, "1 in all" in said.stdout) == (OK, True)
    without = on(own_town, "districts", "import", str(areas))
    assert (without.exit_code, "--datum" in without.stderr) == (WRONG_USAGE, True)


def test_of_two_demo_cities_loaded_at_once_one_stays_and_the_other_is_refused(
    database_url: str, tmp_path: Path
) -> None:
    settings = Settings(var=tmp_path)
    refused: list[Exception] = []
    begin = threading.Barrier(2)

    def load(seed: int) -> None:
        with psycopg.connect(database_url, autocommit=True) as connection:
            try:
                demo_city.load(
                    connection,
                    settings,
                    Vault(tmp_path / FILE_NAME, made_at_need=True),
                    seed=seed,
                    junctions=1000,
                    stations_wanted=20,
                    # both have found the register empty before either writes
                    progress=lambda doing, _: begin.wait() if "contracting" in doing else None,
                )
            except Conflict as error:
                refused.append(error)

    threads = [threading.Thread(target=load, args=(seed,)) for seed in (1, 2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == 1
    assert "loaded meanwhile" in str(refused[0])
    with psycopg.connect(database_url) as connection:
        assert connection.execute("SELECT kind FROM register").fetchone() == ("demo",)
        assert connection.execute("SELECT count(*) FROM station").fetchone() == (20,)
    assert len(list(settings.networks.iterdir())) == 1


def test_the_demo_city_comes_into_an_empty_register_alone_and_goes_again(
    database_url: str, tmp_path: Path
) -> None:
    def run(*arguments: str) -> Result:
        return harbor(arguments, url=database_url, var=tmp_path)

    load = ("demo", "load", "--junctions", "1000", "--stations", "20")
    loaded = run(*load)
    assert loaded.exit_code == OK, loaded.output
    assert "Everything in it is made up." in loaded.stdout
    again = run(*load)
    assert (again.exit_code, "harbor demo clear" in again.stderr) == (FAILED, True)
    people = tmp_path / "people.csv"
    people.write_text("lon,lat,people\n106.5,29.5,1\n")
    refused = run("population", "import", str(people))
    assert (refused.exit_code, "harbor demo clear" in refused.stderr) == (FAILED, True)
    assert run("demo", "clear").exit_code == OK
    assert not any((tmp_path / "networks").iterdir())
    with psycopg.connect(database_url) as connection:
        assert connection.execute("SELECT kind FROM register").fetchone() == ("empty",)
        assert connection.execute("SELECT count(*) FROM station").fetchone() == (0,)
    assert run("population", "import", str(people)).exit_code == OK
