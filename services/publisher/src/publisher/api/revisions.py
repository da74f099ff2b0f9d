"""Revisions: make, list, read, delete, restore."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

from fastapi import APIRouter, Body, Query, Response
from pydantic import Field, JsonValue

from hosting.listing import Listing, Page, listing
from hosting.problems import problems
from publisher.api.dependencies import (
    BASE_PATH,
    ApiCreator,
    ApiId,
    RevisionEditor,
    RevisionId,
    RevisionIdQuery,
    RevisionViewer,
    UnitsOfWork,
)
from publisher.api.representations import (
    RevisionAnswer,
    api_answer,
    revision_answer,
)
from publisher.api.schemas import ApiAnswer, RequestBody
from publisher.domain.api import MAX_REVISIONS, Revision
from publisher.usecases.create_revision import create_revision as create
from publisher.usecases.delete_revision import delete_revision as delete
from publisher.usecases.read_revisions import read_revision, read_revisions
from publisher.usecases.restore_revision import restore_revision as restore

router = APIRouter(prefix=f"{BASE_PATH}/apis/{{apiId}}", tags=["Revisions"])


class RevisionBody(RequestBody):
    """WSO2's APIRevision; all but the description is the server's to decide."""

    description: str | None = Field(default=None, json_schema_extra={"maxLength": 255}, examples=["Initial Revision"])
    displayName: JsonValue = None  # noqa: N815  # WSO2's names, here and below
    id: JsonValue = None
    createdTime: JsonValue = None  # noqa: N815
    apiInfo: JsonValue = None  # noqa: N815
    deploymentInfo: JsonValue = None  # noqa: N815


@router.post(
    "/revisions", status_code=201, operation_id="createRevision", summary="Make a revision", responses=problems(404)
)
async def create_revision(
    api_id: ApiId,
    response: Response,
    units: UnitsOfWork,
    caller: RevisionEditor,
    body: Annotated[RevisionBody | None, Body()] = None,
) -> RevisionAnswer:
    """Freezes the API's definition. An API has at most five revisions."""
    description = (body.description if body else None) or ""
    revision = await create(units, api_id, description=description, caller=caller)
    response.headers["Location"] = f"{BASE_PATH}/apis/{api_id}/revisions/{revision.id}"
    return revision_answer(revision)


@router.get("/revisions", operation_id="listRevisions", summary="List revisions", responses=problems(404))
async def list_revisions(
    api_id: ApiId,
    units: UnitsOfWork,
    caller: RevisionViewer,
    query: Annotated[
        Literal["deployed:true", "deployed:false"] | None, Query(description="Only those that are (not) deployed.")
    ] = None,
) -> Listing[RevisionAnswer]:
    """All of the API's revisions, oldest first."""
    is_deployed = None if query is None else query == "deployed:true"
    return _all(await read_revisions(units, api_id, caller=caller, is_deployed=is_deployed), api_id)


@router.get("/revisions/{revisionId}", operation_id="getRevision", summary="Read a revision", responses=problems(404))
async def get_revision(
    api_id: ApiId, revision_id: RevisionId, units: UnitsOfWork, caller: RevisionViewer
) -> RevisionAnswer:
    """The revision and where it is deployed."""
    return revision_answer(await read_revision(units, api_id, revision_id, caller=caller))


@router.delete(
    "/revisions/{revisionId}", operation_id="deleteRevision", summary="Delete a revision", responses=problems(404)
)
async def delete_revision(
    api_id: ApiId, revision_id: RevisionId, units: UnitsOfWork, caller: RevisionEditor
) -> Listing[RevisionAnswer]:
    """The revisions that remain. A deployed one cannot be deleted."""
    return _all(await delete(units, api_id, revision_id, caller=caller), api_id)


@router.post(
    "/restore-revision",
    status_code=201,
    operation_id="restoreRevision",
    summary="Restore a revision",
    response_model_exclude_unset=True,
    responses=problems(404),
)
async def restore_revision(
    api_id: ApiId, revision_id: RevisionIdQuery, units: UnitsOfWork, caller: ApiCreator
) -> ApiAnswer:
    """The API's definition becomes what it was in the revision; nothing deployed changes."""
    return api_answer(await restore(units, api_id, revision_id, caller=caller))


def _all(revisions: Sequence[Revision], api_id: str) -> Listing[RevisionAnswer]:
    page = Page(limit=MAX_REVISIONS, offset=0)
    answers = [revision_answer(revision) for revision in revisions]
    return listing(answers, total=len(answers), page=page, path=f"/apis/{api_id}/revisions")
