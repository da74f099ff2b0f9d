"""Makes the internal test key, with which people try an API before anybody is subscribed (WSO2 `generate-key`)."""

from __future__ import annotations

from keymanager.domain.clients import Client
from keymanager.domain.secrets import new_token_id
from keymanager.domain.tokens import TEST_KEY_SECONDS, ApiKeyContent, IssuedToken
from keymanager.parts import Parts


async def issue_test_key(parts: Parts, client: Client, *, api_id: str, user: str) -> IssuedToken:
    """A JWT for one API. Who may have one has been decided by the publisher, which is the `client`."""
    content = ApiKeyContent(
        api_id=api_id,
        subject=user,
        client_id=client.client_id,
        issued_at=parts.clock(),
        lifetime_seconds=min(TEST_KEY_SECONDS, parts.policy.max_lifetime),
    )
    token = await parts.signer.sign(content.claims(issuer=parts.policy.issuer, token_id=new_token_id()))
    return IssuedToken(token, content.lifetime_seconds, ())
