"""Remembers which tokens were verified, so that a client that connects again costs no second signature check.

Bounded: two generations, and when the young one is full, the old one is forgotten. Nothing is believed from before a
signing key or an issuer changed. Tokens are held as hashes, so that a dump of the memory does not give them away.
"""

from __future__ import annotations

import hashlib

from tokens.principal import Principal
from tokens.trust import TrustStore


class VerifiedTokens:
    """Says only whose a token is; whether it is expired or revoked is for the caller to ask each time."""

    def __init__(self, trust: TrustStore, *, capacity: int) -> None:
        self._trust = trust
        self._half = capacity // 2
        self._young: dict[bytes, Principal] = {}
        self._old: dict[bytes, Principal] = {}
        self._signers_version = trust.signers_version

    def __len__(self) -> int:
        return len(self._young) + len(self._old)

    def find(self, token: str) -> Principal | None:
        """Whose it is, where it was verified with the keys of now."""
        if self._signers_version != self._trust.signers_version:
            self._forget_all()
        if not self:
            return None
        token_hash = _hash(token)
        principal = self._young.get(token_hash)
        if principal is None and (principal := self._old.pop(token_hash, None)) is not None:
            self._keep(token_hash, principal)
        return principal

    def add(self, token: str, principal: Principal) -> None:
        """To be called with what was verified right now, after it was not found."""
        if self._half:
            self._keep(_hash(token), principal)

    def _keep(self, token_hash: bytes, principal: Principal) -> None:
        if len(self._young) >= self._half:
            self._old, self._young = self._young, {}
        self._young[token_hash] = principal

    def _forget_all(self) -> None:
        self._young, self._old = {}, {}
        self._signers_version = self._trust.signers_version


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
