"""What the publisher knows of subscriptions: the devportal's state of them, and its own block."""

from __future__ import annotations

from dataclasses import dataclass

from contracts.devportal import SubscriptionStatus
from contracts.publisher import Block


@dataclass(frozen=True, slots=True)
class Subscriber:
    """The application that is subscribed; only its id is known while its own fact is on the way."""

    application_id: str
    name: str = ""
    owner: str = ""
    description: str = ""


@dataclass(frozen=True, slots=True)
class Subscription:
    """An application's right to an API."""

    id: str
    api_id: str
    plan: str
    status: SubscriptionStatus
    block: Block
    subscriber: Subscriber

    @property
    def shown_status(self) -> str:
        """WSO2 shows one of both: a block is the stricter."""
        return self.status if self.block is Block.NONE else self.block
