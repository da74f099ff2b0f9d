"""Reads a token that somebody presents: a JWT of ours or a reference token, as long as it counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from keymanager.domain.secrets import REFERENCE_TOKEN_PREFIX, hash_secret
from keymanager.parts import Parts
from keymanager.store.issued_tokens import IssuedTokenStore
from keymanager.store.moments import in_utc
from tokens import DATA_PLANE_AUDIENCE, InvalidToken, Principal, TokenVerifier


@dataclass(frozen=True, slots=True)
class ReadToken:
    """`reference_hash` is None for a JWT."""

    token_id: str
    client_id: str
    subject: str
    scopes: tuple[str, ...]
    audience: tuple[str, ...]
    issued_at: datetime
    expires_at: datetime
    reference_hash: str | None = None


class TokenReader:
    """`verifiers` are one for each audience; revocations are looked up in our own database, which is never late."""

    def __init__(self, parts: Parts, verifiers: Sequence[TokenVerifier]) -> None:
        self._parts = parts
        self._verifiers = verifiers

    async def read(self, token: str) -> ReadToken | None:
        """None for what is not a token of ours, is expired, or is revoked."""
        if token.startswith(REFERENCE_TOKEN_PREFIX):
            return await self._reference_token(hash_secret(token))
        principal = self._principal(token)
        if principal is None or principal.issuer != self._parts.policy.issuer:
            return None
        read = _read(principal)
        async with self._parts.database.reading() as session:
            is_revoked = await IssuedTokenStore(session).is_revoked(
                token_id=read.token_id, client_id=read.client_id, subject=read.subject, issued_at=read.issued_at
            )
        return None if is_revoked else read

    def _principal(self, token: str) -> Principal | None:
        for verifier in self._verifiers:
            try:
                return verifier.verify(token)
            except InvalidToken:
                continue
        return None

    async def _reference_token(self, token_hash: str) -> ReadToken | None:
        async with self._parts.database.reading() as session:
            row = await IssuedTokenStore(session).get(token_hash)
        if row is None or in_utc(row.expires_at) <= self._parts.clock():
            return None
        return ReadToken(
            token_id=row.hash,
            client_id=row.client_id,
            subject=row.subject,
            scopes=tuple(row.scopes),
            audience=(DATA_PLANE_AUDIENCE,),
            issued_at=in_utc(row.issued_at),
            expires_at=in_utc(row.expires_at),
            reference_hash=row.hash,
        )


def _read(principal: Principal) -> ReadToken:
    return ReadToken(
        token_id=principal.token_id,
        client_id=principal.client_id,
        subject=principal.subject,
        scopes=tuple(sorted(principal.scopes)),
        audience=principal.audience,
        issued_at=datetime.fromtimestamp(principal.issued_at, UTC),
        expires_at=datetime.fromtimestamp(principal.expires_at, UTC),
    )
