"""`/-/drain`: empties this gateway before its process is ended, for Kubernetes' preStop and rolling restarts by hand.

Who is on this machine may do it without a token, as it could send SIGTERM too: `python -m gateway drain` does. A
browser there may not: another site's page must not drain a gateway through its visitor.
"""

from __future__ import annotations

import ipaddress
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.security import SecurityScopes
from pydantic import BaseModel

from gateway.admin.parts import gateway_of
from gateway.handshake.drain import DrainState
from hosting.bearer import Credentials, MissingScope, caller_with_scope

router = APIRouter(tags=["Gateway"])


class DrainView(BaseModel):
    """How far draining is."""

    state: DrainState


async def local_program_or_admin(request: Request, credentials: Credentials) -> None:
    """Raises what `caller_with_scope` raises for others."""
    if credentials is None and _is_of_this_machine(request):
        if "origin" in request.headers:
            raise MissingScope("A browser must bring an admin's access token.")
        return
    await caller_with_scope(request, SecurityScopes(["apim:admin"]), credentials)


MayDrain = Annotated[None, Depends(local_program_or_admin)]


@router.get("/-/drain", operation_id="getDrain", summary="How far draining is")
async def get_drain(request: Request, _: MayDrain) -> DrainView:
    """Changes nothing."""
    return DrainView(state=gateway_of(request).doors.drain.state)


@router.post("/-/drain", operation_id="drain", summary="Drain this gateway")
async def post_drain(request: Request, _: MayDrain) -> DrainView:
    """Answers when it is over. There is no way back: end the process then. Asking again waits for the same end."""
    drain = gateway_of(request).doors.drain
    await drain.run()
    return DrainView(state=drain.state)


def _is_of_this_machine(request: Request) -> bool:
    # Without an address it came through a Unix socket, which only our own user can open.
    return request.client is None or ipaddress.ip_address(request.client.host).is_loopback
