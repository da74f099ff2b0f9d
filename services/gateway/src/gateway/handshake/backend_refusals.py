"""From what went wrong upstream to what the client is told.

A backend's own refusal is always 502, never its status: a 401 or 403 of the backend must not look like one of ours,
and a redirect is not followed. Its status is in the body as ``backendStatus``, a Retry-After is passed on. Why a
backend cannot be reached (its address, its certificate, the gateway's credential for it) is for the operator's log.
"""

import math
from dataclasses import replace

from gateway.handshake import refusals
from gateway.handshake.refusal import Refusal
from gateway.upstream.errors import (
    BackendRefused,
    BackendsSuspended,
    BackendTimedOut,
    InvalidBackendAnswer,
    UpstreamError,
)


def refusal_for(error: UpstreamError) -> Refusal:
    """The refusal that tells the client of ``error`` without telling where the backend is."""
    if isinstance(error, BackendRefused):
        refusal = replace(
            refusals.BACKEND_REFUSED,
            description=f"The backend did not accept the WebSocket; it answered {error.status}.",
            backend_status=error.status,
        )
        return refusal.with_header("Retry-After", error.retry_after) if error.retry_after else refusal
    if isinstance(error, BackendsSuspended):
        return refusals.BACKEND_UNREACHABLE.with_retry_after(math.ceil(error.seconds))
    if isinstance(error, BackendTimedOut):
        return refusals.BACKEND_TIMED_OUT
    if isinstance(error, InvalidBackendAnswer):
        return refusals.INVALID_BACKEND_ANSWER
    return refusals.BACKEND_UNREACHABLE
