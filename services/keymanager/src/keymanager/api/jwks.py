"""`GET /oauth2/jwks`: the public halves of the signing keys (RFC 7517 5)."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from keymanager.api.callers import PartsOf
from keymanager.store.signing_keys import SigningKeyStore

router = APIRouter(prefix="/oauth2", tags=["OAuth"])

_CACHED = {"Cache-Control": "public, max-age=300"}


@router.get(
    "/jwks",
    operation_id="getJwks",
    summary="Public signing keys",
    response_class=JSONResponse,
    responses={
        200: {
            "description": "Public keys only.",
            "content": {"application/jwk-set+json": {"example": {"keys": [{"kty": "EC", "crv": "P-256", "kid": "…"}]}}},
        }
    },
)
async def jwks(parts: PartsOf) -> JSONResponse:
    """Every key whose tokens may still be about."""
    async with parts.database.reading() as session:
        keys = [row.public_jwk for row in await SigningKeyStore(session).every()]
    return JSONResponse({"keys": keys}, headers=_CACHED, media_type="application/jwk-set+json")
