"""The client credentials grant (RFC 6749 4.4): a client asks for itself. Never with a refresh token (4.4.3)."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy.ext.asyncio import AsyncSession

from keymanager.domain.clients import CLIENT_CREDENTIALS, Client, ClientKind
from keymanager.domain.scopes import parse_scope
from keymanager.errors import UnauthorizedClient
from keymanager.parts import Parts
from keymanager.usecases.grant_content import Granted, grant_to_application, grant_to_rest_client


class ClientCredentials:
    """Scopes that are not allowed are left out, and the answer says which remain (RFC 6749 3.3)."""

    grant_type = CLIENT_CREDENTIALS

    async def grant(
        self, parts: Parts, session: AsyncSession, client: Client, *, parameters: Mapping[str, str], lifetime: int
    ) -> Granted:
        """See `Grant.grant`."""
        asked = parse_scope(parameters.get("scope", ""))
        if client.kind is ClientKind.REST:
            return await grant_to_rest_client(parts, session, client, asked=asked, lifetime=lifetime)
        if client.kind is ClientKind.APPLICATION:
            return await grant_to_application(parts, session, client, asked=asked, lifetime=lifetime)
        raise UnauthorizedClient("A service client gets no tokens for itself.")
