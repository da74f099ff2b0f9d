"""What an API says of its sessions in WSO2's place for nothing: our own object `sluice` (contracts.publisher.Deployment
says what each member means). Its shape is checked by the REST schema.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from contracts.publisher import InvalidMessageReaction, OnRedeploy, SessionLimits


@dataclass(frozen=True, slots=True)
class SessionTerms:
    """What holds for each session of the API."""

    limits: SessionLimits
    on_redeploy: OnRedeploy
    backend_assertion: bool
    forward_credentials: bool
    validation_reaction: InvalidMessageReaction

    # JSON with its types checked, hence Any.
    @classmethod
    def read(cls, given: Mapping[str, Any] | None) -> Self:
        """With defaults for what is not said."""
        given = given or {}
        limits = SessionLimits(
            max_message_bytes=given.get("maxMessageBytes"),
            idle_timeout_seconds=given.get("idleTimeoutSeconds"),
            max_age_seconds=given.get("maxAgeSeconds"),
            ping_interval_seconds=given.get("pingIntervalSeconds"),
        )
        return cls(
            limits=limits,
            on_redeploy=OnRedeploy(given.get("onRedeploy") or OnRedeploy.RE_EVALUATE),
            backend_assertion=bool(given.get("backendAssertion")),
            forward_credentials=bool(given.get("forwardCredentials")),
            validation_reaction=InvalidMessageReaction(given.get("validationReaction") or InvalidMessageReaction.CLOSE),
        )
