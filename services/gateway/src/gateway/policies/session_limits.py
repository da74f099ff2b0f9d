"""What a session is held to: the gateway's own settings, where its API does not say otherwise."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import lru_cache
from typing import Final

from contracts.publisher import Deployment
from contracts.publisher import SessionLimits as DeployedLimits
from gateway.session.limits import SessionLimits
from gateway.session.violation import MAX_SIGNED_64

_MOST_CHANNELS: Final = 10_000


class LimitsInForce:
    """Sessions with the same limits share one object. A zero of an API turns a limit off, like the setting's."""

    def __init__(self, defaults: SessionLimits, *, max_inspected_bytes: int = 262_144) -> None:
        self._defaults = defaults
        self._max_inspected_bytes = max_inspected_bytes
        self._merged = lru_cache(maxsize=10_000)(self._merge)
        self.with_plans = lru_cache(maxsize=10_000)(_with_plans)
        self._of_channels: dict[tuple[str, str], tuple[Deployment, SessionLimits]] = {}

    def of_channel(self, deployment: Deployment, target: str) -> SessionLimits:
        """What the channel's sessions are held to without their plans: worked out once for each deployment."""
        key = (deployment.api_id, target)
        known = self._of_channels.get(key)
        if known is not None and known[0] is deployment:
            return known[1]
        if len(self._of_channels) >= _MOST_CHANNELS:
            self._of_channels.clear()
        limits = self.of(deployment, target=target)
        self._of_channels[key] = (deployment, limits)
        return limits

    def of(self, deployment: Deployment, *, target: str, max_message_bytes: int | None = None) -> SessionLimits:
        """For the channel `target`. `max_message_bytes` is what the plans allow; the least of all limits holds."""
        validation = deployment.validation
        is_inspected = validation is not None and any(one.target == target for one in validation.messages)
        return self._merged(deployment.limits, max_message_bytes, is_inspected)

    def _merge(self, deployed: DeployedLimits, max_message_bytes: int | None, is_inspected: bool) -> SessionLimits:
        own = self._defaults
        least = _least(own.max_message_bytes, deployed.max_message_bytes)
        if is_inspected and least == MAX_SIGNED_64:
            least = self._max_inspected_bytes
        return replace(
            own,
            max_message_bytes=_least(least, max_message_bytes),
            max_message_bytes_of_api=least,
            idle_timeout=_either(deployed.idle_timeout_seconds, own.idle_timeout),
            max_age=_either(deployed.max_age_seconds, own.max_age),
            ping_interval=_either(deployed.ping_interval_seconds, own.ping_interval),
        )


def _with_plans(limits: SessionLimits, max_message_bytes: int | None) -> SessionLimits:
    return replace(limits, max_message_bytes=_least(limits.max_message_bytes_of_api, max_message_bytes))


def _either(seconds: int | None, default: timedelta | None) -> timedelta | None:
    return default if seconds is None else timedelta(seconds=seconds) or None


def _least(limit: int, other: int | None) -> int:
    return limit if other is None else min(limit, other)
