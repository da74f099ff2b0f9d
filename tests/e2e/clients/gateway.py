"""The gateway as WebSocket clients see it, through the python `websockets` library, and raw."""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from e2e.platform import Platform


@dataclass(frozen=True, slots=True)
class Refused:
    """A handshake that was refused, with its problem+json. The body is of any JSON shape."""

    status: int
    problem: dict[str, Any]
    headers: Mapping[str, str]


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def trusting(platform: Platform) -> ssl.SSLContext:
    """A context that trusts the local authority only."""
    return ssl.create_default_context(cafile=platform.tls.ca)


async def echo(
    url: str, *, headers: Mapping[str, str] | None = None, tls: ssl.SSLContext | None = None
) -> str | Refused:
    """What comes back for `hello`, or the refusal."""
    try:
        async with connect(url, additional_headers=headers, ssl=tls, open_timeout=10, close_timeout=5) as socket:
            await socket.send("hello")
            answer = await asyncio.wait_for(socket.recv(), 10)
            return answer if isinstance(answer, str) else answer.decode()
    except InvalidStatus as error:
        response = error.response
        body = json.loads(response.body or b"{}")
        return Refused(response.status_code, body, {k.lower(): v for k, v in response.headers.raw_items()})


async def raw_exchange(platform: Platform, request: bytes, *, within: float = 10) -> bytes:
    """What the ws port answers to these bytes until it closes the connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", platform.ports["ws"])
    try:
        writer.write(request)
        async with asyncio.timeout(within):
            return await reader.read()
    finally:
        writer.close()
