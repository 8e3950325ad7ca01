"""Settings: typed, frozen, and every mistake named at once."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from app.domain.errors import InvalidInput
from app.settings import PROJECT, Settings, load

NOWHERE = Path("/nonexistent/.env")


def test_without_any_variable_the_defaults_hold() -> None:
    settings = load({}, env_file=NOWHERE)
    assert settings.port == 8080
    assert settings.host == "127.0.0.1"
    assert settings.database_url is None


def test_every_unknown_name_and_wrong_value_is_listed_at_once() -> None:
    with pytest.raises(InvalidInput) as caught:
        load(
            {"HARBOR_PROT": "1", "HARBOR_PORT": "many", "HARBOR_TIMEZONE": "Mars"},
            env_file=NOWHERE,
        )
    assert {error.field for error in caught.value.errors} == {
        "HARBOR_PROT",
        "HARBOR_PORT",
        "HARBOR_TIMEZONE",
    }


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("HARBOR_PORT=9000\nHARBOR_HOST=0.0.0.0\n")
    settings = load({"HARBOR_PORT": "9001"}, env_file=file)
    assert (settings.port, settings.host) == (9001, "0.0.0.0")


def test_settings_do_not_change() -> None:
    with pytest.raises(ValidationError):
        load({}, env_file=NOWHERE).port = 1  # type: ignore[misc]


def test_a_password_does_not_show() -> None:
    settings = load({"HARBOR_DATABASE_URL": "postgresql://u:geheim@h/d"}, env_file=NOWHERE)
    assert "geheim" not in repr(settings)


def test_every_setting_stands_in_the_example_file_and_in_the_readme() -> None:
    example = (PROJECT / ".env.example").read_text("utf-8")
    readme = (PROJECT / "README.md").read_text("utf-8")
    names = {f"HARBOR_{name.upper()}" for name in Settings.model_fields}
    assert {name for name in names if name not in example} == set()
    assert {name for name in names if name not in readme} == set()


def test_every_name_in_the_example_file_is_a_setting() -> None:
    lines = (PROJECT / ".env.example").read_text("utf-8").splitlines()
    named = {line.lstrip("# ").split("=")[0] for line in lines if "HARBOR_" in line and "=" in line}
    known = {f"HARBOR_{name.upper()}" for name in Settings.model_fields}
    assert named <= known
