"""Who connects: the one credential of the handshake, and whether the API trusts whoever issued it."""

from __future__ import annotations

from gateway.handshake import refusals
from gateway.handshake.credentials import find_credential
from gateway.handshake.refusal import Refusal
from gateway.policies.authentication import Authentication
from gateway.policies.candidate import Candidate, Case, Objection
from gateway.policies.verdict import MayArrive
from tokens import Principal, TrustStore


class CredentialsCheck:
    """Finds the principal."""

    def __init__(self, authentication: Authentication, trust: TrustStore) -> None:
        self._authentication = authentication
        self._trust = trust

    def __call__(self, candidate: Candidate) -> Objection:
        """See the module."""
        credential = find_credential(candidate.attempt.head)
        if isinstance(credential, Refusal):
            return credential
        return self._accept(candidate, self._authentication.authenticate(credential.token, candidate.table))

    def renew(self, case: Case) -> Objection:
        """For a live session: whether the principal it was opened for still is one."""
        if case.principal is None:
            return None
        return self._accept(case, self._authentication.renew(case.principal, case.table))

    def _accept(self, case: Case, principal: Principal | Refusal | MayArrive) -> Objection:
        if not isinstance(principal, Principal):
            return principal
        if not self._is_key_manager_allowed(principal, case.route.api.key_managers):
            return refusals.INVALID_CREDENTIALS.described("The API does not trust the token's key manager.")
        case.principal = principal
        return None

    def _is_key_manager_allowed(self, principal: Principal, allowed: tuple[str, ...]) -> bool:
        issuer = self._trust.issuer(principal.issuer)
        return "all" in allowed or (issuer is not None and issuer.name in allowed)
