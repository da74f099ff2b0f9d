"""What an API says of its messages (`MessageValidation`), made ready for the channel and direction of a session.

Compiled once for each deployment and channel, and shared by all sessions there.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from typing import NoReturn

from contracts.publisher import InvalidMessageReaction, MessageValidation
from gateway.inspection.message_schema import BrokenSchema, CompiledSchema
from gateway.session.close_codes import CloseCode
from gateway.session.inspector import Finding

# What the sender is told of the fault; the rest of the fault is cut off.
MAX_DETAIL_CHARACTERS = 300


@dataclass(frozen=True, slots=True)
class DirectionRules:
    """A message must fit at least one of the schemas."""

    schemas: tuple[CompiledSchema, ...]
    reaction: InvalidMessageReaction

    def look_at(self, payload: bytes) -> Finding | None:
        """None when the message is right. Text and binary messages alike are read as JSON."""
        try:
            document = _parse(payload)
        except (ValueError, RecursionError):
            return self._finding("it is not JSON")
        fault = ""
        for schema in self.schemas:
            fault = schema.fault_in(document)
            if not fault:
                return None
        return self._finding(fault if len(self.schemas) == 1 else "it fits none of the schemas")

    def _finding(self, detail: str) -> Finding:
        reason = "Invalid message"
        match self.reaction:
            case InvalidMessageReaction.CLOSE:
                return Finding(reason, close_code=CloseCode.INVALID_PAYLOAD)
            case InvalidMessageReaction.ERROR:
                answer = f"Error code: 1007 reason: Invalid message: {detail}"
                return Finding(reason, answer=answer[:MAX_DETAIL_CHARACTERS])
            case InvalidMessageReaction.DROP:
                return Finding(reason)
            case InvalidMessageReaction.COUNT:
                return Finding(reason, is_forwarded=True)


@dataclass(frozen=True, slots=True)
class MessageRules:
    """Those of the two directions of a channel, where there are any."""

    from_client: DirectionRules | None
    from_backend: DirectionRules | None


NO_RULES = MessageRules(None, None)


@lru_cache(maxsize=10_000)
def message_rules(validation: MessageValidation, target: str) -> MessageRules | None:
    """The rules for the channel `target`; None when there are none, so that its sessions do not pay for any."""
    from_client = _direction(validation, target, "PUBLISH")
    from_backend = _direction(validation, target, "SUBSCRIBE")
    return MessageRules(from_client, from_backend) if from_client or from_backend else None


def _direction(validation: MessageValidation, target: str, verb: str) -> DirectionRules | None:
    texts = [text for one in validation.messages if (one.target, one.verb) == (target, verb) for text in one.schemas]
    schemas = []
    for text in texts:
        try:
            schemas.append(CompiledSchema(text))
        except BrokenSchema:
            # The publisher refuses such schemas; should one slip through, it fits nothing rather than everything.
            continue
    return DirectionRules(tuple(schemas), validation.reaction) if texts else None


def _parse(payload: bytes) -> object:
    """As every backend would read it: UTF-8, no names twice, no NaN. Raises ValueError or RecursionError."""
    parsed: object = json.loads(
        payload.decode("utf-8"), parse_constant=_refuse_constant, object_pairs_hook=_object_without_doubles
    )
    return parsed


def _object_without_doubles(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name stands twice in an object")
    return found


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number in JSON")
