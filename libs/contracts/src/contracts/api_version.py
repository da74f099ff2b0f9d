"""When two version literals of an API are the same version: they differ only by trailing `.0` (`1` = `1.0` =
`1.0.0`).
"""

from __future__ import annotations


def canonical_version(literal: str) -> str:
    """The form in which versions are compared; `10` stays `10`."""
    while literal.endswith(".0") and len(literal) > 2:
        literal = literal[:-2]
    return literal
