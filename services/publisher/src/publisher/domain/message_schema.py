"""JSON Schemas of messages (WSO2 `payloadSchema`): draft-07 or 2020-12, complete in themselves.

A schema that is accepted can be compiled by every gateway without looking anything up: references lead into the same
text only. Its regular expressions are such as RE2 matches in time linear in the text: a gateway must not stand still
for one message.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Final, NoReturn

import re2  # type: ignore[import-untyped]  # no py.typed
from jsonschema import Draft7Validator, Draft202012Validator, FormatChecker
from jsonschema.exceptions import SchemaError
from referencing import Registry
from referencing.exceptions import Unresolvable
from referencing.jsonschema import DRAFT7, DRAFT202012

from publisher.errors import InvalidInput

MAX_SCHEMA_BYTES: Final = 65_536
MAX_DEPTH: Final = 64

_DRAFTS: Final = {
    "http://json-schema.org/draft-07/schema": (Draft7Validator, DRAFT7),
    "https://json-schema.org/draft/2020-12/schema": (Draft202012Validator, DRAFT202012),
}
_LATEST: Final = "https://json-schema.org/draft/2020-12/schema"
_REFERENCES: Final = ("$ref", "$dynamicRef", "$recursiveRef")

_UNICODE_ESCAPE: Final = re.compile(r"(\\\\)|\\u([0-9a-fA-F]{4})")
_FORMATS: Final = FormatChecker(())


@_FORMATS.checks("regex", raises=(re2.error, UnicodeEncodeError))
def _is_pattern(value: object) -> bool:
    if isinstance(value, str):
        options = re2.Options()
        options.max_mem = 1 << 20  # as gateways have
        options.log_errors = False
        re2.compile(_UNICODE_ESCAPE.sub(lambda found: found[1] or rf"\x{{{found[2]}}}", value), options)
    return True


def check_message_schema(text: str, *, pointer: str) -> None:
    """Raises `InvalidInput`, which says where in the schema the fault is."""
    if len(text.encode()) > MAX_SCHEMA_BYTES:
        raise InvalidInput.at(pointer, f"at most {MAX_SCHEMA_BYTES} bytes")
    schema = _parse(text, pointer)
    if not isinstance(schema, dict | bool):
        raise InvalidInput.at(pointer, "a JSON Schema is an object, true or false")
    references = _references(schema, pointer)
    draft = _LATEST if isinstance(schema, bool) else schema.get("$schema", _LATEST)
    known = _DRAFTS.get(str(draft).removesuffix("#"))
    if known is None:
        raise InvalidInput.at(pointer, "its $schema must be draft-07 or 2020-12; absent is 2020-12")
    validator, specification = known
    try:
        validator.check_schema(schema, format_checker=_FORMATS)
    except SchemaError as error:
        if error.validator == "format" and error.validator_value == "regex":
            raise InvalidInput.at(pointer, _about_pattern(error)) from error
        raise InvalidInput.at(pointer, f"is no JSON Schema: at {error.json_path}: {error.message[:200]}") from error
    words = json.dumps(schema)
    if "unevaluatedProperties" in words and "patternProperties" in words:
        raise InvalidInput.at(pointer, "unevaluatedProperties is not supported together with patternProperties")
    resolver = Registry().resolver_with_root(specification.create_resource(schema))
    for reference in references:
        try:
            resolver.lookup(reference)
        except Unresolvable as error:
            raise InvalidInput.at(pointer, f"the reference '{reference[:200]}' leads nowhere") from error


def _about_pattern(error: SchemaError) -> str:
    pattern = str(error.instance)[:200]
    return (
        f"at {error.json_path}: the regular expression {pattern!r} is not supported: it must be one of RE2's, "
        "without looking around or referring back"
    )


def _parse(text: str, pointer: str) -> object:
    try:
        parsed: object = json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise InvalidInput.at(pointer, f"is no JSON: {error}") from error
    return parsed


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number in JSON")


def _references(schema: object, pointer: str) -> list[str]:
    """All references. Raises `InvalidInput` for one that leads out of the text, and for bottomless nesting."""
    references = []
    for part, depth in _objects(schema):
        if depth > MAX_DEPTH:
            raise InvalidInput.at(pointer, f"nested deeper than {MAX_DEPTH} levels")
        if depth and isinstance(part.get("$id"), str):
            raise InvalidInput.at(pointer, "an $id inside of a schema is not supported")
        for name in _REFERENCES:
            if isinstance(reference := part.get(name), str):
                if not reference.startswith("#"):
                    raise InvalidInput.at(pointer, f"'{name}' must begin with '#': nothing is fetched from elsewhere")
                references.append(reference)
    return references


def _objects(schema: object) -> Iterator[tuple[dict[str, object], int]]:
    pending: list[tuple[object, int]] = [(schema, 0)]
    while pending:
        value, depth = pending.pop()
        if isinstance(value, dict):
            yield value, depth
            pending += [(one, depth + 1) for one in value.values()]
        elif isinstance(value, list):
            pending += [(one, depth + 1) for one in value]
