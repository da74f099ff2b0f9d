"""Tries the token at the gateway, which learns of all this a moment later, so that the printed lines work at once."""

from __future__ import annotations

import time

from websockets.exceptions import InvalidStatus, WebSocketException
from websockets.sync.client import connect

from sluice.errors import DemoFailed

_WITHIN_SECONDS = 15.0
_POLL_SECONDS = 0.2
_GREETING = "hello"


def wait_for_echo(url: str, *, token: str) -> None:
    """Returns when a message has come back. Raises `DemoFailed` with the last reason when none did in time."""
    deadline = time.monotonic() + _WITHIN_SECONDS
    while (reason := _why_no_echo(url, token)) is not None:
        if time.monotonic() > deadline:
            raise DemoFailed(f"The gateway does not let the token through to the echo backend: {reason}.")
        time.sleep(_POLL_SECONDS)


def _why_no_echo(url: str, token: str) -> str | None:
    headers = {"Authorization": f"Bearer {token}"}
    try:
        with connect(url, additional_headers=headers, open_timeout=5, close_timeout=1, proxy=None) as downstream:
            downstream.send(_GREETING)
            return None if downstream.recv(timeout=5) == _GREETING else "something else came back"
    except InvalidStatus as error:
        return f"it answers {error.response.status_code}"
    except (WebSocketException, OSError) as error:
        return str(error) or type(error).__name__
