"""Whether the principal's application is subscribed to the API, with a subscription good for its type of key.

Nobody subscribes to an open channel; a test key works without.
"""

from __future__ import annotations

from contracts.devportal import Application, Subscription, SubscriptionStatus
from contracts.keymanager import ConsumerKey, KeyType
from contracts.publisher import Block
from gateway.handshake import refusals
from gateway.handshake.refusal import Refusal
from gateway.policies.authentication import is_test_key
from gateway.policies.candidate import Case, Objection
from gateway.policies.verdict import MayArrive
from gateway.routing.route_table import RouteTable
from tokens import Principal

# A wish for another plan does not end the right to the present one.
_GOOD = frozenset({SubscriptionStatus.UNBLOCKED, SubscriptionStatus.TIER_UPDATE_PENDING})


def check_subscription(case: Case) -> Objection:
    """Finds the subscription. The stricter of the devportal's status and the publisher's block wins."""
    principal, table = case.principal, case.table
    if principal is None or is_test_key(principal):
        return None
    consumer_key = table.consumer_key(principal.client_id)
    if consumer_key is None:
        is_gone = table.was_deleted(ConsumerKey, principal.client_id)
        return refusals.NO_SUBSCRIPTION if is_gone else MayArrive(refusals.NO_SUBSCRIPTION)
    if consumer_key.state != "ACTIVE" or table.was_deleted(Application, consumer_key.application_id):
        return refusals.NO_SUBSCRIPTION
    subscription = table.subscription(api_id=case.route.api.id, application_id=consumer_key.application_id)
    if subscription is None:
        return MayArrive(refusals.NO_SUBSCRIPTION)
    case.consumer_key, case.subscription = consumer_key, subscription
    return _refusal_of_state(subscription, principal, table)


def _refusal_of_state(subscription: Subscription, principal: Principal, table: RouteTable) -> Refusal | None:
    control = table.subscription_control(subscription.id)
    block = control.block if control else Block.NONE
    if block is Block.BLOCKED or (block is Block.PROD_ONLY_BLOCKED and principal.key_type != KeyType.SANDBOX):
        return refusals.SUBSCRIPTION_BLOCKED
    return None if subscription.status in _GOOD else refusals.SUBSCRIPTION_INACTIVE
