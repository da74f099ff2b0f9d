"""What a client is told when messages are throttled out: the text frame that WSO2 sends, word for word."""

from typing import Final

NOTICE_INTERVAL_SECONDS: Final = 1.0  # at most one for each session in this time


def text_frame(text: str) -> bytes:
    """A whole text frame towards a client; at most 125 bytes of text."""
    payload = text.encode()
    assert len(payload) <= 125
    return bytes((0x81, len(payload))) + payload


THROTTLED_OUT_NOTICE: Final = text_frame("Error code: 4003 reason: Websocket frame throttled out")
