"""Deploy a revision to gateway environments, or take it out of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from contracts.publisher import ApiState
from publisher.domain.api import Deployment, Revision
from publisher.domain.caller import Caller
from publisher.errors import InvalidInput, RetiredApi, UnknownRevision
from publisher.usecases.deploying import Target, deploy, find_environment, undeploy
from publisher.usecases.opening import open_api
from publisher.usecases.read_revisions import find_revision
from publisher.usecases.telling import settle_default_version
from publisher.usecases.unit import Unit, Units


async def deploy_revision(
    units: Units, api_id: str, revision_id: str, *, targets: Sequence[Target], caller: Caller
) -> Sequence[Deployment]:
    """Where the revision is deployed now. Raises `NotFound`, `RetiredApi`, `UnknownEnvironment`, `UnknownVhost`."""
    _check_targets(targets)
    async with units.begin() as unit:
        stored = await open_api(unit, api_id, caller=caller)
        if stored.api.state is ApiState.RETIRED:
            raise RetiredApi("The API is retired: nothing of it can be deployed any more.")
        revision = await find_revision(unit, api_id, revision_id)
        for target in targets:
            await deploy(unit, revision, target)
        await settle_default_version(unit, stored.identity)
        return (await find_revision(unit, api_id, revision_id)).deployments


@dataclass(frozen=True, slots=True)
class UndeployRevision:
    """The revision by id or by number; `environments` None: out of all."""

    api_id: str
    environments: frozenset[str] | None
    revision_id: str | None = None
    revision_number: int | None = None


async def undeploy_revision(units: Units, command: UndeployRevision, *, caller: Caller) -> Sequence[Deployment]:
    """Where the revision is still deployed. Raises `NotFound` or `UnknownEnvironment`."""
    async with units.begin() as unit:
        stored = await open_api(unit, command.api_id, caller=caller)
        revision = await _chosen(unit, command)
        for name in command.environments or ():
            await find_environment(unit, name)
        await undeploy(unit, [revision], environments=command.environments)
        await settle_default_version(unit, stored.identity)
        return (await find_revision(unit, command.api_id, revision.id)).deployments


async def _chosen(unit: Unit, command: UndeployRevision) -> Revision:
    if command.revision_id is not None:
        return await find_revision(unit, command.api_id, command.revision_id)
    for revision in await unit.revisions.of(command.api_id):
        if revision.number == command.revision_number:
            return revision
    raise UnknownRevision(f"The API has no revision with the number {command.revision_number}.")


def _check_targets(targets: Sequence[Target]) -> None:
    names = [target.environment for target in targets]
    if not names or len(set(names)) < len(names):
        raise InvalidInput.at("", "name at least one gateway environment, and each only once")
