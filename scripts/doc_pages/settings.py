"""`docs/settings.md`: every environment variable, from the settings models. Values of secrets are never shown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import annotated_types
from pydantic.fields import FieldInfo

import devportal.settings
import gateway.settings
import keymanager.settings
import publisher.settings
from doc_pages.markdown import code, page, table
from doc_pages.types import default_words, type_words
from eventbus.settings import PREFIX, BusSettings
from hosting.settings import ServiceSettings
from sluice import settings as launcher

_INTRODUCTION = (
    "Sluice is set by environment variables only. Each is checked before anything starts, and a variable with the "
    "prefix of a service or of the bus that is not in these tables is refused as a typing mistake. "
    "`make run` gives every required setting a value for this machine; what you set yourself wins."
)
_LAUNCHER = (
    "Read by `make run` and `make demo`, which also read the services' port variables. "
    "Variables with a service's prefix are handed on to that service, `EVENTBUS_…` to all four."
)
_HEADINGS = ("Variable", "Type", "Default", "Meaning")
_SERVICES: tuple[tuple[str, type[ServiceSettings]], ...] = (
    ("publisher", publisher.settings.Settings),
    ("devportal", devportal.settings.Settings),
    ("keymanager", keymanager.settings.Settings),
    ("gateway", gateway.settings.Settings),
)


def settings_page() -> str:
    """The launcher, the bus, then each service."""
    return page("Settings", source="the settings models", blocks=_blocks())


def _blocks() -> Iterator[str]:
    yield _INTRODUCTION
    yield "## The launcher"
    yield _LAUNCHER
    yield table(["Variable", "Default", "Meaning"], ([code(n), code(d), text] for n, d, text in launcher.DOCUMENTED))
    yield "## The bus"
    yield "Read by all four services."
    yield _fields({name: PREFIX + name.upper() for name in BusSettings.model_fields}, BusSettings.model_fields)
    for name, settings in _SERVICES:
        yield f"## {name}"
        yield _fields(settings.variables(), settings.model_fields)


def _fields(variables: Mapping[str, str], fields: Mapping[str, FieldInfo]) -> str:
    return table(_HEADINGS, (_row(variables[name], field) for name, field in fields.items()))


def _row(variable: str, field: FieldInfo) -> list[str]:
    assert field.description, f"{variable} has no description"
    words = type_words(field.annotation).removesuffix(" or null") + _range(field)
    return [code(variable), words, default_words(field), field.description]


def _range(field: FieldInfo) -> str:
    lowest = next((limit.ge for limit in field.metadata if isinstance(limit, annotated_types.Ge)), None)
    highest = next((limit.le for limit in field.metadata if isinstance(limit, annotated_types.Le)), None)
    return f", {lowest} to {highest}" if lowest is not None and highest is not None else ""
