"""The schemas of a document's messages, by channel and direction.

Directions are WSO2's verbs. AsyncAPI 2: `publish` is what the client publishes (PUBLISH), `subscribe` what it receives.
AsyncAPI 3 speaks for the application: it `receive`s what the client publishes (PUBLISH) and `send`s (SUBSCRIBE).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from publisher.domain.asyncapi.parsing import Content
from publisher.domain.asyncapi.references import resolved, with_references
from publisher.errors import InvalidDefinition

_DRAFT_07: Final = "http://json-schema.org/draft-07/schema#"
_ACTIONS: Final = {"send": "SUBSCRIBE", "receive": "PUBLISH"}


@dataclass(frozen=True, slots=True)
class ChannelMessages:
    """JSON Schema texts, one for each kind of message; a message must fit one of them."""

    target: str
    verb: str
    schemas: tuple[str, ...]


def channel_operations(document: Content) -> tuple[tuple[str, str], ...]:
    """Target and verb of everything that the document lets clients do. Raises `InvalidDefinition`."""
    return tuple(dict.fromkeys((target, verb) for target, verb, _ in _operations(document)))


def channel_messages(document: Content) -> tuple[ChannelMessages, ...]:
    """Of every channel and direction whose messages are all JSON and described by JSON Schema; the others cannot be
    checked. Raises `InvalidDefinition`.
    """
    found = _operations(document)
    merged: dict[tuple[str, str], list[object]] = {}
    for target, verb, messages in found:
        merged.setdefault((target, verb), []).extend(messages)
    read = ((place, _schemas(document, messages)) for place, messages in merged.items())
    return tuple(ChannelMessages(*place, schemas) for place, schemas in read if schemas)


def _operations(document: Content) -> Iterator[tuple[str, str, list[object]]]:
    return _of_version_3(document) if str(document["asyncapi"]).startswith("3.") else _of_version_2(document)


def _of_version_2(document: Content) -> Iterator[tuple[str, str, list[object]]]:
    for name, given in _object(document, "channels").items():
        channel = resolved(document, given)
        for key, verb in (("publish", "PUBLISH"), ("subscribe", "SUBSCRIBE")):
            operation = channel.get(key) if isinstance(channel, dict) else None
            if isinstance(operation, dict):
                yield as_target(name), verb, _alternatives(operation.get("message"))


def _alternatives(message: object) -> list[object]:
    several = message.get("oneOf") if isinstance(message, dict) else None
    if isinstance(several, list):
        return several
    return [] if message is None else [message]


def _of_version_3(document: Content) -> Iterator[tuple[str, str, list[object]]]:
    channels = {name: resolved(document, given) for name, given in _object(document, "channels").items()}
    for name, written in _object(document, "operations").items():
        resolved_operation = resolved(document, written)
        operation = resolved_operation if isinstance(resolved_operation, dict) else {}
        action, channel = operation.get("action"), resolved(document, operation.get("channel"))
        if action not in _ACTIONS or not isinstance(channel, dict):
            raise InvalidDefinition.at(f"/operations/{name}", "needs a channel, and the action send or receive")
        key = next((key for key, each in channels.items() if each is channel), name)
        messages = operation.get("messages") or list((channel.get("messages") or {}).values())
        yield as_target(channel.get("address") or key), _ACTIONS[action], messages


def as_target(address: str) -> str:
    """A channel's address as an operation's target (WSO2 `operations[].target`)."""
    return address if address.startswith("/") else f"/{address}"


def _schemas(document: Content, messages: list[object]) -> tuple[str, ...]:
    texts = [_schema(document, resolved(document, message)) for message in messages]
    return tuple(text for text in texts if text is not None) if None not in texts else ()


def _schema(document: Content, message: object) -> str | None:
    if not isinstance(message, dict) or not _is_json(message.get("contentType") or document.get("defaultContentType")):
        return None
    payload, media = message.get("payload"), message.get("schemaFormat")
    # AsyncAPI 3: a multi-format schema object
    if isinstance(payload, dict) and "schemaFormat" in payload:
        media, payload = payload["schemaFormat"], payload.get("schema")
    if not isinstance(payload, dict) or not _is_json_schema(media):
        return None
    return json.dumps({"$schema": _DRAFT_07, **with_references(document, payload)}, separators=(",", ":"))


def _is_json(content_type: object) -> bool:
    media = str(content_type or "application/json").partition(";")[0].strip().lower()
    return media == "application/json" or media.endswith("+json")


def _is_json_schema(schema_format: object) -> bool:
    media = str(schema_format or "application/vnd.aai.asyncapi+json").lower()
    return media.startswith(("application/vnd.aai.asyncapi", "application/schema+json", "application/schema+yaml"))


def _object(document: Content, name: str) -> dict[str, object]:
    value = document.get(name) or {}
    if not isinstance(value, dict):
        raise InvalidDefinition.at(f"/{name}", "must be an object")
    return value
