"""Whether the API's life-cycle state lets anybody in.

An API that is created but not published is there for nobody but the holder of its test key; a retired one for nobody.
Both look like a path that leads nowhere.
"""

from __future__ import annotations

from typing import Final

from contracts.publisher import ApiState
from gateway.handshake import refusals
from gateway.handshake.refusal import Refusal
from gateway.policies.authentication import is_test_key
from gateway.policies.candidate import Candidate, Case
from gateway.policies.credentials import CredentialsCheck
from tokens import Principal

# Looked up once: see `subscription`.
_CREATED: Final = ApiState.CREATED
_RETIRED: Final = ApiState.RETIRED
_BLOCKED: Final = ApiState.BLOCKED


class LifeCycleCheck:
    """Comes before everything else that is known of the API, so that nothing is given away."""

    def __init__(self, credentials: CredentialsCheck) -> None:
        self._credentials = credentials

    def __call__(self, candidate: Candidate) -> Refusal | None:
        """See the module."""
        if candidate.route.api.state is not _CREATED:
            return check_life_cycle_again(candidate)
        principal = self._credentials.authenticate(candidate)
        is_tester = isinstance(principal, Principal) and is_test_key(principal)
        return None if is_tester else refusals.NO_API


def check_life_cycle_again(case: Case) -> Refusal | None:
    """For a live session, whose principal is known."""
    state, principal = case.route.api.state, case.principal
    if state is _RETIRED:
        return refusals.NO_API
    if state is _CREATED and (principal is None or not is_test_key(principal)):
        return refusals.NO_API
    return None


def check_block(case: Case) -> Refusal | None:
    """A publisher may block an API for a while."""
    return refusals.API_BLOCKED if case.route.api.state is _BLOCKED else None
