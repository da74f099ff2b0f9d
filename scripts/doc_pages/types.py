"""Types and defaults in words, for people who read JSON or set variables and do not know Python."""

from __future__ import annotations

import types
from datetime import datetime, timedelta
from enum import Enum, StrEnum
from pathlib import Path
from typing import Annotated, Literal, Union, get_args, get_origin

from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo

_WORDS: dict[object, str] = {
    str: "text",
    int: "integer",
    float: "number",
    bool: "true or false",
    datetime: "moment (RFC 3339)",
    timedelta: "seconds",
    Path: "path",
    SecretStr: "secret",
}


def type_words(annotation: object) -> str:
    """For example `list of text`, `Quota or null`, `PUBLIC or PRIVATE`."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return type_words(arguments[0])
    if origin is Literal:
        return " or ".join(f"`{value}`" for value in arguments)
    if origin in (Union, types.UnionType):
        return " or ".join("null" if part is type(None) else type_words(part) for part in arguments)
    if origin in (tuple, list):
        return f"list of {type_words(arguments[0])}"
    if origin is dict:
        return f"object of {type_words(arguments[1])}"
    return _plain(annotation)


def _plain(annotation: object) -> str:
    if annotation in _WORDS:
        return _WORDS[annotation]
    if isinstance(annotation, type) and issubclass(annotation, StrEnum):
        return " or ".join(f"`{member.value}`" for member in annotation)
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return f"[{annotation.__name__}](#{annotation.__name__.lower()})"
    raise TypeError(f"{annotation} has no words yet: add them to {__name__}")


def default_words(field: FieldInfo) -> str:
    """`required` where there is none. A secret's default is never shown."""
    if field.is_required():
        return "required"
    value: object = field.get_default(call_default_factory=False)
    if isinstance(value, SecretStr):
        return "hidden"
    return _value_words(value)


def _value_words(value: object) -> str:
    if value is None:
        return "none"
    if value == "":
        return "empty"
    if isinstance(value, timedelta):
        return f"`{value.total_seconds():g}`"
    if isinstance(value, tuple | dict):
        return f"`{', '.join(map(str, value))}`" if value else "empty"
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"`{value.value if isinstance(value, Enum) else value}`"


def parts_of(annotation: object) -> list[type[BaseModel]]:
    """The models inside a field's type, which need tables of their own."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [part for argument in get_args(annotation) for part in parts_of(argument)]
