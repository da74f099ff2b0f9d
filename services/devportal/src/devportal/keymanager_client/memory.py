"""The key manager without a network: the fake that is shipped beside the real client and runs in its contract suite.

`is_available = False` makes it fail as a dead one does; `loses_answers = True` makes it work and then fail, as when
the connection breaks before the answer. Its tokens are no tokens.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field

from devportal.errors import Conflict, KeyManagerAway, RefusedByKeyManager, UnknownConsumerKey
from devportal.keymanager_client.client import (
    AccessToken,
    ConsumerKey,
    ConsumerKeyOrder,
    ConsumerSecret,
    TokenWish,
)

MAX_VALIDITY_SECONDS = 24 * 3600


@dataclass(slots=True)
class KeptKey:
    """A client as the fake has it."""

    order: ConsumerKeyOrder
    client_id: str
    secrets: list[str] = field(default_factory=list, repr=False)


class MemoryKeyManager:
    """A KeyManagerClient in memory. `keys`, `deleted` and `revoked` are for tests to look at."""

    def __init__(self) -> None:
        self.is_available = True
        self.loses_answers = False
        self.keys: dict[str, KeptKey] = {}
        self.deleted: set[str] = set()
        self.revoked: set[str] = set()

    async def keep_consumer_key(self, order: ConsumerKeyOrder) -> ConsumerKey:
        """See KeyManagerClient."""
        self._check_available()
        _check_validity(order.validity_seconds)
        kept = self.keys.get(order.key_mapping_id) or KeptKey(order, secrets.token_urlsafe(16))
        if order.key_mapping_id in self.deleted or kept.order.application_id != order.application_id:
            raise Conflict("This keyMappingId belongs to another application or was deleted.")
        kept.order = order
        kept.secrets.append(secrets.token_urlsafe(24))
        self.keys[order.key_mapping_id] = kept
        self._check_answer()
        return ConsumerKey(kept.client_id, kept.secrets[-1], order.grant_types)

    async def delete_consumer_key(self, key_mapping_id: str) -> None:
        """See KeyManagerClient."""
        self._check_available()
        if self.keys.pop(key_mapping_id, None):
            self.deleted.add(key_mapping_id)
        self._check_answer()

    async def replace_secret(self, key_mapping_id: str) -> ConsumerSecret:
        """See KeyManagerClient."""
        kept = self._find(key_mapping_id)
        kept.secrets = [secrets.token_urlsafe(24)]
        self._check_answer()
        return ConsumerSecret(kept.client_id, kept.secrets[-1])

    async def issue_token(self, key_mapping_id: str, wish: TokenWish) -> AccessToken:
        """See KeyManagerClient."""
        kept = self._find(key_mapping_id)
        if wish.consumer_secret is not None and wish.consumer_secret not in kept.secrets:
            raise RefusedByKeyManager("This is not the consumer secret.")
        validity = kept.order.validity_seconds if wish.validity_seconds is None else wish.validity_seconds
        _check_validity(validity)
        self._check_answer()
        return AccessToken(f"fake-{secrets.token_urlsafe(16)}", wish.scopes, validity)

    async def revoke_token(self, token: str, *, client: ConsumerSecret) -> None:
        """See KeyManagerClient."""
        self._check_available()
        if not any(
            kept.client_id == client.client_id and client.client_secret in kept.secrets for kept in self.keys.values()
        ):
            raise RefusedByKeyManager("This is not the consumer secret.")
        self.revoked.add(token)
        self._check_answer()

    def _find(self, key_mapping_id: str) -> KeptKey:
        self._check_available()
        kept = self.keys.get(key_mapping_id)
        if kept is None:
            raise UnknownConsumerKey(f"There is no consumer key {key_mapping_id}.")
        return kept

    def _check_available(self) -> None:
        if not self.is_available:
            raise KeyManagerAway("The fake key manager was told to be away.")

    def _check_answer(self) -> None:
        if self.loses_answers:
            raise KeyManagerAway("The fake key manager was told to lose its answers.")


def _check_validity(seconds: int) -> None:
    if not 0 < seconds <= MAX_VALIDITY_SECONDS:
        raise RefusedByKeyManager(f"A token lives 1 to {MAX_VALIDITY_SECONDS} seconds.")
