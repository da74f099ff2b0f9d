"""An application's OAuth client at the key manager, as the devportal remembers it: never with its secret."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final
from urllib.parse import urlsplit

from contracts.keymanager import RESIDENT_KEY_MANAGER, KeyType
from devportal.errors import InvalidInput, NoCallbackUrl, UnknownKeyManager

DEFAULT_VALIDITY_SECONDS: Final = 3600
CLIENT_CREDENTIALS: Final = "client_credentials"
_GRANTS_WITH_CALLBACK: Final = frozenset({"authorization_code", "implicit"})


class KeyState(StrEnum):
    """CREATING: the id is chosen, and whether the key manager has made the client is not known yet."""

    CREATING = "CREATING"
    COMPLETED = "COMPLETED"


@dataclass(frozen=True, slots=True)
class KeyRequest:
    """What somebody wants of new keys. `additional_properties` is JSON that is kept as it came, hence Any."""

    key_type: KeyType
    grant_types: tuple[str, ...]
    callback_url: str | None = None
    validity_seconds: int = DEFAULT_VALIDITY_SECONDS
    key_manager: str = RESIDENT_KEY_MANAGER
    additional_properties: Mapping[str, Any] | None = None
    scopes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ApplicationKey:
    """Keys of one type. `consumer_key` is empty while they are being created."""

    key_mapping_id: str
    application_id: str
    key_type: KeyType
    key_manager: str
    state: KeyState
    consumer_key: str
    grant_types: tuple[str, ...]
    callback_url: str | None
    validity_seconds: int
    additional_properties: Mapping[str, Any]


def check_request(request: KeyRequest) -> None:
    """Raises `InvalidInput`. How long tokens may live, and which grants there are, the key manager knows."""
    check_key_manager(request.key_manager)
    check_callback(request.callback_url, grant_types=request.grant_types)


def check_key_manager(name: str) -> None:
    """Raises `UnknownKeyManager`."""
    if name != RESIDENT_KEY_MANAGER:
        raise UnknownKeyManager.at("/keyManager", f"there is only '{RESIDENT_KEY_MANAGER}'")


def check_callback(url: str | None, *, grant_types: Sequence[str]) -> None:
    """Raises `NoCallbackUrl` and `InvalidInput`: an absolute URI without fragment (RFC 6749, section 3.1.2)."""
    if url is None:
        needing = sorted(_GRANTS_WITH_CALLBACK.intersection(grant_types))
        if needing:
            raise NoCallbackUrl.at("/callbackUrl", f"must be given with the grant type {needing[0]}")
        return
    if not _is_callback(url):
        raise InvalidInput.at("/callbackUrl", "an absolute URL without fragment, such as https://app.example/callback")


def _is_callback(url: str) -> bool:
    if not url.isprintable() or not url.isascii() or " " in url:
        return False
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    if parts.scheme in {"http", "https"}:
        return bool(parts.hostname) and not parts.username and "#" not in url
    # An application's own scheme is a reversed domain name (RFC 8252, section 7.1), so it has a dot.
    return "." in parts.scheme and "#" not in url
