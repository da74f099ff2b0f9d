"""Bodies and answers about session bans. The fields are ours: WSO2 has no such operations."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import Depends, Query
from pydantic import BaseModel, Field

from publisher.api.schemas import RequestBody
from publisher.domain.session_ban import SessionBan, SessionSelector


class SessionBanBody(RequestBody):
    """Which sessions, for how long, and why. All selectors that are given must fit."""

    sessionId: str | None = None  # noqa: N815
    apiId: str | None = None  # noqa: N815
    applicationId: str | None = None  # noqa: N815
    plan: str | None = None
    user: str | None = None
    address: str | None = None
    minutes: int = Field(default=0, description="How long such sessions may not open again; 0: only end them.")
    reason: str = Field(default="", max_length=512)

    def selector(self) -> SessionSelector:
        return SessionSelector(
            session_id=self.sessionId,
            api_id=self.apiId,
            application_id=self.applicationId,
            plan=self.plan,
            user=self.user,
            address=self.address,
        )


class SessionBanAnswer(BaseModel):
    """A ban."""

    banId: str  # noqa: N815
    sessionId: str | None  # noqa: N815
    apiId: str | None  # noqa: N815
    applicationId: str | None  # noqa: N815
    plan: str | None
    user: str | None
    address: str | None
    bannedAt: datetime  # noqa: N815
    until: datetime
    reason: str
    bannedBy: str  # noqa: N815


async def _selector(
    api_id: Annotated[str | None, Query(alias="apiId", description="Only sessions of this API.")] = None,
    application_id: Annotated[
        str | None, Query(alias="applicationId", description="Only sessions of this application.")
    ] = None,
    plan: Annotated[str | None, Query(description="Only sessions with this business plan.")] = None,
    user: Annotated[str | None, Query(description="Only sessions of this user.")] = None,
    address: Annotated[str | None, Query(description="Only sessions from this client address.")] = None,
) -> SessionSelector:
    return SessionSelector(api_id=api_id, application_id=application_id, plan=plan, user=user, address=address)


SelectorQuery = Annotated[SessionSelector, Depends(_selector)]


def session_ban_answer(ban: SessionBan) -> SessionBanAnswer:
    return SessionBanAnswer(
        banId=ban.id,
        sessionId=ban.selector.session_id,
        apiId=ban.selector.api_id,
        applicationId=ban.selector.application_id,
        plan=ban.selector.plan,
        user=ban.selector.user,
        address=ban.selector.address,
        bannedAt=ban.banned_at,
        until=ban.until,
        reason=ban.reason,
        bannedBy=ban.banned_by,
    )
