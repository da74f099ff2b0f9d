"""End sessions on every gateway, now and for a while. Who may block subscriptions may do so for the APIs they see; what
names neither a session nor an API reaches over all APIs, and is for admins.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from contracts.publisher import BAN_RETENTION
from hosting.session_feed import OpenSessions
from publisher.domain.caller import Caller
from publisher.domain.session_ban import SessionBan, SessionSelector, checked_selector
from publisher.errors import Forbidden, UnknownApi, UnknownSessionBan
from publisher.events.outgoing import session_ban_fact
from publisher.usecases.list_sessions import find_session
from publisher.usecases.opening import is_id, read_api
from publisher.usecases.unit import Unit, Units, View


async def ban_sessions(
    units: Units,
    sessions: OpenSessions,
    selector: SessionSelector,
    *,
    duration: timedelta,
    reason: str,
    caller: Caller,
) -> SessionBan:
    """Raises `InvalidInput`, `Forbidden`, `UnknownApi` or `UnknownSession`."""
    selector = checked_selector(selector)
    async with units.begin() as unit:
        await _check_reach(unit, sessions, selector, caller)
        ban = SessionBan(units.new_id(), selector, unit.now, unit.now + duration, reason, caller.name)
        await _forget_old(unit)
        await unit.session_bans.add(ban)
        await unit.tell(session_ban_fact(ban))
        return ban


async def list_bans(units: Units, *, caller: Caller) -> Sequence[SessionBan]:
    """Those in force that the caller could have made, newest first."""
    async with units.reading() as view:
        return [ban for ban in await view.session_bans.in_force(units.clock()) if await _may_lift(view, ban, caller)]


async def read_ban(units: Units, ban_id: str, *, caller: Caller) -> SessionBan:
    """Raises `UnknownSessionBan`, also for one that the caller could not have made."""
    async with units.reading() as view:
        return await _find(view, ban_id, caller)


async def lift_ban(units: Units, ban_id: str, *, caller: Caller) -> None:
    """Sessions may open again. Raises `UnknownSessionBan`."""
    async with units.begin() as unit:
        ban = await _find(unit, ban_id, caller)
        await unit.session_bans.remove(ban.id)
        await unit.tell_end(session_ban_fact(ban))


async def _check_reach(view: View, sessions: OpenSessions, selector: SessionSelector, caller: Caller) -> None:
    if selector.session_id is not None:
        await find_session(view, sessions, selector.session_id, caller=caller)
    if selector.api_id is not None:
        await read_api(view, selector.api_id, caller=caller)
    elif selector.session_id is None and not caller.is_admin:
        raise Forbidden("Only an admin ends sessions of all APIs; name the API with apiId.")


async def _find(view: View, ban_id: str, caller: Caller) -> SessionBan:
    ban = await view.session_bans.find(ban_id) if is_id(ban_id) else None
    if ban is None or not await _may_lift(view, ban, caller):
        raise UnknownSessionBan(f"There is no session ban with the id '{ban_id[:100]}'.")
    return ban


async def _may_lift(view: View, ban: SessionBan, caller: Caller) -> bool:
    if caller.is_admin or ban.banned_by == caller.name:
        return True
    if ban.selector.api_id is None:
        return False
    try:
        await read_api(view, ban.selector.api_id, caller=caller)
    except UnknownApi:
        return False
    return True


async def _forget_old(unit: Unit) -> None:
    # The log forgets them by age too.
    await unit.session_bans.remove_over(unit.now - BAN_RETENTION)
