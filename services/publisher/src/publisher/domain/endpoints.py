"""Where an API's backends are (WSO2 `endpointConfig`, type `ws`), and which URLs may be one.

Says nothing of whether a backend answers or may be reached from here: the gateway decides that when it dials.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import SplitResult, urlsplit

from publisher.errors import InvalidInput, UnusableEndpoint

MAX_URL = 2048

_SCHEMES: Final = frozenset({"ws", "wss"})
_HOST = re.compile(
    r"(?=.{1,253}$)[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?(\.[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?)*\.?"
)
_VISIBLE_ASCII = re.compile(r"[!-~]+")


@dataclass(frozen=True, slots=True)
class Endpoints:
    """URLs by type of keys; None: no backend for keys of that type."""

    production: str | None = None
    sandbox: str | None = None

    @property
    def is_empty(self) -> bool:
        """Nothing could be reached."""
        return self.production is None and self.sandbox is None


# The configuration is JSON of WSO2's free form, hence Any.
def checked_endpoints(config: Mapping[str, Any] | None) -> Endpoints:
    """The endpoints in an `endpointConfig`. Raises `UnusableEndpoint` (900346) or `InvalidInput`."""
    if not config:
        return Endpoints()
    if config.get("endpoint_type") != "ws":
        raise UnusableEndpoint.at("/endpointConfig/endpoint_type", "must be 'ws'")
    _refuse_credentials(config.get("endpoint_security"))
    return Endpoints(_checked_endpoint(config, "production_endpoints"), _checked_endpoint(config, "sandbox_endpoints"))


def read_endpoints(config: Mapping[str, Any] | None) -> Endpoints:
    """The endpoints in a configuration that was checked when it came in."""
    return Endpoints(_url(config, "production_endpoints"), _url(config, "sandbox_endpoints"))


def check_url(url: str, *, pointer: str) -> None:
    """Raises `UnusableEndpoint` unless it is a WebSocket URL (RFC 6455, section 3) with a host and no credentials."""
    if len(url) > MAX_URL or not _VISIBLE_ASCII.fullmatch(url) or "\\" in url:
        raise UnusableEndpoint.at(pointer, f"at most {MAX_URL} visible ASCII characters")
    parts, port = _split(url, pointer)
    if parts.scheme not in _SCHEMES:
        raise UnusableEndpoint.at(pointer, "must begin with ws:// or wss://")
    if "@" in parts.netloc:
        raise UnusableEndpoint.at(pointer, "must not contain a user name or password")
    if "#" in url:
        raise UnusableEndpoint.at(pointer, "must not contain a fragment (RFC 6455, section 3)")
    is_address = parts.netloc.startswith("[")
    if not parts.hostname or not (is_address or _HOST.fullmatch(parts.hostname)):
        raise UnusableEndpoint.at(pointer, "must name a host")
    if port == 0 or parts.netloc.endswith(":"):
        raise UnusableEndpoint.at(pointer, "its port must be between 1 and 65535")


def _checked_endpoint(config: Mapping[str, Any], kind: str) -> str | None:
    endpoint = config.get(kind)
    if endpoint is None or endpoint == {}:
        return None
    pointer = f"/endpointConfig/{kind}"
    if not isinstance(endpoint, Mapping):
        raise UnusableEndpoint.at(pointer, "must be one endpoint: an object with a url")
    url = endpoint.get("url")
    if not isinstance(url, str):
        raise UnusableEndpoint.at(f"{pointer}/url", "must be a text")
    check_url(url, pointer=f"{pointer}/url")
    return url


def _url(config: Mapping[str, Any] | None, kind: str) -> str | None:
    endpoint = (config or {}).get(kind)
    url = endpoint.get("url") if isinstance(endpoint, Mapping) else None
    return url if isinstance(url, str) else None


def _split(url: str, pointer: str) -> tuple[SplitResult, int | None]:
    try:
        parts = urlsplit(url)
        return parts, parts.port
    except ValueError as error:
        raise UnusableEndpoint.at(pointer, f"is not a URL: {error}") from error


def _refuse_credentials(security: object) -> None:
    # They would have to be sealed before they are stored; until that is there, none is kept in the open.
    kinds = security.values() if isinstance(security, Mapping) else ()
    if any(isinstance(kind, Mapping) and kind.get("enabled") for kind in kinds):
        raise InvalidInput.at("/endpointConfig/endpoint_security", "credentials for backends are not supported yet")
