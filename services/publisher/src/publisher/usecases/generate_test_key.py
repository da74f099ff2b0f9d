"""Give somebody who works on an API the key to try it, before anybody is subscribed (WSO2 `generate-key`)."""

from __future__ import annotations

from contracts.publisher import ApiState
from publisher.domain.caller import Caller
from publisher.errors import ForbiddenInState
from publisher.keymanager_client.client import ApiTestKey, KeyManagerClient
from publisher.usecases.opening import read_api
from publisher.usecases.unit import Units

# Gateways accept test keys from CREATED to PUBLISHED, so no other state is worth one.
_TESTABLE = frozenset({ApiState.CREATED, ApiState.PROTOTYPED, ApiState.PUBLISHED})


async def generate_test_key(units: Units, keymanager: KeyManagerClient, api_id: str, *, caller: Caller) -> ApiTestKey:
    """Raises `UnknownApi`, `ForbiddenInState` or `KeyManagerAway`."""
    async with units.reading() as view:
        api = await read_api(view, api_id, caller=caller)
    if api.state not in _TESTABLE:
        raise ForbiddenInState(f"An API in state {api.state} is not tried with test keys.")
    return await keymanager.issue_test_key(api_id=api.id, user=caller.name)
