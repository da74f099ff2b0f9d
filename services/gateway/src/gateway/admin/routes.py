"""`GET /routes` and `GET /sessions`: what this gateway serves right now. For operators, with an admin's token."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request, Security
from pydantic import BaseModel, Field

from gateway.admin.parts import gateway_of
from gateway.session.session import Session
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


class SessionView(BaseModel):
    """An open session: whose it is and what it has carried."""

    session_id: str = Field(serialization_alias="sessionId")
    api_id: str = Field(serialization_alias="apiId")
    application_id: str = Field(serialization_alias="applicationId")
    user: str
    channel: str
    key_type: str = Field(serialization_alias="keyType")
    client_address: str = Field(serialization_alias="clientAddress")
    opened_at: datetime = Field(serialization_alias="openedAt")
    messages_from_client: int = Field(serialization_alias="messagesFromClient")
    messages_from_backend: int = Field(serialization_alias="messagesFromBackend")


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


@router.get("/sessions", operation_id="listSessions", summary="Which sessions are open here")
async def list_sessions(
    request: Request,
    page: PageQuery,
    api_id: Annotated[str | None, Query(alias="apiId", description="Only sessions of this API.")] = None,
    application_id: Annotated[
        str | None, Query(alias="applicationId", description="Only sessions of this application.")
    ] = None,
) -> Listing[SessionView]:
    """Oldest first."""
    sessions = gateway_of(request).reception.registry.select(
        lambda session: (
            api_id in (None, session.labels.api_id) and application_id in (None, session.labels.application_id)
        )
    )
    part = [_view(session) for session in sessions[page.offset : page.offset + page.limit]]
    return listing(part, total=len(sessions), page=page, path="/sessions", apiId=api_id, applicationId=application_id)


def _view(session: Session) -> SessionView:
    traffic = session.traffic
    return SessionView(
        session_id=session.session_id,
        api_id=session.labels.api_id,
        application_id=session.labels.application_id,
        user=session.labels.user,
        channel=session.labels.channel,
        key_type=session.labels.key_type,
        client_address=session.client_address,
        opened_at=datetime.fromtimestamp(session.opened_at, UTC),
        messages_from_client=traffic.messages_from_client,
        messages_from_backend=traffic.messages_from_backend,
    )
