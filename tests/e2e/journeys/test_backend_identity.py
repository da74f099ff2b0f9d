"""What a backend learns of who connects, and how it knows that a gateway says so."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from joserfc import jwt
from joserfc.jwk import KeySet
from websockets.asyncio.server import ServerConnection, serve

from e2e.clients.control import ControlPlane, expect
from e2e.journeys.tutorial import subscribed


class Backend:
    """Sends back what it gets, and remembers the headers of each handshake."""

    def __init__(self) -> None:
        self.url = ""
        self.headers: list[dict[str, str]] = []

    async def echo(self, connection: ServerConnection) -> None:
        assert connection.request is not None
        self.headers.append({name.lower(): value for name, value in connection.request.headers.raw_items()})
        async for message in connection:
            await connection.send(message)


@asynccontextmanager
async def a_backend() -> AsyncIterator[Backend]:
    backend = Backend()
    async with serve(backend.echo, "127.0.0.1", 0) as server:
        backend.url = f"ws://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}"
        yield backend


async def test_backend_verifies_who_connects_with_the_gateways_keys(control: ControlPlane) -> None:
    async with a_backend() as backend:
        endpoints = {"endpoint_type": "ws", "production_endpoints": {"url": backend.url}}
        api = await control.published_api(endpointConfig=endpoints, sluice={"backendAssertion": True})
        tutorial = await subscribed(control, api=api)

    keys = expect(await control.keymanager.get("/oauth2/gateway-jwks"))
    token = jwt.decode(backend.headers[-1]["x-jwt-assertion"], KeySet.import_key_set(keys))

    assert token.claims["sub"] == tutorial.subscriber.name
    assert token.claims["http://wso2.org/claims/apiname"] == api["name"]
    assert token.claims["http://wso2.org/claims/applicationid"] == tutorial.keys.application_id
    assert token.claims["http://wso2.org/claims/tier"] == "Gold"
    access_token_keys = expect(await control.keymanager.get("/oauth2/jwks"))
    assert token.header["kid"] not in {key["kid"] for key in access_token_keys["keys"]}


async def test_backend_gets_the_access_token_only_where_the_api_asks(control: ControlPlane) -> None:
    async with a_backend() as backend:
        endpoints = {"endpoint_type": "ws", "production_endpoints": {"url": backend.url}}
        asking = await control.published_api(endpointConfig=endpoints, sluice={"forwardCredentials": True})
        told = await subscribed(control, api=asking)
        await subscribed(control, api=await control.published_api(endpointConfig=endpoints))

    assert backend.headers[0]["authorization"] == f"Bearer {told.token}"
    assert "authorization" not in backend.headers[-1]
    assert not any("x-jwt-assertion" in headers for headers in backend.headers)
