"""One JSON Schema (draft-07 or 2020-12), compiled, that judges documents within a bounded number of steps.

References lead into the schema's own text only; nothing is ever fetched. Formats are annotations, not assertions.
"""

from __future__ import annotations

import json
from typing import Final

from jsonschema import Draft7Validator, Draft202012Validator, FormatChecker
from jsonschema.exceptions import SchemaError
from jsonschema.validators import extend
from referencing import Registry
from referencing.exceptions import Unresolvable

from gateway.inspection.keywords import Steps, TooManySteps, counted_keywords
from gateway.inspection.linear_pattern import LinearPattern, UnsupportedPattern

# Keywords looked at, with more for each match of a regular expression and each array whose elements must be unique.
# About 30 ms of work.
MAX_STEPS: Final = 10_000

_DRAFTS: Final = {"http://json-schema.org/draft-07/schema": Draft7Validator}

# What schemas themselves are checked for.
_FORMATS: Final = FormatChecker(())


@_FORMATS.checks("regex", raises=UnsupportedPattern)
def _is_pattern(value: object) -> bool:
    return not isinstance(value, str) or LinearPattern(value).size > 0


class BrokenSchema(ValueError):
    """The text is no JSON Schema that can be compiled."""


class CompiledSchema:
    """Raises BrokenSchema when it is made of something else than a schema."""

    def __init__(self, text: str) -> None:
        try:
            schema = json.loads(text)
            draft = schema.get("$schema", "") if isinstance(schema, dict) else ""
            base = _DRAFTS.get(str(draft).removesuffix("#"), Draft202012Validator)
            base.check_schema(schema, format_checker=_FORMATS)
            schema = _without_drafts(schema)
        except (ValueError, RecursionError, SchemaError) as error:
            raise BrokenSchema(str(error)) from error
        words = json.dumps(schema)
        if "patternProperties" in words and "unevaluatedProperties" in words:
            # The library would match these patterns by itself.
            raise BrokenSchema("unevaluatedProperties is not supported together with patternProperties")
        self._steps = Steps()
        counted = extend(base, counted_keywords(dict(base.VALIDATORS), self._steps))  # type: ignore[no-untyped-call]  # the library's types stop here
        self._validator = counted(schema, registry=Registry())

    def fault_in(self, document: object) -> str:
        """What is wrong with ``document``, empty when nothing is. Looks no further than the first fault."""
        self._steps.left = MAX_STEPS
        try:
            error = next(iter(self._validator.iter_errors(document)), None)
        except (TooManySteps, RecursionError):
            return "it is too much work to check"
        except Unresolvable:
            return "its schema refers to nothing"
        except UnsupportedPattern as unsupported:
            return f"its schema cannot be used: {unsupported}"
        return "" if error is None else f"{error.json_path}: {error.message}"


def _without_drafts(value: object) -> object:
    """Where a part of a schema names its draft, the library would go on with keywords of its own and count nothing."""
    if isinstance(value, list):
        return [_without_drafts(one) for one in value]
    if not isinstance(value, dict):
        return value
    parts = value.items()
    return {name: _without_drafts(part) for name, part in parts if name != "$schema" or not isinstance(part, str)}
