"""Read and replace the AsyncAPI document of an API."""

from __future__ import annotations

from publisher.domain.asyncapi.generating import generated_definition
from publisher.domain.asyncapi.parsing import Content, parse_definition
from publisher.domain.caller import Caller, check_may_change
from publisher.usecases.opening import open_api, read_api
from publisher.usecases.telling import tell_api
from publisher.usecases.unit import Units


async def read_definition(units: Units, api_id: str, *, caller: Caller) -> Content:
    """The document that was given, or else one made from the API's channels. Raises `UnknownApi`."""
    async with units.reading() as view:
        api = await read_api(view, api_id, caller=caller)
    return api.document.definition or generated_definition(api)


async def replace_definition(units: Units, api_id: str, text: bytes, *, caller: Caller) -> Content:
    """The API's channels become those of the document; what is deployed stays as it is until a new revision is.

    Raises `UnknownApi`, `ForbiddenInState`, `InvalidDefinition` or `TooLarge`.
    """
    definition = parse_definition(text)
    async with units.begin() as unit:
        stored = await open_api(unit, api_id, caller=caller)
        check_may_change(caller, stored.api.state)
        await unit.apis.save_document(stored, stored.api.document.with_definition(definition))
        await tell_api(unit, stored, user=caller.name)
    return definition
