"""Frames and short waits for the tests of the relay."""

from asyncio import StreamReader as Reader
from asyncio import StreamWriter as Writer
from collections.abc import Awaitable, Callable
from datetime import timedelta

from websockets.frames import Frame, Opcode

from backing.eventually import eventually
from gateway.session.frame_walk import FrameWalk

from .backends import ACCEPTANCE
from .plane import SOON, Plane

__all__ = ["Reader", "Writer", "accepting", "close_code_in", "is_soon", "masked", "plain", "url_of"]


def masked(payload: bytes, opcode: int = 2, *, fin: bool = True) -> bytes:
    return Frame(Opcode(opcode), payload, fin=fin).serialize(mask=True)


def plain(payload: bytes, opcode: int = 2, *, fin: bool = True) -> bytes:
    return Frame(Opcode(opcode), payload, fin=fin).serialize(mask=False)


def close_code_in(stream: bytes, *, is_masked: bool = False) -> int | None:
    walk = FrameWalk(masked=is_masked)
    walk.feed(stream)
    return walk.close_code


def url_of(plane: Plane, *, is_tls: bool = False) -> str:
    return f"wss://localhost:{plane.wss_port}/echo" if is_tls else f"ws://127.0.0.1:{plane.ws_port}/echo"


async def is_soon(condition: Callable[[], bool], message: str, *, within: timedelta = SOON) -> None:
    def holds() -> None:
        assert condition()

    await eventually(holds, within=within, message=message)


def accepting(then: Callable[[Reader, Writer], Awaitable[None]]) -> Callable[[Reader, Writer], Awaitable[None]]:
    async def conduct(reader: Reader, writer: Writer) -> None:
        writer.write(ACCEPTANCE)
        await then(reader, writer)

    return conduct
