"""The close codes that Sluice itself sends, each with its meaning, and the Close frame that carries one.

``docs/close-codes.md`` is generated from ``CLOSE_CODES``. Codes of the peers pass through and are not listed here.
"""

import os
from enum import IntEnum
from typing import NamedTuple

MAX_REASON_BYTES = 123  # RFC 6455, 5.5: 125 bytes for a control frame, less two for the code.


class CloseCode(IntEnum):
    """RFC 6455, 7.4.1, the IANA registry, and WSO2's private codes."""

    GOING_AWAY = 1001
    PROTOCOL_ERROR = 1002
    INVALID_PAYLOAD = 1007
    POLICY_VIOLATION = 1008
    MESSAGE_TOO_BIG = 1009
    INTERNAL_ERROR = 1011
    SERVICE_RESTART = 1012
    TRY_AGAIN_LATER = 1013
    BAD_GATEWAY = 1014
    INVALID_CREDENTIALS = 4001
    THROTTLED_OUT = 4003
    BLOCKED = 4006


class CloseMeaning(NamedTuple):
    """A row of the table: the reason sent on the wire, and the explanation for the page."""

    code: CloseCode
    reason: str
    meaning: str


CLOSE_CODES: tuple[CloseMeaning, ...] = (
    CloseMeaning(
        CloseCode.GOING_AWAY,
        "Going away",
        "To the client: the session was idle for too long or reached its maximum age. "
        "To the backend: the client went away without a Close frame.",
    ),
    CloseMeaning(
        CloseCode.PROTOCOL_ERROR,
        "Protocol error",
        "A frame broke RFC 6455: wrong masking, a reserved bit or opcode without an extension, a bad length, "
        "a fragmented or too long control frame.",
    ),
    CloseMeaning(
        CloseCode.INVALID_PAYLOAD,
        "Invalid message",
        "Where the gateway looks into messages: text that is not UTF-8, compressed data that is broken, or a message "
        "that fits no schema of its channel, if the API closes for that.",
    ),
    CloseMeaning(
        CloseCode.POLICY_VIOLATION,
        "Closed by an operator",
        "An operator ended or banned the session; or the client sent too many control frames, "
        "or a frame that did not go on.",
    ),
    CloseMeaning(
        CloseCode.MESSAGE_TOO_BIG,
        "Message too big",
        "A message, inflated, is longer than the gateway, the API or the plan allows.",
    ),
    CloseMeaning(
        CloseCode.INTERNAL_ERROR,
        "Backend connection lost",
        "The connection to the backend ended without a Close frame.",
    ),
    CloseMeaning(
        CloseCode.SERVICE_RESTART,
        "Service restart",
        "The gateway drains, the API was deployed again, blocked or retired. Connect again.",
    ),
    CloseMeaning(
        CloseCode.TRY_AGAIN_LATER,
        "Slow reader",
        "The client or the backend did not read what was sent to it.",
    ),
    CloseMeaning(
        CloseCode.BAD_GATEWAY,
        "Backend protocol error",
        "The backend sent a frame that breaks RFC 6455, too many control frames, or a frame that did not go on.",
    ),
    CloseMeaning(
        CloseCode.INVALID_CREDENTIALS,
        "Invalid Credentials Connection closed!",
        "The token expired or was revoked, or the subscription was removed or blocked.",
    ),
    CloseMeaning(
        CloseCode.THROTTLED_OUT,
        "Websocket frame throttled out",
        "A quota is spent, and the plan says that this closes the session.",
    ),
    CloseMeaning(
        CloseCode.BLOCKED,
        "Blocked from accessing the API Connection closed!",
        "A deny policy applies to the session.",
    ),
)

DEFAULT_REASONS: dict[int, str] = {row.code: row.reason for row in CLOSE_CODES}


def close_frame(code: int, reason: str | None = None, *, masked: bool) -> bytes:
    """Build a whole Close frame (RFC 6455, 5.5.1).

    ``reason`` defaults to the table's and is cut to 123 bytes on a character boundary. Frames to a backend are
    ``masked``, with an unpredictable key (RFC 6455, 5.3).
    """
    text = DEFAULT_REASONS.get(code, "") if reason is None else reason
    payload = code.to_bytes(2, "big") + _cut(text)
    if not masked:
        return bytes((0x88, len(payload))) + payload
    mask = os.urandom(4)
    body = bytes(byte ^ mask[index & 3] for index, byte in enumerate(payload))
    return bytes((0x88, 0x80 | len(payload))) + mask + body


def _cut(text: str) -> bytes:
    encoded = text.encode("utf-8", "replace")
    return encoded[:MAX_REASON_BYTES].decode("utf-8", "ignore").encode()
