"""`/keymanager-operations/consumer-keys`: what the devportal asks for an application's keys. For our services only."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Response, status

from contracts.devportal import TokenType
from contracts.keymanager import KeyType
from keymanager.api.callers import Devportal, PartsOf
from keymanager.api.oauth_errors import NO_STORE
from keymanager.api.schemas import ConsumerKeyAnswer, ConsumerKeyBody, SecretAnswer, TokenAnswer, TokenBody
from keymanager.api.texts import KeyMappingId
from keymanager.domain.clients import DEFAULT_VALIDITY_SECONDS
from keymanager.usecases.delete_consumer_key import delete_consumer_key
from keymanager.usecases.keep_consumer_key import KeepConsumerKey, KeptConsumerKey, keep_consumer_key
from keymanager.usecases.use_consumer_key import generate_token, get_consumer_key, regenerate_secret

# OpenAPI fragments are of any shape, hence Any.
_ERRORS: dict[int | str, dict[str, Any]] = {
    401: {"description": "No credentials of a client, or wrong ones."},
    403: {"description": "The client is not the devportal."},
}
_NOT_FOUND: dict[int | str, dict[str, Any]] = {404: {"description": "There is no such key."}}
_MALFORMED: dict[int | str, dict[str, Any]] = {400: {"description": "Malformed, with pointers to fields."}}

router = APIRouter(prefix="/keymanager-operations/consumer-keys/{keyMappingId}", tags=["Consumer keys"])


@router.put(
    "",
    operation_id="keepConsumerKey",
    summary="Make or change a key",
    responses={
        201: {"description": "Made.", "model": ConsumerKeyAnswer},
        **_ERRORS,
        **_MALFORMED,
        409: {"description": "The id belongs to another application, or was deleted."},
    },
)
async def put(
    parts: PartsOf, client: Devportal, key_mapping_id: KeyMappingId, body: ConsumerKeyBody, response: Response
) -> ConsumerKeyAnswer:
    """Harmless to repeat: the same client, with a further secret unless `withSecret` is false."""
    kept = await keep_consumer_key(parts, _order(key_mapping_id, body))
    response.status_code = status.HTTP_201_CREATED if kept.is_new else status.HTTP_200_OK
    response.headers.update(NO_STORE)
    return _answer(kept)


@router.get("", operation_id="getConsumerKey", summary="Read a key", responses={**_ERRORS, **_NOT_FOUND})
async def get(parts: PartsOf, client: Devportal, key_mapping_id: KeyMappingId) -> ConsumerKeyAnswer:
    """Without its secret."""
    return _answer(await get_consumer_key(parts, key_mapping_id))


@router.delete(
    "",
    status_code=status.HTTP_204_NO_CONTENT,
    operation_id="deleteConsumerKey",
    summary="Delete a key",
    responses={204: {"description": "Gone, and its tokens do not count any more."}, **_ERRORS},
)
async def delete(parts: PartsOf, client: Devportal, key_mapping_id: KeyMappingId) -> Response:
    """Harmless to repeat."""
    await delete_consumer_key(parts, key_mapping_id)
    return Response(status_code=204)


@router.post(
    "/tokens",
    operation_id="generateToken",
    summary="Make an access token",
    responses={**_ERRORS, **_MALFORMED, **_NOT_FOUND},
)
async def tokens(
    parts: PartsOf, client: Devportal, key_mapping_id: KeyMappingId, body: TokenBody, response: Response
) -> TokenAnswer:
    """What the client credentials grant would give the application."""
    secret = body.client_secret.get_secret_value() if body.client_secret else None
    issued = await generate_token(
        parts, key_mapping_id, secret=secret, scopes=body.scopes, validity_seconds=body.validity_period
    )
    response.headers.update(NO_STORE)
    return TokenAnswer(
        access_token=issued.access_token, token_scopes=list(issued.scopes), validity_time=issued.lifetime_seconds
    )


@router.post(
    "/secrets",
    operation_id="regenerateSecret",
    summary="Make a new secret, and end all others",
    responses={**_ERRORS, **_NOT_FOUND},
)
async def secrets(parts: PartsOf, client: Devportal, key_mapping_id: KeyMappingId, response: Response) -> SecretAnswer:
    """Tokens that were issued stay good."""
    client_id, secret = await regenerate_secret(parts, key_mapping_id)
    response.headers.update(NO_STORE)
    return SecretAnswer(client_id=client_id, client_secret=secret)


def _order(key_mapping_id: str, body: ConsumerKeyBody) -> KeepConsumerKey:
    return KeepConsumerKey(
        key_mapping_id=key_mapping_id,
        application_id=body.application_id,
        application_name=body.application_name,
        owner=body.owner,
        token_type=body.token_type,
        key_type=body.key_type,
        grant_types=tuple(dict.fromkeys(body.grant_types)),
        callback_url=body.callback_url,
        validity_seconds=DEFAULT_VALIDITY_SECONDS if body.validity_time is None else body.validity_time,
        additional_properties=body.additional_properties,
        with_secret=body.with_secret,
    )


def _answer(kept: KeptConsumerKey) -> ConsumerKeyAnswer:
    return ConsumerKeyAnswer(
        key_mapping_id=kept.row.key_mapping_id,
        client_id=kept.client.client_id,
        client_secret=kept.secret,
        grant_types=list(kept.client.grant_types),
        callback_url=kept.callback_url,
        validity_time=kept.client.validity_seconds,
        token_type=TokenType(kept.row.token_type),
        key_type=KeyType(kept.row.key_type),
        state=kept.row.state,
    )
