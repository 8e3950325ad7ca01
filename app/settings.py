"""Typed frozen settings from ``HARBOR_*`` variables and an optional ``.env`` file.

Belongs to no room: every room may be handed settings, none reads the environment itself.
"""

import ipaddress
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import psycopg
from dotenv import dotenv_values
from psycopg.conninfo import conninfo_to_dict
from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator

from app.domain.errors import FieldError, InvalidInput

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
PREFIX = "HARBOR_"
PROJECT = Path(__file__).resolve().parent.parent

# Read by tests and benchmarks alone; accepted here so that one environment serves both.
FOREIGN = {"HARBOR_TEST_DATA", "HARBOR_BENCH_OSM", "HARBOR_BENCH_GROWTH"}


class Settings(BaseModel):
    """Everything an operator may set; the description is what ``.env.example`` says."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    database_url: SecretStr | None = Field(
        None, description="An external PostGIS; unset, a private one runs under HARBOR_VAR."
    )
    var: Path = Field(PROJECT / "var", description="Where everything that Harbor writes lives.")
    key_file: Path | None = Field(
        None,
        description="The key of sealed values; unset, the file key under HARBOR_VAR, made at need.",
    )
    host: str = Field("127.0.0.1", description="Address the web server listens on.")
    port: Annotated[int, Field(ge=1, le=65535)] = Field(
        8080, description="Port the web server listens on."
    )
    public_url: str = Field("http://127.0.0.1:8080", description="What plaques and links carry.")
    timezone: str = Field("Asia/Shanghai", description="What a day is.")
    workers: Annotated[int, Field(ge=1, le=64)] = Field(2, description="Web server processes.")
    work: bool = Field(
        True, description="Whether harbor serve runs a worker for background jobs beside it."
    )
    staged_days: Annotated[int, Field(ge=1, le=60)] = Field(
        7, description="How many days a list that waits to be imported is kept."
    )
    trusted_proxies: str = Field(
        "",
        description="Proxies, comma-separated, whose word on the client counts in logs.",
    )
    log_format: Literal["text", "json"] = Field("text", description="How logs are written.")
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="The least important line that is logged."
    )
    map_profile: Literal["internal", "public"] = Field(
        "internal",
        description="internal draws our own base map; public shows a reviewed one or a list alone.",
    )
    tile_url: str = Field(
        "", description="A reviewed raster source, with {z} {x} {y}, for the public profile."
    )
    tile_attribution: str = Field("", description="Its attribution and review number.")
    geocoder_url: str = Field(
        "",
        description="A geocoder with {words} in its address, asked when staff press its button.",
    )
    geocoder_datum: Literal["wgs84", "cgcs2000", "gcj02", "bd09"] = Field(
        "wgs84", description="What the geocoder's degrees refer to."
    )
    geocoder_seconds: Annotated[float, Field(gt=0, le=60)] = Field(
        5.0, description="How long the geocoder may take."
    )
    map_review_number: str = Field(
        "", description="The review number (审图号) of the base map, for a public site."
    )
    icp_number: str = Field("", description="The site's ICP number, for a public site.")
    police_number: str = Field("", description="Its public-security number, for a public site.")
    privacy_notice: Path | None = Field(
        None, description="A text file whose paragraphs follow the privacy notice."
    )
    join_url: str = Field("", description="Where a worker joins the union (扫码入会).")
    hotline: str = Field("12351", description="The hotline for workers.")
    max_snap_metres: Annotated[float, Field(gt=0, le=5000)] = Field(
        500.0, description="How far from a street a point may lie."
    )

    confirm_days: Annotated[int, Field(ge=1, le=3650)] = Field(
        90, description="Days after which a station is to be confirmed again."
    )
    keeper_erase_days: Annotated[int, Field(ge=0, le=3650)] = Field(
        180, description="Days after which a former keeper's values are erased."
    )
    unmask_per_hour: Annotated[int, Field(ge=1, le=1000)] = Field(
        10, description="How many keepers' values one person may see within an hour."
    )
    report_days: Annotated[int, Field(ge=1, le=3650)] = Field(
        90, description="Days after its closing that a report's text and photo are erased."
    )
    notice_gateway_url: str = Field(
        "", description="Where notices to keepers' phones are posted; unset, they make a call list."
    )
    notice_gateway_token: SecretStr | None = Field(
        None, description="The bearer token of that gateway."
    )

    @field_validator("database_url")
    @classmethod
    def _known_server(cls, value: SecretStr | None) -> SecretStr | None:
        text = "" if value is None else value.get_secret_value()
        try:
            conninfo_to_dict(text)
        except (psycopg.Error, ValueError):
            # the value may hold a password, and so may what the parser says of it
            raise ValueError(
                "expected postgresql://USER@HOST/DATABASE or key=value pairs"
            ) from None
        return value

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError):
            raise ValueError("expected a name of the IANA time zone database") from None
        return value

    @field_validator("geocoder_url")
    @classmethod
    def _known_geocoder(cls, value: str) -> str:
        if value and not (value.startswith(("http://", "https://")) and "{words}" in value):
            raise ValueError("expected http://HOST/PATH with {words} in it")
        return value

    @field_validator("privacy_notice")
    @classmethod
    def _known_notice(cls, value: Path | None) -> Path | None:
        if value is not None and not value.is_file():
            raise ValueError("expected a text file that is there")
        return value

    @field_validator("join_url")
    @classmethod
    def _known_page(cls, value: str) -> str:
        if value and not value.startswith(("http://", "https://")):
            raise ValueError("expected http://HOST/PATH or https://HOST/PATH")
        return value

    @field_validator("trusted_proxies")
    @classmethod
    def _known_addresses(cls, value: str) -> str:
        try:
            _networks(value)
        except ValueError as error:
            raise ValueError(
                f"expected addresses or networks with commas between: {error}"
            ) from None
        return value

    @property
    def proxies(self) -> tuple[Network, ...]:
        """The addresses of trusted proxies, each as a network."""
        return _networks(self.trusted_proxies)

    @property
    def zone(self) -> ZoneInfo:
        """The time zone that says what a day is."""
        return ZoneInfo(self.timezone)

    @property
    def networks(self) -> Path:
        """The folder of saved walking networks."""
        return self.var / "networks"


def _networks(text: str) -> tuple[Network, ...]:
    return tuple(ipaddress.ip_network(part.strip()) for part in text.split(",") if part.strip())


def load(environment: Mapping[str, str] | None = None, *, env_file: Path | None = None) -> Settings:
    """Read settings from ``.env`` and the environment, which wins.

    Raises:
        InvalidInput: naming every unknown name and every wrong value at once.
    """
    given = dict(os.environ if environment is None else environment)
    path = PROJECT / ".env" if env_file is None else env_file
    stored = {key: value or "" for key, value in dotenv_values(path).items()}
    found = {
        key: value
        for key, value in {**stored, **given}.items()
        if key.startswith(PREFIX) and key not in FOREIGN and value != ""
    }
    try:
        return Settings(**{key[len(PREFIX) :].lower(): value for key, value in found.items()})  # type: ignore[arg-type]
    except ValidationError as error:
        raise InvalidInput(
            [_explain(item["loc"], item["type"], item["msg"]) for item in error.errors()],
            attempted="read the settings",
            remedy="Correct them in the environment or in .env; .env.example lists every name.",
        ) from None


def _explain(location: tuple[int | str, ...], kind: str, message: str) -> FieldError:
    name = PREFIX + str(location[0]).upper()
    words = message.removeprefix("Value error, ")
    return FieldError(name, "unknown name" if kind == "extra_forbidden" else words)
