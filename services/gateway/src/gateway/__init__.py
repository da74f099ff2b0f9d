"""The gateway: authenticates, authorises and relays WebSocket connections, from facts held in memory."""

import os

from gateway import compiled

__version__ = "0.1.0"

# The one thing that an import of ours does, and the one variable read outside of the settings (which check it): by the
# time that settings are read, the modules are there.
compiled.choose(os.environ.get("GATEWAY_COMPILED", "auto"))
