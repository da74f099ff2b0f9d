"""An application that has subscribed to an API, and all that is known of its right."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from contracts.devportal import Application, Subscription, SubscriptionStatus
from contracts.keymanager import ConsumerKey
from contracts.publisher import Block, SubscriptionControl

# A wish for another plan does not end the right to the present one.
_GOOD: Final = (SubscriptionStatus.UNBLOCKED, SubscriptionStatus.TIER_UPDATE_PENDING)


@dataclass(slots=True, init=False)
class Subscriber:
    """By one of its consumer keys. `application` and `control` are None while their facts are on their way, or where
    there is none. What each handshake asks of the facts is read once, for many handshakes share one subscriber.
    """

    consumer_key: ConsumerKey
    application: Application | None
    subscription: Subscription
    control: SubscriptionControl | None
    application_id: str
    application_plan: str | None
    subscription_id: str
    plan: str
    block: Block
    is_active: bool
    is_good: bool

    def __init__(
        self,
        consumer_key: ConsumerKey,
        application: Application | None,
        subscription: Subscription,
        control: SubscriptionControl | None,
    ) -> None:
        self.consumer_key = consumer_key
        self.application = application
        self.subscription = subscription
        self.control = control
        self.application_id = consumer_key.application_id
        self.application_plan = None if application is None else application.plan
        self.subscription_id = subscription.id
        self.plan = subscription.plan
        self.block = Block.NONE if control is None else control.block
        self.is_active = consumer_key.state == "ACTIVE"
        self.is_good = subscription.status in _GOOD
