"""A change made in the control plane is seen at the gateway."""

from __future__ import annotations

import pytest

from e2e.clients.control import ControlPlane, expect
from e2e.journeys.tutorial import expect_echo, expect_refusal, subscribed
from e2e.journeys.waiting import soon


@pytest.mark.parametrize("token_type", ["JWT", "OAUTH"])
async def test_a_revoked_token_is_refused(control: ControlPlane, token_type: str) -> None:
    tutorial = await subscribed(control, token_type=token_type)

    await control.revoke(tutorial.token, tutorial.keys)

    await expect_refusal(tutorial.url, 401, token=tutorial.token, code=900904)


async def test_a_blocked_subscription_is_refused_and_an_unblocked_one_works_again(control: ControlPlane) -> None:
    tutorial = await subscribed(control)
    publisher = await control.person("publisher")
    query = {"subscriptionId": tutorial.subscription_id}

    async def block(state: str) -> None:
        answer = await publisher.publisher.post(
            "/subscriptions/block-subscription", params=query | {"blockState": state}
        )
        expect(answer, 200)

    await soon(lambda: block("BLOCKED"), "the publisher knows the subscription")
    await expect_refusal(tutorial.url, 403, token=tutorial.token, code=900907)
    await block("PROD_ONLY_BLOCKED")
    await expect_refusal(tutorial.url, 403, token=tutorial.token, code=900907)
    expect(await publisher.publisher.post("/subscriptions/unblock-subscription", params=query), 200)
    await expect_echo(tutorial.url, tutorial.token)


async def test_unsubscribing_ends_the_right(control: ControlPlane) -> None:
    tutorial = await subscribed(control)

    expect(await tutorial.subscriber.devportal.delete(f"/subscriptions/{tutorial.subscription_id}"), 200, 204)

    await expect_refusal(tutorial.url, 403, token=tutorial.token, code=900908)


async def test_deleting_the_application_ends_its_tokens(control: ControlPlane) -> None:
    tutorial = await subscribed(control)

    expect(await tutorial.subscriber.devportal.delete(f"/applications/{tutorial.keys.application_id}"), 200, 204)

    async def is_refused() -> None:
        await expect_refusal(tutorial.url, 403, token=tutorial.token)

    try:
        await is_refused()
    except AssertionError:
        # Its tokens are revoked as well; which of the two facts is first decides between 403 and 401.
        await expect_refusal(tutorial.url, 401, token=tutorial.token)


async def test_the_life_cycle_from_creation_to_retirement(control: ControlPlane) -> None:
    creator, publisher = await control.person("creator"), await control.person("publisher")
    api = await control.create_api(creator)
    url = f"{control.platform.ws}{api['context']}/1.0.0"
    await expect_refusal(url, 404)
    assert (await control.anonymous.get(f"/apis/{api['id']}")).status_code == 404

    await control.change_lifecycle(publisher, api["id"], "Deploy as a Prototype")
    await control.change_lifecycle(publisher, api["id"], "Publish")
    tutorial = await subscribed(control, api=api)
    await control.change_lifecycle(publisher, api["id"], "Block")
    await expect_refusal(url, 503, token=tutorial.token, code=700700)
    await control.change_lifecycle(publisher, api["id"], "Re-Publish")
    await expect_echo(url, tutorial.token)
    await control.change_lifecycle(publisher, api["id"], "Deprecate")
    await expect_echo(url, tutorial.token)
    await control.change_lifecycle(publisher, api["id"], "Retire")

    await expect_refusal(url, 404, token=tutorial.token)
    history = expect(await publisher.publisher.get(f"/apis/{api['id']}/lifecycle-history"))
    states = [entry["postState"].lower() for entry in history["list"]]
    passed = ["prototyped", "published", "blocked", "published", "deprecated", "retired"]
    assert sorted(state for state in states if state != "created") == sorted(passed)


async def test_demoting_to_created_undeploys(control: ControlPlane) -> None:
    tutorial = await subscribed(control)
    publisher = await control.person("publisher")

    await control.change_lifecycle(publisher, tutorial.api["id"], "Demote to Created")

    await expect_refusal(tutorial.url, 404, token=tutorial.token)


async def test_the_default_version_answers_without_a_version(control: ControlPlane) -> None:
    api = await control.published_api(isDefaultVersion=True)

    tutorial = await subscribed(control, api=api)

    await expect_echo(f"{control.platform.ws}{api['context']}", tutorial.token)


async def test_a_revision_takes_effect_when_it_is_deployed(control: ControlPlane) -> None:
    tutorial = await subscribed(control)
    creator = await control.person("creator", "publisher")
    identity = tutorial.api["id"]
    body = expect(await creator.publisher.get(f"/apis/{identity}"))
    body["endpointConfig"]["production_endpoints"]["url"] = "ws://localhost:1"
    expect(await creator.publisher.put(f"/apis/{identity}", json=body), 200)
    await expect_echo(tutorial.url, tutorial.token)

    revision = expect(await creator.publisher.post(f"/apis/{identity}/revisions", json={"description": "moved"}))
    deployment = [{"name": "Default", "vhost": "localhost", "displayOnDevportal": True}]
    params = {"revisionId": revision["id"]}
    expect(await creator.publisher.post(f"/apis/{identity}/deploy-revision", params=params, json=deployment))

    await expect_refusal(tutorial.url, 502, token=tutorial.token)
