"""Bad input gets its clear answer and changes nothing."""

from __future__ import annotations

import asyncio
import base64
import json
import time

import httpx
import pytest
from jose import jwt
from jose.utils import base64url_decode

from e2e.clients.control import ControlPlane, expect
from e2e.clients.gateway import Refused, bearer, echo, raw_exchange
from e2e.journeys.tutorial import subscribed

LAST_BASE64URL = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


def segment(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"name": "with/slash"}, 400),
        ({"name": 7}, 400),
        ({"surprise": True}, 400),
        ({"endpointConfig": {"endpoint_type": "ws", "production_endpoints": {"url": "http://localhost:9"}}}, 400),
        ({"endpointConfig": {"endpoint_type": "ws", "production_endpoints": {"url": "ws://u:p@localhost:9"}}}, 400),
        ({"policies": ["Adamantium"]}, 400),
        ({"securityScheme": ["api_key"]}, 400),
        ({"description": "x" * 10_000_000}, 413),
    ],
)
async def test_a_bad_api_is_refused_and_nothing_is_created(
    control: ControlPlane, change: dict[str, object], status: int
) -> None:
    creator = await control.person("creator")
    before = expect(await creator.publisher.get("/apis", params={"limit": 1}))["pagination"]["total"]

    answer = await creator.publisher.post("/apis", json=control.api_body(**change))

    assert answer.status_code == status, answer.text
    problem = answer.json()
    assert answer.headers["content-type"] == "application/problem+json"
    assert {"type", "title", "status", "detail", "code", "message", "description"} <= set(problem)
    assert expect(await creator.publisher.get("/apis", params={"limit": 1}))["pagination"]["total"] == before


async def test_a_context_without_a_slash_gets_one(control: ControlPlane) -> None:
    body = control.api_body()
    api = await control.create_api(await control.person("creator"), context=body["context"].lstrip("/"))

    assert api["context"] == body["context"]


async def test_the_same_version_in_another_spelling_is_a_conflict(control: ControlPlane) -> None:
    creator = await control.person("creator")
    api = await control.create_api(creator)

    answer = await creator.publisher.post(
        "/apis", json=control.api_body(name=api["name"], context=api["context"], version="1.0.0")
    )

    assert answer.status_code == 409


async def test_subscribing_has_its_preconditions(control: ControlPlane) -> None:
    tutorial = await subscribed(control)
    unpublished = await control.create_api(await control.person("creator"))
    application = tutorial.keys.application_id

    async def subscribe(api_id: str, plan: str) -> int:
        body = {"applicationId": application, "apiId": api_id, "throttlingPolicy": plan}
        return (await tutorial.subscriber.devportal.post("/subscriptions", json=body)).status_code

    assert await subscribe(tutorial.api["id"], "Gold") == 409
    assert await subscribe(tutorial.api["id"], "Bronze") == 400
    assert await subscribe(tutorial.api["id"], "Adamantium") == 400
    assert await subscribe(unpublished["id"], "Gold") in (403, 404)


async def test_publishing_needs_an_endpoint_a_plan_and_the_right(control: ControlPlane) -> None:
    creator, publisher = await control.person("creator"), await control.person("publisher")

    async def publish(api_id: str, who: httpx.AsyncClient) -> httpx.Response:
        return await who.post("/apis/change-lifecycle", params={"apiId": api_id, "action": "Publish"})

    no_endpoint = await publish((await control.create_api(creator, endpointConfig=None))["id"], publisher.publisher)
    no_plan = await publish((await control.create_api(creator, policies=[]))["id"], publisher.publisher)
    no_right = await publish((await control.create_api(creator))["id"], creator.publisher)

    assert (no_endpoint.status_code, no_endpoint.json()["code"]) == (400, 903223)
    assert (no_plan.status_code, no_plan.json()["code"]) == (400, 903224)
    assert no_right.status_code == 403


async def test_forged_and_broken_tokens_are_401(control: ControlPlane) -> None:
    tutorial = await subscribed(control)
    header, claims, signature = tutorial.token.split(".")
    payload = json.loads(base64url_decode(claims.encode()))
    kid = json.loads(base64url_decode(header.encode()))["kid"]
    jwks = expect(await control.keymanager.get("/oauth2/jwks"))
    public = json.dumps(next(key for key in jwks["keys"] if key["kid"] == kid))
    none = f"{segment({'alg': 'none', 'typ': 'at+jwt', 'kid': kid})}.{claims}."
    expired = f"{header}.{segment(payload | {'exp': int(time.time()) - 120})}.{signature}"
    tampered_audience = f"{header}.{segment(payload | {'aud': 'other'})}.{signature}"
    hs256 = jwt.encode(payload, public, algorithm="HS256", headers={"kid": kid, "typ": "at+jwt"})
    twin = LAST_BASE64URL[LAST_BASE64URL.index(signature[-1]) ^ 1]
    same_bytes = f"{header}.{claims}.{signature[:-1]}{twin}"
    half = tutorial.token[: len(tutorial.token) // 2]

    for token in (none, none + "x", expired, tampered_audience, hs256, same_bytes, half):
        answer = await echo(tutorial.url, headers=bearer(token))
        assert isinstance(answer, Refused), token
        assert answer.status == 401, (token, answer)


async def test_a_rest_token_is_no_token_for_the_gateway(control: ControlPlane) -> None:
    tutorial = await subscribed(control)
    token = tutorial.subscriber.devportal.headers["authorization"].removeprefix("Bearer ")

    answer = await echo(tutorial.url, headers=bearer(token))

    assert isinstance(answer, Refused)
    assert answer.status == 401


async def test_an_expired_token_is_401_after_the_leeway(control: ControlPlane) -> None:
    tutorial = await subscribed(control)

    answer = await tutorial.subscriber.devportal.post(
        f"/applications/{tutorial.keys.application_id}/oauth-keys/{tutorial.keys.mapping_id}/generate-token",
        json={"consumerSecret": tutorial.keys.consumer_secret, "validityPeriod": -1, "scopes": []},
    )

    assert answer.status_code == 400


def upgrade(path: str, *headers: str) -> bytes:
    lines = [
        f"GET {path} HTTP/1.1",
        "Host: localhost",
        "Connection: Upgrade",
        "Upgrade: websocket",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        *headers,
    ]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


async def test_malformed_handshakes_are_refused_at_once(control: ControlPlane) -> None:
    tutorial = await subscribed(control)
    path, header = f"{tutorial.api['context']}/1.0.0", f"Authorization: Bearer {tutorial.token}"

    long_line = await raw_exchange(control.platform, upgrade(path + "?" + "x" * 65_536, header))
    twice = await raw_exchange(control.platform, upgrade(path, header, header))
    two_places = await raw_exchange(control.platform, upgrade(f"{path}?access_token={tutorial.token}", header))

    assert long_line.startswith(b"HTTP/1.1 414 ")
    assert twice.startswith(b"HTTP/1.1 400 ")
    assert two_places.startswith(b"HTTP/1.1 400 ")


async def test_a_head_that_trickles_for_ever_is_cut_after_five_seconds(control: ControlPlane) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", control.platform.ports["ws"])
    started = time.monotonic()

    async def trickle() -> None:
        for byte in upgrade("/trickle") * 100:
            writer.write(bytes([byte]))
            await writer.drain()
            await asyncio.sleep(0.2)  # the misbehaviour under test, not a wait

    trickling = asyncio.create_task(trickle())
    try:
        answer = await asyncio.wait_for(reader.read(), 15)
    finally:
        trickling.cancel()
        writer.close()

    assert answer.startswith(b"HTTP/1.1 408 ")
    assert 4 < time.monotonic() - started < 10
