"""F11: PostgreSQL dies; whoever is connected notices nothing, REST says 503 at once, and all of it mends itself."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from datetime import timedelta

import httpx
from e2e.clients.control import ControlPlane, Person

from backing.eventually import eventually
from faults.conftest import Scene
from faults.footprint import Footprint
from faults.load import Load, under_load

# The bars are 2 s for an answer and 5 s after the return; a test asserts ten times that.
_ANSWERED_SECONDS = 20
_SETTLED = timedelta(seconds=50)
_SERVICES = ("publisher", "devportal", "keymanager")


@dataclass
class Author:
    """Publishes one API after the other, and remembers what was said to it."""

    control: ControlPlane
    person: Person
    published: list[str] = field(default_factory=list)
    refusals: list[httpx.Response] = field(default_factory=list)

    async def write_for_ever(self) -> None:
        while True:
            began = time.monotonic()
            refusal = await self._publish()
            assert time.monotonic() - began < _ANSWERED_SECONDS
            if refusal is not None:
                self.refusals.append(refusal)
                await asyncio.sleep(0.02)

    async def _publish(self) -> httpx.Response | None:
        created = await self.person.publisher.post("/apis", json=self.control.api_body())
        if created.status_code != 201:
            return created
        action = {"apiId": created.json()["id"], "action": "Publish"}
        published = await self.person.publisher.post("/apis/change-lifecycle", params=action)
        if published.status_code != 200:
            return published
        self.published.append(action["apiId"])
        return None


async def test_writes_are_kept_or_refused_while_the_database_dies_and_comes_back(
    scene: Scene, footprint: Footprint
) -> None:
    author = Author(scene.control, await scene.control.person("creator", "publisher"))
    load = Load(scene.tutorial.url, scene.headers)

    async with under_load(load), asyncio.TaskGroup() as tasks:
        writing = tasks.create_task(author.write_for_ever())
        await eventually(lambda: len(author.published) > 2, within=_SETTLED, message="APIs are published")
        await asyncio.to_thread(scene.site.postgres.kill)
        await eventually(lambda: len(author.refusals) > 2, within=_SETTLED, message="writes are refused")
        await _expect_all_away(scene, author.person)
        await asyncio.to_thread(scene.site.postgres.restart)
        kept = len(author.published)
        await eventually(lambda: len(author.published) > kept + 2, within=_SETTLED, message="APIs are published again")
        writing.cancel()

    assert not load.problems, load.problems
    assert {answer.status_code for answer in author.refusals} == {503}
    await eventually(lambda: _expect_health(scene, ready=200), within=_SETTLED, message="all services are ready again")
    await eventually(lambda: _expect_seen(scene, author.published), within=_SETTLED, message="no fact was lost")


async def _expect_all_away(scene: Scene, person: Person) -> None:
    keys, subscriber = scene.tutorial.keys, scene.tutorial.subscriber
    answers = [
        await person.publisher.get("/apis"),
        await subscriber.devportal.get("/applications"),
        await scene.control.keymanager.post(
            "/oauth2/token",
            data={"grant_type": "client_credentials"},
            auth=httpx.BasicAuth(keys.consumer_key, keys.consumer_secret),
        ),
    ]
    assert [(answer.status_code, answer.headers.get("retry-after")) for answer in answers] == [(503, "2")] * 3
    await _expect_health(scene, ready=503)


async def _expect_health(scene: Scene, *, ready: int) -> None:
    async with httpx.AsyncClient(timeout=_ANSWERED_SECONDS) as http:
        for service in _SERVICES:
            url = scene.platform.url(service)
            statuses = [(await http.get(f"{url}/{path}")).status_code for path in ("livez", "readyz")]
            assert statuses == [200, ready], service


async def _expect_seen(scene: Scene, api_ids: list[str]) -> None:
    """The devportal learns of APIs from the bus alone."""
    for api_id in api_ids:
        await scene.control.seen_in_devportal(api_id)
