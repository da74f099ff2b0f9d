"""Where everything is: RFC 8414, OpenID Connect Discovery and WSO2's path for it. Only what exists is listed."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from keymanager.api.callers import PartsOf
from keymanager.domain.scopes import REST_SCOPES
from keymanager.grants import GRANTS
from keymanager.parts import TokenPolicy

router = APIRouter(tags=["OAuth"])

_CACHED = {"Cache-Control": "public, max-age=300"}
_CLIENT_AUTHENTICATION = ["client_secret_basic", "client_secret_post"]


@router.get(
    "/.well-known/openid-configuration",
    operation_id="getOpenIdConfiguration",
    summary="OpenID Connect discovery",
    response_class=JSONResponse,
)
@router.get(
    "/.well-known/oauth-authorization-server",
    operation_id="getAuthorizationServerMetadata",
    summary="Authorization server metadata (RFC 8414)",
    response_class=JSONResponse,
)
@router.get(
    "/oauth2/token/.well-known/openid-configuration",
    operation_id="getOpenIdConfigurationWso2",
    summary="OpenID Connect discovery, where WSO2 has it",
    response_class=JSONResponse,
)
async def discovery(parts: PartsOf) -> JSONResponse:
    """`issuer` is byte for byte what tokens carry as `iss`."""
    return JSONResponse(_metadata(parts.policy), headers=_CACHED)


def _metadata(policy: TokenPolicy) -> dict[str, object]:
    issuer = policy.issuer
    return {
        "issuer": issuer,
        "token_endpoint": f"{issuer}/oauth2/token",
        "jwks_uri": f"{issuer}/oauth2/jwks",
        "revocation_endpoint": f"{issuer}/oauth2/revoke",
        "introspection_endpoint": f"{issuer}/oauth2/introspect",
        "grant_types_supported": sorted(GRANTS),
        # RFC 8414 2 wants the member; there is no authorization endpoint yet, hence no response type.
        "response_types_supported": [],
        "scopes_supported": list(REST_SCOPES),
        "token_endpoint_auth_methods_supported": _CLIENT_AUTHENTICATION,
        "revocation_endpoint_auth_methods_supported": _CLIENT_AUTHENTICATION,
        "introspection_endpoint_auth_methods_supported": _CLIENT_AUTHENTICATION,
    }
