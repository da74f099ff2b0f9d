"""The key manager over HTTP, as its OAuth client `sluice-devportal` (HTTP Basic, RFC 6749, section 2.3.1).

A connection that cannot be made is tried once more; a request that was sent is not repeated here. Secrets are in no
text that this module makes.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final, TypeVar

import httpx
import structlog
from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic.alias_generators import to_camel

from devportal.errors import Conflict, KeyManagerAway, RefusedByKeyManager, UnknownConsumerKey
from devportal.keymanager_client.client import (
    AccessToken,
    ConsumerKey,
    ConsumerKeyOrder,
    ConsumerSecret,
    TokenWish,
)
from hosting.back_channel import open_back_channel

_log = structlog.get_logger(__name__)

CLIENT_ID: Final = "sluice-devportal"
_KEYS: Final = "/keymanager-operations/consumer-keys"
_REVOKE: Final = "/oauth2/revoke"


class _Answer(BaseModel):
    # Made from JSON only, never with keyword arguments, which is what the plugin warns of.
    model_config = ConfigDict(alias_generator=to_camel, extra="ignore")  # type: ignore[pydantic-alias]


class _KeyAnswer(_Answer):
    client_id: str
    client_secret: str
    grant_types: tuple[str, ...]


class _SecretAnswer(_Answer):
    client_id: str
    client_secret: str


class _TokenAnswer(_Answer):
    access_token: str
    token_scopes: tuple[str, ...]
    validity_time: int


class _Problem(_Answer):
    """The part of the key manager's problem+json that is told on."""

    detail: str = ""


A = TypeVar("A", bound=_Answer)


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

    async def keep_consumer_key(self, order: ConsumerKeyOrder) -> ConsumerKey:
        """See KeyManagerClient."""
        response = await self._ask("PUT", order.key_mapping_id, json=_order_body(order))
        answer = _read(response, _KeyAnswer)
        return ConsumerKey(answer.client_id, answer.client_secret, answer.grant_types)

    async def delete_consumer_key(self, key_mapping_id: str) -> None:
        """See KeyManagerClient."""
        await self._ask("DELETE", key_mapping_id)

    async def replace_secret(self, key_mapping_id: str) -> ConsumerSecret:
        """See KeyManagerClient."""
        response = await self._ask("POST", f"{key_mapping_id}/secrets")
        answer = _read(response, _SecretAnswer)
        return ConsumerSecret(answer.client_id, answer.client_secret)

    async def issue_token(self, key_mapping_id: str, wish: TokenWish) -> AccessToken:
        """See KeyManagerClient."""
        body: dict[str, object] = {
            "clientSecret": wish.consumer_secret,
            "scopes": list(wish.scopes),
            "validityPeriod": wish.validity_seconds,
        }
        answer = _read(await self._ask("POST", f"{key_mapping_id}/tokens", json=body), _TokenAnswer)
        return AccessToken(answer.access_token, answer.token_scopes, answer.validity_time)

    async def revoke_token(self, token: str, *, client: ConsumerSecret) -> None:
        """See KeyManagerClient."""
        credentials = httpx.BasicAuth(client.client_id, client.client_secret)
        response = await self._send(self._http.build_request("POST", _REVOKE, data={"token": token}), auth=credentials)
        # RFC 6749, section 5.2: wrong credentials are 401; they are the application's here, not ours.
        if response.status_code in {httpx.codes.BAD_REQUEST, httpx.codes.UNAUTHORIZED}:
            raise RefusedByKeyManager("The token cannot be revoked with this consumer secret.")
        _check_status(response)

    async def _ask(self, method: str, path: str, *, json: dict[str, object] | None = None) -> httpx.Response:
        response = await self._send(self._http.build_request(method, f"{_KEYS}/{path}", json=json))
        _check_status(response)
        return response

    async def _send(self, request: httpx.Request, *, auth: httpx.Auth | None = None) -> httpx.Response:
        try:
            return await self._http.send(request, auth=auth or httpx.USE_CLIENT_DEFAULT)
        except httpx.HTTPError as error:
            _log.warning("the key manager does not answer", reason=type(error).__name__)
            raise _away("it does not answer") from error


def _order_body(order: ConsumerKeyOrder) -> dict[str, object]:
    return {
        "applicationId": order.application_id,
        "applicationName": order.application_name,
        "owner": order.owner,
        "tokenType": order.token_type,
        "keyType": order.key_type,
        "grantTypes": list(order.grant_types),
        "callbackUrl": order.callback_url,
        "validityTime": order.validity_seconds,
        "additionalProperties": dict(order.additional_properties),
    }


def _check_status(response: httpx.Response) -> None:
    if response.is_success:
        return
    detail = _detail(response)
    if response.status_code == httpx.codes.BAD_REQUEST:
        raise RefusedByKeyManager(detail)
    if response.status_code == httpx.codes.NOT_FOUND:
        raise UnknownConsumerKey(detail)
    if response.status_code == httpx.codes.CONFLICT:
        raise Conflict(detail)
    # 401 and 403 are the operator's business (DEVPORTAL_CLIENT_SECRET), not that of whoever asks here.
    _log.error("the key manager refuses the devportal", status=response.status_code, detail=detail)
    raise _away(f"it answers with status {response.status_code}")


def _detail(response: httpx.Response) -> str:
    try:
        return _Problem.model_validate_json(response.content).detail
    except ValidationError:
        return ""


def _read(response: httpx.Response, model: type[A]) -> A:
    try:
        return model.model_validate_json(response.content)
    except ValidationError as error:
        _log.error("the key manager's answer is not understood", errors=error.error_count())
        raise _away("its answer is not understood") from error


def _away(reason: str) -> KeyManagerAway:
    return KeyManagerAway(f"Keys are made by the key manager, and {reason}; try again later.")
