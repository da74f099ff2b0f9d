"""What a session is held to: the gateway's own settings, where its API does not say otherwise."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import lru_cache

from contracts.publisher import SessionLimits as DeployedLimits
from gateway.session.limits import SessionLimits


class LimitsInForce:
    """Sessions with the same limits share one object. A zero of an API turns a limit off, like the setting's."""

    def __init__(self, defaults: SessionLimits) -> None:
        self._defaults = defaults
        self._merged = lru_cache(maxsize=10_000)(self._merge)

    def of(self, deployed: DeployedLimits, *, max_message_bytes: int | None = None) -> SessionLimits:
        """`max_message_bytes` is what the plans allow; the least of all limits holds."""
        return self._merged(deployed, max_message_bytes)

    def _merge(self, deployed: DeployedLimits, max_message_bytes: int | None) -> SessionLimits:
        own = self._defaults
        limits = [own.max_message_bytes, deployed.max_message_bytes, max_message_bytes]
        return replace(
            own,
            max_message_bytes=min(limit for limit in limits if limit is not None),
            idle_timeout=_either(deployed.idle_timeout_seconds, own.idle_timeout),
            max_age=_either(deployed.max_age_seconds, own.max_age),
            ping_interval=_either(deployed.ping_interval_seconds, own.ping_interval),
        )


def _either(seconds: int | None, default: timedelta | None) -> timedelta | None:
    return default if seconds is None else timedelta(seconds=seconds) or None
