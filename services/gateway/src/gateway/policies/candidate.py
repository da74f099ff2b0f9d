"""What the checks look at: a handshake, or a live session that is judged again.

Each check reads what those before it wrote down and adds what it found. All of them see the same table: a judgement
that begins with one world ends with it. Most checks take a `Case`, so that a rule exists once; those that need the
request itself take a `Candidate`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from gateway.handshake.admission import HandshakeAttempt
from gateway.handshake.refusal import Refusal
from gateway.policies.verdict import MayArrive
from gateway.routing.channel import Channel
from gateway.routing.route import Route
from gateway.routing.route_table import RouteTable
from gateway.routing.subscriber import Subscriber
from gateway.session.session import TEST_KEY_PLAN, UNAUTHENTICATED_PLAN
from tokens import Principal


@dataclass(slots=True)
class Case:
    """Not frozen, for it grows; it never outlives one decision. Fields without a default are set by the check that is
    named after them. `principal` and `subscriber` may stay None."""

    table: RouteTable
    client_address: str
    route: Route = field(init=False)
    channel: Channel = field(init=False)
    principal: Principal | None = None
    subscriber: Subscriber | None = None

    @property
    def plan(self) -> str:
        """The name of the subscription's plan, or what stands for it where nobody has subscribed."""
        if self.subscriber is not None:
            return self.subscriber.subscription.plan
        return UNAUTHENTICATED_PLAN if self.principal is None else TEST_KEY_PLAN


@dataclass(slots=True)
class Candidate(Case):
    """A handshake."""

    attempt: HandshakeAttempt = field(kw_only=True)


# None: go on to the next check.
Objection = Refusal | MayArrive | None
Check = Callable[[Case], Objection]
HandshakeCheck = Callable[[Candidate], Objection]
