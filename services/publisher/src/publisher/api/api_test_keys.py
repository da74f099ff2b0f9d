"""The internal test key of an API, as WSO2's Publisher makes it."""

from __future__ import annotations

from fastapi import APIRouter, Response
from pydantic import BaseModel

from hosting.problems import problems
from publisher.api.dependencies import BASE_PATH, ApiId, KeyManager, TestKeyMaker, UnitsOfWork
from publisher.usecases.generate_test_key import generate_test_key

router = APIRouter(prefix=f"{BASE_PATH}/apis/{{apiId}}", tags=["APIs"])


class ApiKeyAnswer(BaseModel):
    """WSO2's `APIKey`: the key is shown once; `validityTime` is in seconds."""

    apikey: str
    validityTime: int  # noqa: N815  # WSO2's name


@router.post(
    "/generate-key",
    operation_id="generateInternalAPIKey",
    summary="Make a test key",
    responses=problems(403, 404, 503),
)
async def generate_key(
    api_id: ApiId, units: UnitsOfWork, keymanager: KeyManager, caller: TestKeyMaker, response: Response
) -> ApiKeyAnswer:
    """Sent to the gateway as `Authorization: Bearer`, it opens this API without a subscription, for an hour."""
    key = await generate_test_key(units, keymanager, api_id, caller=caller)
    response.headers["Cache-Control"] = "no-store"
    return ApiKeyAnswer(apikey=key.token, validityTime=key.validity_seconds)
