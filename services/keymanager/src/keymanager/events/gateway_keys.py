"""The public keys with which gateways sign what they tell backends, followed into memory.

A gateway tells its key with every heartbeat. One that said goodbye has its key kept until its last assertion has
expired; one that fell silent may only be cut off from the bus and go on signing, so its key is kept for a day.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from contracts import Fact, Tombstone, UnreadableFact, decode
from contracts.gateway import Instance
from eventbus.bus import EventBus, ReceivedRecord
from eventbus.following import Follower

_log = structlog.get_logger(__name__)

KEPT_IN_SILENCE = timedelta(days=1)
KEPT_AFTER_GOODBYE = timedelta(minutes=5)

_PUBLIC_MEMBERS = ("kty", "crv", "x", "y", "kid", "alg", "use")
_EXPECTED = {"kty": "EC", "crv": "P-256", "alg": "ES256", "use": "sig"}


@dataclass(slots=True)
class _GatewayKey:
    jwk: dict[str, str]
    version: int
    until: datetime


class GatewayKeys:
    """`run` is a background task of the service; `check` is part of its `/readyz`."""

    def __init__(self, bus: EventBus, *, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._keys: dict[str, _GatewayKey] = {}
        self._follower = Follower(bus, (Instance.topic.name,), self._apply)

    async def run(self) -> None:
        """Ends only by cancellation."""
        await self._follower.run()

    async def check(self) -> str | None:
        """Ready when the gateways that live are known."""
        return None if self._follower.caught_up.is_set() else "the keys of gateways are still being read"

    def public_jwks(self) -> list[dict[str, str]]:
        """The keys with which an assertion may be signed that has not expired."""
        now = self._clock()
        self._keys = {gateway: key for gateway, key in self._keys.items() if key.until > now}
        return [key.jwk for key in self._keys.values()]

    def _apply(self, records: Sequence[ReceivedRecord]) -> None:
        for record in records:
            try:
                self._learn(decode(record.topic, record.key, record.value, record.headers), record.written_at)
            except UnreadableFact as error:
                _log.error("a fact cannot be read", topic=record.topic, key=record.key, reason=str(error))

    def _learn(self, fact: Fact | Tombstone, written_at: datetime) -> None:
        known = self._keys.get(fact.key)
        if known is not None and fact.version <= known.version:
            return
        if isinstance(fact, Instance) and not fact.deleted:
            jwk = _public_jwk(fact)
            if jwk is not None:
                self._keys[fact.key] = _GatewayKey(jwk, fact.version, fact.heartbeat_at + KEPT_IN_SILENCE)
        elif known is not None:
            known.until = min(known.until, written_at + KEPT_AFTER_GOODBYE)


def _public_jwk(instance: Instance) -> dict[str, str] | None:
    """What is served of the key: never a private member, and nothing that is not a key as gateways make them."""
    jwk = instance.public_jwk
    if jwk is None or any(jwk.get(name) != value for name, value in _EXPECTED.items()):
        return None
    return {name: jwk[name] for name in _PUBLIC_MEMBERS} if all(name in jwk for name in _PUBLIC_MEMBERS) else None
