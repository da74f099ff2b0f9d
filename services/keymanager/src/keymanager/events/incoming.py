"""What the key manager learns: applications (whose they are, what their tokens are) and the scopes of APIs."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy.ext.asyncio import AsyncSession

from contracts import Fact
from contracts.devportal import Application as ApplicationFact
from contracts.publisher import Api
from keymanager.domain.clients import Application
from keymanager.store.consumer_keys import ConsumerKeyStore
from keymanager.store.learnt import LearntStore
from keymanager.usecases.delete_consumer_key import end_consumer_key
from keymanager.usecases.revocations import Revocations
from outbox import FactHandler


class ApplicationHandler:
    """A deleted application's keys stop working, and so do the tokens that were issued for them."""

    def __init__(self, revocations: Revocations) -> None:
        self._revocations = revocations

    async def apply(self, session: AsyncSession, fact: Fact) -> None:
        assert isinstance(fact, ApplicationFact)
        await LearntStore(session).save_application(Application(fact.id, fact.owner, fact.token_type))

    async def remove(self, session: AsyncSession, key: str) -> None:
        await LearntStore(session).mark_application_deleted(key)
        for row in await ConsumerKeyStore(session).of_application(key):
            await end_consumer_key(session, row, self._revocations)


class ApiHandler:
    """Which scopes there are, and which roles may have them."""

    async def apply(self, session: AsyncSession, fact: Fact) -> None:
        assert isinstance(fact, Api)
        await LearntStore(session).replace_scopes(fact.id, {scope.name: scope.roles for scope in fact.scopes})

    async def remove(self, session: AsyncSession, key: str) -> None:
        await LearntStore(session).replace_scopes(key, {})


def fact_handlers(revocations: Revocations) -> Mapping[type[Fact], FactHandler]:
    """By type of fact."""
    return {ApplicationFact: ApplicationHandler(revocations), Api: ApiHandler()}
