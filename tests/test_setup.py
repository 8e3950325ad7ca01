import json
import os
import re
import subprocess
import tomllib
from pathlib import Path

import pytest

from app.settings import PROJECT

LOCKS = [
    "requirements.lock",
    "requirements-test.lock",
    "requirements-bench.lock",
    "requirements-node.lock",
]
REQUIREMENT = re.compile(r"^[a-z0-9][a-z0-9._-]*==\S+( ; [^\\]+)?( \\)?$")
HASH = re.compile(r"^    --hash=sha256:[0-9a-f]{64}( \\)?$")


def packages(lock: str) -> set[str]:
    return {
        line.split("==")[0]
        for line in (PROJECT / lock).read_text().splitlines()
        if not line.startswith(" ")
    }


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_file_holds_exact_versions_with_hashes_and_nothing_else(lock: str) -> None:
    lines = (PROJECT / lock).read_text().splitlines()
    assert lines
    for line, following in zip(lines, [*lines[1:], ""], strict=True):
        assert REQUIREMENT.match(line) or HASH.match(line), line
        if REQUIREMENT.match(line):
            assert HASH.match(following), f"{line} has no hash"


def test_the_benchmark_changes_no_version_that_is_tested() -> None:
    def pins(lock: str) -> set[str]:
        lines = (PROJECT / lock).read_text().splitlines()
        return {line.removesuffix(" \\") for line in lines if not line.startswith(" ")}

    bench = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]
    peers = {re.split(r"[\[>=<]", text)[0] for text in bench["optional-dependencies"]["bench"]}
    assert peers <= packages("requirements-bench.lock")
    tested = {pin.split("==")[0]: pin for pin in pins("requirements-test.lock")}
    shared = [pin for pin in pins("requirements-bench.lock") if pin.split("==")[0] in tested]
    assert {pin.split("==")[0] for pin in shared} >= {"numpy", "scipy", "numba"}
    assert set(shared) <= pins("requirements-test.lock")


def test_the_locks_hold_what_the_project_asks_for() -> None:
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]
    names = {re.split(r"[\[>=<]", text)[0] for text in project["dependencies"]}
    tests = {re.split(r"[\[>=<]", text)[0] for text in project["optional-dependencies"]["test"]}
    assert names | {"setuptools"} <= packages("requirements.lock")
    assert names | tests | {"setuptools"} <= packages("requirements-test.lock")
    assert packages("requirements.lock") <= packages("requirements-test.lock")


def test_the_browser_libraries_are_locked_by_hash_and_by_no_address() -> None:
    text = (PROJECT / "package-lock.json").read_text()
    locked = json.loads(text)["packages"]
    assert "://" not in text
    assert all("resolved" not in package for package in locked.values())
    assert all("integrity" in package for name, package in locked.items() if name)
    wanted = json.loads((PROJECT / "package.json").read_text())
    for kind in ("dependencies", "devDependencies"):
        for name, version in wanted[kind].items():
            assert locked[f"node_modules/{name}"]["version"] == version
            # what only the tests need is left out where the register runs
            assert locked[f"node_modules/{name}"].get("dev", False) == (kind == "devDependencies")


def test_the_continuous_integration_runs_make_test_and_nothing_else(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    said = tmp_path / "said"
    make = tmp_path / "make"
    make.write_text(f'#!/bin/sh\necho "$@ $HARBOR_TEST_DATA" >> {said}\n')
    make.chmod(0o755)
    environment = {
        **os.environ,
        "PATH": f"{tmp_path}:{os.environ['PATH']}",
        "HARBOR_TEST_DATA": str(data),
    }
    subprocess.run([PROJECT / ".ci" / "run"], env=environment, check=True)
    assert said.read_text() == f"test {data}\n"
    environment["HARBOR_TEST_DATA"] = str(tmp_path / "absent")
    refused = subprocess.run(
        [PROJECT / ".ci" / "run"], env=environment, capture_output=True, text=True, check=False
    )
    assert refused.returncode == 1
    assert "does not exist" in refused.stderr
    assert said.read_text() == f"test {data}\n"


@pytest.mark.parametrize("target", ["run", "test", "bench", "soak", "setup", "lint", "format"])
def test_every_target_sets_up_first(target: str) -> None:
    # the tests themselves run under a make
    environment = {key: text for key, text in os.environ.items() if not key.startswith("MAKE")}
    plan = subprocess.run(
        ["make", "--dry-run", target],
        cwd=PROJECT,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    purpose = target if target in {"run", "bench"} else "test"
    assert plan.splitlines()[0] == f"bash app/cli/setup.sh {purpose}"


def test_another_operating_system_is_told_what_is_needed(tmp_path: Path) -> None:
    uname = tmp_path / "uname"
    uname.write_text("#!/bin/sh\necho Plan9\n")
    uname.chmod(0o755)
    done = subprocess.run(
        ["bash", PROJECT / "app" / "cli" / "setup.sh", "run"],
        env={**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    for words in ("Plan9", "PostGIS", "HARBOR_DATABASE_URL", "Python 3.11"):
        assert words in done.stderr
