"""Refuses request bodies above a limit with 413, before the application reads them into memory. Plain ASGI."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from telemetry.error_responses import problem_response
from telemetry.problem import Problem

MAX_BODY_BYTES = 1024 * 1024

_DISCARD_BYTES = 32 * MAX_BODY_BYTES
_DISCARD_SECONDS = 5


class BodyLimit:
    """Counts what arrives, since `Content-Length` may be missing or wrong."""

    def __init__(self, app: ASGIApp, *, max_bytes: int = MAX_BODY_BYTES) -> None:
        self._app = app
        self._max_bytes = max_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if _announced_length(scope) > self._max_bytes:
            await _discard(receive)
            await self._refuse(scope, receive, send)
            return
        body = await self._read(receive)
        if body is None:
            await self._refuse(scope, receive, send)
            return
        await self._app(scope, _replay(body, receive), send)

    async def _read(self, receive: Receive) -> Message | None:
        """The whole body as one message, None where it is too large. One that was cut off is never told as whole."""
        chunks: list[bytes] = []
        size = 0
        while True:
            message = await receive()
            if message["type"] != "http.request":
                return {"type": "http.request", "body": b"".join(chunks), "more_body": True}
            chunks.append(message.get("body", b""))
            size += len(chunks[-1])
            is_last = not message.get("more_body", False)
            if size > self._max_bytes:
                # Behind the last piece nothing comes that could be discarded.
                if not is_last:
                    await _discard(receive)
                return None
            if is_last:
                return {"type": "http.request", "body": b"".join(chunks), "more_body": False}

    async def _refuse(self, scope: Scope, receive: Receive, send: Send) -> None:
        description = f"The body is larger than {self._max_bytes} bytes."
        problem = Problem(413, 413, "Content Too Large", description, headers={"Connection": "close"})
        await problem_response(problem)(scope, receive, send)


async def _discard(receive: Receive) -> None:
    """Reads on for a bounded while: a client that is still sending when the connection closes never sees the answer."""
    size = 0
    with suppress(TimeoutError):
        async with asyncio.timeout(_DISCARD_SECONDS):
            while size < _DISCARD_BYTES:
                message = await receive()
                size += len(message.get("body", b""))
                if not message.get("more_body", False):
                    return


def _announced_length(scope: Scope) -> int:
    for name, value in scope["headers"]:
        if name == b"content-length" and value.isdigit():
            return int(value)
    return 0


def _replay(body: Message, receive: Receive) -> Receive:
    is_sent = False

    async def replay() -> Message:
        nonlocal is_sent
        if is_sent:
            return await receive()
        is_sent = True
        return body

    return replay
