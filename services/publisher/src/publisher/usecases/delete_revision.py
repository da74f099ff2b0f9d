"""Delete a revision that is nowhere deployed."""

from __future__ import annotations

from collections.abc import Sequence

from publisher.domain.api import Revision
from publisher.domain.caller import Caller
from publisher.errors import DeployedRevision
from publisher.usecases.opening import open_api
from publisher.usecases.read_revisions import find_revision
from publisher.usecases.unit import Units


async def delete_revision(units: Units, api_id: str, revision_id: str, *, caller: Caller) -> Sequence[Revision]:
    """What revisions remain. Raises `NotFound` or `DeployedRevision`."""
    async with units.begin() as unit:
        await open_api(unit, api_id, caller=caller)
        revision = await find_revision(unit, api_id, revision_id)
        if revision.deployments:
            places = ", ".join(deployment.environment for deployment in revision.deployments)
            raise DeployedRevision(f"'{revision.display_name}' is deployed to {places}: undeploy it first.")
        await unit.revisions.remove(revision_id)
        return await unit.revisions.of(api_id)
