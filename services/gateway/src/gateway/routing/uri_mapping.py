"""Where a channel leads to on the backend when its operation says so (WSO2 `uriMapping`).

`/v2/{room}?topic={uri.var.room}` is filled from the path of the request. A value goes into the path as it was written,
since the path is normal and one segment is one segment; in the query it is encoded, so that it stays one value.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import quote, unquote_to_bytes

from contracts.publisher import Operation
from gateway.routing.channel import placeholders

_PLACEHOLDER = re.compile(r"\{(?:uri\.var\.)?([^{}]+)\}")


class UnknownPlaceholder(ValueError):
    """The mapping names something that the channel does not have."""


def mapped_target(channel: Sequence[Operation], sub_path: str) -> str | None:
    """The path and query on the backend, in place of the endpoint's path and the sub-path; None without a mapping.

    Raises UnknownPlaceholder.
    """
    operation = next((operation for operation in channel if operation.uri_mapping), None)
    if operation is None or operation.uri_mapping is None:
        return None
    given = placeholders(operation.target, sub_path)
    encoded = {name: quote(unquote_to_bytes(value), safe="") for name, value in given.items()}
    path, mark, query = operation.uri_mapping.partition("?")
    return "/" + _filled(path.removeprefix("/"), given) + mark + _filled(query, encoded)


def _filled(template: str, given: dict[str, str]) -> str:
    def value(match: re.Match[str]) -> str:
        if match[1] not in given:
            raise UnknownPlaceholder(match[1])
        return given[match[1]]

    return _PLACEHOLDER.sub(value, template)
