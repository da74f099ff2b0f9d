"""The devportal's settings, all from the environment, all checked before anything starts."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field, SecretStr

from hosting.settings import HttpUrl, ServiceSettings


class Settings(ServiceSettings):
    """Variables begin with `DEVPORTAL_`; the bus has its own (`EVENTBUS_…`)."""

    prefix: ClassVar[str] = "DEVPORTAL_"

    database_url: str = Field(description="Where the devportal's database is: `sqlite:///…` or `postgresql://…`.")
    http_hosts: str = Field(default="0.0.0.0", description="Addresses to listen on, separated by commas.")  # noqa: S104  # a container's own
    http_port: int = Field(default=8082, ge=0, le=65535, description="Port of the REST API.")
    public_url: HttpUrl = Field(default="http://localhost:8082", description="How people reach the devportal.")
    keymanager_url: HttpUrl = Field(
        default="http://localhost:8083", description="How the devportal reaches the key manager (back channel)."
    )
    client_secret: SecretStr = Field(
        min_length=16, description="The secret of the devportal's own OAuth client at the key manager."
    )
    log_format: Literal["json", "console"] = Field(default="json", description="`json` lines, or `console` to read.")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(default="INFO", description="What is logged.")
