"""The paths under which an API answers.

An API's base path is its context and its version, or its context with `{version}` replaced. Versions are compared
without trailing `.0`, so the segment that is the version is canonical in the table and canonicalised in what is asked
for.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from contracts.api_version import canonical_version

VERSION_PLACEHOLDER = "{version}"


class BasePath(NamedTuple):
    """A base path and which of its segments is the version."""

    text: str
    version_index: int


def base_path(context: str, api_version: str) -> BasePath:
    """The base path of an API; `context` begins with a slash."""
    segments = context.strip("/").split("/")
    if VERSION_PLACEHOLDER in segments:
        index = segments.index(VERSION_PLACEHOLDER)
    else:
        index = len(segments)
        segments.append(VERSION_PLACEHOLDER)
    segments[index] = canonical_version(api_version)
    return BasePath(_join(segments), index)


def default_path(context: str) -> str:
    """Where the default version of a context answers without naming a version."""
    return _join([segment for segment in context.strip("/").split("/") if segment != VERSION_PLACEHOLDER])


def readings(path: str, *, deepest: int | None = None) -> Iterator[tuple[str, tuple[BasePath, ...], str]]:
    """Every reading of a normalised path, longest base first: the base as it stands (for default versions), the base
    paths it may mean, and the sub-path that remains (empty, or beginning with a slash).

    Bases are of at most `deepest` segments. Without that bound, a stranger's path of a thousand segments would have
    half a million readings.
    """
    segments = [segment for segment in path.split("/") if segment]
    longest = len(segments) if deepest is None else min(deepest, len(segments))
    for length in range(longest, 0, -1):
        base = segments[:length]
        meant = tuple(_with_version_at(base, index) for index in range(length))
        rest = "/".join(segments[length:])
        yield _join(base), meant, f"/{rest}" if rest else ""


def _with_version_at(segments: list[str], index: int) -> BasePath:
    canonical = [*segments[:index], canonical_version(segments[index]), *segments[index + 1 :]]
    return BasePath(_join(canonical), index)


def _join(segments: list[str]) -> str:
    return "/" + "/".join(segments)
