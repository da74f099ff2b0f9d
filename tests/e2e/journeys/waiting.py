"""Waiting for facts to settle, with one deadline for all journeys."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import TypeVar

import httpx

from backing.eventually import eventually

T = TypeVar("T")

SETTLED = timedelta(seconds=15)


async def soon(assertion: Callable[[], Awaitable[T]], message: str) -> T:
    """What the assertion returns once it holds."""
    return await eventually(assertion, within=SETTLED, message=message, retry_on=(OSError, httpx.TransportError))
