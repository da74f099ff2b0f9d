"""Breaches of RFC 6455, section 5, that can be told from the first two bytes of a frame header."""

from typing import Final, NamedTuple

from gateway.session.close_codes import CloseCode
from gateway.session.extensions import ALL_RSV, RSV1

MAX_SIGNED_64: Final = 2**63 - 1


class Violation(NamedTuple):
    """What a peer did wrong: the close code that answers it and a short reason that may be sent."""

    code: CloseCode
    reason: str


def violation_of_first_byte(first: int, length7: int, *, in_message: bool, rsv_allowed: int) -> Violation | None:
    """Check FIN, RSV and opcode together with the 7-bit length; None when they are right."""
    opcode = first & 0x0F
    if first & ALL_RSV and not _rsv_is_allowed(first, opcode, rsv_allowed):
        return _protocol_error("Reserved bit set")
    if opcode in {8, 9, 10}:
        return _control_violation(first, length7)
    if opcode > 2:
        return _protocol_error("Reserved opcode")
    if (opcode == 0) != in_message:
        return _protocol_error("Unexpected continuation" if opcode == 0 else "Expected a continuation")
    return None


def _rsv_is_allowed(first: int, opcode: int, rsv_allowed: int) -> bool:
    if first & ALL_RSV & ~rsv_allowed:
        return False
    # RFC 7692, section 6: permessage-deflate marks only the first frame of a data message. With an extension we do
    # not know (all three bits allowed) the bits are between the endpoints.
    return rsv_allowed != RSV1 or opcode in {1, 2}


def _control_violation(first: int, length7: int) -> Violation | None:
    if not first & 0x80:
        return _protocol_error("Fragmented control frame")
    return _protocol_error("Control frame too long") if length7 > 125 else None


def _protocol_error(reason: str) -> Violation:
    return Violation(CloseCode.PROTOCOL_ERROR, reason)
