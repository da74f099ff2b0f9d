"""F10: a gateway that starts with a hundred thousand facts. It is ready in time, and not before it knows them all."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from httpx2 import HTTPError
from websockets.exceptions import InvalidStatus

from backing.eventually import eventually
from contracts import Fact
from contracts.devportal import SubscriptionStatus
from faults.footprint import resident_bytes
from services.gateway.tests.policies.world import api, application, consumer_key, deployment, subscription
from services.gateway.tests.process.gateway_process import (
    GatewayProcess,
    Site,
    expect_echo,
    fresh_token,
    open_client,
    open_site,
)

# The bar is 10 s; a test asserts ten times that.
READY_WITHIN = timedelta(seconds=100)
OTHERS = 20_000
TOLD_AT_ONCE = 1_000
MOST_BYTES = 2**30


def _facts_of_another(number: int) -> Iterator[Fact]:
    """Five."""
    api_id, app_id = f"api{number}", f"app-{number}"
    yield api(id=api_id, name=api_id, context=f"/other/{number}")
    yield deployment(api_id=api_id)
    yield application(id=app_id, name=app_id)
    yield consumer_key(client_id=f"client-{number}", application_id=app_id)
    yield subscription(id=f"subscription-{number}", api_id=api_id, application_id=app_id)


async def tell_many(site: Site) -> None:
    """What the client of the test needs is said last: before all the others, it was forbidden."""
    await site.tell(subscription(version=2, status=SubscriptionStatus.ON_HOLD))
    for start in range(0, OTHERS, TOLD_AT_ONCE):
        await site.tell(*(fact for number in range(start, start + TOLD_AT_ONCE) for fact in _facts_of_another(number)))
    await site.tell(subscription(version=3))


async def outcome(gateway: GatewayProcess) -> str:
    """What becomes of a handshake: echoed, or its refusal."""
    try:
        async with open_client(gateway, fresh_token()) as client:
            await expect_echo(client, "hello")
    except InvalidStatus as refused:
        return str(refused.response.status_code)
    except OSError:
        return "not listening"
    return "echoed"


@pytest.mark.long
@pytest.mark.timeout(600)
async def test_it_refuses_until_it_knows_all_and_then_is_ready(tmp_path: Path) -> None:
    async with open_site(tmp_path) as site:
        await tell_many(site)
        with site.gateway() as gateway:
            gateway.start()
            outcomes = set()

            async def is_ready() -> None:
                outcomes.add(await outcome(gateway))
                assert await gateway.status("/readyz") == 200

            await eventually(is_ready, within=READY_WITHIN, message="it is ready", retry_on=(HTTPError,))

            assert await outcome(gateway) == "echoed"
            assert outcomes <= {"not listening", "503", "echoed"}
            assert resident_bytes(gateway.pid) < MOST_BYTES
