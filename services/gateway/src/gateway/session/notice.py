"""What a peer is told in text frames of the gateway's own, in WSO2's form."""

import os
from typing import Final

NOTICE_INTERVAL_SECONDS: Final = 1.0  # at most one notice of throttling for each session in this time


def text_frame(text: str, *, masked: bool) -> bytes:
    """A whole text frame with at most 64 KiB of text."""
    payload = text.encode()
    size = len(payload)
    header = bytes((0x81, size)) if size <= 125 else bytes((0x81, 126)) + size.to_bytes(2, "big")
    if not masked:
        return header + payload
    mask = os.urandom(4)
    body = bytes(byte ^ mask[index & 3] for index, byte in enumerate(payload))
    return header[:1] + bytes((header[1] | 0x80,)) + header[2:] + mask + body


THROTTLED_OUT_NOTICE: Final = text_frame("Error code: 4003 reason: Websocket frame throttled out", masked=False)
