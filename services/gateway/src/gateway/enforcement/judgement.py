"""Judges an open session by the facts of now, with the checks that judged its handshake, from what it remembers.

What is not asked again: the origin, whose header is gone, and anything that only matters to a new connection. A
session of an older revision is treated as its API wishes (`sluice.onRedeploy`), whichever fact brings it up.
"""

from __future__ import annotations

from dataclasses import dataclass

from contracts.publisher import OnRedeploy, Operation
from gateway.handshake import refusals
from gateway.handshake.refusal import Refusal
from gateway.policies.admission import RIGHTS_IN_ORDER
from gateway.policies.ban import check_ban
from gateway.policies.candidate import Case, Check
from gateway.policies.credentials import CredentialsCheck
from gateway.policies.denial import check_denied_person, check_denied_place
from gateway.policies.life_cycle import check_block, check_life_cycle_again
from gateway.policies.route import check_channel
from gateway.policies.subscription import check_subscription
from gateway.policies.verdict import MayArrive
from gateway.routing.channel import Channel
from gateway.routing.route_table import RouteTable
from gateway.session.close_codes import CloseCode
from gateway.session.session import Session

# Refusals that are about the API come again as "connect again later"; about the client's own right, as WSO2 closes.
_CODES = {
    refusals.NO_API.name: CloseCode.SERVICE_RESTART,
    refusals.NO_CHANNEL.name: CloseCode.SERVICE_RESTART,
    refusals.API_BLOCKED.name: CloseCode.SERVICE_RESTART,
    refusals.NO_ENDPOINT_FOR_KEY_TYPE.name: CloseCode.SERVICE_RESTART,
    refusals.BACKEND_UNREACHABLE.name: CloseCode.SERVICE_RESTART,
    refusals.DENIED.name: CloseCode.BLOCKED,
    refusals.BANNED.name: CloseCode.POLICY_VIOLATION,
}


@dataclass(frozen=True, slots=True)
class Stays:
    """`case` is what it stays with. `is_kept`: on its older revision, as its API wishes."""

    case: Case
    is_kept: bool = False


@dataclass(frozen=True, slots=True)
class Closes:
    """`is_paced`: together with the others of its API, over a while."""

    code: CloseCode
    is_paced: bool = False


Judgement = Stays | Closes


class Judge:
    """See the module."""

    def __init__(self, credentials: CredentialsCheck) -> None:
        standing: tuple[Check, ...] = (check_life_cycle_again, check_block, check_denied_place)
        self._checks = (check_channel, *standing, credentials.renew, *RIGHTS_IN_ORDER)
        # Of the channels of a newer revision nothing is asked where the API keeps its sessions.
        self._checks_of_kept = (
            *standing,
            credentials.renew_known,
            check_denied_person,
            check_subscription,
            check_ban,
        )

    def judge(self, session: Session, table: RouteTable) -> Judgement:
        """What becomes of the session."""
        grounds, api_id = session.grounds, session.labels.api_id
        deployment = table.deployment(api_id)
        is_older = deployment is not None and deployment.revision_id != grounds.revision_id
        mode = deployment.on_redeploy if deployment is not None and is_older else OnRedeploy.RE_EVALUATE
        if mode in {OnRedeploy.DRAIN, OnRedeploy.KILL}:
            return Closes(CloseCode.SERVICE_RESTART, is_paced=mode is OnRedeploy.DRAIN)
        is_kept = mode is OnRedeploy.KEEP
        vhost = deployment.vhost if deployment is not None and is_kept else grounds.vhost
        route = table.route_to(api_id, vhost=vhost, sub_path=grounds.sub_path)
        if route is None:
            return Closes(CloseCode.SERVICE_RESTART)
        case = Case(table, session.client_address, principal=grounds.principal)
        case.route = route
        objection = _first_objection(case, self._checks_of_kept if is_kept else self._checks)
        if objection is not None:
            return Closes(_CODES.get(objection.name, CloseCode.INVALID_CREDENTIALS))
        if is_kept:
            case.channel = Channel((Operation(target=session.labels.channel, verb="SUBSCRIBE"),))
        return Stays(case, is_kept=is_kept)


def _first_objection(case: Case, checks: tuple[Check, ...]) -> Refusal | None:
    for check in checks:
        objection = check(case)
        if objection is not None:
            return objection.refusal if isinstance(objection, MayArrive) else objection
    return None
