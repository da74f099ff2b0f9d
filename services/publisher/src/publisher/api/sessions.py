"""Open sessions of one's APIs on all gateways: see them, end them, and keep them from opening again for a while."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Path, Query, Response

from hosting.listing import Listing, PageQuery, listing
from hosting.problems import problems
from hosting.session_answer import SessionAnswer, session_answer
from publisher.api.dependencies import BASE_PATH, SessionEnder, Sessions, SessionViewer, UnitsOfWork
from publisher.api.session_bodies import (
    SelectorQuery,
    SessionBanAnswer,
    SessionBanBody,
    session_ban_answer,
)
from publisher.domain.session_ban import SessionSelector, checked_duration
from publisher.usecases.ban_sessions import ban_sessions, lift_ban, list_bans, read_ban
from publisher.usecases.list_sessions import list_sessions as list_all

router = APIRouter(prefix=BASE_PATH, tags=["Sessions"])

BanId = Annotated[str, Path(alias="banId", description="The ban's id.")]
Reason = Annotated[str, Query(max_length=512, description="Why, for the audit.")]
_NOW = timedelta(0)


@router.get("/sessions", operation_id="listSessions", summary="List open sessions", responses=problems())
async def list_sessions(
    selector: SelectorQuery, page: PageQuery, units: UnitsOfWork, sessions: Sessions, caller: SessionViewer
) -> Listing[SessionAnswer]:
    """On all gateways, oldest first. A session is listed a few seconds after it opened."""
    found = await list_all(units, sessions, selector, caller=caller)
    part = [session_answer(session) for session in found[page.offset : page.offset + page.limit]]
    return listing(
        part,
        total=len(found),
        page=page,
        path="/sessions",
        apiId=selector.api_id,
        applicationId=selector.application_id,
        plan=selector.plan,
        user=selector.user,
        address=selector.address,
    )


@router.delete("/sessions", operation_id="killSessions", summary="End open sessions", responses=problems(404))
async def kill_sessions(
    selector: SelectorQuery, units: UnitsOfWork, sessions: Sessions, caller: SessionEnder, reason: Reason = ""
) -> SessionBanAnswer:
    """Those that fit, on every gateway, with close code 1008. At least one selector must be given."""
    ban = await ban_sessions(units, sessions, selector, duration=_NOW, reason=reason, caller=caller)
    return session_ban_answer(ban)


@router.delete(
    "/sessions/{sessionId}", operation_id="killSession", summary="End an open session", responses=problems(404)
)
async def kill_session(
    session_id: Annotated[str, Path(alias="sessionId", description="The session's id.")],
    units: UnitsOfWork,
    sessions: Sessions,
    caller: SessionEnder,
    reason: Reason = "",
) -> SessionBanAnswer:
    """Wherever it is, with close code 1008."""
    selector = SessionSelector(session_id=session_id)
    ban = await ban_sessions(units, sessions, selector, duration=_NOW, reason=reason, caller=caller)
    return session_ban_answer(ban)


@router.get("/session-bans", operation_id="listSessionBans", summary="List bans in force", responses=problems())
async def list_session_bans(page: PageQuery, units: UnitsOfWork, caller: SessionEnder) -> Listing[SessionBanAnswer]:
    """Newest first."""
    bans = await list_bans(units, caller=caller)
    part = [session_ban_answer(ban) for ban in bans[page.offset : page.offset + page.limit]]
    return listing(part, total=len(bans), page=page, path="/session-bans")


@router.post(
    "/session-bans",
    status_code=201,
    operation_id="addSessionBan",
    summary="End sessions and keep them from opening again",
    responses=problems(404),
)
async def add_session_ban(
    body: SessionBanBody, units: UnitsOfWork, sessions: Sessions, caller: SessionEnder, response: Response
) -> SessionBanAnswer:
    """For at most a day. Handshakes that fit are refused with 403 meanwhile."""
    duration = checked_duration(body.minutes)
    ban = await ban_sessions(units, sessions, body.selector(), duration=duration, reason=body.reason, caller=caller)
    response.headers["Location"] = f"{BASE_PATH}/session-bans/{ban.id}"
    return session_ban_answer(ban)


@router.get("/session-bans/{banId}", operation_id="getSessionBan", summary="Read a ban", responses=problems(404))
async def get_session_ban(ban_id: BanId, units: UnitsOfWork, caller: SessionEnder) -> SessionBanAnswer:
    """Also for a while after it is over."""
    return session_ban_answer(await read_ban(units, ban_id, caller=caller))


@router.delete("/session-bans/{banId}", operation_id="liftSessionBan", summary="Lift a ban", responses=problems(404))
async def lift_session_ban(ban_id: BanId, units: UnitsOfWork, caller: SessionEnder) -> None:
    """Such sessions may open again."""
    await lift_ban(units, ban_id, caller=caller)
