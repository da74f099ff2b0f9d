"""Try whether a backend answers, before it becomes an API's."""

from __future__ import annotations

from publisher.domain.caller import Caller
from publisher.usecases.backends import Backends
from publisher.usecases.opening import read_api
from publisher.usecases.unit import Units


async def validate_endpoint(
    units: Units, backends: Backends, url: str, *, api_id: str | None, caller: Caller
) -> int | None:
    """The HTTP status with which it answers a handshake; None: it does not. Raises `UnknownApi`, `UnusableEndpoint`."""
    if api_id is not None:
        async with units.reading() as view:
            await read_api(view, api_id, caller=caller)
    return await backends.status_of(url)
