"""Who connects: the one credential of the handshake, and whether the API trusts whoever issued it."""

from __future__ import annotations

from gateway.handshake import refusals
from gateway.handshake.credentials import find_credential
from gateway.handshake.refusal import Refusal
from gateway.policies.authentication import Authentication
from gateway.policies.candidate import Candidate, Objection
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
        principal = self._authentication.authenticate(credential.token, candidate.table)
        if not isinstance(principal, Principal):
            return principal
        if not self._is_key_manager_allowed(principal, candidate.route.api.key_managers):
            return refusals.INVALID_CREDENTIALS.described("The API does not trust the token's key manager.")
        candidate.principal = principal
        return None

    def _is_key_manager_allowed(self, principal: Principal, allowed: tuple[str, ...]) -> bool:
        issuer = self._trust.issuer(principal.issuer)
        return "all" in allowed or (issuer is not None and issuer.name in allowed)
