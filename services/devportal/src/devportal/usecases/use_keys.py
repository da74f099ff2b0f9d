"""Look at an application's keys, give them a new secret, make a token, delete them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from devportal.domain.application_key import ApplicationKey, KeyState
from devportal.domain.caller import Caller
from devportal.errors import InvalidInput, UnknownConsumerKey
from devportal.keymanager_client.client import AccessToken, ConsumerSecret, KeyManagerClient, TokenWish
from devportal.usecases.opening import is_id, open_application, read_application
from devportal.usecases.unit import Units


@dataclass(frozen=True, slots=True)
class KeyPlace:
    """Which keys of which application."""

    application_id: str
    key_mapping_id: str


async def list_keys(units: Units, application_id: str, *, caller: Caller) -> Sequence[ApplicationKey]:
    """Those that are complete. Raises `UnknownApplication`."""
    async with units.reading() as view:
        await read_application(view, application_id, caller=caller)
        return await view.keys.completed(application_id)


async def show_key(units: Units, place: KeyPlace, *, caller: Caller) -> ApplicationKey:
    """Raises `UnknownApplication`, `UnknownConsumerKey`."""
    key = await _find(units, place, caller=caller)
    if key is None or key.state is not KeyState.COMPLETED:
        raise _unknown(place)
    return key


async def regenerate_secret(
    units: Units, keymanager: KeyManagerClient, place: KeyPlace, *, caller: Caller
) -> ConsumerSecret:
    """The old secret stops working at once. Raises `NotFound`, `KeyManagerAway`."""
    await show_key(units, place, caller=caller)
    return await keymanager.replace_secret(place.key_mapping_id)


async def generate_token(
    units: Units,
    keymanager: KeyManagerClient,
    place: KeyPlace,
    wish: TokenWish,
    *,
    token_to_revoke: str | None,
    caller: Caller,
) -> AccessToken:
    """Revokes another token first where that is asked for. Raises `NotFound`, `InvalidInput`, `KeyManagerAway`."""
    key = await show_key(units, place, caller=caller)
    if token_to_revoke:
        if wish.consumer_secret is None:
            raise InvalidInput.at("/consumerSecret", "must be given to revoke a token")
        client = ConsumerSecret(key.consumer_key, wish.consumer_secret)
        await keymanager.revoke_token(token_to_revoke, client=client)
    return await keymanager.issue_token(place.key_mapping_id, wish)


async def delete_keys(units: Units, keymanager: KeyManagerClient, place: KeyPlace, *, caller: Caller) -> None:
    """Also of keys that are only half made. Raises `NotFound`, `KeyManagerAway` (then repeat it)."""
    if await _find(units, place, caller=caller) is None:
        raise _unknown(place)
    # The key manager first: while our row is there, a repeat can find and finish what a crash interrupted.
    await keymanager.delete_consumer_key(place.key_mapping_id)
    async with units.begin() as unit:
        await open_application(unit, place.application_id, caller=caller)
        await unit.keys.remove(place.key_mapping_id)


async def _find(units: Units, place: KeyPlace, *, caller: Caller) -> ApplicationKey | None:
    async with units.reading() as view:
        await read_application(view, place.application_id, caller=caller)
        if not is_id(place.key_mapping_id):
            return None
        return await view.keys.find(place.key_mapping_id, application_id=place.application_id)


def _unknown(place: KeyPlace) -> UnknownConsumerKey:
    return UnknownConsumerKey(f"The application has no keys with the id '{place.key_mapping_id[:100]}'.")
