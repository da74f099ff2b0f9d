"""`/scim2/Me`: the user who asks (RFC 7644 3.11)."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from keymanager.api.callers import Caller, PartsOf
from keymanager.api.scim_errors import SCIM_JSON
from keymanager.api.scim_schemas import user_location, user_resource
from keymanager.api.scim_users import USER_EXAMPLE

router = APIRouter(prefix="/scim2/Me", tags=["Users"])


@router.get(
    "",
    operation_id="getMe",
    summary="Read oneself",
    response_class=JSONResponse,
    responses={
        200: {"description": "The user.", "content": {SCIM_JSON: {"example": USER_EXAMPLE}}},
        401: {"description": "No credentials, or wrong ones."},
    },
)
async def get(parts: PartsOf, user: Caller) -> JSONResponse:
    """By Basic or with a REST access token, whatever the roles."""
    base_url = parts.policy.issuer
    headers = {"Content-Location": user_location(user, base_url=base_url)}
    return JSONResponse(user_resource(user, base_url=base_url), media_type=SCIM_JSON, headers=headers)
