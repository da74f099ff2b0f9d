"""Revokes an access token (RFC 7009)."""

from __future__ import annotations

from keymanager.domain.clients import Client
from keymanager.parts import Parts
from keymanager.store.issued_tokens import IssuedTokenStore
from keymanager.usecases.read_token import ReadToken, TokenReader


async def revoke_token(parts: Parts, reader: TokenReader, client: Client, token: str) -> None:
    """An unknown token, and another client's, change nothing and are no error (RFC 7009 2.1, 2.2)."""
    read = await reader.read(token)
    if read is None or read.client_id != client.client_id:
        return
    async with parts.database.transaction() as session:
        if read.reference_hash is None:
            await parts.revocations.revoke_token(session, read.token_id, expires_at=read.expires_at)
        elif (row := await IssuedTokenStore(session).get(read.reference_hash)) is not None:
            await parts.revocations.end_reference_token(session, row)


async def introspect_token(reader: TokenReader, client: Client, token: str) -> ReadToken | None:
    """The token's content where it is the client's own and counts, else None (RFC 7662 2.2)."""
    read = await reader.read(token)
    return read if read is not None and read.client_id == client.client_id else None
