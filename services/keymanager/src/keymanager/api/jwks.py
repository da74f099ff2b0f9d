"""The public halves of keys (RFC 7517 5): of those that sign access tokens, and, apart from them, of the gateways."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from keymanager.api.callers import KeymanagerOf, PartsOf
from keymanager.store.signing_keys import SigningKeyStore

router = APIRouter(prefix="/oauth2", tags=["OAuth"])

_CACHED = {"Cache-Control": "public, max-age=300"}
# A new gateway's key is wanted soon.
_CACHED_SHORTLY = {"Cache-Control": "public, max-age=60"}
_JWK_SET = "application/jwk-set+json"


@router.get(
    "/jwks",
    operation_id="getJwks",
    summary="Public signing keys",
    response_class=JSONResponse,
    responses={
        200: {
            "description": "Public keys only.",
            "content": {_JWK_SET: {"example": {"keys": [{"kty": "EC", "crv": "P-256", "kid": "…"}]}}},
        }
    },
)
async def jwks(parts: PartsOf) -> JSONResponse:
    """Every key whose tokens may still be about."""
    async with parts.database.reading() as session:
        keys = [row.public_jwk for row in await SigningKeyStore(session).every()]
    return JSONResponse({"keys": keys}, headers=_CACHED, media_type=_JWK_SET)


@router.get(
    "/gateway-jwks",
    operation_id="getGatewayJwks",
    summary="Public keys of the gateways",
    response_class=JSONResponse,
    responses={
        200: {
            "description": "Public keys only.",
            "content": {_JWK_SET: {"example": {"keys": [{"kty": "EC", "crv": "P-256", "kid": "…", "alg": "ES256"}]}}},
        }
    },
)
async def gateway_jwks(keymanager: KeymanagerOf) -> JSONResponse:
    """With these a backend verifies `X-JWT-Assertion`: each gateway signs with a key of its own. No access token is
    signed with any of them.
    """
    return JSONResponse({"keys": keymanager.gateway_keys.public_jwks()}, headers=_CACHED_SHORTLY, media_type=_JWK_SET)
