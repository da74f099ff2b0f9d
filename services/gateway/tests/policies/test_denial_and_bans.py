"""Whom deny policies and session bans keep from opening a session."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from contracts.publisher import DenyPolicy, DenyType, SessionBan
from gateway.handshake import refusals
from gateway.handshake.admission import Admitted

from .world import NOW, at, attempt, everything, open_world, token

FAR = at(NOW) + timedelta(days=36_500)


def deny(kind: DenyType, value: str, **changes: Any) -> DenyPolicy:
    return DenyPolicy(**{"version": 1, "id": "d1", "type": kind, "value": value} | changes)


@pytest.mark.parametrize(
    "policy",
    [
        deny(DenyType.API, "/chat/1.0.0"),
        deny(DenyType.APPLICATION, "sue:Client"),
        deny(DenyType.USER, "sue"),
        deny(DenyType.IP, "192.0.2.1"),
        deny(DenyType.IPRANGE, "192.0.2.0", last_address="192.0.2.9"),
        deny(DenyType.IPRANGE, "10.0.0.0", last_address="10.255.255.255", invert=True),
    ],
    ids=lambda policy: f"{policy.type}{'-inverted' if policy.invert else ''}",
)
async def test_who_is_denied_is_refused_until_the_policy_is_taken_back(policy: DenyPolicy) -> None:
    async with open_world(*everything(), policy) as world:
        assert await world.decide(attempt(bearer=token())) is refusals.DENIED

        await world.tell(policy.model_copy(update={"version": 2, "enabled": False}))

        assert isinstance(await world.decide(attempt(bearer=token())), Admitted)


@pytest.mark.parametrize(
    "policy",
    [
        deny(DenyType.API, "/chat/2.0"),
        deny(DenyType.APPLICATION, "carl:Client"),
        deny(DenyType.USER, "carl"),
        deny(DenyType.IP, "192.0.2.1", invert=True),
    ],
    ids=lambda policy: policy.type,
)
async def test_policy_on_others_refuses_nobody_else(policy: DenyPolicy) -> None:
    async with open_world(*everything(), policy) as world:
        assert isinstance(await world.decide(attempt(bearer=token())), Admitted)


async def test_who_is_banned_is_refused_until_the_ban_has_passed() -> None:
    ban = SessionBan(version=1, id="b1", user="sue", api_id="a1", banned_at=at(NOW), until=FAR)

    async with open_world(*everything(), ban) as world:
        assert await world.decide(attempt(bearer=token())) is refusals.BANNED

        await world.tell(ban.model_copy(update={"version": 2, "until": at(NOW)}))

        assert isinstance(await world.decide(attempt(bearer=token())), Admitted)
