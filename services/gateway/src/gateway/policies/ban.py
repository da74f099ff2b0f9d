"""Whether an operator keeps out whoever this is, until a time that has not come yet."""

from __future__ import annotations

from datetime import UTC, datetime

from gateway.handshake import refusals
from gateway.handshake.refusal import Refusal
from gateway.policies.candidate import Case
from gateway.routing.ban_index import Bannable


def check_ban(case: Case) -> Refusal | None:
    """See the module. The clock is asked only where there are bans."""
    bans = case.table.bans
    if bans.is_empty:
        return None
    return refusals.BANNED if bans.forbids(_bannable(case), now=datetime.now(UTC)) else None


def _bannable(case: Case) -> Bannable:
    return Bannable(
        api_id=case.route.api.id,
        application_id=case.subscriber.consumer_key.application_id if case.subscriber else "",
        plan=case.plan,
        user=case.principal.subject if case.principal else "",
        address=case.client_address,
    )
