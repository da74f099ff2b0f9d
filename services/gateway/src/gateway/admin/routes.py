"""`GET /routes`: what this gateway serves right now. For operators, with an admin's token."""

from __future__ import annotations

from fastapi import APIRouter, Request, Security
from pydantic import BaseModel, Field

from gateway.admin.parts import gateway_of
from hosting.bearer import caller_with_scope
from hosting.listing import Listing, PageQuery, listing

ADMIN = Security(caller_with_scope, scopes=["apim:admin"])

router = APIRouter(tags=["Gateway"], dependencies=[ADMIN])


class RouteView(BaseModel):
    """An API that is deployed in this gateway's environment."""

    api_id: str = Field(serialization_alias="apiId")
    name: str
    context: str
    version: str
    state: str
    vhost: str
    revision_id: str = Field(serialization_alias="revisionId")


@router.get("/routes", operation_id="listRoutes", summary="What is routed here")
async def list_routes(request: Request, page: PageQuery) -> Listing[RouteView]:
    """Every deployed API in this gateway's environment, whatever its state."""
    table = gateway_of(request).feed.table
    views = [
        RouteView(
            api_id=api.id,
            name=api.name,
            context=api.context,
            version=api.api_version,
            state=api.state,
            vhost=deployment.vhost,
            revision_id=deployment.revision_id,
        )
        for deployment in table.deployments()
        if (api := table.api(deployment.api_id)) is not None
    ]
    views.sort(key=lambda view: (view.context, view.version))
    part = views[page.offset : page.offset + page.limit]
    return listing(part, total=len(views), page=page, path="/routes")
