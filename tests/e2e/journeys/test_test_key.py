"""Whoever works on an API tries it before anybody is subscribed, with the internal test key."""

from __future__ import annotations

from e2e.clients.control import ControlPlane, Person, expect
from e2e.journeys.tutorial import expect_echo, expect_refusal


async def deployed_api(control: ControlPlane, creator: Person) -> tuple[str, str]:
    """Id and URL of an API that is deployed, and not published."""
    api = await control.create_api(creator)
    revision = expect(await creator.publisher.post(f"/apis/{api['id']}/revisions", json={}), 201)
    deploy = f"/apis/{api['id']}/deploy-revision"
    where = [{"name": "Default", "vhost": "localhost"}]
    expect(await creator.publisher.post(deploy, params={"revisionId": revision["id"]}, json=where), 201)
    return api["id"], f"{control.platform.ws}{api['context']}/1.0.0"


async def new_key(creator: Person, api_id: str) -> str:
    return str(expect(await creator.publisher.post(f"/apis/{api_id}/generate-key"), 200)["apikey"])


async def test_created_api_is_tried_with_its_key_and_exists_for_nobody_else(control: ControlPlane) -> None:
    creator = await control.person("creator")
    api_id, url = await deployed_api(control, creator)

    key = await new_key(creator, api_id)

    await expect_echo(url, key)
    await expect_refusal(url, 404)


async def test_key_opens_no_other_api(control: ControlPlane) -> None:
    creator = await control.person("creator")
    (first, first_url), (_, second_url) = [await deployed_api(control, creator) for _ in range(2)]

    key = await new_key(creator, first)

    await expect_echo(first_url, key)
    await expect_refusal(second_url, 404, token=key)


async def test_key_works_on_after_publishing_and_not_while_blocked(control: ControlPlane) -> None:
    creator, publisher = await control.person("creator"), await control.person("publisher")
    api_id, url = await deployed_api(control, creator)
    key = await new_key(creator, api_id)
    await control.change_lifecycle(publisher, api_id, "Publish")

    await expect_echo(url, key)

    await control.change_lifecycle(publisher, api_id, "Block")
    await expect_refusal(url, 503, token=key, code=700700)
