"""The tutorial to the letter, with the real wscat and with python's websockets, on ws and wss."""

from __future__ import annotations

import httpx
import pytest

from backing.node import Wscat
from e2e.clients.control import ControlPlane, Json, expect
from e2e.clients.gateway import Refused, bearer, echo, trusting
from e2e.journeys.tutorial import expect_refusal, subscribed
from e2e.journeys.waiting import soon


@pytest.mark.parametrize("token_type", ["JWT", "OAUTH"])
async def test_wscat_gets_its_message_echoed_on_ws_and_wss(
    control: ControlPlane, wscat: Wscat, token_type: str
) -> None:
    tutorial = await subscribed(control, token_type=token_type)
    header = f"Authorization: Bearer {tutorial.token}"
    path = f"{tutorial.api['context']}/1.0.0"

    plain = await wscat.run("-c", f"{control.platform.ws}{path}", "-H", header, "-x", "hello", "-w", "1")
    ca = str(control.platform.tls.ca)
    secure = await wscat.run("-c", f"{control.platform.wss}{path}", "--ca", ca, "-H", header, "-x", "hello", "-w", "1")

    assert (plain.exit_code, plain.output.split()) == (0, ["hello"]), plain
    assert (secure.exit_code, secure.output.split()) == (0, ["hello"]), secure


async def test_wscat_is_refused_without_and_with_a_bad_token(control: ControlPlane, wscat: Wscat) -> None:
    tutorial = await subscribed(control)

    without = await wscat.run("-c", tutorial.url, "-x", "hello", "-w", "1")
    bad = await wscat.run("-c", tutorial.url, "-H", "Authorization: Bearer nonsense", "-x", "hello", "-w", "1")
    basic = await wscat.run("-c", tutorial.url, "--auth", "user:password", "-x", "hello", "-w", "1")

    for outcome in (without, bad, basic):
        assert "Unexpected server response: 401" in outcome.errors, outcome
        assert outcome.output.strip() == ""


@pytest.mark.parametrize("version", ["1", "1.0", "1.0.0"])
async def test_versions_that_differ_only_by_trailing_zeros_are_the_same(control: ControlPlane, version: str) -> None:
    tutorial = await subscribed(control)

    assert (
        await echo(f"{control.platform.ws}{tutorial.api['context']}/{version}", headers=bearer(tutorial.token))
        == "hello"
    )


async def test_the_token_may_stand_in_the_query(control: ControlPlane) -> None:
    tutorial = await subscribed(control)
    tls = trusting(control.platform)
    secure = f"{control.platform.wss}{tutorial.api['context']}/1.0.0?access_token={tutorial.token}"

    assert await echo(f"{tutorial.url}?access_token={tutorial.token}") == "hello"
    assert await echo(secure, tls=tls) == "hello"


async def test_basic_and_api_keys_are_a_clear_401(control: ControlPlane) -> None:
    tutorial = await subscribed(control)

    basic = await echo(tutorial.url, headers={"Authorization": "Basic dTpw"})
    api_key = await echo(tutorial.url, headers={"apikey": "k"})

    assert isinstance(basic, Refused)
    assert isinstance(api_key, Refused)
    assert (basic.status, api_key.status) == (401, 401)
    assert "Basic" in basic.problem["detail"]
    assert "API key" in api_key.problem["detail"]
    assert basic.headers["content-type"] == "application/problem+json"
    assert basic.headers["www-authenticate"].startswith("Bearer")


async def test_the_catalogue_shows_the_urls_that_people_type(control: ControlPlane) -> None:
    tutorial = await subscribed(control)

    api = expect(await control.anonymous.get(f"/apis/{tutorial.api['id']}"))

    ports, path = control.platform.ports, f"{tutorial.api['context']}/1.0"
    urls = api["endpointURLs"][0]["URLs"]
    assert urls["ws"] == f"ws://localhost:{ports['ws']}{path}"
    assert urls["wss"] == f"wss://localhost:{ports['wss']}{path}"


async def test_a_token_of_an_application_without_subscription_is_403(control: ControlPlane) -> None:
    tutorial = await subscribed(control)
    other = await control.application_keys(tutorial.subscriber)

    token = await control.token(tutorial.subscriber, other)

    await expect_refusal(tutorial.url, 403, token=token, code=900908)


async def test_a_sandbox_token_needs_a_sandbox_endpoint(control: ControlPlane) -> None:
    tutorial = await subscribed(control)
    path = f"/applications/{tutorial.keys.application_id}"
    body = {"keyType": "SANDBOX", "grantTypesToBeSupported": ["client_credentials"]}
    keys = expect(await tutorial.subscriber.devportal.post(f"{path}/generate-keys", json=body))
    wanted: Json = {"consumerSecret": keys["consumerSecret"], "validityPeriod": 60, "scopes": []}
    answer = await tutorial.subscriber.devportal.post(
        f"{path}/oauth-keys/{keys['keyMappingId']}/generate-token", json=wanted
    )

    await expect_refusal(tutorial.url, 403, token=expect(answer)["accessToken"], code=900901)


async def test_a_token_from_the_token_endpoint_works_too(control: ControlPlane) -> None:
    tutorial = await subscribed(control)
    auth = httpx.BasicAuth(tutorial.keys.consumer_key, tutorial.keys.consumer_secret)

    answer = await control.keymanager.post("/oauth2/token", data={"grant_type": "client_credentials"}, auth=auth)

    assert await echo(tutorial.url, headers=bearer(expect(answer)["access_token"])) == "hello"


async def test_a_backend_that_is_away_is_an_honest_502(control: ControlPlane) -> None:
    endpoint = {"endpoint_type": "ws", "production_endpoints": {"url": "ws://localhost:1"}}
    api = await control.published_api(endpointConfig=endpoint)
    subscriber = await control.person("subscriber")
    await soon(lambda: control.seen_in_devportal(api["id"]), "the API appears in the Developer Portal")
    token = await control.token(subscriber, await control.subscribed_keys(subscriber, api))

    await expect_refusal(f"{control.platform.ws}{api['context']}/1.0.0", 502, token=token)


async def test_health_answers_on_both_listeners(control: ControlPlane) -> None:
    platform = control.platform

    async with httpx.AsyncClient(verify=trusting(platform)) as client:
        plain = await client.get(f"http://localhost:{platform.ports['ws']}/health")
        secure = await client.get(f"https://localhost:{platform.ports['wss']}/health")

    assert (plain.status_code, secure.status_code) == (200, 200)
