"""F27 and F28: gateways are replaced one after the other, and no client is the wiser, but for a polite close."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import timedelta

from websockets.exceptions import ConnectionClosed

from backing.eventually import eventually, scaled
from services.gateway.tests.process.balancer import balancing
from services.gateway.tests.process.gateway_process import (
    GatewayProcess,
    Site,
    expect_echo,
    fresh_token,
    open_client,
)

SOON = timedelta(seconds=20)
CLIENTS = 20


@dataclass
class Conversation:
    """A client that asks one question after the other, and repeats what was not answered when it has to reconnect."""

    gateway: GatewayProcess
    url: str
    token: str
    answered: list[int] = field(default_factory=list)
    close_codes: list[int | None] = field(default_factory=list)
    handshakes: int = 0

    async def hold(self, is_over: Callable[[], bool]) -> None:
        """Raises what a handshake raises that is refused."""
        while not is_over():
            async with open_client(self.gateway, self.token, url=self.url) as client:
                self.handshakes += 1
                try:
                    while not is_over():
                        await client.send(str(len(self.answered)))
                        answer = int(await client.recv())
                        self.answered.append(answer)
                        await asyncio.sleep(0.02)
                except ConnectionClosed:
                    self.close_codes.append(client.close_code)


async def test_a_rolling_restart_refuses_no_handshake_and_leaves_no_question_unanswered(site: Site) -> None:
    times = {"DRAIN_DELAY": str(scaled(timedelta(seconds=1)).total_seconds()), "DRAIN_DURATION": "0.5"}
    with ExitStack() as stack:
        gateways = [stack.enter_context(site.gateway(name, **times)) for name in ("one", "two")]
        for gateway in gateways:
            gateway.start()
        for gateway in gateways:
            await gateway.wait_ready()
        async with balancing(gateways) as balancer:
            await eventually(lambda: len(balancer.ready) == 2, within=SOON, message="the balancer knows both")
            talks = [Conversation(gateways[0], balancer.url, fresh_token()) for _ in range(CLIENTS)]
            is_over = asyncio.Event()
            talking = asyncio.gather(*(talk.hold(is_over.is_set) for talk in talks))

            for number, gateway in enumerate(gateways):
                assert await gateway.stop() == 0
                gateway.start()
                await gateway.wait_ready()
                await eventually(lambda: len(balancer.ready) == 2, within=SOON, message=f"{number} is back")
            is_over.set()
            await talking

    for talk in talks:
        assert talk.answered == list(range(len(talk.answered)))
        assert set(talk.close_codes) == {1012}
        assert talk.handshakes == 1 + len(talk.close_codes)
    assert sum(talk.handshakes for talk in talks) >= 2 * CLIENTS


async def test_at_sigterm_it_is_not_ready_at_once_but_still_accepts(site: Site) -> None:
    with site.gateway(DRAIN_DELAY="1.5") as gateway:
        gateway.start()
        await gateway.wait_ready()

        gateway.send(signal.SIGTERM)
        sent_at = time.monotonic()

        async def is_not_ready() -> None:
            assert await gateway.status("/readyz") == 503

        await eventually(is_not_ready, within=SOON, message="not ready")
        assert time.monotonic() - sent_at < scaled(timedelta(seconds=1)).total_seconds()
        async with open_client(gateway, fresh_token()) as client:
            await expect_echo(client, "hello")
            await client.wait_closed()
        assert client.close_code == 1012
        assert await gateway.wait_ended() == 0


async def test_a_client_that_never_answers_does_not_keep_it_beyond_its_grace(site: Site) -> None:
    with site.gateway(DRAIN_DURATION="0", DRAIN_GRACE="1") as gateway:
        gateway.start()
        await gateway.wait_ready()
        async with open_client(gateway, fresh_token()) as client:
            client.transport.pause_reading()
            began = time.monotonic()

            assert await gateway.stop() == 0

            assert time.monotonic() - began < scaled(timedelta(seconds=10)).total_seconds()
            client.transport.abort()
