"""A duty of the leader: removes expired reference tokens and revocations, and tells that they are gone."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import structlog

from keymanager.domain.tokens import EXPIRY_LEEWAY_SECONDS
from keymanager.parts import Parts
from keymanager.store.issued_tokens import IssuedTokenStore
from outbox import DatabaseAway

_log = structlog.get_logger(__name__)

_BATCH = 200
_LOOK_EVERY_SECONDS = 60.0


async def remove_expired_for_ever(parts: Parts) -> None:
    """Ends only by cancellation. A database that is away is waited for."""
    while True:
        try:
            while await remove_expired(parts) == _BATCH:
                await asyncio.sleep(0)
        except DatabaseAway as away:
            _log.warning("expired tokens stay for now", reason=str(away))
        await asyncio.sleep(_LOOK_EVERY_SECONDS)


async def remove_expired(parts: Parts) -> int:
    """One batch; returns how many rows went, at most 200 of either kind counted."""
    now = parts.clock()
    async with parts.database.transaction() as session:
        stored = IssuedTokenStore(session)
        tokens = await stored.expired(at=now - timedelta(seconds=EXPIRY_LEEWAY_SECONDS), limit=_BATCH)
        for token in tokens:
            await parts.revocations.end_reference_token(session, token)
        revocations = await stored.expired_revocations(at=now, limit=_BATCH)
        for revocation in revocations:
            await parts.revocations.forget(session, revocation)
    return max(len(tokens), len(revocations))
