"""Make an API's definition again what it was in a revision. Nothing deployed changes by that."""

from __future__ import annotations

from publisher.domain.api import Api
from publisher.domain.caller import Caller, check_may_change
from publisher.usecases.opening import open_api
from publisher.usecases.plan_check import check_plans
from publisher.usecases.read_revisions import find_revision
from publisher.usecases.telling import tell_api
from publisher.usecases.unit import Units


async def restore_revision(units: Units, api_id: str, revision_id: str, *, caller: Caller) -> Api:
    """Raises `NotFound`, `ForbiddenInState`, or `InvalidInput` where a plan of that time is gone."""
    async with units.begin() as unit:
        stored = await open_api(unit, api_id, caller=caller)
        check_may_change(caller, stored.api.state)
        revision = await find_revision(unit, api_id, revision_id)
        await check_plans(unit, revision.document)
        await unit.apis.save_document(stored, revision.document)
        await tell_api(unit, stored, user=caller.name)
        return stored.api
