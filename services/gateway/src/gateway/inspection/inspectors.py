"""The two kinds of inspectors, and which of them a session gets."""

import codecs
from collections.abc import Callable
from typing import Final

from gateway.inspection.message_rules import NO_RULES, DirectionRules, MessageRules
from gateway.inspection.payload import Inflater, NotDeflated, TooBig, is_compressed, wire_payload
from gateway.session.close_codes import CloseCode
from gateway.session.extensions import RSV1, Extensions
from gateway.session.inspector import NO_INSPECTORS, Finding, Inspector, Inspectors
from gateway.session.limits import SessionLimits
from gateway.session.violation import MAX_SIGNED_64

_TEXT: Final = 1
_TOO_BIG: Final = Finding("Message too big", close_code=CloseCode.MESSAGE_TOO_BIG)
_NOT_DEFLATED: Final = Finding("Compressed data is broken", close_code=CloseCode.INVALID_PAYLOAD)
_NOT_UTF8: Final = Finding("Text is not UTF-8", close_code=CloseCode.INVALID_PAYLOAD)


def inspectors_for(limits: SessionLimits, extensions: Extensions, rules: MessageRules | None) -> Inspectors:
    """Nobody, unless the API has rules for messages, or a limit of their size that compression could hide behind."""
    if rules is None and not _hides_sizes(limits, extensions):
        return NO_INSPECTORS
    rules = rules or NO_RULES
    return Inspectors(
        _inspector(limits, extensions, rules.from_client, extensions.indivisible_from_client),
        _inspector(limits, extensions, rules.from_backend, extensions.indivisible_from_backend),
    )


def _inspector(
    limits: SessionLimits, extensions: Extensions, rules: DirectionRules | None, indivisible: int
) -> Inspector | None:
    max_bytes = limits.max_message_bytes
    inflater = Inflater(keeps_context=indivisible != 0)
    if rules is not None:
        return RuleInspector(rules, inflater, max_bytes=max_bytes, indivisible=indivisible)
    return SizeInspector(inflater, max_bytes=max_bytes) if _hides_sizes(limits, extensions) else None


def _hides_sizes(limits: SessionLimits, extensions: Extensions) -> bool:
    """Whether compression hides how long a message is that has a limit."""
    return extensions.rsv_allowed == RSV1 and limits.max_message_bytes < MAX_SIGNED_64


class SizeInspector:
    """Inflates what is compressed only to know how long it is; keeps nothing of it."""

    __slots__ = ("_inflater", "_max_bytes", "max_held_bytes")

    def __init__(self, inflater: Inflater, *, max_bytes: int) -> None:
        self._inflater = inflater
        self._max_bytes = max_bytes
        self.max_held_bytes = _most_on_the_wire(max_bytes)

    def wants(self, first_byte: int) -> bool:
        """See Inspector. Others are measured by the walk."""
        return is_compressed(first_byte)

    def inspect(self, frames: bytes) -> Finding | None:
        """See Inspector."""
        try:
            for _ in self._inflater.pieces(wire_payload(frames), max_bytes=self._max_bytes):
                pass
        except TooBig:
            return _TOO_BIG
        except NotDeflated:
            return _NOT_DEFLATED
        return None


class RuleInspector:
    """Reads every message and holds it against the rules."""

    __slots__ = ("_indivisible", "_inflater", "_max_bytes", "_rules", "max_held_bytes")

    def __init__(self, rules: DirectionRules, inflater: Inflater, *, max_bytes: int, indivisible: int) -> None:
        self._rules = rules
        self._inflater = inflater
        self._max_bytes = max_bytes
        self._indivisible = indivisible
        self.max_held_bytes = _most_on_the_wire(max_bytes)

    def wants(self, first_byte: int) -> bool:
        """See Inspector."""
        return True

    def inspect(self, frames: bytes) -> Finding | None:
        """See Inspector."""
        try:
            payload = self._payload(frames)
        except TooBig:
            return _TOO_BIG
        except NotDeflated:
            return _NOT_DEFLATED
        if frames[0] & 0x0F == _TEXT and not _is_utf8(payload):
            return _NOT_UTF8
        finding = self._rules.look_at(payload)
        if finding is None or finding.is_forwarded or not frames[0] & self._indivisible:
            return finding
        # Those behind it could not be read without it, so it cannot be dropped.
        return finding._replace(close_code=CloseCode.INVALID_PAYLOAD)

    def _payload(self, frames: bytes) -> bytes:
        payload = wire_payload(frames)
        if not is_compressed(frames[0]):
            return payload
        return b"".join(self._inflater.pieces(payload, max_bytes=self._max_bytes))


def _is_utf8(payload: bytes, decode: Callable[[bytes], object] = codecs.utf_8_decode) -> bool:
    try:
        decode(payload)
    except UnicodeDecodeError:
        return False
    return True


def _most_on_the_wire(max_bytes: int) -> int:
    """Room for the headers of a message in not too many fragments."""
    return 2 * max_bytes + 4096
