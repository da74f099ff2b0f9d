"""Which web pages may use an API (reliability.md W5)."""

from __future__ import annotations

import pytest

from contracts.publisher import Operation
from gateway.handshake import refusals
from gateway.handshake.admission import Admitted, Decision

from .world import attempt, deployment, everything, open_world, token

ORIGINS = ("https://good.test", "https://*.wide.test", "http://localhost:*", "https://Written.test:443/")


async def decision_on(origin: str | None, *, origins: tuple[str, ...] | None = ORIGINS, bearer: str = "") -> Decision:
    facts = everything(deployment(origins=origins, operations=(Operation(target="/*", verb="PUBLISH"),)))
    async with open_world(*facts, portal_origins=("https://portal.test",)) as world:
        return await world.decide(attempt(bearer=bearer or token(), origin=origin))


@pytest.mark.parametrize(
    "origin",
    [
        "https://good.test",
        "https://a.wide.test",
        "https://a.b-c.wide.test",
        "http://localhost:3000",
        "https://written.test",
        "https://portal.test",
        None,
    ],
)
async def test_page_on_the_list_and_client_that_is_no_browser_may_connect(origin: str | None) -> None:
    assert isinstance(await decision_on(origin), Admitted)


@pytest.mark.parametrize(
    "origin",
    [
        "null",
        "",
        "*",
        "http://good.test",
        "https://good.test.evil.test",
        "https://evil.test/.good.test",
        "https://evilgood.test",
        "https://GOOD.TEST",
        "HTTPS://good.test",
        "https://good.test.",
        "https://good.test:8443",
        "https://good.test:443",
        "https://good.test/",
        "https://good.test@evil.test",
        "https://good.test, https://evil.test",
        "https://wide.test",
        "https://.wide.test.evil.test",
        "https://evil.test:1/.wide.test",
        "https://evil.test#.wide.test",
        "https://evil.test\\.wide.test",
        "https://a.wide.test:8443",
        "http://localhost:",
        "http://localhost:80.evil.test:1",
        "http://localhost:1@evil.test",
        "https://goodxtest",
    ],
)
async def test_page_that_is_not_on_the_list_is_refused(origin: str) -> None:
    assert await decision_on(origin) is refusals.ORIGIN_REFUSED


@pytest.mark.parametrize("origins", [None, ("*",), ("https://good.test", "*")])
@pytest.mark.parametrize("origin", ["https://evil.test", "null", None])
async def test_api_without_a_list_or_with_a_star_takes_every_page(
    origins: tuple[str, ...] | None, origin: str | None
) -> None:
    assert isinstance(await decision_on(origin, origins=origins), Admitted)


async def test_empty_list_takes_no_page_but_the_portals() -> None:
    assert await decision_on("https://good.test", origins=()) is refusals.ORIGIN_REFUSED
    assert isinstance(await decision_on("https://portal.test", origins=()), Admitted)


async def test_open_channel_with_a_list_wants_an_origin() -> None:
    open_channel = Operation(target="/*", verb="PUBLISH", auth_type="None")
    facts = everything(deployment(origins=ORIGINS, operations=(open_channel,)))

    async with open_world(*facts) as world:
        assert await world.decide(attempt()) is refusals.ORIGIN_REFUSED
        assert isinstance(await world.decide(attempt(origin="https://good.test")), Admitted)
