"""A handshake refused before accept: the value, and its bytes on the wire.

The body is problem+json (RFC 9457) that also carries WSO2's ``code``, ``message`` and ``description``. Every refusal
ends the TCP connection: what follows on it is neither parsed nor tunnelled (RFC 6455, 4.2.1; no smuggling).
"""

import json
from dataclasses import dataclass, replace
from http import HTTPStatus

PROBLEM_TYPE_PREFIX = "urn:sluice:refusal:"


@dataclass(frozen=True, slots=True)
class Refusal:
    """``name`` is stable; ``code`` is WSO2's, or the status where WSO2 has none; ``backend_status`` on a 502 is what
    the backend answered. ``headers`` must come from us, never from a peer.
    """

    name: str
    status: int
    code: int
    message: str
    description: str
    headers: tuple[tuple[str, str], ...] = ()
    backend_status: int | None = None

    def described(self, description: str) -> "Refusal":
        """The same refusal with another description."""
        return replace(self, description=description)

    def with_header(self, name: str, value: str) -> "Refusal":
        """The same refusal with ``name`` set to ``value``."""
        kept = tuple(header for header in self.headers if header[0].lower() != name.lower())
        return replace(self, headers=(*kept, (name, value)))

    def with_retry_after(self, seconds: int) -> "Refusal":
        """The same refusal, saying when to come again (RFC 9110, 10.2.3)."""
        return self.with_header("Retry-After", str(seconds))

    def to_bytes(self) -> bytes:
        """The whole HTTP response."""
        body = json.dumps(self._problem(), ensure_ascii=True).encode("ascii")
        return response_bytes(self.status, content_type="application/problem+json", body=body, headers=self.headers)

    def _problem(self) -> dict[str, str | int]:
        problem: dict[str, str | int] = {
            "type": PROBLEM_TYPE_PREFIX + self.name,
            "title": self.message,
            "status": self.status,
            "detail": self.description,
            "code": self.code,
            "message": self.message,
            "description": self.description,
        }
        if self.backend_status is not None:
            problem["backendStatus"] = self.backend_status
        return problem


def response_bytes(status: int, *, content_type: str, body: bytes, headers: tuple[tuple[str, str], ...] = ()) -> bytes:
    """A response that is the last on its connection."""
    lines = [f"HTTP/1.1 {status} {HTTPStatus(status).phrase}"]
    lines += [f"{name}: {value}" for name, value in headers]
    lines += [
        f"Content-Type: {content_type}",
        f"Content-Length: {len(body)}",
        "Cache-Control: no-store",
        "Connection: close",
    ]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1", "replace") + body
