"""Steps of several use cases: put a revision into an environment, take one out, make a revision."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from publisher.domain.api import MAX_REVISIONS, Deployment, Revision
from publisher.domain.environment import Environment
from publisher.errors import TooManyRevisions, UnknownEnvironment
from publisher.events.outgoing import deployment_fact
from publisher.store.apis import StoredApi
from publisher.usecases.unit import Unit


@dataclass(frozen=True, slots=True)
class Target:
    """Where a revision shall be; without a vhost it is the environment's first."""

    environment: str
    vhost: str | None = None
    is_shown_on_devportal: bool = True


async def make_revision(unit: Unit, stored: StoredApi, *, revision_id: str, description: str, user: str) -> Revision:
    """Freezes the API's definition as it is now. Raises `TooManyRevisions`."""
    if await unit.revisions.count(stored.row.id) >= MAX_REVISIONS:
        raise TooManyRevisions(f"An API has at most {MAX_REVISIONS} revisions; delete one that is not deployed.")
    stored.row.last_revision += 1
    revision = Revision(
        id=revision_id,
        api_id=stored.row.id,
        number=stored.row.last_revision,
        description=description,
        document=stored.api.document,
        created_at=unit.now,
    )
    await unit.revisions.add(revision, user=user)
    return revision


async def find_environment(unit: Unit, name: str) -> Environment:
    """Raises `UnknownEnvironment`."""
    environment = await unit.environments.find(name) if "\0" not in name else None
    if environment is None:
        raise UnknownEnvironment(f"There is no gateway environment '{name[:100]}'.")
    return environment


async def deploy(unit: Unit, revision: Revision, target: Target) -> Deployment:
    """In the place of whatever revision is there. Raises `UnknownEnvironment` or `UnknownVhost`."""
    environment = await find_environment(unit, target.environment)
    deployment = Deployment(
        api_id=revision.api_id,
        environment=environment.name,
        revision_id=revision.id,
        vhost=environment.vhost_named(target.vhost),
        is_shown_on_devportal=target.is_shown_on_devportal,
        deployed_at=unit.now,
    )
    await unit.revisions.put_deployment(deployment)
    await unit.tell(deployment_fact(deployment, revision))
    return deployment


async def undeploy(unit: Unit, revisions: Sequence[Revision], *, environments: frozenset[str] | None = None) -> None:
    """Takes the revisions out of the environments; None: out of all."""
    for revision in revisions:
        for deployment in revision.deployments:
            if environments is None or deployment.environment in environments:
                await unit.revisions.remove_deployment(deployment)
                await unit.tell_end(deployment_fact(deployment, revision))
