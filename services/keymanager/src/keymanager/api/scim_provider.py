"""`/scim2/ServiceProviderConfig`: what of SCIM there is (RFC 7643 5). For everybody to read."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from keymanager.api.scim_errors import SCIM_JSON
from keymanager.api.scim_users import MAX_COUNT

router = APIRouter(prefix="/scim2/ServiceProviderConfig", tags=["Users"])

_CONFIG = {
    "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"],
    "patch": {"supported": True},
    "bulk": {"supported": False, "maxOperations": 0, "maxPayloadSize": 0},
    "filter": {"supported": True, "maxResults": MAX_COUNT},
    "changePassword": {"supported": True},
    "sort": {"supported": False},
    "etag": {"supported": False},
    "authenticationSchemes": [
        {"type": "httpbasic", "name": "HTTP Basic", "description": "Name and password of an admin (RFC 7617)."},
        {"type": "oauthbearertoken", "name": "OAuth Bearer Token", "description": "A REST token (RFC 6750)."},
    ],
}


@router.get(
    "",
    operation_id="getServiceProviderConfig",
    summary="What of SCIM is supported",
    response_class=JSONResponse,
    responses={200: {"description": "The configuration.", "content": {SCIM_JSON: {"example": _CONFIG}}}},
)
async def get() -> JSONResponse:
    """RFC 7644 4."""
    return JSONResponse(_CONFIG, media_type=SCIM_JSON)
