"""What the devportal tells: its values as facts. Each is put in the transaction of the change it tells of."""

from __future__ import annotations

from contracts import devportal as facts
from devportal.domain.application import Application
from devportal.domain.subscription import Subscription


def application_fact(application: Application) -> facts.Application:
    """The application as it is now."""
    draft = application.draft
    return facts.Application(
        id=application.id,
        name=draft.name,
        description=draft.description,
        owner=application.owner,
        groups=draft.groups,
        plan=draft.plan,
        status=application.status,
        token_type=draft.token_type,
        attributes=dict(draft.attributes or {}),
    )


def subscription_fact(subscription: Subscription) -> facts.Subscription:
    """The devportal's half of the subscription; the block is the publisher's."""
    return facts.Subscription(
        id=subscription.id,
        api_id=subscription.api_id,
        application_id=subscription.application_id,
        plan=subscription.plan,
        requested_plan=subscription.requested_plan,
        status=subscription.status,
    )
