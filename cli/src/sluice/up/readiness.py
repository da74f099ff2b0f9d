"""Asks each child's health route until all are ready, and knows the reason of each that is not."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sluice.errors import NotReadyInTime

_POLL_SECONDS = 0.1
_ANSWER_SECONDS = 5.0
_REPORT_SECONDS = 10.0
_LARGEST_ANSWER_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class Probe:
    """A health route on this machine that answers 200 when its owner is ready."""

    name: str
    port: int
    path: str = "/readyz"


async def wait_until_ready(
    probes: Sequence[Probe], *, timeout_seconds: float, say: Callable[[str], None] = lambda _: None
) -> None:
    """Raises `NotReadyInTime` with the reason of each that is missing. `say` hears every 10 s what is waited for."""
    waiting = {probe.name: "it has not answered yet" for probe in probes}

    async def follow(probe: Probe) -> None:
        while (reason := await _why_not_ready(probe)) is not None:
            waiting[probe.name] = reason
            await asyncio.sleep(_POLL_SECONDS)
        del waiting[probe.name]

    async def report() -> None:
        while True:
            await asyncio.sleep(_REPORT_SECONDS)
            say(f"Still waiting for {_reasons(waiting)}")

    try:
        async with asyncio.timeout(timeout_seconds), asyncio.TaskGroup() as tasks:
            followed = [tasks.create_task(follow(probe)) for probe in probes]
            reporting = tasks.create_task(report())
            await asyncio.wait(followed)
            reporting.cancel()
    except TimeoutError as error:
        raise NotReadyInTime(f"Not ready after {timeout_seconds:g} s: {_reasons(waiting)}.") from error


def _reasons(waiting: dict[str, str]) -> str:
    return "; ".join(f"{name} ({reason})" for name, reason in waiting.items())


async def _why_not_ready(probe: Probe) -> str | None:
    try:
        async with asyncio.timeout(_ANSWER_SECONDS):
            status, body = await _get(probe.port, probe.path)
    except OSError:
        return "it does not listen yet"
    if status == 200:
        return None
    return _checks_that_fail(body) or f"{probe.path} answers {status}"


def _checks_that_fail(body: bytes) -> str | None:
    try:
        checks = json.loads(body)["checks"]
        failing = [f"{name}: {reason}" for name, reason in checks.items() if reason != "ok"]
    except (ValueError, TypeError, KeyError, AttributeError):
        return None
    return ", ".join(failing) or None


async def _get(port: int, path: str) -> tuple[int, bytes]:
    """A GET by hand: an HTTP library would stay in the launcher's memory for as long as the platform runs."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(f"GET {path} HTTP/1.1\r\nHost: localhost:{port}\r\nConnection: close\r\n\r\n".encode())
        answer = b""
        while len(answer) < _LARGEST_ANSWER_BYTES and (chunk := await reader.read(_LARGEST_ANSWER_BYTES)):
            answer += chunk
    finally:
        writer.close()
    head, _, body = answer.partition(b"\r\n\r\n")
    words = head.split(b" ", 2)
    is_http = len(words) > 1 and words[0].startswith(b"HTTP/") and words[1].isdigit()
    return int(words[1]) if is_http else 0, body
