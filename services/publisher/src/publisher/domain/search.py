"""WSO2's search syntax: `name:echo status:PUBLISHED`, a bare word is part of a name, "quoted" is the whole value.

The same key again means either; different keys must all hold.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from publisher.errors import InvalidInput

# What people type, and which property of an API it asks for.
KEYS: Final = {
    "name": "name",
    "version": "version",
    "context": "context",
    "status": "state",
    "lcstate": "state",
    "tag": "tag",
    "tags": "tag",
    "provider": "provider",
    "description": "description",
}
MAX_QUERY = 1000

_TERM = re.compile(r'(?:(?P<key>[A-Za-z_-]+):)?(?:"(?P<exact>[^"]*)"|(?P<word>[^\s"]+))')


@dataclass(frozen=True, slots=True)
class Wanted:
    """A value, or a part of one."""

    text: str
    is_exact: bool = False


@dataclass(frozen=True, slots=True)
class Search:
    """For each property the values of which one must be met."""

    wanted: Mapping[str, Sequence[Wanted]] = field(default_factory=dict)


def parse_search(query: str | None) -> Search:
    """Raises `InvalidInput` for a key that nobody knows."""
    text = query or ""
    if len(text) > MAX_QUERY or "\0" in text:
        raise InvalidInput.at("query/query", f"at most {MAX_QUERY} characters")
    wanted: dict[str, list[Wanted]] = {}
    for term in _TERM.finditer(text):
        key = (term["key"] or "name").lower()
        if key not in KEYS:
            raise InvalidInput.at("query/query", f"'{key}:' is not known; there are {', '.join(KEYS)}")
        is_exact = term["exact"] is not None or KEYS[key] == "state"
        value = term["word"] if term["exact"] is None else term["exact"]
        wanted.setdefault(KEYS[key], []).append(Wanted(value, is_exact))
    return Search(wanted)
