"""Revisions and where they are deployed. The API they belong to is open when they change."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from publisher.domain.api import Deployment, Revision
from publisher.domain.document import ApiDocument
from publisher.store.tables import DeploymentRow, RevisionRow


class RevisionStore:
    """Revisions with their deployments."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def of(self, api_id: str) -> Sequence[Revision]:
        """All of an API's, oldest first."""
        query = select(RevisionRow).where(col(RevisionRow.api_id) == api_id).order_by(col(RevisionRow.number))
        rows = (await self._session.scalars(query)).all()
        deployments = await self.deployments_of(api_id)
        return [_to_revision(row, deployments) for row in rows]

    async def find(self, api_id: str, revision_id: str) -> Revision | None:
        """One of an API's."""
        return next((revision for revision in await self.of(api_id) if revision.id == revision_id), None)

    async def count(self, api_id: str) -> int:
        """How many there are."""
        query = select(func.count()).select_from(RevisionRow).where(col(RevisionRow.api_id) == api_id)
        return await self._session.scalar(query) or 0

    async def add(self, revision: Revision, *, user: str) -> None:
        """A revision never changes afterwards."""
        self._session.add(
            RevisionRow(
                id=revision.id,
                api_id=revision.api_id,
                number=revision.number,
                description=revision.description,
                document=dict(revision.document.fields),
                definition=None if revision.document.definition is None else dict(revision.document.definition),
                created_at=revision.created_at,
                created_by=user,
            )
        )
        await self._session.flush()

    async def remove(self, revision_id: str) -> None:
        """It must not be deployed."""
        row = await self._session.get(RevisionRow, revision_id)
        await self._session.delete(row)
        await self._session.flush()

    async def deployments_of(self, api_id: str) -> Sequence[Deployment]:
        """Where the API is deployed, by environment."""
        query = (
            select(DeploymentRow).where(col(DeploymentRow.api_id) == api_id).order_by(col(DeploymentRow.environment))
        )
        return [_to_deployment(row) for row in (await self._session.scalars(query)).all()]

    async def put_deployment(self, deployment: Deployment) -> None:
        """Takes the place of whatever the environment had of the API."""
        await self._session.merge(
            DeploymentRow(
                api_id=deployment.api_id,
                environment=deployment.environment,
                revision_id=deployment.revision_id,
                vhost=deployment.vhost,
                is_shown_on_devportal=deployment.is_shown_on_devportal,
                deployed_at=deployment.deployed_at,
            )
        )
        await self._session.flush()

    async def remove_deployment(self, deployment: Deployment) -> None:
        """The API leaves the environment."""
        row = await self._session.get(DeploymentRow, (deployment.api_id, deployment.environment))
        await self._session.delete(row)
        await self._session.flush()


def _to_revision(row: RevisionRow, deployments: Sequence[Deployment]) -> Revision:
    return Revision(
        id=row.id,
        api_id=row.api_id,
        number=row.number,
        description=row.description,
        document=ApiDocument(row.document, row.definition),
        created_at=row.created_at,
        deployments=tuple(deployment for deployment in deployments if deployment.revision_id == row.id),
    )


def _to_deployment(row: DeploymentRow) -> Deployment:
    return Deployment(
        api_id=row.api_id,
        environment=row.environment,
        revision_id=row.revision_id,
        vhost=row.vhost,
        is_shown_on_devportal=row.is_shown_on_devportal,
        deployed_at=row.deployed_at,
    )
