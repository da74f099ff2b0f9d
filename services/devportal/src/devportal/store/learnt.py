"""What the publisher has told, kept as it was told. Written by the inbox only."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import delete, func
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from contracts.publisher import Api, Deployment, Environment, Operation, Plan, PlanLevel, SubscriptionControl
from devportal.domain.caller import plain_roles
from devportal.domain.catalogue import RESTRICTED
from devportal.store.tables import (
    ApiRoleRow,
    ApiRow,
    ApiTagRow,
    DefaultVersionRow,
    DeploymentRow,
    EnvironmentRow,
    PlanRow,
    SubscriptionControlRow,
)


@dataclass(frozen=True, slots=True)
class ShownDeployment:
    """Where an API is deployed, and what is deployed there."""

    environment: str
    vhost: str
    operations: tuple[Operation, ...]


class LearntStore:
    """Read models, by the key of their facts."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def api(self, api_id: str) -> Api | None:
        """In whatever state it is."""
        row = await self._session.get(ApiRow, api_id)
        return to_api(row) if row else None

    async def lock_api(self, api_id: str, *, to_change: bool) -> Api | None:
        """The API, which until the transaction ends nobody changes; and nobody else locks, when it is to be changed."""
        query = select(ApiRow).where(col(ApiRow.id) == api_id).with_for_update(read=not to_change)
        row = await self._session.scalar(query)
        return to_api(row) if row else None

    async def apis(self, ids: Collection[str]) -> dict[str, Api]:
        """Those that are known, by id."""
        rows = await self._session.scalars(select(ApiRow).where(col(ApiRow.id).in_(ids)))
        return {row.id: to_api(row) for row in rows}

    async def deployments(self, api_id: str) -> Sequence[ShownDeployment]:
        """Those that developers are to see, by environment."""
        query = (
            select(DeploymentRow)
            .where(col(DeploymentRow.api_id) == api_id, col(DeploymentRow.is_shown))
            .order_by(col(DeploymentRow.environment))
        )
        return [_to_deployment(row) for row in await self._session.scalars(query)]

    async def environments(self, names: Collection[str]) -> dict[str, Environment]:
        """Those that are known, by name."""
        rows = await self._session.scalars(select(EnvironmentRow).where(col(EnvironmentRow.name).in_(names)))
        return {row.name: Environment.model_validate(row.fact) for row in rows}

    async def is_default_version(self, api_id: str) -> bool:
        """Whether the API answers at its context without a version."""
        query = select(DefaultVersionRow.context).where(col(DefaultVersionRow.api_id) == api_id)
        return await self._session.scalar(query.limit(1)) is not None

    async def plan(self, level: PlanLevel, name: str) -> Plan | None:
        """One plan."""
        row = await self._session.get(PlanRow, (level, name))
        return Plan.model_validate(row.fact) if row else None

    async def plans(self, level: PlanLevel) -> Sequence[Plan]:
        """All of a level, by name."""
        query = select(PlanRow).where(col(PlanRow.level) == level).order_by(col(PlanRow.name))
        return [Plan.model_validate(row.fact) for row in await self._session.scalars(query)]

    async def has_environment(self) -> bool:
        """Whether any is known."""
        return bool(await self._session.scalar(select(func.count()).select_from(EnvironmentRow)))

    async def put_api(self, fact: Api) -> None:
        """As the publisher told."""
        await self._session.merge(
            ApiRow(
                id=fact.id,
                state=fact.state,
                is_restricted=fact.visibility == RESTRICTED,
                name=fact.name,
                context=fact.context,
                version=fact.api_version,
                provider=fact.provider,
                description=fact.description,
                fact_version=fact.version,
                fact=fact.model_dump(mode="json"),
            )
        )
        await self._session.flush()
        await self._session.execute(delete(ApiTagRow).where(col(ApiTagRow.api_id) == fact.id))
        await self._session.execute(delete(ApiRoleRow).where(col(ApiRoleRow.api_id) == fact.id))
        self._session.add_all(ApiTagRow(api_id=fact.id, tag=tag) for tag in dict.fromkeys(fact.tags))
        self._session.add_all(ApiRoleRow(api_id=fact.id, role=role) for role in plain_roles(fact.visible_roles))
        await self._session.flush()

    async def fact_version(self, api_id: str) -> int | None:
        """The version of the API's fact that is held."""
        row = await self._session.get(ApiRow, api_id)
        return row.fact_version if row else None

    async def remove_api(self, api_id: str) -> None:
        """With its tags and roles."""
        await self._session.execute(delete(ApiRow).where(col(ApiRow.id) == api_id))

    async def put_deployment(self, fact: Deployment) -> None:
        """As the publisher told."""
        await self._session.merge(
            DeploymentRow(
                api_id=fact.api_id,
                environment=fact.environment,
                vhost=fact.vhost,
                is_shown=fact.display_on_devportal,
                operations=[operation.model_dump(mode="json") for operation in fact.operations],
            )
        )
        await self._session.flush()

    async def remove_deployment(self, *, api_id: str, environment: str) -> None:
        """It may never have been here."""
        await self._session.execute(
            delete(DeploymentRow).where(
                col(DeploymentRow.api_id) == api_id, col(DeploymentRow.environment) == environment
            )
        )

    async def put_environment(self, fact: Environment) -> None:
        """As the publisher told."""
        await self._session.merge(EnvironmentRow(name=fact.name, fact=fact.model_dump(mode="json")))
        await self._session.flush()

    async def remove_environment(self, name: str) -> None:
        """It may never have been here."""
        await self._session.execute(delete(EnvironmentRow).where(col(EnvironmentRow.name) == name))

    async def put_default_version(self, *, context: str, api_id: str) -> None:
        """As the publisher told."""
        await self._session.merge(DefaultVersionRow(context=context, api_id=api_id))
        await self._session.flush()

    async def remove_default_version(self, context: str) -> None:
        """It may never have been here."""
        await self._session.execute(delete(DefaultVersionRow).where(col(DefaultVersionRow.context) == context))

    async def put_plan(self, fact: Plan) -> None:
        """As the publisher told."""
        await self._session.merge(PlanRow(level=fact.level, name=fact.name, fact=fact.model_dump(mode="json")))
        await self._session.flush()

    async def remove_plan(self, level: str, name: str) -> None:
        """It may never have been here."""
        await self._session.execute(delete(PlanRow).where(col(PlanRow.level) == level, col(PlanRow.name) == name))

    async def put_control(self, fact: SubscriptionControl) -> None:
        """As the publisher told."""
        await self._session.merge(SubscriptionControlRow(subscription_id=fact.subscription_id, block=fact.block))
        await self._session.flush()

    async def remove_control(self, subscription_id: str) -> None:
        """It may never have been here."""
        await self._session.execute(
            delete(SubscriptionControlRow).where(col(SubscriptionControlRow.subscription_id) == subscription_id)
        )


def to_api(row: ApiRow) -> Api:
    """The fact that the row holds."""
    return Api.model_validate(row.fact)


def _to_deployment(row: DeploymentRow) -> ShownDeployment:
    operations = tuple(Operation.model_validate(operation) for operation in row.operations)
    return ShownDeployment(row.environment, row.vhost, operations)
