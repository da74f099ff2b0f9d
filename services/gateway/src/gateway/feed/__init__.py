"""Facts from the bus into memory, and the gateway's own heartbeat onto it."""
