"""The settings of the bus, read from EVENTBUS_* and nowhere else.

Unknown EVENTBUS_ keys are refused, so that a typing error is not a silent default; what Kubernetes injects for a
service called `eventbus` (EVENTBUS_PORT…, EVENTBUS_SERVICE…) is ignored.
"""

import os
import re
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, FilePath, SecretStr, model_validator
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, EnvSettingsSource, PydanticBaseSettingsSource, SettingsConfigDict

PREFIX = "EVENTBUS_"
_INJECTED_BY_KUBERNETES = ("EVENTBUS_PORT", "EVENTBUS_SERVICE")


def _bus_url(url: str) -> str:
    parts = urlsplit(url)
    if parts.username is not None or parts.password is not None:
        raise ValueError("the URL carries no credentials: use EVENTBUS_SASL_USERNAME and EVENTBUS_SASL_PASSWORD")
    if parts.scheme == "sqlite" and not parts.netloc and len(parts.path) > 1:
        return url
    if (
        parts.scheme == "kafka"
        and parts.path in ("", "/")
        and re.fullmatch(r"[^,\s]+:\d+(,[^,\s]+:\d+)*", parts.netloc)
    ):
        return url
    raise ValueError(
        "expected sqlite:///path/bus.db (four slashes for an absolute path) or kafka://host:port[,host:port]"
    )


def _factor(value: int) -> int:
    if value == 0 or value < -1:
        raise ValueError("a replication factor is 1 or more, or -1 for the broker's default")
    return value


class BusSettings(BaseSettings):
    """Which log, and how to reach it. Built once in a process's `__main__`."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_ignore_empty=True, frozen=True, extra="forbid", hide_input_in_errors=True
    )

    url: Annotated[str, AfterValidator(_bus_url)] = Field(
        description="The log: sqlite:///path/bus.db on one machine, kafka://host:port[,host:port] on many."
    )
    security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = Field(
        default="PLAINTEXT", description="How to talk to Kafka: PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL."
    )
    sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = Field(
        default="SCRAM-SHA-512", description="How to prove the user to Kafka: PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512."
    )
    sasl_username: str | None = Field(default=None, description="The user at Kafka; needed with SASL.")
    sasl_password: SecretStr | None = Field(default=None, description="The password at Kafka; needed with SASL.")
    ca_file: FilePath | None = Field(
        default=None, description="PEM file of the authorities that may sign Kafka's certificate; else the system's."
    )
    topic_prefix: str = Field(
        default="", pattern=r"^[A-Za-z0-9._-]{0,40}$", description="Put before every topic's name in Kafka."
    )
    replication_factor: Annotated[int, AfterValidator(_factor)] = Field(
        default=-1, description="Copies of each partition of a new topic; -1 is the broker's default."
    )

    @property
    def sqlite_path(self) -> Path | None:
        """The log's file, or None when the log is in Kafka."""
        return Path(urlsplit(self.url).path[1:]) if self.url.startswith("sqlite:") else None

    @property
    def kafka_servers(self) -> tuple[str, ...]:
        """host:port of the brokers to ask first; empty when the log is a file."""
        return tuple(urlsplit(self.url).netloc.split(",")) if self.url.startswith("kafka:") else ()

    @model_validator(mode="after")
    def _credentials_fit_the_protocol(self) -> Self:
        given = self.sasl_username is not None, self.sasl_password is not None
        if self.security_protocol.startswith("SASL_") and not all(given):
            raise ValueError("SASL needs EVENTBUS_SASL_USERNAME and EVENTBUS_SASL_PASSWORD")
        if not self.security_protocol.startswith("SASL_") and any(given):
            raise ValueError("credentials were given, but EVENTBUS_SECURITY_PROTOCOL does not use SASL")
        return self

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments first, then the environment; no dotenv files."""
        return init_settings, _KnownKeysOnly(settings_cls)


class _KnownKeysOnly(EnvSettingsSource):
    """The environment, which pydantic-settings would search for known keys only and never look at the others."""

    # Any is the return type of the overridden method: values as raw as the environment has them.
    def __call__(self) -> dict[str, Any]:
        fields: dict[str, FieldInfo] = self.settings_cls.model_fields
        known = {PREFIX + name.upper() for name in fields}
        for key in os.environ:
            if key.upper().startswith(PREFIX) and key.upper() not in known and not _is_injected(key.upper()):
                raise ValueError(f"unknown setting {key}; known are {', '.join(sorted(known))}")
        return super().__call__()


def _is_injected(key: str) -> bool:
    return any(key == name or key.startswith(name + "_") for name in _INJECTED_BY_KUBERNETES)
