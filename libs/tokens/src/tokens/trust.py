"""Whose signatures are believed, and which tokens no longer count: learnt from facts, held in memory.

Facts may come in any order and more than once; older versions than what is held are dropped.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from contracts import Fact, Tombstone
from contracts.keymanager import TOKEN_RETENTION, Issuer, Revocation, RevocationKind, SigningKey
from tokens.signatures import PublicKey, UnusableKey, read_public_key

TRUST_TOPICS = (SigningKey.topic.name, Issuer.topic.name, Revocation.topic.name)

_FORGET_FROM = 10_000

# What the keys of revocations begin with, so that a look-up costs no enum its hash.
_TOKEN: Final = f"{RevocationKind.TOKEN}:"
_CLIENT: Final = f"{RevocationKind.CLIENT}:"
_SUBJECT: Final = f"{RevocationKind.SUBJECT}:"


@dataclass(frozen=True, slots=True)
class VerificationKey:
    """A public key with the only algorithm it may be used with: never the one a token's header asks for."""

    kid: str
    algorithm: str
    issuer: str
    key: PublicKey


class TrustStore:
    """Signing keys, issuers and revocations. Not shared between threads."""

    def __init__(self) -> None:
        self._versions: dict[tuple[str, str], int] = {}
        self._keys: dict[str, VerificationKey] = {}
        self._issuers: dict[str, Issuer] = {}
        self._signers: dict[tuple[str, str], SigningKey | Issuer] = {}
        self._revocations: dict[str, float] = {}
        self._forget_at = _FORGET_FROM
        self._signers_version = 0

    @property
    def signers_version(self) -> int:
        """Grows whenever a signing key or an issuer changes: what was verified before must be verified again."""
        return self._signers_version

    @property
    def has_keys(self) -> bool:
        """Whether any token could be verified: at least one key of an issuer that is believed."""
        return any(key.issuer in self._issuers for key in self._keys.values())

    def find_key(self, kid: str) -> VerificationKey | None:
        """The key of that id, where its issuer is believed and it is not removed."""
        key = self._keys.get(kid)
        return key if key is not None and key.issuer in self._issuers else None

    def issuer(self, name: str) -> Issuer | None:
        """The issuer, where it is believed."""
        return self._issuers.get(name)

    def is_revoked(self, *, token_id: str, client_id: str, subject: str, issued_at: int) -> bool:
        """Whether a revocation names the token, or its client or subject at a time not before it was issued."""
        revocations = self._revocations
        if not revocations:
            return False
        if _TOKEN + token_id in revocations:
            return True
        by_client = revocations.get(_CLIENT + client_id, 0.0)
        by_subject = revocations.get(_SUBJECT + subject, 0.0)
        return issued_at <= max(by_client, by_subject)

    def facts(self) -> list[Fact | Tombstone]:
        """All that is held, and what is known to be gone: from them the same trust can be built again."""
        signers: list[Fact | Tombstone] = list(self._signers.values())
        revoked = [self._revocation(key, at) for key, at in self._revocations.items()]
        present = {(fact.topic.name, fact.key) for fact in (*self._signers.values(), *revoked)}
        versions = self._versions.items()
        gone = (Tombstone(*identity, version) for identity, version in versions if identity not in present)
        return [*signers, *revoked, *gone]

    def apply(self, fact: Fact | Tombstone) -> None:
        """Takes a fact of `TRUST_TOPICS`; others are ignored."""
        topic = fact.topic if isinstance(fact, Tombstone) else fact.topic.name
        identity = (topic, fact.key)
        if topic not in TRUST_TOPICS or fact.version <= self._versions.get(identity, 0):
            return
        self._versions[identity] = fact.version
        if isinstance(fact, SigningKey | Issuer) and not fact.deleted:
            self._signers[identity] = fact
        else:
            self._signers.pop(identity, None)
        self._signers_version += topic != Revocation.topic.name
        # Compaction may have left nothing of a deletion but its tombstone.
        if isinstance(fact, Tombstone) and topic == SigningKey.topic.name:
            self._keys.pop(fact.key, None)
        elif isinstance(fact, Tombstone) and topic == Issuer.topic.name:
            self._issuers.pop(fact.key, None)
        elif isinstance(fact, SigningKey):
            self._apply_key(fact)
        elif isinstance(fact, Issuer):
            self._apply_issuer(fact)
        elif isinstance(fact, Revocation):
            self._apply_revocation(fact)

    def _apply_key(self, fact: SigningKey) -> None:
        self._keys.pop(fact.kid, None)
        if fact.deleted:
            return
        try:
            key = read_public_key(fact.public_jwk, fact.algorithm)
        except UnusableKey:
            return
        self._keys[fact.kid] = VerificationKey(fact.kid, fact.algorithm, fact.issuer, key)

    def _apply_issuer(self, fact: Issuer) -> None:
        if fact.deleted or not fact.enabled:
            self._issuers.pop(fact.issuer, None)
        else:
            self._issuers[fact.issuer] = fact

    def _apply_revocation(self, fact: Revocation) -> None:
        if fact.deleted:
            self._revocations.pop(fact.key, None)
            return
        self._revocations[fact.key] = fact.revoked_at.timestamp()
        if len(self._revocations) >= self._forget_at:
            self._forget_before(fact.revoked_at.timestamp() - TOKEN_RETENTION.total_seconds())

    def _revocation(self, key: str, at: float) -> Revocation:
        kind, _, identity = key.partition(":")
        revoked_at = datetime.fromtimestamp(at, UTC)
        return Revocation(
            version=self._versions[Revocation.topic.name, key],
            kind=RevocationKind(kind),
            id=identity,
            revoked_at=revoked_at,
            expires_at=revoked_at + TOKEN_RETENTION,
        )

    def _forget_before(self, oldest: float) -> None:
        """No token of that age can live, and the bus has forgotten these too. Rarely done, so it costs little."""
        kept = {key: at for key, at in self._revocations.items() if at > oldest}
        for key in self._revocations.keys() - kept.keys():
            self._versions.pop((Revocation.topic.name, key), None)
        self._revocations = kept
        self._forget_at = max(_FORGET_FROM, 2 * len(kept))
