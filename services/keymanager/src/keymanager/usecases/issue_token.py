"""Issues access tokens: chooses the grant, and turns what it grants into a JWT or a reference token."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from sqlalchemy.exc import IntegrityError

from keymanager.domain.clients import Client
from keymanager.domain.secrets import hash_secret, new_reference_token, new_token_id
from keymanager.domain.tokens import IssuedToken, TokenContent
from keymanager.errors import InvalidClient, InvalidRequest, UnauthorizedClient, UnsupportedGrantType
from keymanager.events.outgoing import reference_token_fact
from keymanager.grants import GRANTS
from keymanager.parts import Parts
from keymanager.store.issued_tokens import IssuedTokenStore
from keymanager.store.tables import ReferenceTokenRow


async def issue_token(
    parts: Parts, client: Client, parameters: Mapping[str, str], *, lifetime: int | None = None
) -> IssuedToken:
    """`parameters` are those of the token request (RFC 6749 3.2), `lifetime` a wish for less than the client has.

    Raises errors of RFC 6749 5.2.
    """
    grant_type = parameters.get("grant_type")
    if grant_type is None:
        raise InvalidRequest("The parameter grant_type is missing.")
    grant = GRANTS.get(grant_type)
    if grant is None:
        raise UnsupportedGrantType("The key manager does not support this grant type.")
    if grant_type not in client.grant_types:
        raise UnauthorizedClient("The client is not registered for this grant type.")
    seconds = min(lifetime or client.validity_seconds, parts.policy.max_lifetime)
    async with parts.database.reading() as session:
        granted = await grant.grant(parts, session, client, parameters=parameters, lifetime=seconds)
    if granted.is_reference:
        token = await _store_reference_token(parts, granted.content)
    else:
        claims = granted.content.claims(issuer=parts.policy.issuer, token_id=new_token_id())
        token = await parts.signer.sign(claims)
    return IssuedToken(token, granted.content.lifetime_seconds, granted.content.scopes)


async def _store_reference_token(parts: Parts, content: TokenContent) -> str:
    """The token's hash and its fact are one transaction; the token itself is only in the answer."""
    token = new_reference_token()
    row = ReferenceTokenRow(
        hash=hash_secret(token),
        client_id=content.client_id,
        subject=content.subject,
        scopes=list(content.scopes),
        key_type=content.key_type,
        issuer=parts.policy.issuer,
        issued_at=content.issued_at,
        expires_at=content.issued_at + timedelta(seconds=content.lifetime_seconds),
    )
    try:
        async with parts.database.transaction() as session:
            await IssuedTokenStore(session).add(row)
            await parts.outbox.put(session, reference_token_fact(row))
    except IntegrityError as error:
        # The client was deleted while the token was made.
        raise InvalidClient("The client is unknown, or its secret is wrong.") from error
    return token
