"""Tells the others that this gateway lives, what it has deployed, and with which key its assertions are verified: the
fact `gateway.instance`, every 5 s.

One that is silent for 30 s is taken for gone. A bus that is away is not waited for: the next beat says the same.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import structlog

from contracts import encode, encode_tombstone
from contracts.gateway import Instance
from eventbus.bus import EventBus, Record
from eventbus.errors import BusError
from gateway.routing.route_table import RouteTable

_log = structlog.get_logger(__name__)

BEAT_EVERY = timedelta(seconds=5)
# What a stopping gateway may take for its goodbye.
_LAST_WORDS = timedelta(seconds=1)


class Heartbeat:
    """`run` is a background task of the gateway."""

    def __init__(
        self,
        bus: EventBus,
        *,
        instance_id: str,
        release: str,
        table: Callable[[], RouteTable],
        public_jwk: dict[str, str] | None = None,
    ) -> None:
        self._bus = bus
        self._instance_id = instance_id
        self._release = release
        self._table = table
        self._public_jwk = public_jwk
        self._started_at = datetime.now(UTC)
        self._version = 0

    async def run(self) -> None:
        """Ends only by cancellation; says goodbye with a tombstone."""
        try:
            while True:
                await self._send(self._beat(), within=BEAT_EVERY)
                await asyncio.sleep(BEAT_EVERY.total_seconds())
        finally:
            await self._send(self._goodbye(), within=_LAST_WORDS)

    async def _send(self, record: Record, *, within: timedelta) -> None:
        try:
            async with asyncio.timeout(within.total_seconds()):
                await self._bus.send([record])
        except (BusError, TimeoutError) as error:
            _log.warning("the heartbeat was not heard", reason=str(error) or type(error).__name__)

    def _beat(self) -> Record:
        now, table = datetime.now(UTC), self._table()
        self._version = max(self._version + 1, int(now.timestamp() * 1000))
        instance = Instance(
            version=self._version,
            id=self._instance_id,
            environment=table.environment,
            started_at=self._started_at,
            heartbeat_at=now,
            release=self._release,
            deployed={deployment.api_id: deployment.revision_id for deployment in table.deployments()},
            public_jwk=self._public_jwk,
        )
        envelope = encode(instance, source="gateway", event_id=str(uuid.uuid4()), written_at=now)
        return Record(envelope.topic, envelope.key, envelope.value, envelope.headers)

    def _goodbye(self) -> Record:
        envelope = encode_tombstone(
            Instance.topic.name,
            self._instance_id,
            self._version + 1,
            source="gateway",
            event_id=str(uuid.uuid4()),
            written_at=datetime.now(UTC),
        )
        return Record(envelope.topic, envelope.key, envelope.value, envelope.headers)
