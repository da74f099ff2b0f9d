"""How late the event loop comes to what is due: the saturation of a gateway. One timer a second for the process."""

from __future__ import annotations

import asyncio

from prometheus_client import CollectorRegistry

from gateway.metrics import families

_EVERY_SECONDS = 1.0


class LoopLag:
    """`run` is a background task of the gateway."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._seconds = families.EVENT_LOOP_LAG.histogram(registry)

    async def run(self) -> None:
        """Ends only by cancellation."""
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + _EVERY_SECONDS
            await asyncio.sleep(_EVERY_SECONDS)
            self._seconds.observe((), max(0.0, loop.time() - due))
