"""`$ref` inside one document (RFC 6901 pointers): followed, and collected into schemas that stand alone.

Foreign documents are never fetched: a reference to one cannot be resolved.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from publisher.domain.asyncapi.parsing import Content
from publisher.errors import InvalidDefinition

_MAX_HOPS: Final = 20


def resolved(document: Content, part: object) -> object:
    """The part itself, or what its `$ref` leads to. Raises `InvalidDefinition`."""
    for _ in range(_MAX_HOPS):
        if not isinstance(part, dict) or "$ref" not in part:
            return part
        part = look_up(document, part["$ref"])
    raise InvalidDefinition.at("", "references lead in a circle")


def look_up(document: Content, reference: object) -> object:
    """What stands at a reference. Raises `InvalidDefinition`."""
    if not isinstance(reference, str) or not reference.startswith("#/"):
        raise InvalidDefinition.at("", f"the reference {str(reference)[:200]!r} does not point into the document")
    found: object = document
    for token in pointer_tokens(reference):
        if isinstance(found, list) and token.isdigit() and int(token) < len(found):
            found = found[int(token)]
        elif isinstance(found, dict) and token in found:
            found = found[token]
        else:
            raise InvalidDefinition.at("", f"the reference {reference[:200]!r} leads nowhere")
    return found


def pointer_tokens(reference: str) -> list[str]:
    """The steps of `#/a/b`, unescaped."""
    return [token.replace("~1", "/").replace("~0", "~") for token in reference[2:].split("/")]


def escaped(token: str) -> str:
    """A name as one step of a pointer."""
    return token.replace("~", "~0").replace("/", "~1")


# A schema is JSON of any shape, hence Any, here and below.
def with_references(document: Content, schema: dict[str, Any]) -> dict[str, Any]:
    """The schema with everything that it refers to, at the same places, so that its references hold without the
    document. Raises `InvalidDefinition`.
    """
    whole = dict(schema)
    pending, done = list(_references(schema)), set[str]()
    while pending:
        reference = pending.pop()
        if reference in done or reference == "#":
            continue
        done.add(reference)
        target = look_up(document, reference)
        _place_at(whole, pointer_tokens(reference), target)
        pending += _references(target)
    return whole


def _references(part: object) -> Iterator[str]:
    if isinstance(part, dict):
        reference = part.get("$ref")
        if isinstance(reference, str):
            yield reference
        for each in part.values():
            yield from _references(each)
    elif isinstance(part, list):
        for each in part:
            yield from _references(each)


def _place_at(whole: dict[str, Any], tokens: list[str], target: object) -> None:
    holder = whole
    for token in tokens[:-1]:
        # A copy of what is shared with the document, which stays as it is.
        holder[token] = dict(holder[token]) if isinstance(holder.get(token), dict) else {}
        holder = holder[token]
    holder[tokens[-1]] = target
