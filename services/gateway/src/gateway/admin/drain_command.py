"""`python -m gateway drain`, which Kubernetes' preStop runs: asks the gateway beside it to drain, and waits."""

from __future__ import annotations

import urllib.error
import urllib.request

from gateway.settings import Settings
from hosting.entry import CommandFailed

_MARGIN_SECONDS = 10.0


def drain_running_gateway(settings: Settings) -> None:
    """Returns when it is empty. Raises `CommandFailed`. Blocks: for a thread."""
    url = f"http://127.0.0.1:{settings.admin_port}/-/drain"
    seconds = (settings.drain_delay + settings.drain_grace).total_seconds() + _MARGIN_SECONDS
    try:
        with urllib.request.urlopen(urllib.request.Request(url, method="POST"), timeout=seconds):
            return
    except (urllib.error.URLError, TimeoutError) as error:
        raise CommandFailed(f"the gateway at {url} does not drain: {error}") from error
