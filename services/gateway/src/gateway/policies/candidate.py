"""A handshake on its way through the checks.

Each check reads what those before it wrote down and adds what it found. All of them see the same table: a handshake
that begins with one world ends with it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from contracts.devportal import Subscription
from contracts.keymanager import ConsumerKey
from contracts.publisher import Operation
from gateway.handshake.admission import HandshakeAttempt
from gateway.handshake.refusal import Refusal
from gateway.policies.verdict import MayArrive
from gateway.routing.route_table import Route, RouteTable
from gateway.upstream.endpoint import Endpoint
from tokens import Principal


@dataclass(slots=True)
class Candidate:
    """Not frozen, for it grows; it never outlives one decision. Fields without a default are set by the check that is
    named after them. `principal`, `consumer_key` and `subscription` may stay None."""

    attempt: HandshakeAttempt
    table: RouteTable
    route: Route = field(init=False)
    channel: tuple[Operation, ...] = field(init=False)
    endpoint: Endpoint = field(init=False)
    principal: Principal | None = None
    consumer_key: ConsumerKey | None = None
    subscription: Subscription | None = None


# None: go on to the next check.
Objection = Refusal | MayArrive | None
Check = Callable[[Candidate], Objection]
