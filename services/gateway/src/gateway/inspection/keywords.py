"""The keywords of JSON Schema whose work the library does not bound: each is counted here, in steps.

They say what the library's say, but match with RE2 and look at each element of an array once.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any, Final

from jsonschema.exceptions import ValidationError

from gateway.inspection.linear_pattern import LinearPattern

# A keyword of the library's: it gets (validator, its value, the instance, the schema around it).
Keyword = Callable[[Any, Any, Any, Any], Iterator[ValidationError] | None]

# One step is about 3 µs: so many times may RE2 look at one byte with one instruction of a pattern, at its slowest.
_MATCHING_PER_STEP: Final = 100


class TooManySteps(Exception):
    """The document is too much work to judge."""


class Steps:
    """Counts the work on one document."""

    def __init__(self) -> None:
        self.left = 0

    def spend(self, count: int = 1) -> None:
        """Raises TooManySteps when there is nothing left."""
        self.left -= count
        if self.left < 0:
            raise TooManySteps


def counted_keywords(validators: dict[str, Keyword], steps: Steps) -> dict[str, Keyword]:
    """All keywords of a draft, each of which spends what it costs."""
    patterns = _Patterns(steps)
    own = {
        "uniqueItems": _unique_items(steps),
        "pattern": patterns.pattern,
        "patternProperties": patterns.pattern_properties,
        "additionalProperties": patterns.additional_properties,
    }
    return {name: _counted(keyword, steps) for name, keyword in (validators | own).items()}


def _counted(keyword: Keyword, steps: Steps) -> Keyword:
    def counting(validator: Any, value: Any, instance: Any, schema: Any) -> Iterator[ValidationError] | None:  # noqa: ANN401 - the hook's types
        steps.spend()
        return keyword(validator, value, instance, schema)

    return counting


class _Patterns:
    """The keywords with regular expressions, for one schema. May raise UnsupportedPattern while they judge."""

    def __init__(self, steps: Steps) -> None:
        self._steps = steps
        self._compiled: dict[str, LinearPattern] = {}

    def pattern(self, validator: Any, value: Any, instance: Any, schema: Any) -> Iterator[ValidationError]:  # noqa: ANN401 - the hook's types
        """JSON Schema Validation 2020-12, 6.3.3."""
        if validator.is_type(instance, "string") and not self._is_in(value, instance):
            yield ValidationError(f"{instance!r} does not match {value!r}")

    def pattern_properties(self, validator: Any, value: Any, instance: Any, schema: Any) -> Iterator[ValidationError]:  # noqa: ANN401 - the hook's types
        """JSON Schema Core 2020-12, 10.3.2.2."""
        if not validator.is_type(instance, "object"):
            return
        for pattern, inner in value.items():
            for name, member in instance.items():
                if self._is_in(pattern, name):
                    yield from validator.descend(member, inner, path=name, schema_path=pattern)

    def additional_properties(
        self,
        validator: Any,  # noqa: ANN401 - the hook's types
        value: Any,  # noqa: ANN401
        instance: Any,  # noqa: ANN401
        schema: Any,  # noqa: ANN401
    ) -> Iterator[ValidationError]:
        """JSON Schema Core 2020-12, 10.3.2.3."""
        if not validator.is_type(instance, "object"):
            return
        patterns = schema.get("patternProperties", {})
        unknown = [name for name in instance if name not in schema.get("properties", {})]
        others = [name for name in unknown if not any(self._is_in(pattern, name) for pattern in patterns)]
        if value is False and others:
            yield ValidationError(f"additional properties are not allowed: {', '.join(map(repr, others))}")
        elif value is not False:
            for name in others:
                yield from validator.descend(instance[name], value, path=name)

    def _is_in(self, pattern: str, text: str) -> bool:
        compiled = self._compiled.get(pattern)
        if compiled is None:
            compiled = self._compiled[pattern] = LinearPattern(pattern)
        # JSON may hold halves of surrogate pairs, which UTF-8 refuses.
        encoded = text.encode("utf-8", "surrogatepass")
        self._steps.spend(1 + len(encoded) * compiled.size // _MATCHING_PER_STEP)
        return compiled.is_in(encoded)


def _unique_items(steps: Steps) -> Keyword:
    def unique_items(validator: Any, value: Any, instance: Any, schema: Any) -> Iterator[ValidationError]:  # noqa: ANN401 - the hook's types
        """The library compares each element with each other where it cannot sort them; this takes one look at each."""
        if value and validator.is_type(instance, "array"):
            steps.spend(len(instance))
            if len({_canonical(element) for element in instance}) < len(instance):
                yield ValidationError("has elements that are not unique")

    return unique_items


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
