"""The publisher's settings, all from the environment, all checked before anything starts."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar, Literal

from pydantic import Field, SecretStr, field_validator

from backends.allow_list import parse_allow_list
from hosting.settings import HttpUrl, ServiceSettings


class Settings(ServiceSettings):
    """Variables begin with `PUBLISHER_`; the bus has its own (`EVENTBUS_…`)."""

    prefix: ClassVar[str] = "PUBLISHER_"

    database_url: str = Field(description="Where the publisher's database is: `sqlite:///…` or `postgresql://…`.")
    http_hosts: str = Field(default="0.0.0.0", description="Addresses to listen on, separated by commas.")  # noqa: S104  # a container's own
    http_port: int = Field(default=8081, ge=0, le=65535, description="Port of the REST API.")
    public_url: str = Field(default="http://localhost:8081", description="How people reach the publisher.")
    default_vhost: str = Field(default="localhost", description="Host name of the gateways of environment `Default`.")
    default_ws_port: int = Field(default=9099, ge=0, le=65535, description="Port of that host for `ws://`; 0: none.")
    default_wss_port: int = Field(default=8099, ge=0, le=65535, description="Port of that host for `wss://`; 0: none.")
    keymanager_url: HttpUrl = Field(
        default="http://localhost:8083", description="How the publisher reaches the key manager (back channel)."
    )
    client_secret: SecretStr = Field(
        min_length=16, description="The secret of the publisher's own OAuth client at the key manager."
    )
    backend_allow: str = Field(
        default="",
        description="Backends that APIs may have although their address, name or port is refused otherwise: addresses, "
        "ranges (`10.0.0.0/8`), names (`echo`, `*.sluice.svc`), separated by commas. The gateway's should be the same.",
        json_schema_extra={"variable": "SLUICE_BACKEND_ALLOW"},
    )
    sealing_key_file: Path | None = Field(
        default=None,
        description="File with the key that seals backends' credentials: 32 bytes in base64; a second line is an older "
        "key. The gateways' must be the same; without one no credentials are accepted.",
        json_schema_extra={"variable": "SLUICE_SEALING_KEY_FILE"},
    )
    log_format: Literal["json", "console"] = Field(default="json", description="`json` lines, or `console` to read.")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(default="INFO", description="What is logged.")

    @field_validator("backend_allow")
    @classmethod
    def _allow_list_can_be_read(cls, text: str) -> str:
        parse_allow_list(text)
        return text
