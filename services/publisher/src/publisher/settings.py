"""The publisher's settings, all from the environment, all checked before anything starts."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field, SecretStr

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
    log_format: Literal["json", "console"] = Field(default="json", description="`json` lines, or `console` to read.")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(default="INFO", description="What is logged.")
