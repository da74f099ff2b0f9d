"""HTTP from one service to another, as an OAuth client of the key manager's (HTTP Basic, RFC 6749, section 2.3.1)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import httpx

_TIMEOUT: Final = httpx.Timeout(10, connect=2)
_LIMITS: Final = httpx.Limits(max_connections=50, max_keepalive_connections=10)
_RETRIES_OF_CONNECTING: Final = 1


@asynccontextmanager
async def open_back_channel(
    *, url: str, client_id: str, client_secret: str, transport: httpx.AsyncBaseTransport | None = None
) -> AsyncIterator[httpx.AsyncClient]:
    """A client with its pool of connections, which ends with the block. Nothing is contacted yet.

    A connection that cannot be made is tried once more; a request that was sent is not repeated. Proxies that the
    environment names are not used.
    """
    transport = transport or httpx.AsyncHTTPTransport(limits=_LIMITS, retries=_RETRIES_OF_CONNECTING)
    credentials = httpx.BasicAuth(client_id, client_secret)
    async with httpx.AsyncClient(
        base_url=url, auth=credentials, timeout=_TIMEOUT, transport=transport, trust_env=False
    ) as http:
        yield http
