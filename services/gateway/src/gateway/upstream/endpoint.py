"""The address of a backend, taken apart once so that a handshake need not parse URLs."""

import re
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from gateway.upstream.errors import InvalidEndpoint

_VISIBLE = re.compile(r"[!-~]+")
_HOST = re.compile(r"[A-Za-z0-9_.\-]+|[0-9A-Fa-f:.]+")


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A backend. ``authority`` is what goes into Host; ``path`` may be empty; ``query`` has no question mark."""

    is_secure: bool
    host: str
    port: int
    authority: str
    path: str
    query: str


def parse_endpoint(url: str) -> Endpoint:
    """Take a ws:// or wss:// URL apart. Raises InvalidEndpoint."""
    if not _VISIBLE.fullmatch(url) or "\\" in url:
        raise InvalidEndpoint("An endpoint holds visible ASCII characters only.")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise InvalidEndpoint("The endpoint is not a URL.") from error
    is_secure = _check_parts(parts)
    host = parts.hostname or ""
    default_port = 443 if is_secure else 80
    written_host = f"[{host}]" if ":" in host else host
    authority = written_host if port in {None, default_port} else f"{written_host}:{port}"
    return Endpoint(is_secure, host, port or default_port, authority, parts.path, parts.query)


def _check_parts(parts: SplitResult) -> bool:
    if parts.scheme not in {"ws", "wss"}:
        raise InvalidEndpoint("An endpoint begins with ws:// or wss://.")
    if "@" in parts.netloc or parts.fragment or parts.port == 0:
        raise InvalidEndpoint("An endpoint has no user, no fragment and no port 0.")
    if not parts.hostname or not _HOST.fullmatch(parts.hostname):
        raise InvalidEndpoint("The endpoint has no valid host.")
    return parts.scheme == "wss"
