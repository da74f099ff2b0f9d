"""From the text of an AsyncAPI document, JSON or YAML, to its content. Promises bounded work whatever the text is."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

import yaml

from publisher.errors import InvalidDefinition, TooLarge

MAX_BYTES: Final = 600_000
MAX_DEPTH: Final = 60

# An AsyncAPI document is JSON of any shape, hence Any.
Content = Mapping[str, Any]

_VERSIONS: Final = ("2.", "3.")


def parse_definition(text: bytes) -> Content:
    """Raises `InvalidDefinition` (903231) or `TooLarge`."""
    if len(text) > MAX_BYTES:
        raise TooLarge(f"An AsyncAPI document is at most {MAX_BYTES} bytes.")
    content = _load(text)
    if not isinstance(content, dict):
        raise InvalidDefinition.at("", "must be a JSON or YAML object")
    version = content.get("asyncapi")
    if not isinstance(version, str) or not version.startswith(_VERSIONS):
        raise InvalidDefinition.at("/asyncapi", "must name version 2.x or 3.x of AsyncAPI")
    if not isinstance(content.get("info"), dict):
        raise InvalidDefinition.at("/info", "must be there")
    return content


def _load(text: bytes) -> object:
    try:
        decoded = text.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidDefinition.at("", f"is not UTF-8: byte {error.start}") from error
    try:
        loaded = json.loads(decoded) if decoded.lstrip().startswith("{") else yaml.load(decoded, _PlainLoader)  # noqa: S506  # a safe loader
        return _plain(loaded, depth=0)
    except json.JSONDecodeError as error:
        raise InvalidDefinition.at("", f"line {error.lineno}, column {error.colno}: {error.msg}") from error
    except yaml.MarkedYAMLError as error:
        raise InvalidDefinition.at("", _place(error)) from error
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise InvalidDefinition.at("", "is neither JSON nor YAML that can be read") from error


class _PlainLoader(yaml.SafeLoader):
    """YAML without aliases, by which a short text would become a huge document, and without dates."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            event = self.get_event()  # type: ignore[no-untyped-call]  # PyYAML's stubs leave it out
            raise yaml.MarkedYAMLError(problem="aliases are not supported", problem_mark=event.start_mark)
        return super().compose_node(parent, index)


# A date in a document is a text, as it would be in JSON.
_PlainLoader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def _plain(value: object, *, depth: int) -> object:
    """The value as JSON has it: keys are texts, nothing but JSON's types, not bottomless."""
    if depth > MAX_DEPTH:
        raise ValueError("nested too deeply")
    if isinstance(value, dict):
        return {str(name): _plain(each, depth=depth + 1) for name, each in value.items()}
    if isinstance(value, list):
        return [_plain(each, depth=depth + 1) for each in value]
    if value is None or isinstance(value, str | int | float | bool):
        return value
    raise ValueError("a value is of no JSON type")


def _place(error: yaml.MarkedYAMLError) -> str:
    mark = error.problem_mark
    where = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
    return f"{where}{error.problem or 'is not YAML'}"
