"""A subscription: an application's right to an API. The devportal owns its status and plan, the publisher its block."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from contracts.devportal import SubscriptionStatus
from contracts.publisher import Block

# Stricter than any block: nothing gets through.
_CLOSED: Final = frozenset({SubscriptionStatus.ON_HOLD, SubscriptionStatus.REJECTED})


@dataclass(frozen=True, slots=True)
class Subscription:
    """A subscription as it is now. `requested_plan` is set while a change of plan waits for approval."""

    id: str
    application_id: str
    api_id: str
    plan: str
    requested_plan: str | None
    status: SubscriptionStatus
    block: Block
    created_at: datetime

    @property
    def shown_status(self) -> str:
        """WSO2 shows one word for both halves: the stricter one."""
        if self.block is Block.NONE or self.status in _CLOSED:
            return self.status
        return self.block
