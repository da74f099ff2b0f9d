"""Delete an API with its revisions and deployments."""

from __future__ import annotations

from contracts.publisher import ApiState
from publisher.domain.caller import Caller, check_may_change
from publisher.errors import HasSubscriptions
from publisher.events.outgoing import api_fact
from publisher.store.apis import StoredApi
from publisher.usecases.deploying import undeploy
from publisher.usecases.opening import open_api
from publisher.usecases.telling import settle_default_version
from publisher.usecases.unit import Unit, Units


async def delete_api(units: Units, api_id: str, *, caller: Caller, if_match: str | None = None) -> None:
    """Raises `NotFound`, `ForbiddenInState`, `StaleVersion`, or `HasSubscriptions` while somebody is subscribed."""
    async with units.begin() as unit:
        stored = await open_api(unit, api_id, caller=caller)
        stored.api.check_unchanged(if_match)
        check_may_change(caller, stored.api.state)
        await _check_unused(unit, stored)
        await undeploy(unit, await unit.revisions.of(api_id))
        await unit.tell_end(api_fact(stored.api))
        identity = stored.identity
        await unit.apis.remove(stored)
        await settle_default_version(unit, identity)
        await unit.apis.remove_unused(identity)


async def _check_unused(unit: Unit, stored: StoredApi) -> None:
    # The subscriptions of a retired API have ended by rule, even while the devportal's facts of it are on their way.
    if stored.api.state is not ApiState.RETIRED and await unit.subscriptions.has_active(stored.row.id):
        raise HasSubscriptions(f"'{stored.api.name}' {stored.api.version} has subscriptions; they must end first.")
