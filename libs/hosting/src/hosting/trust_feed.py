"""Signing keys, issuers and revocations, followed into memory: a service verifies tokens without asking anybody."""

from __future__ import annotations

from collections.abc import Sequence

import structlog

from contracts import UnreadableFact, decode
from eventbus.bus import EventBus, ReceivedRecord
from eventbus.following import Follower
from tokens import TrustStore
from tokens.trust import TRUST_TOPICS

_log = structlog.get_logger(__name__)


class TrustFeed:
    """Keeps a `TrustStore` up to date. `run` is a background task of the service; `check` is part of its `/readyz`."""

    def __init__(self, bus: EventBus) -> None:
        self.trust = TrustStore()
        self._follower = Follower(bus, TRUST_TOPICS, self._apply)

    async def run(self) -> None:
        """Ends only by cancellation."""
        await self._follower.run()

    async def check(self) -> str | None:
        """Ready when the topics are read to their end and some token could be verified."""
        if not self._follower.caught_up.is_set():
            return "signing keys and revocations are still being read"
        return None if self.trust.has_keys else "no signing key is known yet"

    def _apply(self, records: Sequence[ReceivedRecord]) -> None:
        for record in records:
            try:
                self.trust.apply(decode(record.topic, record.key, record.value, record.headers))
            except UnreadableFact as error:
                _log.error("a fact cannot be read", topic=record.topic, key=record.key, reason=str(error))
