"""Settings from the environment: a frozen model for each service, everything checked before anything starts.

A key with the service's prefix that nobody knows is refused, because it is a typing mistake. Variables that Kubernetes
injects for a Service of the same name (`GATEWAY_PORT=tcp://…`, `GATEWAY_SERVICE_HOST`) are not settings.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, ClassVar, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict


class UnusableSettings(Exception):
    """The environment does not hold usable settings; the text names each variable and what to do."""


def _http_url(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username is not None:
        raise ValueError("expected http://host[:port] or https://host[:port], without credentials")
    return url.rstrip("/")


HttpUrl = Annotated[str, AfterValidator(_http_url)]
"""Where one of our services is reached, without a slash at its end."""


class _MappingSource(PydanticBaseSettingsSource):
    """Reads fields from a given mapping, so that tests and `__main__` are explicit about where settings come from."""

    def __init__(self, model: type[ServiceSettings], environ: Mapping[str, str]) -> None:
        super().__init__(model)
        self._values = {
            name: _seconds(environ[variable]) if model.model_fields[name].annotation is timedelta else environ[variable]
            for name, variable in model.variables().items()
            if environ.get(variable, "").strip() != ""
        }

    def get_field_value(self, field: object, field_name: str) -> tuple[object, str, bool]:
        return self._values.get(field_name), field_name, False

    def __call__(self) -> dict[str, object]:
        return dict(self._values)


def _seconds(text: str) -> object:
    """Durations are given in seconds; pydantic reads a bare number so only when it is no text."""
    return float(text) if re.fullmatch(r"\s*\d+(\.\d+)?\s*", text) else text


class ServiceSettings(BaseSettings):
    """Base of every service's `Settings`. A field `http_port` of a model with prefix `PUBLISHER_` is
    `PUBLISHER_HTTP_PORT`; a field may name another variable with `json_schema_extra={"variable":
    "SLUICE_DATA_DIR"}`.
    """

    model_config = SettingsConfigDict(frozen=True, extra="forbid")
    prefix: ClassVar[str]

    @classmethod
    def variables(cls) -> dict[str, str]:
        """Field name to environment variable."""
        names: dict[str, str] = {}
        for name, field in cls.model_fields.items():
            extra = field.json_schema_extra
            given = extra.get("variable") if isinstance(extra, dict) else None
            names[name] = str(given) if given else f"{cls.prefix}{name.upper()}"
        return names

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> Self:
        """Raises `UnusableSettings` with one line for each variable that is wrong."""
        unknown = cls._unknown_variables(environ)
        if unknown:
            raise UnusableSettings("\n".join(f"{name}: there is no such setting" for name in unknown))
        try:
            return cls(**_MappingSource(cls, environ)())  # type: ignore[arg-type]  # pydantic parses the strings
        except ValidationError as error:
            variables = cls.variables()
            lines = [
                f"{variables.get(str(e['loc'][0]), cls.__name__) if e['loc'] else cls.__name__}: {e['msg']}"
                for e in error.errors(include_input=False)
            ]
            raise UnusableSettings("\n".join(lines)) from error

    @classmethod
    def _unknown_variables(cls, environ: Mapping[str, str]) -> list[str]:
        known = set(cls.variables().values())
        injected = re.compile(rf"^{cls.prefix}(PORT|PORT_\d+_.*|SERVICE_.*)$")
        return sorted(n for n in environ if n.startswith(cls.prefix) and n not in known and not injected.match(n))

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Only what is passed in: `from_environment` is the one reader of the environment."""
        return (init_settings,)
