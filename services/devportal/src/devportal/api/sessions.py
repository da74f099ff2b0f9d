"""Open sessions of one's applications, on all gateways."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from devportal.api.dependencies import BASE_PATH, ApplicationOwner, Sessions, UnitsOfWork
from devportal.usecases.list_sessions import list_sessions as list_own
from hosting.listing import Listing, PageQuery, listing
from hosting.problems import problems
from hosting.session_answer import SessionAnswer, session_answer

router = APIRouter(prefix=f"{BASE_PATH}/sessions", tags=["Sessions"])


@router.get("", operation_id="listSessions", summary="List open sessions", responses=problems(404))
async def list_sessions(
    *,
    page: PageQuery,
    units: UnitsOfWork,
    sessions: Sessions,
    caller: ApplicationOwner,
    application_id: Annotated[
        str | None, Query(alias="applicationId", description="Only those of this application.")
    ] = None,
    api_id: Annotated[str | None, Query(alias="apiId", description="Only those to this API.")] = None,
) -> Listing[SessionAnswer]:
    """Of one's own applications, oldest first. A session is listed a few seconds after it opened."""
    found = await list_own(units, sessions, application_id=application_id, api_id=api_id, caller=caller)
    part = [session_answer(session) for session in found[page.offset : page.offset + page.limit]]
    return listing(part, total=len(found), page=page, path="/sessions", applicationId=application_id, apiId=api_id)
