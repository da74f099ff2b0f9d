"""Applications: create, list, read, change, delete. Everybody sees their own only."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Body, Query, Response

from devportal.api.application_bodies import (
    ApplicationAnswer,
    ApplicationBody,
    ApplicationSummary,
    application_answer,
    application_summary,
)
from devportal.api.dependencies import BASE_PATH, ApplicationId, ApplicationOwner, UnitsOfWork
from devportal.usecases import delete_application as deleting
from devportal.usecases import keep_applications
from hosting.listing import Listing, PageQuery, listing
from hosting.problems import problems

router = APIRouter(prefix=f"{BASE_PATH}/applications", tags=["Applications"])

_EXAMPLE: Final[dict[str, Any]] = {
    "name": "ChatApp",
    "throttlingPolicy": "Unlimited",
    "description": "Talks to the echo",
    "tokenType": "JWT",
}
ApplicationContent = Annotated[
    ApplicationBody, Body(openapi_examples={"chat": {"summary": "An application", "value": _EXAMPLE}})
]

NamePart = Annotated[
    str | None,
    Query(alias="query", max_length=100, pattern=r"^[^\x00]*$", description="Part of the name.", examples=["chat"]),
]
SortBy = Annotated[
    Literal["name", "throttlingPolicy", "status", "createdTime"], Query(alias="sortBy", description="What to sort by.")
]
SortOrder = Annotated[Literal["asc", "desc"], Query(alias="sortOrder", description="Which way.")]


@router.get("", operation_id="listApplications", summary="List one's applications", responses=problems())
async def list_applications(
    *,
    page: PageQuery,
    units: UnitsOfWork,
    caller: ApplicationOwner,
    name_part: NamePart = None,
    sort_by: SortBy = "name",
    sort_order: SortOrder = "asc",
) -> Listing[ApplicationSummary]:
    """The caller's own, each with how many subscriptions it has."""
    found, total = await keep_applications.list_applications(
        units,
        caller=caller,
        name_part=name_part or "",
        sort_by=sort_by,
        descending=sort_order == "desc",
        limit=page.limit,
        offset=page.offset,
    )
    return listing(
        [application_summary(application) for application in found],
        total=total,
        page=page,
        path="/applications",
        query=name_part,
        sortBy=sort_by,
        sortOrder=sort_order,
    )


@router.post(
    "",
    status_code=201,
    operation_id="createApplication",
    summary="Create an application",
    responses=problems(409, 413),
)
async def create_application(
    body: ApplicationContent, response: Response, units: UnitsOfWork, caller: ApplicationOwner
) -> ApplicationAnswer:
    """It belongs to the caller. `Location` says where it is."""
    created = await keep_applications.create_application(units, body.draft(), caller=caller)
    response.headers["Location"] = f"{BASE_PATH}/applications/{created.application.id}"
    return application_answer(created)


@router.get("/{applicationId}", operation_id="getApplication", summary="Read an application", responses=problems(404))
async def get_application(
    application_id: ApplicationId, units: UnitsOfWork, caller: ApplicationOwner
) -> ApplicationAnswer:
    """With its keys (without secrets) and the scopes it may ask for."""
    return application_answer(await keep_applications.show_application(units, application_id, caller=caller))


@router.put(
    "/{applicationId}",
    operation_id="changeApplication",
    summary="Change an application",
    responses=problems(404, 409, 413),
)
async def change_application(
    application_id: ApplicationId, body: ApplicationContent, units: UnitsOfWork, caller: ApplicationOwner
) -> ApplicationAnswer:
    """Another token type holds for tokens that are made from now on."""
    changed = await keep_applications.change_application(units, application_id, body.draft(), caller=caller)
    return application_answer(changed)


@router.delete(
    "/{applicationId}",
    operation_id="deleteApplication",
    summary="Delete an application",
    responses=problems(404),
)
async def delete_application(application_id: ApplicationId, units: UnitsOfWork, caller: ApplicationOwner) -> None:
    """With its subscriptions and keys; its tokens do not count any more."""
    await deleting.delete_application(units, application_id, caller=caller)
