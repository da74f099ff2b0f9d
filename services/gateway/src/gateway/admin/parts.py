"""The running gateway, as the operations of its admin port find it."""

from __future__ import annotations

from fastapi import Request

from gateway.running import Gateway


def gateway_of(request: Request) -> Gateway:
    """What `create_app` was given."""
    gateway = request.app.state.gateway
    assert isinstance(gateway, Gateway)
    return gateway
