"""Who connects: the one credential of the handshake, and whether the API trusts whoever issued it.

An open channel asks nobody: a credential there is not looked at, so a stale one does no harm, and the client counts as
unauthenticated. It is kept from the backend all the same.
"""

from __future__ import annotations

from contracts.publisher import ApiState
from gateway.handshake import refusals
from gateway.handshake.credentials import find_credential
from gateway.handshake.refusal import Refusal
from gateway.policies.authentication import Authentication, is_test_key
from gateway.policies.candidate import Candidate, Case, Objection
from gateway.policies.verdict import MayArrive
from tokens import Principal, TrustStore

_TESTABLE = frozenset({ApiState.CREATED, ApiState.PROTOTYPED, ApiState.PUBLISHED})


class CredentialsCheck:
    """Finds the principal."""

    def __init__(self, authentication: Authentication, trust: TrustStore) -> None:
        self._authentication = authentication
        self._trust = trust

    def __call__(self, candidate: Candidate) -> Objection:
        """See the module."""
        return None if candidate.channel.is_open else self._accept(candidate, self.authenticate(candidate))

    def renew(self, case: Case) -> Objection:
        """For a live session: whether the principal it was opened for still is one."""
        if case.principal is None and not case.channel.is_open:
            return refusals.MISSING_CREDENTIALS
        return self.renew_known(case)

    def renew_known(self, case: Case) -> Objection:
        """The same where nothing is asked of the channel."""
        if case.principal is None:
            return None
        return self._accept(case, self._authentication.renew(case.principal, case.table))

    def _accept(self, case: Case, principal: Principal | Refusal | MayArrive) -> Objection:
        if not isinstance(principal, Principal):
            return principal
        api = case.route.api
        if is_test_key(principal):
            if api.state not in _TESTABLE:
                return refusals.INVALID_CREDENTIALS.described("Test keys work until the API is deprecated.")
        elif not self._is_key_manager_allowed(principal, api.key_managers):
            return refusals.INVALID_CREDENTIALS.described("The API does not trust the token's key manager.")
        case.principal = principal
        return None

    def authenticate(self, candidate: Candidate) -> Principal | Refusal | MayArrive:
        """Whose the credential is, with no regard to what the API thinks of it."""
        credential = find_credential(candidate.attempt.head)
        if isinstance(credential, Refusal):
            return credential
        return self._authentication.authenticate(credential.token, candidate.table, api_id=candidate.route.api.id)

    def _is_key_manager_allowed(self, principal: Principal, allowed: tuple[str, ...]) -> bool:
        issuer = self._trust.issuer(principal.issuer)
        return "all" in allowed or (issuer is not None and issuer.name in allowed)
