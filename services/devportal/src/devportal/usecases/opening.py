"""The first step of whatever is done with one thing: find it, and see whether the caller may know of it."""

from __future__ import annotations

import re

from contracts.publisher import Api
from devportal.domain.application import Application
from devportal.domain.caller import Caller
from devportal.domain.catalogue import is_open_to
from devportal.domain.subscription import Subscription
from devportal.errors import UnknownApi, UnknownApplication, UnknownSubscription
from devportal.usecases.unit import Unit, View

_ID = re.compile(r"[0-9a-fA-F-]{36}")


def is_id(text: str) -> bool:
    """Whether it looks like an id at all: other texts need not reach the database."""
    return _ID.fullmatch(text) is not None


async def read_application(view: View, application_id: str, *, caller: Caller) -> Application:
    """To look at. Raises `UnknownApplication`, also for another's."""
    found = await view.applications.find(application_id, owner=caller.name) if is_id(application_id) else None
    return _known(found, application_id)


async def open_application(unit: Unit, application_id: str, *, caller: Caller) -> Application:
    """To change it or what belongs to it; it is locked until the unit ends. Raises `UnknownApplication`."""
    if not is_id(application_id):
        return _known(None, application_id)
    found = await unit.applications.find(application_id, owner=caller.name, for_update=True)
    return _known(found, application_id)


async def read_subscription(view: View, subscription_id: str, *, caller: Caller) -> Subscription:
    """To look at. Raises `UnknownSubscription`, also for another's."""
    found = await view.subscriptions.find(subscription_id, owner=caller.name) if is_id(subscription_id) else None
    if found is None:
        raise UnknownSubscription(f"There is no subscription with the id '{subscription_id[:100]}'.")
    return found


async def open_api_to_subscribe(unit: Unit, api_id: str, *, caller: Caller) -> Api:
    """The API, which cannot end before the unit does. Raises `UnknownApi`, also where its visibility excludes."""
    api = await unit.learnt.lock_api(api_id, to_change=False) if is_id(api_id) else None
    if api is None or not is_open_to(api, caller):
        raise unknown_api(api_id)
    return api


def unknown_api(api_id: str) -> UnknownApi:
    """The same words for what does not exist and for what the caller must not see."""
    return UnknownApi(f"There is no API with the id '{api_id[:100]}'.")


def _known(found: Application | None, application_id: str) -> Application:
    if found is None:
        raise UnknownApplication(f"There is no application with the id '{application_id[:100]}'.")
    return found
