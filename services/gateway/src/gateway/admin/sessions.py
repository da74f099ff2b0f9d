"""`GET` and `DELETE /sessions`: which sessions are open on this gateway, and the operator's order to end some of them.

An order is closed with 1008 and leaves a line in the log: who, from where, what, how many. It is about this gateway
alone and keeps nobody from connecting again; over all gateways, and for a while, it is the publisher's session ban.
"""

from __future__ import annotations

from dataclasses import fields
from datetime import UTC, datetime
from typing import Annotated

import structlog
from fastapi import APIRouter, Depends, Path, Query, Request, Security
from pydantic import BaseModel, Field

from gateway.admin.errors import NoSelector, UnknownSession
from gateway.admin.parts import gateway_of
from gateway.enforcement.selection import SessionSelector
from gateway.session.close_codes import CloseCode
from gateway.session.session import Session
from hosting.bearer import caller_with_scope
from hosting.listing import Listing, PageQuery, listing
from tokens import Principal

_log = structlog.get_logger(__name__)

Admin = Annotated[Principal, Security(caller_with_scope, scopes=["apim:admin"])]

router = APIRouter(tags=["Gateway"])


class SessionView(BaseModel):
    """An open session: whose it is and what it has carried."""

    session_id: str = Field(serialization_alias="sessionId")
    api_id: str = Field(serialization_alias="apiId")
    application_id: str = Field(serialization_alias="applicationId")
    plan: str
    user: str
    channel: str
    key_type: str = Field(serialization_alias="keyType")
    client_address: str = Field(serialization_alias="clientAddress")
    opened_at: datetime = Field(serialization_alias="openedAt")
    messages_from_client: int = Field(serialization_alias="messagesFromClient")
    bytes_from_client: int = Field(serialization_alias="bytesFromClient")
    messages_from_backend: int = Field(serialization_alias="messagesFromBackend")
    bytes_from_backend: int = Field(serialization_alias="bytesFromBackend")


class ClosedSessions(BaseModel):
    """How many sessions were told to close."""

    count: int


async def _selector(
    *,
    session_id: Annotated[str | None, Query(alias="sessionId", description="Only this session.")] = None,
    api_id: Annotated[str | None, Query(alias="apiId", description="Only sessions of this API.")] = None,
    application_id: Annotated[
        str | None, Query(alias="applicationId", description="Only sessions of this application.")
    ] = None,
    plan: Annotated[str | None, Query(description="Only sessions with this subscription plan.")] = None,
    user: Annotated[str | None, Query(description="Only sessions of this user.")] = None,
    address: Annotated[str | None, Query(description="Only sessions of clients with this address.")] = None,
    channel: Annotated[str | None, Query(description="Only sessions on the channel with this target.")] = None,
    key_type: Annotated[
        str | None, Query(alias="keyType", description="Only sessions with keys of this type: PRODUCTION or SANDBOX.")
    ] = None,
) -> SessionSelector:
    return SessionSelector(session_id, api_id, application_id, plan, user, address, channel, key_type)


SelectorQuery = Annotated[SessionSelector, Depends(_selector)]

_QUERY_NAMES = {"session_id": "sessionId", "api_id": "apiId", "application_id": "applicationId", "key_type": "keyType"}


@router.get("/sessions", operation_id="listSessions", summary="Which sessions are open here")
async def list_sessions(
    request: Request, page: PageQuery, selector: SelectorQuery, admin: Admin
) -> Listing[SessionView]:
    """Those that fit all filters, oldest first."""
    sessions = await gateway_of(request).rules.selection.oldest_first(selector)
    part = [_view(session) for session in sessions[page.offset : page.offset + page.limit]]
    filters = {_QUERY_NAMES.get(name, name): value for name, value in selector.named().items()}
    return listing(part, total=len(sessions), page=page, path="/sessions", **filters)


@router.delete("/sessions", operation_id="closeSessions", summary="Close a selection of the sessions open here")
async def close_sessions(request: Request, selector: SelectorQuery, admin: Admin) -> ClosedSessions:
    """Those that fit all filters; at least one is needed (400)."""
    if not selector.named():
        names = (_QUERY_NAMES.get(each.name, each.name) for each in fields(selector))
        raise NoSelector(f"Name at least one of: {', '.join(names)}.")
    return ClosedSessions(count=_close(request, selector, admin))


@router.delete(
    "/sessions/{sessionId}", operation_id="closeSession", summary="Close one session open here", status_code=204
)
async def close_session(request: Request, session_id: Annotated[str, Path(alias="sessionId")], admin: Admin) -> None:
    """404 where no such session is open on this gateway."""
    if not _close(request, SessionSelector(session_id=session_id), admin):
        raise UnknownSession(f"There is no open session with the id '{session_id[:100]}' on this gateway.")


def _close(request: Request, selector: SessionSelector, admin: Principal) -> int:
    gateway = gateway_of(request)
    count = gateway.rules.reviewer.close(gateway.rules.selection.find(selector), CloseCode.POLICY_VIOLATION)
    _log.info(
        "an operator closes sessions",
        operator=admin.subject,
        client_id=admin.client_id,
        from_address=request.client.host if request.client else "",
        selector=selector.named(),
        sessions=count,
    )
    return count


def _view(session: Session) -> SessionView:
    labels, traffic = session.labels, session.traffic
    return SessionView(
        session_id=session.session_id,
        api_id=labels.api_id,
        application_id=labels.application_id,
        plan=labels.plan,
        user=labels.user,
        channel=labels.channel,
        key_type=labels.key_type,
        client_address=session.client_address,
        opened_at=datetime.fromtimestamp(session.opened_at, UTC),
        messages_from_client=traffic.messages_from_client,
        bytes_from_client=traffic.bytes_from_client,
        messages_from_backend=traffic.messages_from_backend,
        bytes_from_backend=traffic.bytes_from_backend,
    )
