"""Make an application's keys at the key manager: two steps around one call, so that a crash leaves nothing behind.

First the id of the keys is chosen and committed (CREATING), then the key manager is asked, then its answer is kept. A
repeat after a crash anywhere between finds the id and asks for the same keys again, which is harmless there.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from devportal.domain.application import Application
from devportal.domain.application_key import (
    CLIENT_CREDENTIALS,
    ApplicationKey,
    KeyRequest,
    KeyState,
    check_request,
)
from devportal.domain.caller import Caller
from devportal.errors import Conflict, KeyManagerAway, KeysExist, RefusedByKeyManager, UnknownApplication
from devportal.keymanager_client.client import (
    AccessToken,
    ConsumerKey,
    ConsumerKeyOrder,
    KeyManagerClient,
    TokenWish,
)
from devportal.usecases.opening import open_application
from devportal.usecases.unit import Units


@dataclass(frozen=True, slots=True)
class NewKeys:
    """The only time that the secret is shown. `token` is there where one could be made at once."""

    key: ApplicationKey
    consumer_secret: str = field(repr=False)
    token: AccessToken | None = field(default=None, repr=False)


async def generate_keys(
    units: Units, keymanager: KeyManagerClient, application_id: str, request: KeyRequest, *, caller: Caller
) -> NewKeys:
    """Raises `UnknownApplication`, `InvalidInput`, `KeysExist`, `KeyManagerAway` (then repeat it)."""
    check_request(request)
    application, begun = await _begin(units, application_id, request, caller=caller)
    made = await _make(units, keymanager, application, begun)
    key = await _complete(units, keymanager, begun, made, caller=caller)
    token = await _first_token(keymanager, key, made, scopes=request.scopes)
    return NewKeys(key, made.client_secret, token)


async def _begin(
    units: Units, application_id: str, request: KeyRequest, *, caller: Caller
) -> tuple[Application, ApplicationKey]:
    async with units.begin() as unit:
        application = await open_application(unit, application_id, caller=caller)
        existing = await unit.keys.of_type(
            request.key_type, application_id=application_id, key_manager=request.key_manager
        )
        if existing is not None and existing.state is KeyState.COMPLETED:
            raise _keys_exist(existing)
        key = _new_key(existing.key_mapping_id if existing else units.new_id(), application_id, request)
        await unit.keys.save(key)
        return application, key


async def _make(
    units: Units, keymanager: KeyManagerClient, application: Application, begun: ApplicationKey
) -> ConsumerKey:
    try:
        return await keymanager.keep_consumer_key(_order(application, begun))
    except Conflict:
        # The id was deleted there and is not used again: the next attempt shall choose another.
        async with units.begin() as unit:
            await unit.keys.remove(begun.key_mapping_id)
        raise


async def _complete(
    units: Units, keymanager: KeyManagerClient, begun: ApplicationKey, made: ConsumerKey, *, caller: Caller
) -> ApplicationKey:
    try:
        return await _keep(units, begun, made, caller=caller)
    except UnknownApplication:
        # The application, or this attempt, was deleted meanwhile: so must be what was made for it.
        await keymanager.delete_consumer_key(begun.key_mapping_id)
        raise


async def _keep(units: Units, begun: ApplicationKey, made: ConsumerKey, *, caller: Caller) -> ApplicationKey:
    async with units.begin() as unit:
        await open_application(unit, begun.application_id, caller=caller)
        current = await unit.keys.find(begun.key_mapping_id, application_id=begun.application_id)
        if current is None:
            raise UnknownApplication("The keys were deleted while they were being made.")
        if current.state is KeyState.COMPLETED:
            # Another request was quicker; its secret is the one that people know.
            raise _keys_exist(current)
        key = replace(begun, state=KeyState.COMPLETED, consumer_key=made.client_id, grant_types=made.grant_types)
        await unit.keys.save(key)
        return key


async def _first_token(
    keymanager: KeyManagerClient, key: ApplicationKey, made: ConsumerKey, *, scopes: tuple[str, ...]
) -> AccessToken | None:
    if CLIENT_CREDENTIALS not in key.grant_types:
        return None
    try:
        return await keymanager.issue_token(key.key_mapping_id, TokenWish(made.client_secret, scopes))
    except (KeyManagerAway, RefusedByKeyManager):
        # The keys are made, and their secret must reach the caller; a token can be had later.
        return None


def _new_key(key_mapping_id: str, application_id: str, request: KeyRequest) -> ApplicationKey:
    return ApplicationKey(
        key_mapping_id=key_mapping_id,
        application_id=application_id,
        key_type=request.key_type,
        key_manager=request.key_manager,
        state=KeyState.CREATING,
        consumer_key="",
        grant_types=request.grant_types,
        callback_url=request.callback_url,
        validity_seconds=request.validity_seconds,
        additional_properties=request.additional_properties or {},
    )


def _order(application: Application, key: ApplicationKey) -> ConsumerKeyOrder:
    return ConsumerKeyOrder(
        key_mapping_id=key.key_mapping_id,
        application_id=application.id,
        application_name=application.name,
        owner=application.owner,
        token_type=application.draft.token_type,
        key_type=key.key_type,
        grant_types=key.grant_types,
        callback_url=key.callback_url,
        validity_seconds=key.validity_seconds,
        additional_properties=key.additional_properties,
    )


def _keys_exist(key: ApplicationKey) -> KeysExist:
    return KeysExist(f"The application has {key.key_type} keys already; a new secret is had by 'regenerate-secret'.")
