"""What can be wrong with the head of an HTTP/1.1 message.

MalformedHead
├── FirstLineTooLong   the request or status line is longer than the limit
└── HeaderTooLarge     one header line, their number or their sum is over the limit

The message of each is a full sentence without any byte of the head, so it may be shown to the peer.
"""


class MalformedHead(Exception):
    """The bytes are not a head that RFC 9112 allows; ``reason`` says why in one public sentence."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class FirstLineTooLong(MalformedHead):
    """The first line is longer than ``MAX_LINE_BYTES``."""


class HeaderTooLarge(MalformedHead):
    """A header line is too long, or there are too many, or all together are too large."""
