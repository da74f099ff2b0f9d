"""What the devportal asks of the key manager. The devportal chooses the key's id, so a repeat is harmless.

Every call raises `KeyManagerAway` when no usable answer comes; whether the request took effect is not known then.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from contracts.devportal import TokenType
from contracts.keymanager import KeyType


@dataclass(frozen=True, slots=True)
class ConsumerKeyOrder:
    """The keys that an application is to have. The application's own fact may not have arrived there yet."""

    key_mapping_id: str
    application_id: str
    application_name: str
    owner: str
    token_type: TokenType
    key_type: KeyType
    grant_types: tuple[str, ...]
    callback_url: str | None
    validity_seconds: int
    # JSON as it came, hence Any.
    additional_properties: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ConsumerKey:
    """The client that was made; its grant types may be others than were asked for."""

    client_id: str
    client_secret: str = field(repr=False)
    grant_types: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ConsumerSecret:
    """A secret that is shown once."""

    client_id: str
    client_secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class TokenWish:
    """`consumer_secret` is checked when it is given; without `validity_seconds` the key's own lifetime holds."""

    consumer_secret: str | None = field(default=None, repr=False)
    scopes: tuple[str, ...] = ()
    validity_seconds: int | None = None


@dataclass(frozen=True, slots=True)
class AccessToken:
    """A token for the application, with the scopes that were granted."""

    access_token: str = field(repr=False)
    scopes: tuple[str, ...]
    validity_seconds: int


class KeyManagerClient(Protocol):
    """The key manager's internal operations on consumer keys, and its revocation endpoint."""

    async def keep_consumer_key(self, order: ConsumerKeyOrder) -> ConsumerKey:
        """Makes the keys; a repeat answers the same client with a further secret.

        Raises `RefusedByKeyManager`, and `Conflict` where the id belongs to something else or was deleted.
        """
        ...

    async def delete_consumer_key(self, key_mapping_id: str) -> None:
        """Ends the keys and their tokens; harmless where there are none."""
        ...

    async def replace_secret(self, key_mapping_id: str) -> ConsumerSecret:
        """A new secret; the old ones stop working at once. Raises `UnknownConsumerKey`."""
        ...

    async def issue_token(self, key_mapping_id: str, wish: TokenWish) -> AccessToken:
        """As the client credentials grant would. Raises `UnknownConsumerKey`, `RefusedByKeyManager`."""
        ...

    async def revoke_token(self, token: str, *, client: ConsumerSecret) -> None:
        """Ends a token of the client (RFC 7009); harmless for one that is none. Raises `RefusedByKeyManager`."""
        ...
