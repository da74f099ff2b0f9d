"""Versions of an API: which literals may be one, and which of two is older.

Equality is `contracts.api_version.canonical_version`'s (trailing `.0`s do not count), as everywhere in Sluice.
"""

from __future__ import annotations

import re

from contracts.api_version import canonical_version

_NUMBERS_AND_WORDS = re.compile(r"\d+|[^\d.]+")


def is_same_version(one: str, other: str) -> bool:
    """`1` = `1.0` = `1.0.0`; `10` is not `1.0`."""
    return canonical_version(one) == canonical_version(other)


def is_older(one: str, than: str) -> bool:
    """Part by part, numbers as numbers: `1.9` is older than `1.10`, and a word (`v`, `beta`) sorts behind numbers."""
    return _sort_key(one) < _sort_key(than)


def _sort_key(version: str) -> list[tuple[int, int, str]]:
    parts = _NUMBERS_AND_WORDS.findall(canonical_version(version))
    return [(0, int(part), "") if part.isdecimal() else (1, 0, part) for part in parts]
