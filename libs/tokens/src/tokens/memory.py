"""Remembers which tokens were verified, so that a client that connects again costs no second signature check, and
which key their headers name, so that the header is not read again for each token of a key.

Bounded: of the tokens there are two generations, and when the young one is full, the old one is forgotten. Nothing is
believed from before a signing key or an issuer changed. Tokens are held as hashes, so that a dump of the memory does
not give them away.
"""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from typing import Final

from tokens.principal import Principal
from tokens.trust import TrustStore, VerificationKey

# An issuer writes one header for each of its keys; those that write more are read more often.
MAX_HEADERS: Final = 100

# To copy it costs less than to ask OpenSSL for a new one.
_SHA256: Final = sha256()


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

    def principal(self, token: str, *, verify: Callable[[str], Principal]) -> Principal:
        """Whose it is, where it was verified with the keys of now; otherwise what `verify` says, which is remembered
        unless it raises.
        """
        if not self._half:
            return verify(token)
        if self._signers_version != self._trust.signers_version:
            self._young, self._old = {}, {}
            self._signers_version = self._trust.signers_version
        token_hash = _hashed(token)
        principal = self._young.get(token_hash)
        if principal is None:
            principal = self._old.pop(token_hash, None) or verify(token)
            self._keep(token_hash, principal)
        return principal

    def _keep(self, token_hash: bytes, principal: Principal) -> None:
        if len(self._young) >= self._half:
            self._old, self._young = self._young, {}
        self._young[token_hash] = principal


def _hashed(token: str) -> bytes:
    digest = _SHA256.copy()
    digest.update(token.encode("utf-8", "surrogatepass"))
    return digest.digest()


class VerifiedHeaders:
    """Only headers of tokens that were verified are added, so no stranger can fill it."""

    def __init__(self, trust: TrustStore) -> None:
        self._trust = trust
        self._keys: dict[bytes, VerificationKey] = {}
        self._signers_version = trust.signers_version

    def find(self, header: bytes) -> VerificationKey | None:
        """The key that it names, where that is one of now."""
        if self._signers_version != self._trust.signers_version:
            self._keys = {}
            self._signers_version = self._trust.signers_version
        return self._keys.get(header)

    def add(self, header: bytes, key: VerificationKey) -> None:
        """To be called with what was found good right now."""
        if len(self._keys) >= MAX_HEADERS:
            self._keys = {}
        self._keys[header] = key
