"""The first step of whatever is done with one API: find it, and see whether the caller may know of it."""

from __future__ import annotations

import re

from publisher.domain.api import Api
from publisher.domain.caller import Caller, plain_roles
from publisher.errors import UnknownApi
from publisher.store.apis import StoredApi
from publisher.usecases.unit import Unit, View

_ID = re.compile(r"[0-9a-fA-F-]{36}")


async def read_api(view: View, api_id: str, *, caller: Caller) -> Api:
    """To look at. Raises `UnknownApi`, also for an API that the caller must not see."""
    api = await view.apis.find(api_id) if is_id(api_id) else None
    if api is None or not may_see(caller, api):
        raise _unknown(api_id)
    return api


async def open_api(unit: Unit, api_id: str, *, caller: Caller) -> StoredApi:
    """To change; it is locked until the unit ends. Raises `UnknownApi`."""
    stored = await unit.apis.open(api_id) if is_id(api_id) else None
    if stored is None or not may_see(caller, stored.api):
        raise _unknown(api_id)
    return stored


def may_see(caller: Caller, api: Api) -> bool:
    """Everybody with the scope, unless access is restricted to roles (WSO2 `accessControl`)."""
    if not api.document.is_restricted or caller.is_admin or caller.name == api.provider:
        return True
    return not caller.plain_roles.isdisjoint(plain_roles(api.document.access_roles))


def is_id(text: str) -> bool:
    """Whether it looks like an id at all: other texts need not reach the database."""
    return _ID.fullmatch(text) is not None


def _unknown(api_id: str) -> UnknownApi:
    return UnknownApi(f"There is no API with the id '{api_id[:100]}'.")
