"""Which texts are a URL of a backend, before anybody asks where it leads."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import SplitResult, urlsplit

from backends.errors import ForbiddenBackend
from backends.host_spelling import check_host_spelling
from publisher.errors import UnusableEndpoint

MAX_URL = 2048

_DEFAULT_PORTS: Final = {"ws": 80, "wss": 443}
_VISIBLE_ASCII = re.compile(r"[!-~]+")


def check_url(url: str, *, pointer: str) -> None:
    """Raises `UnusableEndpoint` unless it is a WebSocket URL (RFC 6455, section 3) with a host and no credentials."""
    if len(url) > MAX_URL or not _VISIBLE_ASCII.fullmatch(url) or "\\" in url:
        raise UnusableEndpoint.at(pointer, f"at most {MAX_URL} visible ASCII characters")
    parts, port = _split(url, pointer)
    if parts.scheme not in _DEFAULT_PORTS:
        raise UnusableEndpoint.at(pointer, "must begin with ws:// or wss://")
    if "@" in parts.netloc:
        raise UnusableEndpoint.at(pointer, "must not contain a user name or password")
    if "#" in url:
        raise UnusableEndpoint.at(pointer, "must not contain a fragment (RFC 6455, section 3)")
    if not parts.hostname:
        raise UnusableEndpoint.at(pointer, "must name a host")
    if port == 0 or parts.netloc.endswith(":"):
        raise UnusableEndpoint.at(pointer, "its port must be between 1 and 65535")
    try:
        check_host_spelling(parts.hostname)
    except ForbiddenBackend as error:
        raise UnusableEndpoint.at(pointer, str(error)) from error


def host_and_port(url: str) -> tuple[str, int]:
    """Of a URL that was checked."""
    parts = urlsplit(url)
    return parts.hostname or "", parts.port or _DEFAULT_PORTS[parts.scheme]


def _split(url: str, pointer: str) -> tuple[SplitResult, int | None]:
    try:
        parts = urlsplit(url)
        return parts, parts.port
    except ValueError as error:
        raise UnusableEndpoint.at(pointer, f"is not a URL: {error}") from error
