"""Whether the token has a scope of the channel."""

from __future__ import annotations

from gateway.handshake import refusals
from gateway.handshake.refusal import Refusal
from gateway.policies.authentication import is_test_key
from gateway.policies.candidate import Case


def check_scopes(case: Case) -> Refusal | None:
    """One of the channel's scopes is enough; a channel without scopes asks for none. A test key has every scope."""
    scopes, principal = case.channel.scopes, case.principal
    if principal is None or not scopes or principal.scopes & scopes or is_test_key(principal):
        return None
    return refusals.INSUFFICIENT_SCOPE
