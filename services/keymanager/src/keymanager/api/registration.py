"""`POST /client-registration/v0.17/register`: a user registers a client for scripts, as in WSO2."""

from __future__ import annotations

import json

from fastapi import APIRouter, Response

from keymanager.api.callers import CallerByPassword, PartsOf
from keymanager.api.oauth_errors import NO_STORE
from keymanager.api.schemas import RegistrationAnswer, RegistrationBody
from keymanager.usecases.register_client import RegisterClient, RegisteredClient, register_client

router = APIRouter(prefix="/client-registration/v0.17", tags=["Clients"])


@router.post(
    "/register",
    operation_id="registerClient",
    summary="Register a client for the REST APIs",
    responses={
        400: {"description": "Malformed, or an unknown owner."},
        401: {"description": "No Basic credentials of a user, or wrong ones."},
        403: {"description": "Only an admin names another owner."},
        429: {"description": "Too many wrong passwords; `Retry-After` says when to try again."},
    },
)
async def register(
    parts: PartsOf, caller: CallerByPassword, body: RegistrationBody, response: Response
) -> RegistrationAnswer:
    """Repeating a registration answers the same `clientId` with a further secret that works beside the earlier ones."""
    order = RegisterClient(
        client_name=body.client_name,
        owner=body.owner,
        callback_url=body.callback_url,
        grant_types=tuple(body.grant_type.split()),
        is_saas_app=body.saas_app,
    )
    response.headers.update(NO_STORE)
    return _answer(body, await register_client(parts, order, caller=caller))


def _answer(body: RegistrationBody, registered: RegisteredClient) -> RegistrationAnswer:
    attributes = {
        "grant_types": " ".join(registered.client.grant_types),
        "redirect_uris": body.callback_url or "",
        "client_name": body.client_name,
    }
    return RegistrationAnswer(
        client_id=registered.client.client_id,
        client_secret=registered.secret,
        client_name=body.client_name,
        call_back_url=body.callback_url,
        is_saas_application=body.saas_app,
        app_owner=registered.owner,
        json_string=json.dumps(attributes),
        json_app_attribute="{}",
        token_type="JWT",  # noqa: S106  # WSO2's word for the kind of token
    )
