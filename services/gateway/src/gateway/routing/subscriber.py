"""An application that has subscribed to an API, and all that is known of its right."""

from __future__ import annotations

from dataclasses import dataclass

from contracts.devportal import Application, Subscription
from contracts.keymanager import ConsumerKey
from contracts.publisher import SubscriptionControl


@dataclass(frozen=True, slots=True)
class Subscriber:
    """By one of its consumer keys. `application` and `control` are None while their facts are on their way, or where
    there is none.
    """

    consumer_key: ConsumerKey
    application: Application | None
    subscription: Subscription
    control: SubscriptionControl | None
