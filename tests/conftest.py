"""Fixtures: the folder of outside data, a template database, one connection a test."""

import os
from pathlib import Path

import pytest

TEST_DATA = "HARBOR_TEST_DATA"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what needs outside data when its folder is not named, and what is long."""
    if os.environ.get(TEST_DATA):
        return
    outside = [item for item in items if "test_data" in getattr(item, "fixturenames", ())]
    if outside:
        config.hook.pytest_deselected(items=outside)
        items[:] = [item for item in items if item not in outside]
        reporter = config.pluginmanager.get_plugin("terminalreporter")
        if reporter is not None:
            reporter.write_line(
                f"{len(outside)} tests on outside data are left out: {TEST_DATA} is not set"
            )


@pytest.fixture(scope="session")
def test_data() -> Path:
    """The folder of outside data that ``HARBOR_TEST_DATA`` names."""
    folder = Path(os.environ[TEST_DATA]).resolve()
    if not folder.is_dir():
        pytest.fail(f"{TEST_DATA} names {folder}, which is no folder")
    return folder
