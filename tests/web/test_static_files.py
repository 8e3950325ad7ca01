"""Our own files: addresses that may be kept, gzip on the wire, nothing from outside the folder."""

import gzip
import re
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from app.service.runtime import Runtime
from app.settings import PROJECT, Settings
from app.web.factory import create_app
from app.web.static_files import StaticFiles, asset

GZIP = {"Accept-Encoding": "gzip"}


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> FlaskClient:
    """A client of an application that is never asked for data, so that it needs no database."""
    folder = tmp_path_factory.mktemp("static")
    app = create_app(Runtime(Settings(var=folder), f"postgresql:///harbor?host={folder}"))
    app.testing = True
    return app.test_client()


def address(client: FlaskClient, name: str) -> str:
    with client.application.test_request_context():
        return asset(name)


@pytest.mark.parametrize(
    ("name", "kind"),
    [("rider.js", "text/javascript"), ("tokens.css", "text/css"),
     ("vendor/leaflet/leaflet.js", "text/javascript")],
)  # fmt: skip
def test_a_versioned_file_is_packed_and_kept_for_a_year(
    client: FlaskClient, name: str, kind: str
) -> None:
    content = (PROJECT / "static" / name).read_bytes()
    where = address(client, name)
    assert re.fullmatch(rf"/static/v-[0-9a-f]{{12}}/{name}", where)
    packed = client.get(where, headers=GZIP)
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.data) == content
    plain = client.get(where)
    assert "Content-Encoding" not in plain.headers
    assert plain.data == content
    assert plain.headers["ETag"] != packed.headers["ETag"]
    for response in (packed, plain):
        assert response.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert response.headers["Vary"] == "Accept-Encoding"
        assert response.mimetype == kind


def test_what_set_up_packed_is_sent_in_brotli_where_it_is_taken(client: FlaskClient) -> None:
    where = address(client, "vendor/leaflet/leaflet.js")
    best = client.get(where, headers={"Accept-Encoding": "gzip, deflate, br"})
    good = client.get(where, headers=GZIP)
    assert best.headers["Content-Encoding"] == "br"
    assert len(best.data) < 0.95 * len(good.data)
    assert best.headers["ETag"] != good.headers["ETag"]
    assert best.headers["Vary"] == "Accept-Encoding"


def test_a_file_under_its_plain_address_or_that_of_a_release_before_is_asked_for_again(
    client: FlaskClient,
) -> None:
    for where in ("/static/rider.js", "/static/v-000000000000/rider.js"):
        first = client.get(where)
        assert first.headers["Cache-Control"] == "no-cache"
        again = client.get(where, headers={"If-None-Match": first.headers["ETag"]})
        assert (again.status_code, again.data) == (304, b"")


@pytest.mark.parametrize(
    "name", ["../pyproject.toml", "%2e%2e/pyproject.toml", "vendor", "vendor/.stamp", "no.js", ""]
)
def test_nothing_else_is_served(client: FlaskClient, name: str) -> None:
    for root in ("/static/", address(client, "x").removesuffix("x")):
        assert client.get(root + name).status_code == 404


def test_an_image_is_not_packed_a_second_time(client: FlaskClient) -> None:
    response = client.get("/static/vendor/leaflet/images/layers.png", headers=GZIP)
    assert response.status_code == 200
    assert "Content-Encoding" not in response.headers
    assert response.mimetype == "image/png"


def folder_with(folder: Path, **modules: str) -> StaticFiles:
    for name, text in modules.items():
        (folder / f"{name}.js").write_text(text, encoding="utf-8")
    return StaticFiles(folder)


def test_the_modules_of_a_page_are_those_it_imports_before_it_runs(tmp_path: Path) -> None:
    files = folder_with(
        tmp_path,
        page="import { a } from './one.js';\nimport {\n  b,\n} from './two.js';\n"
        "import './four.js';\nconst later = () => import('./late.js');\n",
        one="import { b } from './two.js';\n",
        two="import { c } from './three.js';\n",
        three="import { a } from './one.js';\n",
        four="", late="",
    )  # fmt: skip
    assert files.modules_of("page.js") == ["page.js", "one.js", "two.js", "four.js", "three.js"]


def test_another_content_of_any_file_is_another_address(tmp_path: Path) -> None:
    one = folder_with(tmp_path, a="1", b="2").digest
    assert folder_with(tmp_path, a="1", b="2").digest == one
    assert folder_with(tmp_path, a="1", b="3").digest != one


def test_the_files_that_every_page_names_are_there() -> None:
    files = StaticFiles().files
    templates = sorted((PROJECT / "app/web/templates").glob("*.html"))
    named = {
        name
        for template in templates
        for name in re.findall(r"asset\('([^']+)'\)", template.read_text(encoding="utf-8"))
    }
    assert len(named) > 20
    assert named <= set(files)
