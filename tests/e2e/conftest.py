"""A small demo city behind a real server, and a browser that reaches nobody else."""

import math
import statistics
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import psycopg
import pytest
from playwright.sync_api import Browser, sync_playwright

from app.store.cluster import Cluster
from tests.e2e.browser import Visit, launched
from tests.e2e.server import Server, environment, free_port, harbor, serving, staff_session
from tests.e2e.sweeping import WRITTEN

JUNCTIONS, STATIONS = 4_000, 150
TROUBLE = ("traceback", "error", "warning", "critical", "status=5")

Open = Callable[..., Visit]


@pytest.fixture(scope="session")
def server(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Harbor serving a demo city of its own; its log must stay clean to the end."""
    folder = tmp_path_factory.mktemp("harbor")
    with psycopg.connect(cluster.url(), autocommit=True) as connection:
        connection.execute("CREATE DATABASE browsed TEMPLATE pattern")
    settings = environment(
        folder / "var", database_url=cluster.url("browsed"), port=free_port(), workers=1
    )
    harbor("demo", "load", "--junctions", JUNCTIONS, "--stations", STATIONS, settings=settings)
    log = folder / "serve.log"
    token = staff_session(cluster.url("browsed"), "demo-admin")
    with serving(settings, log=log) as running:
        yield replace(running, staff=token)
    trouble = [
        line
        for line in log.read_text("utf-8").splitlines()
        if any(word in line.lower() for word in TROUBLE)
    ]
    assert not trouble, "the server's log:\n" + "\n".join(trouble)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for all tests."""
    with sync_playwright() as playwright:
        opened = launched(playwright)
        yield opened
        opened.close()


@pytest.fixture
def visit(browser: Browser, server: Server) -> Iterator[Open]:
    """Open pages of the server as a person would; in the end each must have been quiet."""
    visits: list[Visit] = []

    def opened(path: str, *, status: int | None = None, **options: object) -> Visit:
        made = Visit(browser, server.address, **options)  # type: ignore[arg-type]
        if path.startswith(("/manage", "/plan")):
            made.enter(server.staff)
        visits.append(made)
        made.go(path, status=status)
        return made

    yield opened
    said = [trouble for made in visits for trouble in made.close()]
    assert not said, "the browser's log:\n" + "\n".join(said)


@pytest.fixture(scope="session")
def stations(server: Server) -> list[dict[str, Any]]:
    """Every placed station of the city, in whatever state, as the management map gets them."""
    features = server.ask("/manage/map/stations.geojson")["features"]
    return [
        {**feature["properties"], "place": tuple(feature["geometry"]["coordinates"])}
        for feature in features
    ]


@pytest.fixture(scope="session")
def middle(stations: list[dict[str, Any]]) -> tuple[float, float]:
    """A place in the middle of the city: longitude and latitude of a station in use there."""
    places = [one["place"] for one in stations if one["state"] == "active"]
    lon, lat = (statistics.median(place[axis] for place in places) for axis in (0, 1))
    nearest = min(places, key=lambda place: math.hypot(place[0] - lon, place[1] - lat))
    return float(nearest[0]), float(nearest[1])


@pytest.fixture(scope="module")
def written(server: Server, cluster: Cluster) -> list[str]:
    """What people wrote into the register in Chinese."""
    with psycopg.connect(cluster.url("browsed")) as connection:
        found = [text for (text,) in connection.execute(WRITTEN).fetchall()]
    # how a number is printed, and what one of a document looks like
    return [*found, "渝港", "渝工〔2026〕3号"]


@pytest.fixture(params=["zh", "en"])
def language(request: pytest.FixtureRequest) -> str:
    """Each language that pages speak."""
    return str(request.param)
