"""Make an API, or a further version of one. Of several that race for a name, context or version, one wins."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.exc import IntegrityError

from contracts.publisher import ApiState
from publisher.domain.api import Api, LifecycleEvent
from publisher.domain.caller import Caller
from publisher.domain.document import ApiDocument
from publisher.domain.identity import Identity, check_new_version, checked_identity, checked_version
from publisher.errors import Conflict
from publisher.store.tables import IdentityRow
from publisher.usecases.backends import Backends
from publisher.usecases.plan_check import check_plans
from publisher.usecases.telling import choose_default_version, tell_api
from publisher.usecases.unit import Unit, Units, View


@dataclass(frozen=True, slots=True)
class CreateApi:
    """`fields` is the body as it was sent, with types checked: JSON, hence Any."""

    name: str
    context: str
    version: str
    is_default_version: bool
    fields: Mapping[str, Any]


async def create_api(units: Units, backends: Backends, command: CreateApi, *, caller: Caller) -> Api:
    """In state CREATED, owned by the caller. Raises `InvalidInput`, `Conflict` or `TooLarge`."""
    identity = checked_identity(command.name, command.context)
    version = checked_version(command.version)
    api_id = units.new_id()
    document = ApiDocument.accept(backends.sealed(command.fields, api_id=api_id))
    await backends.check(command.fields)
    try:
        async with units.begin() as unit:
            await check_plans(unit, document)
            row = await unit.apis.open_identity(identity.name_key)
            await _check_is_free(unit, identity, version, by_name=row)
            row = row or await unit.apis.add_identity(identity)
            api = _new_api(unit, identity, api_id=api_id, version=version, document=document, provider=caller.name)
            return await _add(unit, api, row, is_default_version=command.is_default_version)
    except IntegrityError as error:
        # Somebody else committed between the check and the insert; now the check knows whom to name.
        async with units.reading() as view:
            by_name = await view.session.get(IdentityRow, identity.name_key)
            await _check_is_free(view, identity, version, by_name=by_name)
        raise Conflict("Another request changed an API of this name or context at the same time.") from error


async def _check_is_free(view: View, wanted: Identity, version: str, *, by_name: IdentityRow | None) -> None:
    by_context = await view.apis.identity_at(wanted.context_key)
    check_new_version(
        wanted,
        version,
        by_name=_to_identity(by_name),
        by_context=_to_identity(by_context),
        versions=[row.version for row in await view.apis.versions_of(wanted.name_key)],
    )


async def _add(unit: Unit, api: Api, row: IdentityRow, *, is_default_version: bool) -> Api:
    stored = await unit.apis.add(api, identity=row)
    await unit.apis.add_event(api.id, LifecycleEvent(None, api.state, api.provider, unit.now))
    await choose_default_version(unit, stored, is_chosen=is_default_version)
    await tell_api(unit, stored, user=api.provider)
    return stored.api


def _new_api(unit: Unit, identity: Identity, *, api_id: str, version: str, document: ApiDocument, provider: str) -> Api:
    return Api(
        id=api_id,
        identity=identity,
        version=version,
        provider=provider,
        state=ApiState.CREATED,
        is_default=False,
        document=document,
        created_at=unit.now,
        updated_at=unit.now,
        updated_by=provider,
    )


def _to_identity(row: IdentityRow | None) -> Identity | None:
    return Identity(row.name, row.context) if row else None
