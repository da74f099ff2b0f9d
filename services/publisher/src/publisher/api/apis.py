"""APIs: create, list, read, change, delete."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Body, Header, Query, Response

from hosting.listing import Listing, PageQuery, listing
from hosting.problems import problems
from publisher.api.dependencies import (
    BASE_PATH,
    ApiCreator,
    ApiDeleter,
    ApiEditor,
    ApiId,
    ApiLister,
    ApiViewer,
    BackendsInReach,
    IfMatch,
    UnitsOfWork,
)
from publisher.api.plan_representations import PlanAnswer, plan_answer
from publisher.api.representations import ApiSummary, api_answer, api_summary
from publisher.api.schemas import ApiAnswer, ApiBody
from publisher.domain.api import Api
from publisher.domain.search import parse_search
from publisher.usecases.create_api import CreateApi
from publisher.usecases.create_api import create_api as create
from publisher.usecases.delete_api import delete_api as delete
from publisher.usecases.read_apis import get_api, list_apis, read_plans_of_api
from publisher.usecases.update_api import UpdateApi
from publisher.usecases.update_api import update_api as update

router = APIRouter(prefix=f"{BASE_PATH}/apis", tags=["APIs"])

_EXAMPLE: Final[dict[str, Any]] = {
    "name": "EchoWebSocket",
    "context": "/echowebsocket",
    "version": "1.0",
    "type": "WS",
    "policies": ["Gold", "Silver"],
    "endpointConfig": {
        "endpoint_type": "ws",
        "production_endpoints": {"url": "ws://localhost:9000"},
        "sandbox_endpoints": {"url": "ws://localhost:9000"},
    },
}
_BODY: Final = Body(openapi_examples={"echo": {"summary": "The tutorial's API", "value": _EXAMPLE}})

SortBy = Annotated[
    Literal["apiName", "name", "version", "createdTime", "status"],
    Query(alias="sortBy", description="What to sort by."),
]
SortOrder = Annotated[Literal["asc", "desc"], Query(alias="sortOrder", description="Which way.")]
SearchQuery = Annotated[
    str | None,
    Query(
        alias="query",
        description="`name: version: context: status: tags: provider: description:`; a bare word is part of the name.",
        examples=["name:echo status:PUBLISHED"],
    ),
]


@router.post(
    "",
    status_code=201,
    operation_id="createApi",
    summary="Create an API",
    response_model_exclude_unset=True,
    responses=problems(409, 413),
)
async def create_api(
    body: Annotated[ApiBody, _BODY],
    response: Response,
    units: UnitsOfWork,
    backends: BackendsInReach,
    caller: ApiCreator,
) -> ApiAnswer:
    """A WebSocket API in state CREATED, or a further version of one. The endpoint may be given later."""
    command = CreateApi(
        name=body.name,
        context=body.context,
        version=body.version,
        is_default_version=body.isDefaultVersion or False,
        fields=body.sent(),
    )
    api = await create(units, backends, command, caller=caller)
    response.headers["Location"] = f"{BASE_PATH}/apis/{api.id}"
    return _answer(api, response)


@router.get("", operation_id="listApis", summary="List APIs", responses=problems())
async def search_apis(
    *,
    page: PageQuery,
    units: UnitsOfWork,
    caller: ApiLister,
    query: SearchQuery = None,
    sort_by: SortBy = "createdTime",
    sort_order: SortOrder = "desc",
) -> Listing[ApiSummary]:
    """The APIs that the caller may see, a part at a time."""
    found, total = await list_apis(
        units,
        parse_search(query),
        caller=caller,
        sort_by=sort_by,
        descending=sort_order == "desc",
        limit=page.limit,
        offset=page.offset,
    )
    return listing(
        [api_summary(api) for api in found],
        total=total,
        page=page,
        path="/apis",
        query=query,
        sortBy=sort_by,
        sortOrder=sort_order,
    )


@router.get(
    "/{apiId}",
    operation_id="getApi",
    summary="Read an API",
    response_model=ApiAnswer,
    response_model_exclude_unset=True,
    responses={**problems(404), 304: {"description": "`If-None-Match` names the present state."}},
)
async def read_api(
    api_id: ApiId,
    response: Response,
    units: UnitsOfWork,
    caller: ApiViewer,
    if_none_match: Annotated[str | None, Header(description="The ETag of the API as it is known.")] = None,
) -> ApiAnswer | Response:
    """Everything about the API, with its ETag."""
    api = await get_api(units, api_id, caller=caller)
    if api.etag in {tag.strip().removeprefix("W/") for tag in (if_none_match or "").split(",")}:
        return Response(status_code=304, headers={"ETag": api.etag})
    return _answer(api, response)


@router.put(
    "/{apiId}",
    operation_id="updateApi",
    summary="Change an API",
    response_model_exclude_unset=True,
    responses=problems(404, 409, 412, 413),
)
async def update_api(
    *,
    api_id: ApiId,
    body: Annotated[ApiBody, _BODY],
    response: Response,
    units: UnitsOfWork,
    backends: BackendsInReach,
    caller: ApiEditor,
    if_match: IfMatch = None,
) -> ApiAnswer:
    """The new definition. Name, context, version and what the server decides stay as they are, whatever is sent; so
    do all fields but the commercial ones for who may not create. Gateways serve it from the next revision on.
    """
    command = UpdateApi(api_id, body.isDefaultVersion or False, body.sent(), if_match)
    return _answer(await update(units, backends, command, caller=caller), response)


@router.delete(
    "/{apiId}", operation_id="deleteApi", summary="Delete an API", status_code=200, responses=problems(404, 409, 412)
)
async def delete_api(api_id: ApiId, units: UnitsOfWork, caller: ApiDeleter, if_match: IfMatch = None) -> Response:
    """With its revisions and deployments. An API with active subscriptions is 409."""
    await delete(units, api_id, caller=caller, if_match=if_match)
    return Response(status_code=200)


@router.get(
    "/{apiId}/subscription-policies",
    operation_id="listPlansOfApi",
    summary="List an API's business plans",
    responses=problems(404),
)
async def list_plans_of_api(api_id: ApiId, units: UnitsOfWork, caller: ApiViewer) -> list[PlanAnswer]:
    """The plans with which the API is sold."""
    return [plan_answer(plan) for plan in await read_plans_of_api(units, api_id, caller=caller)]


def _answer(api: Api, response: Response) -> ApiAnswer:
    response.headers["ETag"] = api.etag
    return api_answer(api)
