"""Which web pages may open a WebSocket to an API (WSO2 `corsConfiguration`): a list of origins, as gateways match them.

`*` alone is any origin; a `*` in the host stands for letters of a host name, in the place of the port for any port.
The other members of WSO2's object say what HTTP answers tell browsers; a WebSocket handshake has no use for them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from publisher.errors import InvalidInput

ANY: Final = "*"
MAX_ORIGINS: Final = 500

_ORIGIN = re.compile(
    r"[A-Za-z][A-Za-z0-9+.-]*://(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9*_-][A-Za-z0-9*._-]*)(:([0-9]{1,5}|\*))?/?"
)


# WSO2's JSON with its types checked, hence Any.
def read_origins(configuration: Mapping[str, Any] | None) -> tuple[str, ...] | None:
    """None: the origin is not looked at. Enabled without a list is WSO2's default, any."""
    if not configuration or not configuration.get("corsConfigurationEnabled"):
        return None
    given = configuration.get("accessControlAllowOrigins")
    return (ANY,) if given is None else tuple(dict.fromkeys(given))


def check_origins(configuration: Mapping[str, Any] | None) -> None:
    """Raises `InvalidInput` with a pointer to the first that is no origin."""
    pointer = "/corsConfiguration/accessControlAllowOrigins"
    origins = read_origins(configuration) or ()
    if len(origins) > MAX_ORIGINS:
        raise InvalidInput.at(pointer, f"at most {MAX_ORIGINS} origins")
    given = list((configuration or {}).get("accessControlAllowOrigins") or ())
    for origin in origins:
        if origin != ANY and not (len(origin) <= 255 and _ORIGIN.fullmatch(origin)):
            detail = "an origin such as https://app.example or https://*.example:8443, or * alone"
            raise InvalidInput.at(f"{pointer}/{given.index(origin)}", detail)
