"""W7, W8: no credential is ever logged or counted, whichever way it came and whatever was answered."""

from __future__ import annotations

import json

import httpx2
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus
from websockets.typing import Subprotocol

from services.gateway.tests.process.gateway_process import GatewayProcess, Site, expect_echo, fresh_token

ROOM = "/chat/1.0/rooms/5"


def accepted_carriers(gateway: GatewayProcess, secret: str) -> list[connect]:
    """Handshakes that bring a token where tokens belong."""
    url = gateway.ws + ROOM
    return [
        connect(url, additional_headers={"Authorization": f"Bearer {secret}"}),
        connect(f"{url}?a=1&access_token={secret}"),
        connect(url, subprotocols=[Subprotocol("sluice.bearer"), Subprotocol(f"sluice.bearer.{secret}")]),
    ]


def refused_carriers(gateway: GatewayProcess, secret: str) -> list[connect]:
    """Handshakes that bring it elsewhere."""
    url = gateway.ws + ROOM
    return [
        connect(url, additional_headers={"Authorization": f"Basic {secret}"}),
        connect(url, additional_headers={"apikey": secret, "Cookie": f"token={secret}"}),
        connect(url, additional_headers={"Referer": f"http://portal.test/?access_token={secret}"}),
        connect(f"{gateway.ws}/nowhere?access_token={secret}"),
    ]


async def test_no_token_is_in_the_logs_and_metrics_of_a_run(site: Site) -> None:
    good, bad, nonsense = fresh_token(), fresh_token(client_id="nobody"), "x.y.complete-nonsense"
    with site.gateway(LOG_LEVEL="DEBUG", ACCESS_LOG_EVERY="0.1") as gateway:
        gateway.start()
        await gateway.wait_ready()

        for opening in accepted_carriers(gateway, good):
            async with opening as client:
                await expect_echo(client, "hello")
        refused = [*refused_carriers(gateway, good)]
        for secret in (bad, nonsense):
            refused += accepted_carriers(gateway, secret) + refused_carriers(gateway, secret)
        for opening in refused:
            with pytest.raises(InvalidStatus):
                await opening
        async with httpx2.AsyncClient(base_url=gateway.admin) as http:
            metrics = (await http.get("/metrics")).text
            await http.get(f"/sessions?access_token={good}", headers={"Authorization": f"Bearer {bad}"})
        assert await gateway.stop() == 0

    events = [json.loads(line)["event"] for line in gateway.log.splitlines()]
    assert (events.count("session opened"), events.count("session closed")) == (3, 3)
    assert events.count("handshake refused") == len(refused)
    for secret in (good, bad, nonsense):
        signature = secret.rpartition(".")[2]
        assert signature not in gateway.log
        assert signature not in metrics
