"""The key manager over HTTP, as its OAuth client `sluice-publisher` (HTTP Basic, RFC 6749, section 2.3.1).

A connection that cannot be made is tried once more; a request that was sent is not repeated here. Secrets are in no
text that this module makes.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import httpx
import structlog
from pydantic import BaseModel, Field, ValidationError

from hosting.back_channel import open_back_channel
from publisher.errors import KeyManagerAway
from publisher.keymanager_client.client import ApiTestKey

_log = structlog.get_logger(__name__)

CLIENT_ID: Final = "sluice-publisher"
_TEST_KEYS: Final = "/keymanager-operations/test-keys"


class _Answer(BaseModel):
    apikey: str
    validity_time: int = Field(validation_alias="validityTime")


@asynccontextmanager
async def open_keymanager(
    *, url: str, client_secret: str, transport: httpx.AsyncBaseTransport | None = None
) -> AsyncIterator[HttpKeyManager]:
    """A client with its pool of connections, which ends with the block. Nothing is contacted yet."""
    async with open_back_channel(
        url=url, client_id=CLIENT_ID, client_secret=client_secret, transport=transport
    ) as http:
        yield HttpKeyManager(http)


class HttpKeyManager:
    """A KeyManagerClient; see `open_keymanager`."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http = http

    async def issue_test_key(self, *, api_id: str, user: str) -> ApiTestKey:
        """See KeyManagerClient."""
        answer = _read(await self._post(_TEST_KEYS, {"apiId": api_id, "user": user}))
        return ApiTestKey(answer.apikey, answer.validity_time)

    async def _post(self, path: str, body: dict[str, str]) -> httpx.Response:
        try:
            response = await self._http.post(path, json=body)
        except httpx.HTTPError as error:
            _log.warning("the key manager does not answer", reason=type(error).__name__)
            raise _away("it does not answer") from error
        if not response.is_success:
            # Whatever it is (PUBLISHER_CLIENT_SECRET, say), it is the operator's business, not that of whoever asks.
            _log.error("the key manager refuses the publisher", status=response.status_code)
            raise _away(f"it answers with status {response.status_code}")
        return response


def _read(response: httpx.Response) -> _Answer:
    try:
        return _Answer.model_validate_json(response.content)
    except ValidationError as error:
        _log.error("the key manager's answer is not understood", errors=error.error_count())
        raise _away("its answer is not understood") from error


def _away(reason: str) -> KeyManagerAway:
    return KeyManagerAway(f"Test keys are made by the key manager, and {reason}; try again later.")
