"""What every grant is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from sqlalchemy.ext.asyncio import AsyncSession

from keymanager.domain.clients import Client
from keymanager.parts import Parts
from keymanager.usecases.grant_content import Granted


class Grant(Protocol):
    """Decides what a client gets. The client has proved who it is, and is registered for the grant."""

    async def grant(
        self, parts: Parts, session: AsyncSession, client: Client, *, parameters: Mapping[str, str], lifetime: int
    ) -> Granted:
        """Reads only. Raises errors of RFC 6749 5.2."""
        ...
