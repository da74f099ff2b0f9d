"""The backend's path for a channel (WSO2 `uriMapping`): `/rooms?id={uri.var.room}` for the target `/rooms/{room}`."""

from __future__ import annotations

import re
from typing import Final

from publisher.errors import InvalidInput

_PREFIX: Final = "uri.var."
_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_PATH = re.compile(r"/[!-~]*")


def check_uri_mapping(mapping: str, *, target: str, pointer: str) -> None:
    """Raises `InvalidInput`. What it names must be a placeholder of the target."""
    if not _PATH.fullmatch(mapping) or "#" in mapping or "\\" in mapping:
        raise InvalidInput.at(pointer, "a path that begins with a slash, of visible ASCII without '#' and '\\'")
    if {".", ".."}.intersection(mapping.partition("?")[0].split("/")):
        raise InvalidInput.at(pointer, "must not contain the segments '.' and '..'")
    known = {segment[1:-1] for segment in target.split("/") if segment.startswith("{") and segment.endswith("}")}
    for name in _PLACEHOLDER.findall(mapping):
        if not name.startswith(_PREFIX) or name.removeprefix(_PREFIX) not in known:
            names = ", ".join(f"{{{_PREFIX}{each}}}" for each in sorted(known)) or "none"
            raise InvalidInput.at(pointer, f"'{{{name}}}' is no placeholder of the target; there are: {names}")
    if set("{}").intersection(_PLACEHOLDER.sub("", mapping)):
        raise InvalidInput.at(pointer, "a brace without its other half")
