"""`/keymanager-operations/test-keys`: what the publisher asks for internal test keys. For that service only."""

from __future__ import annotations

from fastapi import APIRouter, Response

from keymanager.api.callers import PartsOf, Publisher
from keymanager.api.oauth_errors import NO_STORE
from keymanager.api.schemas import ApiTestKeyAnswer, ApiTestKeyBody
from keymanager.usecases.issue_test_key import issue_test_key

router = APIRouter(prefix="/keymanager-operations/test-keys", tags=["Test keys"])


@router.post(
    "",
    operation_id="issueTestKey",
    summary="Make an internal test key",
    responses={
        400: {"description": "Malformed, with pointers to fields."},
        401: {"description": "No credentials of a client, or wrong ones."},
        403: {"description": "The client is not the publisher."},
    },
)
async def post(parts: PartsOf, client: Publisher, body: ApiTestKeyBody, response: Response) -> ApiTestKeyAnswer:
    """A JWT whose audience is the API's id; gateways accept it for that API without a subscription."""
    issued = await issue_test_key(parts, client, api_id=body.api_id, user=body.user)
    response.headers.update(NO_STORE)
    return ApiTestKeyAnswer(apikey=issued.access_token, validity_time=issued.lifetime_seconds)
