"""Look at the open sessions of the APIs that one may see, on all gateways, as the gateways last told them."""

from __future__ import annotations

from collections.abc import Sequence

from contracts.gateway import Session
from hosting.session_feed import OpenSessions
from publisher.domain.caller import Caller
from publisher.domain.session_ban import SessionSelector
from publisher.errors import UnknownSession
from publisher.usecases.opening import is_id, may_see
from publisher.usecases.unit import Units, View


async def list_sessions(
    units: Units, sessions: OpenSessions, selector: SessionSelector, *, caller: Caller
) -> Sequence[Session]:
    """Those that fit the selector, oldest first; sessions of APIs that the caller must not see are not among them."""
    found = sessions.select(lambda session: fits(session, selector))
    async with units.reading() as view:
        visible = {api_id for api_id in {each.api_id for each in found} if await _may_see(view, api_id, caller)}
    return [session for session in found if session.api_id in visible]


async def find_session(view: View, sessions: OpenSessions, session_id: str, *, caller: Caller) -> Session:
    """Raises `UnknownSession`, also where the caller must not see its API."""
    session = sessions.find(session_id)
    if session is None or not await _may_see(view, session.api_id, caller):
        raise UnknownSession(f"There is no open session with the id '{session_id[:100]}'.")
    return session


def fits(session: Session, selector: SessionSelector) -> bool:
    """Whether all that is given in the selector is so."""
    wanted = (
        (selector.session_id, session.id),
        (selector.api_id, session.api_id),
        (selector.application_id, session.application_id),
        (selector.plan, session.plan),
        (selector.user, session.user),
        (selector.address, session.client_address),
    )
    return all(want in {None, has} for want, has in wanted)


async def _may_see(view: View, api_id: str, caller: Caller) -> bool:
    api = await view.apis.find(api_id) if is_id(api_id) else None
    return api is not None and may_see(caller, api)
