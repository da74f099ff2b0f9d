"""`POST /oauth2/token`: the token endpoint (RFC 6749 3.2)."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse

from keymanager.api.callers import PartsOf
from keymanager.api.credentials import DeclaredScheme
from keymanager.api.oauth_errors import NO_STORE
from keymanager.api.oauth_forms import read_oauth_request
from keymanager.usecases.issue_token import issue_token

CLIENT_BASIC = DeclaredScheme(
    scheme="basic", scheme_name="clientSecret", description="Client id and secret; or both in the body."
)

router = APIRouter(prefix="/oauth2", tags=["OAuth"], dependencies=[Depends(CLIENT_BASIC)])

# OpenAPI fragments are of any shape, hence Any.
CLIENT_AUTHENTICATION: dict[str, Any] = {
    "client_id": {"type": "string", "description": "With client_secret, instead of Basic."},
    "client_secret": {"type": "string", "description": "Never together with Basic."},
}
ERRORS: dict[int | str, dict[str, Any]] = {
    400: {
        "description": "RFC 6749 5.2.",
        "content": {"application/json": {"example": {"error": "invalid_request", "error_description": "…"}}},
    },
    401: {
        "description": "The client is unknown, or its secret is wrong.",
        "content": {"application/json": {"example": {"error": "invalid_client", "error_description": "…"}}},
    },
    429: {"description": "Too many wrong secrets; `Retry-After` says when to try again."},
}


def form_body(properties: dict[str, Any], *, required: list[str], example: dict[str, str]) -> dict[str, Any]:
    """The OpenAPI request body of a form whose parameters are read by hand, because each may be there only once."""
    schema = {"type": "object", "required": required, "properties": {**properties, **CLIENT_AUTHENTICATION}}
    content = {"application/x-www-form-urlencoded": {"schema": schema, "example": example}}
    return {"requestBody": {"required": True, "content": content}, "security": [{}]}


@router.post(
    "/token",
    operation_id="issueToken",
    summary="Get an access token",
    response_class=JSONResponse,
    responses={
        200: {
            "description": "The token, and the scopes it has (RFC 6749 5.1).",
            "content": {
                "application/json": {
                    "example": {
                        "access_token": "eyJ0eXAiOiJhdCtqd3QiLCJraWQiOiI…",
                        "token_type": "Bearer",
                        "expires_in": 3600,
                        "scope": "apim:api_view apim:api_create",
                    }
                }
            },
        },
        **ERRORS,
    },
    openapi_extra=form_body(
        {
            "grant_type": {"type": "string", "enum": ["client_credentials"]},
            "scope": {"type": "string", "description": "Separated by spaces; what is not allowed is left out."},
        },
        required=["grant_type"],
        example={"grant_type": "client_credentials", "scope": "apim:api_view apim:api_create"},
    ),
)
async def token(request: Request, parts: PartsOf) -> JSONResponse:
    """Scopes that the client may not have are left out; `scope` in the answer says which remain."""
    oauth = await read_oauth_request(request, parts)
    issued = await issue_token(parts, oauth.client, oauth.parameters)
    body = {
        "access_token": issued.access_token,
        "token_type": "Bearer",
        "expires_in": issued.lifetime_seconds,
        "scope": " ".join(issued.scopes),
    }
    return JSONResponse(body, headers=NO_STORE)
