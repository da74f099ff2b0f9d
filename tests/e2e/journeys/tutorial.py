"""A subscriber with a token for a published API: where most journeys begin."""

from __future__ import annotations

from dataclasses import dataclass

from websockets.exceptions import ConnectionClosed

from e2e.clients.control import ControlPlane, Json, Keys, Person
from e2e.clients.gateway import Refused, bearer, echo
from e2e.journeys.waiting import soon


@dataclass(frozen=True, slots=True)
class Subscribed:
    """Everything the tutorial leaves behind."""

    api: Json
    subscriber: Person
    keys: Keys
    subscription_id: str
    token: str
    url: str


async def subscribed(
    control: ControlPlane, *, token_type: str = "JWT", api: Json | None = None, plan: str = "Gold"
) -> Subscribed:
    """The whole tutorial by REST, until an echo has come back."""
    api = api or await control.published_api()
    subscriber = await control.person("subscriber")
    await soon(lambda: control.seen_in_devportal(api["id"]), "the API appears in the Developer Portal")
    keys = await control.application_keys(subscriber, token_type=token_type)
    subscription_id = await control.subscribe(subscriber, keys.application_id, api["id"], plan=plan)
    token = await control.token(subscriber, keys)
    url = f"{control.platform.ws}{api['context']}/1.0.0"
    assert await echo(url, headers=bearer(token)) == "hello"
    return Subscribed(api, subscriber, keys, subscription_id, token, url)


async def expect_refusal(url: str, status: int, *, token: str | None = None, code: int | None = None) -> Refused:
    """Waits until the handshake gets this status."""

    async def is_refused() -> Refused:
        try:
            answer = await echo(url, headers=bearer(token) if token else None)
        except ConnectionClosed as error:
            # It was let in a moment before the gateway knew, and ended the moment after.
            raise AssertionError(f"it was still let in: {error}") from error
        assert isinstance(answer, Refused), "it is still echoed"
        assert answer.status == status, answer
        return answer

    refused = await soon(is_refused, f"the handshake is refused with {status}")
    assert code is None or refused.problem["code"] == code, refused
    return refused


async def expect_echo(url: str, token: str) -> None:
    """Waits until the handshake succeeds."""

    async def is_echoed() -> None:
        answer = await echo(url, headers=bearer(token))
        assert answer == "hello", answer

    await soon(is_echoed, "the handshake succeeds")
