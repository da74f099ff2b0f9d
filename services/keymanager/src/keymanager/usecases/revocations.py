"""Makes tokens stop counting, in the caller's transaction: the row, its fact, and the reference tokens it names.

JWTs are named by `jti`, or all of a client or subject at once; reference tokens are told as deleted.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from contracts import Fact
from contracts.keymanager import RevocationKind
from keymanager.domain.tokens import EXPIRY_LEEWAY_SECONDS
from keymanager.events.outgoing import reference_token_fact, revocation_fact
from keymanager.store.issued_tokens import IssuedTokenStore
from keymanager.store.tables import ReferenceTokenRow, RevocationRow
from outbox import Outbox

_LEEWAY = timedelta(seconds=EXPIRY_LEEWAY_SECONDS)
# A token may be signed at the very moment its client or owner is deleted, and be dated a moment later.
_SIGNED_MEANWHILE = timedelta(seconds=5)


class Revocations:
    """Shared by use cases and handlers of facts."""

    def __init__(self, outbox: Outbox, *, max_lifetime: int, clock: Callable[[], datetime]) -> None:
        self._outbox = outbox
        self._max_lifetime = timedelta(seconds=max_lifetime)
        self._clock = clock

    async def revoke_token(self, session: AsyncSession, token_id: str, *, expires_at: datetime) -> None:
        """One JWT, until it would have expired by itself."""
        await self._save(
            session,
            RevocationRow(
                kind=RevocationKind.TOKEN, id=token_id, revoked_at=self._clock(), expires_at=expires_at + _LEEWAY
            ),
        )

    async def revoke_client(self, session: AsyncSession, client_id: str) -> None:
        """Every token issued to the client until now."""
        await self._revoke_all(session, RevocationKind.CLIENT, client_id, until=self._clock())

    async def end_client(self, session: AsyncSession, client_id: str) -> None:
        """The same for a client that is deleted."""
        await self._revoke_all(session, RevocationKind.CLIENT, client_id, until=self._clock() + _SIGNED_MEANWHILE)

    async def end_subject(self, session: AsyncSession, subject: str) -> None:
        """Every token that speaks for the user, who is deleted or deactivated."""
        await self._revoke_all(session, RevocationKind.SUBJECT, subject, until=self._clock() + _SIGNED_MEANWHILE)

    async def end_reference_token(self, session: AsyncSession, row: ReferenceTokenRow) -> None:
        """Tells that the token is gone, revoked or expired."""
        await self._outbox.delete(session, reference_token_fact(row))
        await IssuedTokenStore(session).remove(row)

    async def forget(self, session: AsyncSession, row: RevocationRow) -> None:
        """What it named has expired."""
        await self._outbox.delete(session, revocation_fact(row))
        await IssuedTokenStore(session).remove(row)

    async def tell_deleted(self, session: AsyncSession, fact: Fact) -> None:
        """Of the thing whose tokens were revoked."""
        await self._outbox.delete(session, fact)

    async def _revoke_all(self, session: AsyncSession, kind: RevocationKind, name: str, *, until: datetime) -> None:
        expires_at = until + self._max_lifetime + _LEEWAY
        await self._save(session, RevocationRow(kind=kind, id=name, revoked_at=until, expires_at=expires_at))
        for row in await _reference_tokens(session, kind, name):
            await self.end_reference_token(session, row)

    async def _save(self, session: AsyncSession, row: RevocationRow) -> None:
        await IssuedTokenStore(session).save_revocation(row)
        await self._outbox.put(session, revocation_fact(row))


async def _reference_tokens(session: AsyncSession, kind: RevocationKind, name: str) -> Sequence[ReferenceTokenRow]:
    tokens = IssuedTokenStore(session)
    return await (tokens.of_client(name) if kind is RevocationKind.CLIENT else tokens.of_subject(name))
