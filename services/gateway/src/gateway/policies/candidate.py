"""What the checks look at: a handshake, or a live session that is judged again.

Each check reads what those before it wrote down and adds what it found. All of them see the same table: a judgement
that begins with one world ends with it. Most checks take a `Case`, so that a rule exists once; those that need the
request itself take a `Candidate`.
"""

from __future__ import annotations

from collections.abc import Callable

from gateway.handshake.admission import HandshakeAttempt
from gateway.handshake.refusal import Refusal
from gateway.policies.verdict import MayArrive
from gateway.routing.channel import Channel
from gateway.routing.route import Route
from gateway.routing.route_table import RouteTable
from gateway.routing.subscriber import Subscriber
from gateway.session.session import TEST_KEY_PLAN, UNAUTHENTICATED_PLAN
from tokens import Principal


class Case:
    """It grows, and never outlives one decision. `route` and `channel` are set by the checks that are named after them;
    `principal` and `subscriber` may stay None."""

    __slots__ = ("channel", "client_address", "principal", "route", "subscriber", "table")

    def __init__(self, table: RouteTable, client_address: str, *, principal: Principal | None = None) -> None:
        self.table = table
        self.client_address = client_address
        self.route: Route
        self.channel: Channel
        self.principal = principal
        self.subscriber: Subscriber | None = None

    @property
    def plan(self) -> str:
        """The name of the subscription's plan, or what stands for it where nobody has subscribed."""
        if self.subscriber is not None:
            return self.subscriber.plan
        return UNAUTHENTICATED_PLAN if self.principal is None else TEST_KEY_PLAN


class Candidate(Case):
    """A handshake."""

    __slots__ = ("attempt",)

    def __init__(self, table: RouteTable, attempt: HandshakeAttempt) -> None:
        super().__init__(table, attempt.client_address)
        self.attempt = attempt


# None: go on to the next check.
Objection = Refusal | MayArrive | None
Check = Callable[[Case], Objection]
HandshakeCheck = Callable[[Candidate], Objection]
