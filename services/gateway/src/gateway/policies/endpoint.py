"""Where the handshake goes: the API's endpoint for the type of the token's consumer key."""

from __future__ import annotations

from functools import lru_cache

from contracts.keymanager import KeyType
from gateway.handshake import refusals
from gateway.handshake.refusal import Refusal
from gateway.policies.candidate import Case
from gateway.upstream.endpoint import parse_endpoint
from gateway.upstream.errors import InvalidEndpoint

parsed_endpoint = lru_cache(maxsize=10_000)(parse_endpoint)


def check_endpoint(case: Case) -> Refusal | None:
    """Finds the endpoint. Who has no key (an open channel) is served by the production endpoint."""
    deployment, principal = case.route.deployment, case.principal
    is_sandbox = principal is not None and principal.key_type == KeyType.SANDBOX
    deployed = deployment.sandbox_endpoint if is_sandbox else deployment.production_endpoint
    if deployed is None:
        return refusals.NO_ENDPOINT_FOR_KEY_TYPE
    try:
        case.endpoint = parsed_endpoint(deployed.url)
    except InvalidEndpoint as error:
        # The publisher checks endpoints when they are saved; what slipped through is the backend's fault to the client.
        return refusals.BACKEND_UNREACHABLE.described(str(error))
    return None
