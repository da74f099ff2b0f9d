"""wscat is the real one: it speaks to a server, from the class and from the launcher in the bin folder."""

import asyncio
import os
from collections.abc import AsyncIterator

import pytest
from websockets.asyncio.server import ServerConnection, serve

from backing.cache import bin_folder
from backing.node import Wscat


@pytest.fixture
async def echo_url() -> AsyncIterator[str]:
    async def echo(connection: ServerConnection) -> None:
        async for message in connection:
            await connection.send(f"{connection.request.headers.get('Authorization')}: {message!s}")  # type: ignore[union-attr]  # there is a request once connected

    async with serve(echo, "127.0.0.1", 0) as server:
        yield f"ws://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}"


async def test_wscat_prints_what_the_server_answers(wscat: Wscat, echo_url: str) -> None:
    outcome = await wscat.run("-c", echo_url, "-H", "Authorization: Bearer t", "-x", "hello", "-w", "1")

    assert outcome.exit_code == 0
    assert "Bearer t: hello" in outcome.output


async def test_wscat_tells_that_nobody_listens(wscat: Wscat) -> None:
    outcome = await wscat.run("-c", "ws://127.0.0.1:1", "-x", "hello", "-w", "1")

    assert "ECONNREFUSED" in outcome.output + outcome.errors


async def test_wscat_can_be_typed_with_the_bin_folder_on_the_path(wscat: Wscat, echo_url: str) -> None:
    path = f"{bin_folder()}{os.pathsep}{os.environ['PATH']}"

    shell = await asyncio.create_subprocess_shell(
        f"wscat -c {echo_url} -x hello -w 1",
        env={**os.environ, "PATH": path},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert shell.stdout is not None
    async with asyncio.timeout(30):
        output = await shell.stdout.read()
        await shell.wait()

    assert b": hello" in output
