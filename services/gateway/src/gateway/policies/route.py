"""Which API and channel a handshake is for."""

from __future__ import annotations

from gateway.handshake import refusals
from gateway.handshake.refusal import Refusal
from gateway.policies.candidate import Candidate, Case


def check_route(candidate: Candidate) -> Refusal | None:
    """Finds the API that the path names on the host that was asked for."""
    attempt = candidate.attempt
    route = candidate.table.route_at(attempt.head.path, host=attempt.forwarded.host)
    if route is None:
        return refusals.NO_API
    candidate.route = route
    return None


def check_channel(case: Case) -> Refusal | None:
    """Finds the API's channel for the rest of the path."""
    channel = case.route.channel
    if channel is None:
        return refusals.NO_CHANNEL
    case.channel = channel
    return None
