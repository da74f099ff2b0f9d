"""The one filter that is understood so far: `userName eq "x"` (RFC 7644 3.4.2.2)."""

from __future__ import annotations

import json
import re

from keymanager.errors import InvalidFilter

# Attribute names and operators are the same in any case.
_EQUALS = re.compile(
    r'\s*(?:urn:ietf:params:scim:schemas:core:2\.0:User:)?userName\s+eq\s+("(?:[^"\\]|\\.)*")\s*', re.I
)


def parse_filter(text: str | None) -> str | None:
    """The user name that is looked for; None without a filter. Raises `InvalidFilter`."""
    if text is None or not text.strip():
        return None
    match = _EQUALS.fullmatch(text)
    if match is None:
        raise InvalidFilter('Only userName eq "…" is supported.')
    try:
        name: str = json.loads(match[1])
    except ValueError as error:
        raise InvalidFilter("The value of the filter is not a JSON string.") from error
    if "\0" in name:
        raise InvalidFilter("The value of the filter holds a character that no name has.")
    return name
