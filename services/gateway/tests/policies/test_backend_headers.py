"""What the backend is told of who connects, where the API asks for it."""

from __future__ import annotations

from contracts.publisher import Operation
from gateway.handshake.admission import Admitted
from gateway.handshake.refusal import Refusal

from .world import attempt, deployment, everything, open_world, token


async def admitted(**changes: object) -> Admitted | Refusal:
    async with open_world(*everything(deployment(**changes))) as world:
        return await world.decide(attempt(bearer=token()))


async def test_access_token_is_kept_from_the_backend() -> None:
    found = await admitted()

    assert isinstance(found, Admitted)
    assert found.extra_headers == ()


async def test_access_token_goes_to_the_backend_that_asks_for_it() -> None:
    sent = token()
    async with open_world(*everything(deployment(forward_credentials=True))) as world:
        by_header = await world.decide(attempt(bearer=sent))
        by_query = await world.decide(attempt(query=f"access_token={sent}"))

    assert isinstance(by_header, Admitted)
    assert isinstance(by_query, Admitted)
    assert by_header.extra_headers == by_query.extra_headers == (("Authorization", f"Bearer {sent}"),)


async def test_channel_leads_where_its_mapping_says() -> None:
    mapped = Operation(target="/rooms/{room}", verb="SUBSCRIBE", uri_mapping="/v2/{uri.var.room}?full=1")

    found = await admitted(operations=(mapped,))

    assert isinstance(found, Admitted)
    assert found.mapped_target == "/v2/5?full=1"


async def test_mapping_that_cannot_be_filled_is_the_backends_fault() -> None:
    mapped = Operation(target="/rooms/{room}", verb="SUBSCRIBE", uri_mapping="/v2/{uri.var.other}")

    found = await admitted(operations=(mapped,))

    assert isinstance(found, Refusal)
    assert found.name == "backend-unreachable"
