"""Keys of applications: OAuth clients at the key manager. Secrets are shown once, when they are made."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import APIRouter, Body, Response

from devportal.api.application_bodies import ApplicationKeyAnswer, TokenAnswer, key_answer, token_answer
from devportal.api.bodies import Answer
from devportal.api.dependencies import (
    BASE_PATH,
    ApplicationId,
    ApplicationOwner,
    KeyManager,
    KeyMappingId,
    UnitsOfWork,
)
from devportal.api.key_bodies import KeyRequestBody, SecretAnswer, TokenRequestBody
from devportal.usecases import generate_keys as generating
from devportal.usecases import use_keys
from devportal.usecases.use_keys import KeyPlace
from hosting.problems import problems

router = APIRouter(prefix=f"{BASE_PATH}/applications/{{applicationId}}", tags=["Application keys"])

_KEYS: Final[dict[str, Any]] = {
    "keyType": "PRODUCTION",
    "grantTypesToBeSupported": ["client_credentials"],
    "validityTime": 3600,
}
_TOKEN: Final[dict[str, Any]] = {"consumerSecret": "…", "validityPeriod": 3600, "scopes": []}
KeyContent = Annotated[
    KeyRequestBody, Body(openapi_examples={"production": {"summary": "Production keys", "value": _KEYS}})
]
TokenContent = Annotated[
    TokenRequestBody, Body(openapi_examples={"token": {"summary": "A token for an hour", "value": _TOKEN}})
]


class KeyList(Answer):
    """All keys of an application."""

    count: int
    list: list[ApplicationKeyAnswer]


@router.post(
    "/generate-keys",
    operation_id="generateKeys",
    summary="Generate keys",
    responses=problems(404, 409, 413, 503),
)
async def generate_keys(
    *,
    application_id: ApplicationId,
    body: KeyContent,
    response: Response,
    units: UnitsOfWork,
    keymanager: KeyManager,
    caller: ApplicationOwner,
) -> ApplicationKeyAnswer:
    """Once for each key type. The only answer with the secret, and with a first token where one can be made. After a
    503 a repeat is harmless.
    """
    made = await generating.generate_keys(units, keymanager, application_id, body.request(), caller=caller)
    _not_to_be_stored(response)
    return key_answer(made.key, secret=made.consumer_secret, token=made.token)


@router.get("/oauth-keys", operation_id="listKeys", summary="List keys", responses=problems(404))
async def list_keys(application_id: ApplicationId, units: UnitsOfWork, caller: ApplicationOwner) -> KeyList:
    """Without secrets."""
    keys = [key_answer(key) for key in await use_keys.list_keys(units, application_id, caller=caller)]
    return KeyList(count=len(keys), list=keys)


@router.get("/oauth-keys/{keyMappingId}", operation_id="getKeys", summary="Read keys", responses=problems(404))
async def get_keys(
    application_id: ApplicationId, key_mapping_id: KeyMappingId, units: UnitsOfWork, caller: ApplicationOwner
) -> ApplicationKeyAnswer:
    """Without the secret."""
    place = KeyPlace(application_id, key_mapping_id)
    return key_answer(await use_keys.show_key(units, place, caller=caller))


@router.delete(
    "/oauth-keys/{keyMappingId}", operation_id="deleteKeys", summary="Delete keys", responses=problems(404, 503)
)
async def delete_keys(
    application_id: ApplicationId,
    key_mapping_id: KeyMappingId,
    units: UnitsOfWork,
    keymanager: KeyManager,
    caller: ApplicationOwner,
) -> None:
    """Their tokens do not count any more."""
    await use_keys.delete_keys(units, keymanager, KeyPlace(application_id, key_mapping_id), caller=caller)


@router.post(
    "/oauth-keys/{keyMappingId}/clean-up",
    operation_id="cleanUpKeys",
    summary="Clean up keys",
    responses=problems(404, 503),
)
async def clean_up_keys(
    application_id: ApplicationId,
    key_mapping_id: KeyMappingId,
    units: UnitsOfWork,
    keymanager: KeyManager,
    caller: ApplicationOwner,
) -> None:
    """The same as deleting them; also keys that are only half made."""
    await use_keys.delete_keys(units, keymanager, KeyPlace(application_id, key_mapping_id), caller=caller)


@router.post(
    "/oauth-keys/{keyMappingId}/regenerate-secret",
    operation_id="regenerateSecret",
    summary="Regenerate the secret",
    responses=problems(404, 503),
)
async def regenerate_secret(
    *,
    application_id: ApplicationId,
    key_mapping_id: KeyMappingId,
    response: Response,
    units: UnitsOfWork,
    keymanager: KeyManager,
    caller: ApplicationOwner,
) -> SecretAnswer:
    """The old one stops working at once; tokens that were issued stay good."""
    place = KeyPlace(application_id, key_mapping_id)
    made = await use_keys.regenerate_secret(units, keymanager, place, caller=caller)
    _not_to_be_stored(response)
    return SecretAnswer(consumer_key=made.client_id, consumer_secret=made.client_secret)


@router.post(
    "/oauth-keys/{keyMappingId}/generate-token",
    operation_id="generateToken",
    summary="Generate an access token",
    responses=problems(404, 413, 503),
)
async def generate_token(
    *,
    application_id: ApplicationId,
    key_mapping_id: KeyMappingId,
    body: TokenContent,
    response: Response,
    units: UnitsOfWork,
    keymanager: KeyManager,
    caller: ApplicationOwner,
) -> TokenAnswer:
    """As the client credentials grant would give it: a JWT or a reference token, by the application's token type."""
    place = KeyPlace(application_id, key_mapping_id)
    token = await use_keys.generate_token(
        units, keymanager, place, body.wish(), token_to_revoke=body.revoke_token, caller=caller
    )
    _not_to_be_stored(response)
    return token_answer(token)


def _not_to_be_stored(response: Response) -> None:
    # RFC 6749, section 5.1.
    response.headers["Cache-Control"] = "no-store"
