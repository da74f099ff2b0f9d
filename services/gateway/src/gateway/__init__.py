"""The gateway: authenticates, authorises and relays WebSocket connections, from facts held in memory."""

__version__ = "0.1.0"
