"""One JSON Schema (draft-07 or 2020-12), compiled, that judges documents within a bounded number of steps.

References lead into the schema's own text only; nothing is ever fetched. Formats are annotations, not assertions.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any, Final

from jsonschema import Draft7Validator, Draft202012Validator
from jsonschema.exceptions import SchemaError, ValidationError
from jsonschema.validators import extend
from referencing import Registry
from referencing.exceptions import Unresolvable

# Keywords looked at, with one more for each element of an array that must be unique. About 30 ms of work.
MAX_STEPS: Final = 10_000

_DRAFTS: Final = {"http://json-schema.org/draft-07/schema": Draft7Validator}

# The types of the library's own hooks: a keyword gets (validator, its value, the instance, the schema around it).
_Keyword = Callable[[Any, Any, Any, Any], Iterator[ValidationError] | None]


class BrokenSchema(ValueError):
    """The text is no JSON Schema that can be compiled."""


class _TooManySteps(Exception):
    """The document is too much work to judge."""


class _Steps:
    """Counts the work on one document."""

    def __init__(self) -> None:
        self.left = 0

    def spend(self, count: int = 1) -> None:
        self.left -= count
        if self.left < 0:
            raise _TooManySteps


class CompiledSchema:
    """Raises BrokenSchema when it is made of something else than a schema."""

    def __init__(self, text: str) -> None:
        try:
            schema = json.loads(text)
            draft = schema.get("$schema", "") if isinstance(schema, dict) else ""
            base = _DRAFTS.get(str(draft).removesuffix("#"), Draft202012Validator)
            base.check_schema(schema)
        except (ValueError, RecursionError, SchemaError) as error:
            raise BrokenSchema(str(error)) from error
        self._steps = _Steps()
        keywords = {name: _counted(keyword, self._steps) for name, keyword in _keywords(base).items()}
        counted = extend(base, keywords)  # type: ignore[no-untyped-call]  # the library's types stop here
        self._validator = counted(schema, registry=Registry())

    def fault_in(self, document: object) -> str:
        """What is wrong with ``document``, empty when nothing is. Looks no further than the first fault."""
        self._steps.left = MAX_STEPS
        try:
            error = next(iter(self._validator.iter_errors(document)), None)
        except (_TooManySteps, RecursionError):
            return "it is too much work to check"
        except Unresolvable:
            return "its schema refers to nothing"
        return "" if error is None else f"{error.json_path}: {error.message}"


def _keywords(base: Any) -> dict[str, _Keyword]:  # noqa: ANN401 - the library's classes are made at run time
    keywords: dict[str, _Keyword] = dict(base.VALIDATORS)
    return keywords | {"uniqueItems": _unique_items}


def _counted(keyword: _Keyword, steps: _Steps) -> _Keyword:
    def counting(validator: Any, value: Any, instance: Any, schema: Any) -> Iterator[ValidationError] | None:  # noqa: ANN401 - the hook's types
        steps.spend(len(instance) if keyword is _unique_items and isinstance(instance, list) else 1)
        return keyword(validator, value, instance, schema)

    return counting


def _unique_items(validator: Any, value: Any, instance: Any, schema: Any) -> Iterator[ValidationError]:  # noqa: ANN401 - the hook's types
    """The library compares each element with each other where it cannot sort them; this takes one look at each."""
    if value and validator.is_type(instance, "array"):
        seen = {_canonical(element) for element in instance}
        if len(seen) < len(instance):
            yield ValidationError("has elements that are not unique")


def _canonical(value: object) -> str:
    """Equal for what JSON Schema calls equal: 1 and 1.0 are, 1 and true are not; the order of names is nothing."""
    return json.dumps(_with_whole_numbers(value), sort_keys=True)


def _with_whole_numbers(value: object) -> object:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, list):
        return [_with_whole_numbers(one) for one in value]
    if isinstance(value, dict):
        return {name: _with_whole_numbers(one) for name, one in value.items()}
    return value
