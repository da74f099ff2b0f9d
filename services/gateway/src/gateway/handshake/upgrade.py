"""Whether a request head asks for a WebSocket (RFC 6455, 4.2.1), or for the listener's health."""

import re
from typing import Final

from gateway.handshake import refusals
from gateway.handshake.refusal import Refusal, response_bytes
from gateway.handshake.request_head import RequestHead

# 16 bytes in canonical base64: 21 characters, one that carries two bits, and the padding.
_KEY: Final = re.compile(r"[A-Za-z0-9+/]{21}[AQgw]==")

HEALTH_RESPONSE = response_bytes(200, content_type="text/plain", body=b"OK\n")


def is_health_check(head: RequestHead) -> bool:
    """``GET /health`` without Upgrade, which both listeners answer like WSO2's."""
    return head.path == "/health" and head.method == "GET" and head.first("upgrade") is None


def check_upgrade(head: RequestHead) -> Refusal | None:
    """None when ``head`` is a right upgrade request, else its refusal."""
    version = head.first("sec-websocket-version")
    problem = _problem_with_switch(head)
    if problem is None and version not in {"13", None}:
        return refusals.UNSUPPORTED_VERSION
    if problem is None and version is None:
        problem = "The Sec-WebSocket-Version header is missing."
    if problem is None and not _KEY.fullmatch(head.first("sec-websocket-key") or ""):
        problem = "The Sec-WebSocket-Key must be 16 bytes in base64."
    return None if problem is None else refusals.MALFORMED_REQUEST.described(problem)


def _problem_with_switch(head: RequestHead) -> str | None:
    if head.method != "GET":
        return "A WebSocket is opened with GET."
    if not head.holds_member("upgrade", "websocket"):
        return "The Upgrade header must name websocket."
    if not head.holds_member("connection", "upgrade"):
        return "The Connection header must name Upgrade."
    return None
