"""The life cycle: change the state, see what may be done, and what happened."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel

from hosting.problems import problems
from publisher.api.dependencies import BASE_PATH, ApiId, ApiPublisher, HistoryViewer, LifecycleViewer, UnitsOfWork
from publisher.api.representations import (
    LifecycleEventAnswer,
    LifecycleStateAnswer,
    WorkflowAnswer,
    lifecycle_event_answer,
    lifecycle_state_answer,
)
from publisher.usecases.change_lifecycle import ChangeLifecycle
from publisher.usecases.change_lifecycle import change_lifecycle as change
from publisher.usecases.read_apis import get_api, read_history

router = APIRouter(prefix=f"{BASE_PATH}/apis", tags=["Life cycle"])


class History(BaseModel):
    """What happened to an API, oldest first."""

    count: int
    list: list[LifecycleEventAnswer]


@router.post(
    "/change-lifecycle", operation_id="changeLifecycle", summary="Change the life-cycle state", responses=problems(404)
)
async def change_lifecycle(
    api_id: Annotated[str, Query(alias="apiId", description="The API's id.")],
    action: Annotated[
        str, Query(description="One of the events that `lifecycle-state` lists.", examples=["Publish"], max_length=100)
    ],
    units: UnitsOfWork,
    caller: ApiPublisher,
    checklist: Annotated[
        str | None,
        Query(
            alias="lifecycleChecklist",
            description="Items to tick, as `Item name:true`, separated by commas.",
            examples=["Deprecate old versions after publishing the API:true"],
            max_length=500,
        ),
    ] = None,
) -> WorkflowAnswer:
    """Publishing needs an endpoint and a plan; it deploys the newest revision where none is deployed yet, and makes
    one where there is none. Demoting and retiring undeploy.
    """
    api = await change(units, ChangeLifecycle(api_id, action, checklist), caller=caller)
    return WorkflowAnswer(lifecycleState=lifecycle_state_answer(api.state))


@router.get(
    "/{apiId}/lifecycle-state",
    operation_id="getLifecycleState",
    summary="Read the life-cycle state",
    responses=problems(404),
)
async def get_lifecycle_state(api_id: ApiId, units: UnitsOfWork, caller: LifecycleViewer) -> LifecycleStateAnswer:
    """The state, and what may be done from there."""
    return lifecycle_state_answer((await get_api(units, api_id, caller=caller)).state)


@router.get(
    "/{apiId}/lifecycle-history",
    operation_id="getLifecycleHistory",
    summary="Read the life-cycle history",
    responses=problems(404),
)
async def get_lifecycle_history(api_id: ApiId, units: UnitsOfWork, caller: HistoryViewer) -> History:
    """Who changed the state, and when."""
    events = [lifecycle_event_answer(event) for event in await read_history(units, api_id, caller=caller)]
    return History(count=len(events), list=events)
