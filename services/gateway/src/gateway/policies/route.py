"""Which API and channel a handshake is for."""

from __future__ import annotations

from gateway.handshake import refusals
from gateway.handshake.refusal import Refusal
from gateway.policies.candidate import Candidate, Case
from gateway.routing.channel import find_channel
from gateway.routing.route_table import RouteTable


def check_route(candidate: Candidate) -> Refusal | None:
    """Finds the API that the path names on the host that was asked for."""
    attempt, table = candidate.attempt, candidate.table
    vhost = _vhost(attempt.forwarded.host, table)
    route = None if vhost is None else table.find_route(attempt.head.path, vhost=vhost)
    if route is None:
        return refusals.NO_API
    candidate.route = route
    return None


def check_channel(case: Case) -> Refusal | None:
    """Finds the API's channel for the rest of the path."""
    route = case.route
    case.channel = find_channel(route.deployment.operations, route.sub_path)
    return None if case.channel else refusals.NO_CHANNEL


def _vhost(host: str, table: RouteTable) -> str | None:
    """The environment's vhost that `host` names; the first where it names none of them."""
    vhosts = table.vhosts()
    asked = _host_name(host)
    return next((vhost for vhost in vhosts if vhost.lower() == asked), vhosts[0] if vhosts else None)


def _host_name(host: str) -> str:
    """`Host` without its port, as compared: lower case, an IPv6 address without brackets."""
    if host.startswith("["):
        return host[1:].partition("]")[0].lower()
    return host.partition(":")[0].rstrip(".").lower()
