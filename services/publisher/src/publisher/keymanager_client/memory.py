"""The key manager without a network: the fake that is shipped beside the real client and runs in its contract suite.

`is_available = False` makes it fail as a dead one does. Its keys are no tokens.
"""

from __future__ import annotations

import secrets

from publisher.errors import KeyManagerAway
from publisher.keymanager_client.client import ApiTestKey

VALIDITY_SECONDS = 3600


class MemoryKeyManager:
    """A KeyManagerClient in memory. `issued` is for tests to look at: API id and user of each key."""

    def __init__(self) -> None:
        self.is_available = True
        self.issued: list[tuple[str, str]] = []

    async def issue_test_key(self, *, api_id: str, user: str) -> ApiTestKey:
        """See KeyManagerClient."""
        if not self.is_available:
            raise KeyManagerAway("The fake key manager was told to be away.")
        self.issued.append((api_id, user))
        return ApiTestKey(f"fake-{secrets.token_urlsafe(16)}", VALIDITY_SECONDS)
