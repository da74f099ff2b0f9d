"""`/oauth2/revoke` (RFC 7009) and `/oauth2/introspect` (RFC 7662), for the client that the token was issued to."""

from __future__ import annotations

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse

from keymanager.api.callers import PartsOf, keymanager_of
from keymanager.api.oauth_errors import NO_STORE
from keymanager.api.oauth_forms import OAuthRequest, read_oauth_request
from keymanager.api.token import CLIENT_BASIC, ERRORS, form_body
from keymanager.errors import InvalidRequest
from keymanager.parts import Parts
from keymanager.usecases.read_token import ReadToken
from keymanager.usecases.revoke_token import introspect_token, revoke_token

router = APIRouter(prefix="/oauth2", tags=["OAuth"], dependencies=[Depends(CLIENT_BASIC)])

_FORM = form_body(
    {"token": {"type": "string"}, "token_type_hint": {"type": "string", "description": "Accepted and not needed."}},
    required=["token"],
    example={"token": "slr_1nPq…"},
)


@router.post(
    "/revoke",
    operation_id="revokeToken",
    summary="Revoke an access token",
    responses={200: {"description": "The token does not count, or never did."}, **ERRORS},
    openapi_extra=_FORM,
)
async def revoke(request: Request, parts: PartsOf) -> Response:
    """An unknown token and another client's are no error, and nothing happens to them (RFC 7009 2.2)."""
    oauth = await read_oauth_request(request, parts)
    await revoke_token(parts, keymanager_of(request).token_reader, oauth.client, _token(oauth))
    return Response(status_code=200, headers=NO_STORE)


@router.post(
    "/introspect",
    operation_id="introspectToken",
    summary="Ask whether a token counts",
    response_class=JSONResponse,
    responses={
        200: {
            "description": 'RFC 7662 2.2; for what is not this client\'s own token exactly `{"active": false}`.',
            "content": {"application/json": {"example": {"active": True, "scope": "orders", "token_type": "Bearer"}}},
        },
        **ERRORS,
    },
    openapi_extra=_FORM,
)
async def introspect(request: Request, parts: PartsOf) -> JSONResponse:
    """Only for tokens of the asking client."""
    oauth = await read_oauth_request(request, parts)
    read = await introspect_token(keymanager_of(request).token_reader, oauth.client, _token(oauth))
    return JSONResponse({"active": False} if read is None else _members(parts, read), headers=NO_STORE)


def _token(oauth: OAuthRequest) -> str:
    token = oauth.parameters.get("token")
    if token is None:
        raise InvalidRequest("The parameter token is missing.")
    return token


def _members(parts: Parts, read: ReadToken) -> dict[str, object]:
    return {
        "active": True,
        "scope": " ".join(read.scopes),
        "client_id": read.client_id,
        "username": read.subject,
        "sub": read.subject,
        "aud": list(read.audience),
        "iss": parts.policy.issuer,
        "token_type": "Bearer",
        "iat": int(read.issued_at.timestamp()),
        "exp": int(read.expires_at.timestamp()),
    }
