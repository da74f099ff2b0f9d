"""A little REST service that uses everything hosting offers, in this process or as a process of its own.

`python shop.py <what the background does>` serves on a free port, which it prints.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, FastAPI, Request, Security

from hosting.bearer import anonymous_or_caller, caller_with_scope
from hosting.rest_app import RestDescription, create_rest_app
from hosting.server import listen, run_service
from telemetry.metrics import create_registry
from telemetry.problem import SluiceError, Unavailable
from tokens import InvalidToken, Principal

WRITERS = Security(caller_with_scope, scopes=["shop:write", "shop:all"])
Anybody = Annotated[Principal | None, Depends(anonymous_or_caller)]
Writer = Annotated[Principal, WRITERS]
AnyCaller = Annotated[Principal, Security(caller_with_scope)]

router = APIRouter()


class SoldOut(SluiceError):
    code = 900999
    message = "Sold out"


class FakeVerifier:
    """Believes tokens of the form `name/scope,scope`."""

    def verify(self, token: str) -> Principal:
        """As `TokenVerifier.verify`."""
        name, slash, scopes = token.partition("/")
        if not slash:
            raise InvalidToken("it has no slash")
        return Principal(
            subject=name,
            client_id="client",
            issuer="fake",
            audience=("sluice-rest",),
            token_id="token",
            issued_at=1,
            expires_at=2,
            scopes=frozenset(scopes.split(",")),
        )


@router.get("/who")
async def who(caller: Anybody) -> str:
    return caller.subject if caller else "nobody"


@router.get("/me")
async def me(caller: AnyCaller) -> str:
    return caller.subject


@router.get("/write")
async def write(caller: Writer) -> str:
    return caller.subject


@router.post("/bytes")
async def count_bytes(request: Request) -> int:
    return len(await request.body())


@router.get("/sold-out")
async def sold_out() -> None:
    raise SoldOut("Come back tomorrow.")


@router.get("/unavailable")
async def unavailable() -> None:
    raise Unavailable("The till is away.")


async def _ready() -> str | None:
    return None


def shop_app() -> FastAPI:
    """The application."""
    return create_rest_app(
        RestDescription("shop", "Shop", "Sells nothing.", "1.2.3"),
        routers=[router],
        verifier=FakeVerifier(),
        status_of=lambda _: 409,
        checks={"shelf": _ready},
        registry=create_registry(service="shop", release="1.2.3"),
    )


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


async def _work_until_cancelled() -> None:
    try:
        await asyncio.Event().wait()
    finally:
        # What is still to be done after the cancellation is awaited, not cut off.
        await asyncio.sleep(0.05)
        _say("the work was ended")


async def _overhear_a_cancellation() -> None:
    with contextlib.suppress(asyncio.CancelledError):
        await asyncio.Event().wait()
    await _work_until_cancelled()


async def _fail() -> None:
    raise RuntimeError("the relay is dead")


async def _say_goodbye() -> None:
    _say("the signal was heard")


async def _serve(background: str) -> None:
    sockets = listen(["127.0.0.1"], 0)
    _say(str(sockets[0].getsockname()[1]))
    tasks = {
        "works": [_work_until_cancelled],
        "fails": [_work_until_cancelled, _fail],
        "overhears": [_overhear_a_cancellation],
    }[background]
    await run_service(
        shop_app(),
        sockets=sockets,
        background=tasks,
        on_stop_signal=_say_goodbye,
        patience=timedelta(seconds=0.5),
    )
    _say("the service has ended")


if __name__ == "__main__":
    asyncio.run(_serve(sys.argv[1]))
