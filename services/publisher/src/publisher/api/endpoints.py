"""Try an endpoint."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel

from hosting.problems import problems
from publisher.api.dependencies import BASE_PATH, ApiCreator, BackendsInReach, UnitsOfWork
from publisher.usecases.validate_endpoint import validate_endpoint as validate

router = APIRouter(prefix=f"{BASE_PATH}/apis", tags=["APIs"])


class EndpointAnswer(BaseModel):
    """How the endpoint answered a WebSocket handshake; 101 is as it should be, 0 is no answer at all."""

    statusCode: int  # noqa: N815  # WSO2's names
    statusMessage: str  # noqa: N815
    error: str = ""


@router.post("/validate-endpoint", operation_id="validateEndpoint", summary="Try an endpoint", responses=problems(404))
async def validate_endpoint(
    url: Annotated[str, Query(alias="endpointUrl", description="A `ws://` or `wss://` URL.")],
    units: UnitsOfWork,
    backends: BackendsInReach,
    caller: ApiCreator,
    api_id: Annotated[str | None, Query(alias="apiId", description="The API whose endpoint it is to be.")] = None,
) -> EndpointAnswer:
    """Connects to it from here, as a gateway would, without credentials."""
    return _answer(await validate(units, backends, url, api_id=api_id, caller=caller))


def _answer(status: int | None) -> EndpointAnswer:
    if status is None:
        return EndpointAnswer(statusCode=0, statusMessage="", error="There is no WebSocket server that answers.")
    known = {each.value: each.phrase for each in HTTPStatus}
    return EndpointAnswer(statusCode=status, statusMessage=known.get(status, ""))
