"""The key manager's settings, all from the environment, all checked before anything starts."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, ClassVar, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr

from hosting.settings import ServiceSettings

# RFC 6749 2.3.1 form-encodes credentials in Basic and many clients do not: these characters are the same both ways.
_SECRET_CHARACTERS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._~-")


def _issuer(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("expected a URL that begins with http:// or https://")
    if url.endswith("/") or parts.query or parts.fragment or parts.username is not None:
        # RFC 8414 2: the issuer has no query and no fragment; tokens carry it byte for byte.
        raise ValueError("expected no slash at the end, no query, no fragment and no user")
    return url


def _client_secret(secret: SecretStr) -> SecretStr:
    value = secret.get_secret_value()
    if not 16 <= len(value) <= 200 or not set(value) <= _SECRET_CHARACTERS:
        raise ValueError("expected 16 to 200 letters, digits or ._~-")
    return secret


class Settings(ServiceSettings):
    """Variables begin with `KEYMANAGER_`; the bus has its own (`EVENTBUS_…`)."""

    prefix: ClassVar[str] = "KEYMANAGER_"

    database_url: str = Field(description="Where the key manager's database is: `sqlite:///…` or `postgresql://…`.")
    http_hosts: str = Field(default="0.0.0.0", description="Addresses to listen on, separated by commas.")  # noqa: S104  # a container's own
    http_port: int = Field(default=8083, ge=0, le=65535, description="Port of OAuth, SCIM and the REST API.")
    public_url: Annotated[str, AfterValidator(_issuer)] = Field(
        default="http://localhost:8083", description="How people reach the key manager; the issuer of its tokens."
    )
    encryption_key_file: Path = Field(
        description="File with the key that seals signing keys: 32 bytes in base64; a second line is an older key."
    )
    signing_algorithm: Literal["ES256", "RS256"] = Field(
        default="ES256", description="With what access tokens are signed: `ES256` or `RS256`."
    )
    max_token_lifetime: int = Field(
        default=86_400, ge=60, le=86_400, description="The longest life of an access token, in seconds."
    )
    admin_password: SecretStr | None = Field(
        default=None,
        min_length=8,
        max_length=1024,
        description="Password of the user `admin` that the first start makes; later starts do not need it.",
        json_schema_extra={"variable": "SLUICE_ADMIN_PASSWORD"},
    )
    publisher_client_secret: Annotated[SecretStr, AfterValidator(_client_secret)] | None = Field(
        default=None,
        description="Secret with which the publisher calls the key manager as client `sluice-publisher`.",
        json_schema_extra={"variable": "PUBLISHER_CLIENT_SECRET"},
    )
    devportal_client_secret: Annotated[SecretStr, AfterValidator(_client_secret)] | None = Field(
        default=None,
        description="Secret with which the devportal calls the key manager as client `sluice-devportal`.",
        json_schema_extra={"variable": "DEVPORTAL_CLIENT_SECRET"},
    )
    log_format: Literal["json", "console"] = Field(default="json", description="`json` lines, or `console` to read.")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(default="INFO", description="What is logged.")
