"""The key manager's internal REST as an ASGI application, with the fake behind it."""

from __future__ import annotations

import base64
from typing import Any

from fastapi import FastAPI, Form, Request
from fastapi.responses import JSONResponse, Response

from contracts.devportal import TokenType
from contracts.keymanager import KeyType
from devportal.errors import Conflict, DevportalError, KeyManagerAway, RefusedByKeyManager, UnknownConsumerKey
from devportal.keymanager_client.client import ConsumerKeyOrder, ConsumerSecret, TokenWish
from devportal.keymanager_client.memory import MemoryKeyManager

SECRET = "the/devportal's+own=secret"
_STATUSES = {RefusedByKeyManager: 400, UnknownConsumerKey: 404, Conflict: 409, KeyManagerAway: 503}
_PATH = "/keymanager-operations/consumer-keys/{key_mapping_id}"


def create_stub(behind: MemoryKeyManager) -> FastAPI:
    """Answers as the brief of the internal REST has it."""
    app = FastAPI()

    @app.exception_handler(DevportalError)
    async def on_error(request: Request, error: DevportalError) -> JSONResponse:
        return JSONResponse({"detail": error.description}, status_code=_STATUSES[type(error)])

    @app.middleware("http")
    async def authenticate(request: Request, call_next: Any) -> Response:
        if request.url.path != "/oauth2/revoke" and _basic(request) != ("sluice-devportal", SECRET):
            return JSONResponse({"detail": "unknown client"}, status_code=401)
        response: Response = await call_next(request)
        return response

    @app.put(_PATH)
    async def keep(key_mapping_id: str, body: dict[str, Any]) -> dict[str, Any]:
        order = ConsumerKeyOrder(
            key_mapping_id=key_mapping_id,
            application_id=body["applicationId"],
            application_name=body["applicationName"],
            owner=body["owner"],
            token_type=TokenType(body["tokenType"]),
            key_type=KeyType(body["keyType"]),
            grant_types=tuple(body["grantTypes"]),
            callback_url=body["callbackUrl"],
            validity_seconds=body["validityTime"],
            additional_properties=body["additionalProperties"],
        )
        made = await behind.keep_consumer_key(order)
        return {**body, "clientId": made.client_id, "clientSecret": made.client_secret, "state": "ACTIVE"}

    @app.delete(_PATH, status_code=204)
    async def delete(key_mapping_id: str) -> None:
        await behind.delete_consumer_key(key_mapping_id)

    @app.post(f"{_PATH}/secrets")
    async def secrets(key_mapping_id: str) -> dict[str, str]:
        made = await behind.replace_secret(key_mapping_id)
        return {"clientId": made.client_id, "clientSecret": made.client_secret}

    @app.post(f"{_PATH}/tokens")
    async def tokens(key_mapping_id: str, body: dict[str, Any]) -> dict[str, Any]:
        wish = TokenWish(body["clientSecret"], tuple(body["scopes"]), body["validityPeriod"])
        token = await behind.issue_token(key_mapping_id, wish)
        return {
            "accessToken": token.access_token,
            "tokenScopes": list(token.scopes),
            "validityTime": token.validity_seconds,
        }

    @app.post("/oauth2/revoke")
    async def revoke(request: Request, token: str = Form()) -> Response:
        try:
            await behind.revoke_token(token, client=ConsumerSecret(*_basic(request)))
        except RefusedByKeyManager:
            return JSONResponse({"error": "invalid_client"}, status_code=401)
        return Response()

    return app


def _basic(request: Request) -> tuple[str, str]:
    encoded = request.headers["authorization"].removeprefix("Basic ")
    name, _, secret = base64.b64decode(encoded).decode().partition(":")
    return name, secret
