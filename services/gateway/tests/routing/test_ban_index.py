"""Whom a session ban keeps out, and until when."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from contracts.publisher import SessionBan
from gateway.routing.ban_index import BanIndex, Bannable

NOW = datetime(2026, 1, 2, tzinfo=UTC)
SUE = Bannable(api_id="a", application_id="x", plan="Gold", user="sue", address="192.0.2.7")


def ban(**selectors: str | None) -> SessionBan:
    return SessionBan.model_validate(
        {"id": "b", "banned_at": NOW, "until": NOW + timedelta(minutes=5)} | selectors,
    )


@pytest.mark.parametrize(
    ("selectors", "is_banned"),
    [
        ({"user": "sue"}, True),
        ({"api_id": "a"}, True),
        ({"address": "::ffff:192.0.2.7"}, True),
        ({"user": "sue", "plan": "Gold", "application_id": "x"}, True),
        ({"user": "sue", "plan": "Silver"}, False),
        ({"user": "carl"}, False),
        ({"session_id": "s", "user": "sue"}, False),
        ({}, False),
    ],
)
def test_ban_keeps_out_whom_all_its_selectors_fit(selectors: dict[str, str], *, is_banned: bool) -> None:
    index = BanIndex().with_ban(ban(**selectors))

    assert index.forbids(SUE, now=NOW) is is_banned


def test_ban_ends_at_its_time() -> None:
    index = BanIndex().with_ban(ban(user="sue"))

    assert not index.forbids(SUE, now=NOW + timedelta(minutes=5))


def test_ban_that_is_taken_back_keeps_out_nobody() -> None:
    index = BanIndex().with_ban(ban(user="sue"))

    assert not index.without_ban(ban(user="sue")).forbids(SUE, now=NOW)
