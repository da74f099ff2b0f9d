"""A race has one winner, by a unique constraint; the loser looks again and finds the winner's row."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from sqlalchemy.exc import IntegrityError

T = TypeVar("T")


async def look_again_after_losing(work: Callable[[], Awaitable[T]]) -> T:
    """`work` is one whole transaction: find or make."""
    try:
        return await work()
    except IntegrityError:
        return await work()
