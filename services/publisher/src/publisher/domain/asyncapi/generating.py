"""An AsyncAPI 3.0.0 document for an API that has none of its own."""

from __future__ import annotations

import re
from typing import Any, Final

from publisher.domain.api import Api
from publisher.domain.asyncapi.parsing import Content

_ACTIONS: Final = {"SUBSCRIBE": "send", "PUBLISH": "receive"}
_PARAMETER: Final = re.compile(r"\{([^{}]+)\}")


def generated_definition(api: Api) -> Content:
    """Its channels and directions. Where gateways serve it is added by whoever shows it to developers."""
    targets = list(dict.fromkeys(operation.target for operation in api.document.operations))
    names = {target: _name(target, number) for number, target in enumerate(targets)}
    return {
        "asyncapi": "3.0.0",
        "info": {"title": api.name, "version": api.version, "description": api.document.description},
        "channels": {names[target]: _channel(target) for target in targets},
        "operations": {
            f"{_ACTIONS[operation.verb]}_{names[operation.target]}": {
                "action": _ACTIONS[operation.verb],
                "channel": {"$ref": f"#/channels/{names[operation.target]}"},
            }
            for operation in api.document.operations
        },
    }


# A part of a document, hence Any.
def _channel(target: str) -> dict[str, Any]:
    parameters: dict[str, dict[str, str]] = {name: {} for name in _PARAMETER.findall(target)}
    return {"address": target, "messages": {}} | ({"parameters": parameters} if parameters else {})


def _name(target: str, number: int) -> str:
    words = "_".join(re.findall(r"[A-Za-z0-9]+", target))
    return f"{words or 'everything'}_{number}" if number else words or "everything"
