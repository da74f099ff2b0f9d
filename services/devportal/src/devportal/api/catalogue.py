"""The catalogue: published APIs, for everybody; APIs of restricted visibility for those who have the role."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from devportal.api.catalogue_answers import ApiAnswer, ApiSummary, TagAnswer, api_answer, api_summary
from devportal.api.dependencies import BASE_PATH, ApiId, UnitsOfWork, Visitor
from devportal.domain.search import parse_search
from devportal.usecases import browse_catalogue
from hosting.listing import Listing, PageQuery, listing
from hosting.problems import public_problems

router = APIRouter(prefix=BASE_PATH, tags=["APIs"])

SearchQuery = Annotated[
    str | None,
    Query(
        description="`name: context: version: tag: description: provider: status:`; a bare word is part of the name, "
        '"quoted" is the whole value.',
        examples=["name:echo tag:chat"],
    ),
]


@router.get("/apis", operation_id="listApis", summary="List APIs", responses=public_problems())
async def list_apis(
    page: PageQuery, units: UnitsOfWork, caller: Visitor, query: SearchQuery = None
) -> Listing[ApiSummary]:
    """What is published or pre-released, and may be seen by the caller; by name."""
    found, total = await browse_catalogue.list_apis(
        units, parse_search(query), caller=caller, limit=page.limit, offset=page.offset
    )
    answers = [api_summary(api) for api in found]
    return listing(answers, total=total, page=page, path="/apis", query=query)


@router.get("/apis/{apiId}", operation_id="getApi", summary="Read an API", responses=public_problems(404))
async def get_api(api_id: ApiId, units: UnitsOfWork, caller: Visitor) -> ApiAnswer:
    """With its business plans and the addresses at which gateways serve it. Also of a deprecated API."""
    return api_answer(await browse_catalogue.show_api(units, api_id, caller=caller))


@router.get("/tags", operation_id="listTags", summary="List tags", responses=public_problems())
async def list_tags(page: PageQuery, units: UnitsOfWork, caller: Visitor) -> Listing[TagAnswer]:
    """Of the APIs that `GET /apis` lists for the caller."""
    found, total = await browse_catalogue.list_tags(units, caller=caller, limit=page.limit, offset=page.offset)
    answers = [TagAnswer(value=value, count=count) for value, count in found]
    return listing(answers, total=total, page=page, path="/tags")
