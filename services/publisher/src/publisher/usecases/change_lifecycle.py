"""Take an API through its life cycle, with what follows from each step (wso2.md, section 2)."""

from __future__ import annotations

from dataclasses import dataclass

from contracts.publisher import ApiState
from publisher.domain.api import Api, LifecycleEvent, Revision
from publisher.domain.caller import Caller
from publisher.domain.environment import DEFAULT_ENVIRONMENT
from publisher.domain.lifecycle import DEPRECATE_OLD_VERSIONS, next_state, ticked_items, undeploys
from publisher.domain.versions import is_older
from publisher.errors import NoEndpoint, NoPlan
from publisher.store.apis import StoredApi
from publisher.usecases.deploying import Target, deploy, make_revision, undeploy
from publisher.usecases.opening import open_api
from publisher.usecases.telling import tell_api
from publisher.usecases.unit import Unit, Units


@dataclass(frozen=True, slots=True)
class ChangeLifecycle:
    """`checklist` as WSO2 writes it: `Item:true,Other item:false`."""

    api_id: str
    action: str
    checklist: str | None = None


async def change_lifecycle(units: Units, command: ChangeLifecycle, *, caller: Caller) -> Api:
    """The API in its new state. Raises `NotFound`, `UnsupportedAction`, `NoEndpoint`, `NoPlan` or `InvalidInput`."""
    ticked = ticked_items(command.checklist)
    async with units.begin() as unit:
        stored = await open_api(unit, command.api_id, caller=caller)
        before = stored.api.state
        target = next_state(before, command.action)
        if target is ApiState.PUBLISHED:
            await _put_on_sale(units, unit, stored, caller)
        if undeploys(target, came_from=before):
            await undeploy(unit, await unit.revisions.of(command.api_id))
        await _move(unit, stored, target, caller)
        if target is ApiState.PUBLISHED and DEPRECATE_OLD_VERSIONS in ticked:
            await _deprecate_older(unit, stored, caller)
        return stored.api


async def _move(unit: Unit, stored: StoredApi, target: ApiState, caller: Caller) -> None:
    before = stored.api.state
    stored.row.state = target
    if target is not before:
        await unit.apis.add_event(stored.row.id, LifecycleEvent(before, target, caller.name, unit.now))
    await tell_api(unit, stored, user=caller.name)


async def _put_on_sale(units: Units, unit: Unit, stored: StoredApi, caller: Caller) -> None:
    document = stored.api.document
    if document.endpoints.is_empty:
        raise NoEndpoint("An endpoint is needed before the API can be published.")
    if not document.plans:
        raise NoPlan("At least one business plan is needed before the API can be published.")
    revisions = await unit.revisions.of(stored.row.id)
    if any(revision.deployments for revision in revisions):
        return
    newest = revisions[-1] if revisions else await _first_revision(units, unit, stored, caller)
    if newest.document.endpoints.is_empty:
        raise NoEndpoint(f"The newest revision, '{newest.display_name}', has no endpoint: make a new one.")
    await deploy(unit, newest, Target(DEFAULT_ENVIRONMENT))


async def _first_revision(units: Units, unit: Unit, stored: StoredApi, caller: Caller) -> Revision:
    return await make_revision(
        unit, stored, revision_id=units.new_id(), description="Made when the API was published", user=caller.name
    )


async def _deprecate_older(unit: Unit, stored: StoredApi, caller: Caller) -> None:
    for row in await unit.apis.versions_of(stored.identity.name_key):
        if row.state == ApiState.PUBLISHED and is_older(row.version, stored.row.version):
            await _move(unit, StoredApi(row, stored.identity), ApiState.DEPRECATED, caller)
