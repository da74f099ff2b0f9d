"""Freeze an API's definition as a revision."""

from __future__ import annotations

from publisher.domain.api import MAX_REVISION_DESCRIPTION, Revision
from publisher.domain.caller import Caller
from publisher.errors import TooLong
from publisher.usecases.deploying import make_revision
from publisher.usecases.opening import open_api
from publisher.usecases.unit import Units


async def create_revision(units: Units, api_id: str, *, description: str, caller: Caller) -> Revision:
    """Raises `NotFound` or `TooManyRevisions`."""
    if len(description) > MAX_REVISION_DESCRIPTION:
        raise TooLong.at("/description", f"at most {MAX_REVISION_DESCRIPTION} characters")
    async with units.begin() as unit:
        stored = await open_api(unit, api_id, caller=caller)
        return await make_revision(unit, stored, revision_id=units.new_id(), description=description, user=caller.name)
