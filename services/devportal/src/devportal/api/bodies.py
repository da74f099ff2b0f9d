"""Bases of the JSON that is taken and given: WSO2's names (camelCase), strict types, nothing unknown."""

from __future__ import annotations

import math
from datetime import datetime

from pydantic import BaseModel, ConfigDict, model_validator
from pydantic.alias_generators import to_camel

MAX_DEPTH = 32


class RequestBody(BaseModel):
    """A request body. A field that WSO2 does not have either is refused."""

    model_config = ConfigDict(alias_generator=to_camel, extra="forbid", strict=True)

    # Made from JSON only, never with keyword arguments, which is what the plugin warns of, here of all places.
    @model_validator(mode="before")  # type: ignore[pydantic-alias]
    @classmethod
    def refuse_unstorable(cls, given: object) -> object:
        """What JSON allows but no database or answer could hold: NUL, half a surrogate pair, infinity, bottomless
        nesting.
        """
        pending: list[tuple[object, int]] = [(given, 0)]
        while pending:
            value, depth = pending.pop()
            if depth > MAX_DEPTH:
                raise ValueError(f"nested deeper than {MAX_DEPTH} levels")
            _check_scalar(value)
            if isinstance(value, dict):
                pending += [(one, depth + 1) for pair in value.items() for one in pair]
            elif isinstance(value, list):
                pending += [(one, depth + 1) for one in value]
        return given


class Answer(BaseModel):
    """A response body."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)


def milliseconds(moment: datetime) -> str:
    """A moment as WSO2 writes it: milliseconds since 1970, as text."""
    return str(int(moment.timestamp() * 1000))


def _check_scalar(value: object) -> None:
    if isinstance(value, str) and any(c == "\0" or "\ud800" <= c <= "\udfff" for c in value):
        raise ValueError("a text contains NUL or half of a surrogate pair")
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError("a number is not finite")
