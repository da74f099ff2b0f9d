"""Whether a deny policy applies: by API or address before anybody shows credentials, by user or application after."""

from __future__ import annotations

from gateway.handshake import refusals
from gateway.handshake.refusal import Refusal
from gateway.policies.candidate import Case
from gateway.routing.indexes import path_of
from gateway.routing.route_table import RouteTable


def check_denied_place(case: Case) -> Refusal | None:
    """The API, or the address of the client."""
    denials = case.table.denials
    if denials.is_empty:
        return None
    is_denied = denials.denies_api(path_of(case.route.api)) or denials.denies_address(case.client_address)
    return refusals.DENIED if is_denied else None


def check_denied_person(case: Case) -> Refusal | None:
    """The user, or the application. Nobody is known on an open channel."""
    denials, principal = case.table.denials, case.principal
    if denials.is_empty or principal is None:
        return None
    is_denied = denials.denies_user(principal.subject) or _is_application_denied(principal.client_id, case.table)
    return refusals.DENIED if is_denied else None


def _is_application_denied(client_id: str, table: RouteTable) -> bool:
    consumer_key = table.consumer_key(client_id)
    application = table.application(consumer_key.application_id) if consumer_key else None
    return application is not None and table.denials.denies_application(owner=application.owner, name=application.name)
