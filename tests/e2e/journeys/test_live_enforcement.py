"""A change made in the control plane ends the silent sessions it touches, on every gateway, and disturbs no other."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from e2e.clients.control import ControlPlane, Json, expect
from e2e.journeys.live import denied, deploy_again, expect_close, expect_undisturbed, open_session
from e2e.journeys.tutorial import Subscribed, expect_refusal, subscribed
from e2e.journeys.waiting import soon

Change = Callable[[ControlPlane, Subscribed], Awaitable[object]]


async def known_people(control: ControlPlane) -> None:
    """Signs up those whom several tasks need, once and before them."""
    for roles in (("creator",), ("publisher",), ("creator", "publisher"), ("subscriber",)):
        await control.person(*roles)


async def revoke_token(control: ControlPlane, tutorial: Subscribed) -> None:
    await control.revoke(tutorial.token, tutorial.keys)


async def block_subscription(control: ControlPlane, tutorial: Subscribed) -> None:
    publisher = await control.person("publisher")
    params = {"subscriptionId": tutorial.subscription_id, "blockState": "PROD_ONLY_BLOCKED"}

    async def is_blocked() -> None:
        expect(await publisher.publisher.post("/subscriptions/block-subscription", params=params), 200)

    await soon(is_blocked, "the publisher knows the subscription")


async def unsubscribe(control: ControlPlane, tutorial: Subscribed) -> None:
    expect(await tutorial.subscriber.devportal.delete(f"/subscriptions/{tutorial.subscription_id}"), 200, 204)


async def delete_application(control: ControlPlane, tutorial: Subscribed) -> None:
    expect(await tutorial.subscriber.devportal.delete(f"/applications/{tutorial.keys.application_id}"), 200, 204)


async def block_api(control: ControlPlane, tutorial: Subscribed) -> None:
    await control.change_lifecycle(await control.person("publisher"), tutorial.api["id"], "Block")


async def end_at_gateway(control: ControlPlane, tutorial: Subscribed) -> None:
    rest = (await control.administrator()).publisher
    closed = await rest.delete(f"{control.platform.url('gateway')}/sessions", params={"apiId": tutorial.api["id"]})
    assert expect(closed)["count"] == 1


async def end_everywhere(control: ControlPlane, tutorial: Subscribed) -> None:
    rest = (await control.administrator()).publisher
    expect(await rest.delete("/sessions", params={"apiId": tutorial.api["id"]}), 200)


async def revoke_reference_token(control: ControlPlane, tutorial: Subscribed) -> None:
    await revoke_token(control, tutorial)


CHANGES: dict[Change, int] = {
    revoke_token: 4001,
    revoke_reference_token: 4001,
    block_subscription: 4001,
    unsubscribe: 4001,
    delete_application: 4001,
    block_api: 1012,
    end_at_gateway: 1008,
    end_everywhere: 1008,
}


@asynccontextmanager
async def bystander(control: ControlPlane) -> AsyncIterator[None]:
    """A session of another application on another API, undisturbed to the end."""
    async with open_session(await subscribed(control)) as socket:
        yield
        await expect_undisturbed(socket)


async def test_changes_end_the_silent_sessions_they_touch_and_no_other(control: ControlPlane) -> None:
    async def ends(change: Change, code: int) -> None:
        tutorial = await subscribed(control, token_type="OAUTH" if change is revoke_reference_token else "JWT")
        async with open_session(tutorial) as socket:
            await change(control, tutorial)
            await expect_close(socket, code)

    await known_people(control)
    async with bystander(control), asyncio.TaskGroup() as tasks:
        for change, code in CHANGES.items():
            tasks.create_task(ends(change, code), name=change.__name__)


async def test_a_deny_policy_ends_sessions_and_refuses_handshakes(control: ControlPlane) -> None:
    tutorial = await subscribed(control)
    application = expect(await tutorial.subscriber.devportal.get(f"/applications/{tutorial.keys.application_id}"))
    name = f"{application['owner']}:{application['name']}"

    async with bystander(control), open_session(tutorial) as socket, denied(control, "APPLICATION", name):
        await expect_close(socket, 4006)
        await expect_refusal(tutorial.url, 403, token=tutorial.token, code=900805)
    async with denied(control, "API", f"{tutorial.api['context']}/1"):
        await expect_refusal(tutorial.url, 403, code=900805)


async def test_another_plan_is_taken_by_the_open_session(control: ControlPlane) -> None:
    tutorial = await subscribed(control)
    rest = (await control.administrator()).publisher
    body = {
        "applicationId": tutorial.keys.application_id,
        "apiId": tutorial.api["id"],
        "throttlingPolicy": "Gold",
        "requestedThrottlingPolicy": "Silver",
    }

    async def plans(plan: str) -> None:
        params = {"apiId": tutorial.api["id"]}
        listed = expect(await rest.get(f"{control.platform.url('gateway')}/sessions", params=params))
        assert [session["plan"] for session in listed["list"]] == [plan]

    async with open_session(tutorial) as socket:
        await soon(lambda: plans("Gold"), "the session is listed")
        path = f"/subscriptions/{tutorial.subscription_id}"
        expect(await tutorial.subscriber.devportal.put(path, json=body), 200)

        await soon(lambda: plans("Silver"), "the open session has the new plan")
        await expect_undisturbed(socket)


async def test_a_new_revision_treats_open_sessions_as_its_api_says(control: ControlPlane) -> None:
    async def follows(mode: str, code: int | None) -> None:
        tutorial = await subscribed(control)
        async with open_session(tutorial) as socket:
            await deploy_again(await control.person("creator", "publisher"), tutorial.api, onRedeploy=mode)
            if code is not None:
                await expect_close(socket, code)
                return
            await soon(lambda: expect_deployed(control, tutorial.api), "the gateway has the new revision")
            await expect_undisturbed(socket)

    await known_people(control)
    async with bystander(control), asyncio.TaskGroup() as tasks:
        for mode, code in {"re-evaluate": None, "keep": None, "drain": 1012, "kill": 1012}.items():
            tasks.create_task(follows(mode, code), name=mode)


async def test_every_gateway_ends_what_a_change_touches(control: ControlPlane) -> None:
    tutorial, banned = await subscribed(control), await subscribed(control)
    async with second_gateway(control) as ws:
        far = [open_session(each, f"{ws}{each.api['context']}/1.0.0") for each in (tutorial, banned)]
        async with open_session(tutorial) as one, open_session(banned) as two, far[0] as three, far[1] as four:
            await revoke_token(control, tutorial)
            for socket in (one, three):
                await expect_close(socket, 4001)

            rest = (await control.administrator()).publisher
            ban = {"apiId": banned.api["id"], "minutes": 5}
            expect(await rest.post("/session-bans", json=ban), 201)
            for socket in (two, four):
                await expect_close(socket, 1008)
        await expect_refusal(banned.url, 403, token=banned.token, code=900805)
        await expect_refusal(f"{ws}{banned.api['context']}/1.0.0", 403, token=banned.token, code=900805)


@asynccontextmanager
async def second_gateway(control: ControlPlane) -> AsyncIterator[str]:
    """Where it listens for ws."""
    platform, name = control.platform, "gateway-2"
    platform.start(name)
    try:
        await asyncio.to_thread(platform.wait_ready, name)
        yield platform.ws_of(name)
    finally:
        await asyncio.to_thread(platform.stop, name)


async def expect_deployed(control: ControlPlane, api: Json) -> None:
    """The gateway routes the newest revision of the API."""
    rest = (await control.administrator()).publisher
    routes = expect(await rest.get(f"{control.platform.url('gateway')}/routes", params={"limit": 1000}))["list"]
    revisions = expect(await rest.get(f"/apis/{api['id']}/revisions"))["list"]
    deployed = next(route["revisionId"] for route in routes if route["apiId"] == api["id"])
    assert deployed == max(revisions, key=lambda revision: revision["createdTime"])["id"]
