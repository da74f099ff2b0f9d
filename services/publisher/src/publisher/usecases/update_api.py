"""Change an API's definition. What is deployed stays as it is until a new revision is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from publisher.domain.api import Api
from publisher.domain.caller import Caller, check_may_change
from publisher.domain.document import ApiDocument
from publisher.domain.endpoints import endpoint_urls
from publisher.usecases.backends import Backends
from publisher.usecases.opening import open_api, read_api
from publisher.usecases.plan_check import check_plans
from publisher.usecases.telling import choose_default_version, tell_api
from publisher.usecases.unit import Units


@dataclass(frozen=True, slots=True)
class UpdateApi:
    """`fields` is the body as it was sent, with types checked: JSON, hence Any. Name, context and version in it are
    ignored, since they never change.
    """

    api_id: str
    is_default_version: bool
    fields: Mapping[str, Any]
    if_match: str | None = None


async def update_api(units: Units, backends: Backends, command: UpdateApi, *, caller: Caller) -> Api:
    """Raises `NotFound`, `ForbiddenInState`, `StaleVersion` or `InvalidInput`."""
    if caller.may_create:
        await _check_backends(units, backends, command, caller)
    async with units.begin() as unit:
        stored = await open_api(unit, command.api_id, caller=caller)
        api = stored.api
        api.check_unchanged(command.if_match)
        check_may_change(caller, api.state)
        document = _changed(api, command.fields, backends, caller)
        await check_plans(unit, document)
        await unit.apis.save_document(stored, document)
        if caller.may_create:
            await choose_default_version(unit, stored, is_chosen=command.is_default_version)
        await tell_api(unit, stored, user=caller.name)
        return stored.api


async def _check_backends(units: Units, backends: Backends, command: UpdateApi, caller: Caller) -> None:
    """Before anything is locked, since names are looked up. URLs that the API has already are not asked for again."""
    async with units.reading() as view:
        known = (await read_api(view, command.api_id, caller=caller)).document
    await backends.check(command.fields, known={url for _, url in endpoint_urls(known.fields.get("endpointConfig"))})


def _changed(api: Api, fields: Mapping[str, Any], backends: Backends, caller: Caller) -> ApiDocument:
    if caller.may_create:
        fields = backends.sealed(fields, api_id=api.id, known=api.document.fields)
        return ApiDocument.accept(fields, definition=api.document.definition)
    return api.document.with_publisher_fields_of(fields)
