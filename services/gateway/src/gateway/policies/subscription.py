"""Whether the principal's application is subscribed to the API, with a subscription good for its type of key.

Nobody subscribes to an open channel; a test key works without.
"""

from __future__ import annotations

from typing import Final

from contracts.devportal import Application
from contracts.keymanager import ConsumerKey, KeyType
from contracts.publisher import Block
from gateway.handshake import refusals
from gateway.handshake.refusal import Refusal
from gateway.policies.authentication import is_test_key
from gateway.policies.candidate import Case, Objection
from gateway.policies.verdict import MayArrive
from gateway.routing.route_table import RouteTable
from gateway.routing.subscriber import Subscriber
from tokens import Principal

# Looked up once, for to look up a member of an enum takes longer than the rest of the check.
_BLOCKED: Final = Block.BLOCKED
_PRODUCTION_BLOCKED: Final = Block.PROD_ONLY_BLOCKED
_SANDBOX: Final = KeyType.SANDBOX


def check_subscription(case: Case) -> Objection:
    """Finds the subscriber. The stricter of the devportal's status and the publisher's block wins."""
    principal = case.principal
    if principal is None or is_test_key(principal):
        return None
    subscriber = case.table.subscriber(principal.client_id, api_id=case.route.api.id)
    if subscriber is None:
        is_over = _cannot_subscribe(principal.client_id, case.table)
        return refusals.NO_SUBSCRIPTION if is_over else MayArrive(refusals.NO_SUBSCRIPTION)
    if not subscriber.is_active:
        return refusals.NO_SUBSCRIPTION
    case.subscriber = subscriber
    return _refusal_of_state(subscriber, principal)


def _cannot_subscribe(client_id: str, table: RouteTable) -> bool:
    """Whether waiting for a subscription is in vain."""
    consumer_key = table.consumer_key(client_id)
    if consumer_key is None:
        return table.was_deleted(ConsumerKey, client_id)
    return consumer_key.state != "ACTIVE" or table.was_deleted(Application, consumer_key.application_id)


def _refusal_of_state(subscriber: Subscriber, principal: Principal) -> Refusal | None:
    block = subscriber.block
    if block is _BLOCKED or (block is _PRODUCTION_BLOCKED and principal.key_type != _SANDBOX):
        return refusals.SUBSCRIPTION_BLOCKED
    return None if subscriber.is_good else refusals.SUBSCRIPTION_INACTIVE
