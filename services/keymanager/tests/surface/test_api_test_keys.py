"""What the publisher asks for: internal test keys of APIs."""

from __future__ import annotations

from collections.abc import Mapping

import httpx2
import pytest

from hosting.bearer import Verifier
from keymanager.domain.clients import DEVPORTAL_CLIENT, PUBLISHER_CLIENT
from tokens import DATA_PLANE_AUDIENCE, REST_AUDIENCE, InvalidToken, TokenVerifier

from .world import DEVPORTAL_SECRET, PUBLISHER_SECRET, World

PUBLISHER = (PUBLISHER_CLIENT, PUBLISHER_SECRET)
API, OTHER_API = "1b4e28ba-2fa1-41d2-883f-0016d3cca427", "6fa459ea-ee8a-4ca4-894e-db77e160355e"
PATH = "/keymanager-operations/test-keys"


async def ask(
    world: World, change: Mapping[str, object] | None = None, *, auth: tuple[str, str] = PUBLISHER
) -> httpx2.Response:
    return await world.http.post(PATH, json={"apiId": API, "user": "carl", **(change or {})}, auth=auth)


def verifier(world: World, audience: str) -> Verifier:
    return TokenVerifier(world.keymanager.trust_feed.trust, audience=audience)


async def test_test_key_is_for_that_api_and_an_hour(world: World) -> None:
    answer = (await ask(world)).json()

    principal = verifier(world, API).verify(answer["apikey"])
    assert (principal.audience, principal.subject, principal.client_id) == ((API,), "carl", PUBLISHER_CLIENT)
    assert answer["validityTime"] == principal.expires_at - principal.issued_at == 3600


@pytest.mark.parametrize("audience", [DATA_PLANE_AUDIENCE, REST_AUDIENCE, OTHER_API])
async def test_test_key_is_good_for_nothing_else(world: World, audience: str) -> None:
    key = (await ask(world)).json()["apikey"]

    with pytest.raises(InvalidToken):
        verifier(world, audience).verify(key)


async def test_test_key_is_not_to_be_stored_by_caches(world: World) -> None:
    assert (await ask(world)).headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("auth", "status"),
    [
        ((PUBLISHER_CLIENT, "wrong"), 401),
        (("nobody", PUBLISHER_SECRET), 401),
        ((DEVPORTAL_CLIENT, DEVPORTAL_SECRET), 403),
    ],
)
async def test_only_the_publisher_gets_one(world: World, auth: tuple[str, str], status: int) -> None:
    assert (await ask(world, auth=auth)).status_code == status


async def test_no_credentials_are_401(world: World) -> None:
    assert (await world.http.post(PATH, json={"apiId": API, "user": "carl"})).status_code == 401


@pytest.mark.parametrize("change", [{"apiId": ""}, {"user": None}, {"colour": 1}, {"apiId": "x" * 36}])
async def test_bad_wish_is_400(world: World, change: dict[str, object]) -> None:
    assert (await ask(world, change)).status_code == 400


@pytest.mark.parametrize("audience", [DATA_PLANE_AUDIENCE, REST_AUDIENCE])
async def test_an_api_cannot_be_called_like_another_audience(world: World, audience: str) -> None:
    answer = await ask(world, {"apiId": audience})

    assert answer.status_code == 400
