"""Which channel of an API a sub-path is: exact before template before `/*` (AsyncAPI channels, WSO2
`operations[].target`).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from contracts.publisher import Operation

_EVERYTHING = "/*"
_NO_AUTHENTICATION = "None"


class Channel:
    """What is asked of the operations of a channel, which are at least one, read once."""

    __slots__ = ("is_open", "operations", "scopes", "target")

    def __init__(self, operations: tuple[Operation, ...]) -> None:
        self.operations: Final = operations
        self.target: Final = operations[0].target
        self.is_open: Final = is_open(operations)
        self.scopes: Final = required_scopes(operations)


def find_channel(operations: Sequence[Operation], sub_path: str) -> tuple[Operation, ...]:
    """The operations of the channel that matches best, both directions; empty where none matches.

    An API without operations has one channel for everything: `("/*",)` without scopes.
    """
    if not operations:
        return (Operation(target=_EVERYTHING, verb="SUBSCRIBE"), Operation(target=_EVERYTHING, verb="PUBLISH"))
    asked = _segments(sub_path)
    ranked = [(rank, operation) for operation in operations if (rank := _rank(operation.target, asked)) is not None]
    best = min((rank for rank, _ in ranked), default=None)
    return tuple(operation for rank, operation in ranked if rank == best)


def placeholders(target: str, sub_path: str) -> dict[str, str]:
    """What the `{…}` segments of a channel stand for in a path that it matches, as they are written there."""
    pairs = zip(_target_segments(target), _segments(sub_path), strict=False)
    return {want[1:-1]: got for want, got in pairs if _is_placeholder(want)}


def required_scopes(channel: Sequence[Operation]) -> frozenset[str]:
    """Any one of these is enough; none means that no scope is needed."""
    return frozenset(scope for operation in channel for scope in operation.scopes)


def is_open(channel: Sequence[Operation]) -> bool:
    """Whether no credential is needed: WSO2's `authType` None, in every direction that the channel has."""
    return all(operation.auth_type == _NO_AUTHENTICATION for operation in channel)


def _rank(target: str, asked: tuple[str, ...]) -> tuple[int, int] | None:
    """Smaller is better; None does not match. A wildcard that stands for fewer segments is better."""
    wanted = _target_segments(target)
    is_open = bool(wanted) and wanted[-1] == "*"
    fixed = wanted[:-1] if is_open else wanted
    if len(asked) < len(fixed) or (len(asked) > len(fixed) and not is_open):
        return None
    placeholders = 0
    for want, got in zip(fixed, asked, strict=False):
        if _is_placeholder(want):
            placeholders += 1
        elif want != got:
            return None
    return (2 if is_open else 1 if placeholders else 0, len(asked) - len(fixed) + placeholders)


def _is_placeholder(segment: str) -> bool:
    return segment.startswith("{") and segment.endswith("}")


def _segments(path: str) -> tuple[str, ...]:
    return tuple(segment for segment in path.split("/") if segment)


# Only what publishers write is remembered: paths are up to strangers, and may be long.
_target_segments = lru_cache(maxsize=4096)(_segments)
