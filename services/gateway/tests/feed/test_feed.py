"""The feed reads everything the gateway decides from, and what it cannot read blocks nobody."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from backing.eventually import eventually
from contracts.publisher import Environment
from eventbus.bus import Record
from gateway.feed.feed import Feed
from gateway.handshake.admission import Admitted
from services.gateway.tests.policies.world import (
    SOON,
    api,
    attempt,
    environment,
    everything,
    new_bus,
    open_world,
    token,
)


async def test_check_says_why_not() -> None:
    assert await Feed(await new_bus(), environment="Default").check() == "facts are still being read"
    async with open_world(environment()) as world:
        assert await world.feed.check() == "no signing key of a trusted issuer is known yet"
    async with open_world(*(fact for fact in everything() if not isinstance(fact, Environment))) as world:
        assert await world.feed.check() == "no gateway environment is known yet"
    async with open_world(*everything()) as world:
        assert await world.feed.check() is None


async def test_unreadable_fact_is_counted_and_blocks_nobody() -> None:
    async with open_world(*everything()) as world:
        before = world.feed.unreadable
        await world.bus.send(
            [
                Record(api().topic.name, "a9", b"not json", {}),
                Record(api().topic.name, "a1", None, {}),
                Record(api().topic.name, "a1", b"{}", {}),
            ]
        )

        await world.tell(api(version=2, context="/moved"))

        assert world.feed.unreadable == before + 3
        assert isinstance(await world.decide(attempt("/moved/1.0/open", bearer=token())), Admitted)


async def test_bus_that_is_away_takes_nothing_away() -> None:
    async with open_world(*everything()) as world:
        assert await world.feed.check() is None

        world.bus.available = False

        def is_noticed() -> bool:
            return not world.feed.follower.connected

        await eventually(is_noticed, within=SOON, message="the outage is noticed")
        assert await world.feed.check() is None
        assert isinstance(await world.decide(attempt(bearer=token())), Admitted)


async def test_log_that_was_lost_takes_nothing_away_and_goes_on() -> None:
    async with open_world(*everything()) as world:
        assert await world.feed.check() is None

        world.bus.replace()
        await world.tell(api(version=2, context="/moved"))

        assert isinstance(await world.decide(attempt("/moved/1.0/open", bearer=token())), Admitted)


async def test_news_wakes_all_who_wait_and_forgets_them() -> None:
    async with open_world(*everything()) as world:
        waiting = [world.feed.news() for _ in range(3)]
        assert world.feed.waiting == 3

        await world.tell(api(version=2))

        assert all(future.done() for future in waiting)
        assert world.feed.waiting == 0


async def test_who_stops_waiting_is_forgotten() -> None:
    async with open_world(*everything()) as world:
        news = world.feed.news()

        news.cancel()
        await asyncio.wait([news])

        await eventually(lambda: world.feed.waiting == 0, within=timedelta(seconds=5), message="nobody waits")
