"""Look at the open sessions of one's applications, on all gateways, as the gateways last told them."""

from __future__ import annotations

from collections.abc import Sequence

from contracts.gateway import Session
from devportal.domain.caller import Caller
from devportal.usecases.opening import is_id, read_application
from devportal.usecases.unit import Units
from hosting.session_feed import OpenSessions


async def list_sessions(
    units: Units, sessions: OpenSessions, *, application_id: str | None, api_id: str | None, caller: Caller
) -> Sequence[Session]:
    """Oldest first. Raises `UnknownApplication`."""
    found = sessions.select(
        lambda session: application_id in {None, session.application_id} and api_id in {None, session.api_id}
    )
    async with units.reading() as view:
        if application_id is not None:
            await read_application(view, application_id, caller=caller)
        ids = {session.application_id for session in found if is_id(session.application_id)}
        own = {each.id for each in (await view.applications.with_ids(ids)).values() if each.owner == caller.name}
    return [session for session in found if session.application_id in own]
