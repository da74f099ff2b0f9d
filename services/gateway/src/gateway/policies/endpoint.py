"""Where the handshake goes: whether the API has an endpoint for the type of the token's consumer key."""

from __future__ import annotations

from typing import Final

from contracts.keymanager import KeyType
from gateway.handshake import refusals
from gateway.handshake.refusal import Refusal
from gateway.policies.candidate import Case

# Looked up once: see `subscription`.
_PRODUCTION: Final = KeyType.PRODUCTION
_SANDBOX: Final = KeyType.SANDBOX


def check_endpoint(case: Case) -> Refusal | None:
    """There must be one."""
    deployment = case.route.deployment
    is_sandbox = key_type_of(case) is _SANDBOX
    endpoint = deployment.sandbox_endpoint if is_sandbox else deployment.production_endpoint
    return refusals.NO_ENDPOINT_FOR_KEY_TYPE if endpoint is None else None


def key_type_of(case: Case) -> KeyType:
    """Who has no key (an open channel) is served by the production endpoint."""
    is_sandbox = case.principal is not None and case.principal.key_type == _SANDBOX
    return _SANDBOX if is_sandbox else _PRODUCTION
