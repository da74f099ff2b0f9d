"""Look at an API's revisions."""

from __future__ import annotations

from collections.abc import Sequence

from publisher.domain.api import Revision
from publisher.domain.caller import Caller
from publisher.errors import UnknownRevision
from publisher.usecases.opening import read_api
from publisher.usecases.unit import Units, View


async def read_revisions(
    units: Units, api_id: str, *, caller: Caller, is_deployed: bool | None = None
) -> Sequence[Revision]:
    """Oldest first; all, or only those that are (or are not) deployed. Raises `NotFound`."""
    async with units.reading() as view:
        await read_api(view, api_id, caller=caller)
        revisions = await view.revisions.of(api_id)
    return [revision for revision in revisions if is_deployed is None or bool(revision.deployments) == is_deployed]


async def read_revision(units: Units, api_id: str, revision_id: str, *, caller: Caller) -> Revision:
    """Raises `NotFound`."""
    async with units.reading() as view:
        await read_api(view, api_id, caller=caller)
        return await find_revision(view, api_id, revision_id)


async def find_revision(view: View, api_id: str, revision_id: str) -> Revision:
    """A step of other use cases. Raises `UnknownRevision`."""
    revision = await view.revisions.find(api_id, revision_id)
    if revision is None:
        raise UnknownRevision(f"The API has no revision with the id '{revision_id[:100]}'.")
    return revision
