"""What this gateway tells of its sessions and of their use: the facts `gateway.session` and `gateway.usage`.

`session_report` and `usage_report` know neither the bus nor the clock; `reporter` owns the one task that asks them
what is new and sends it. With the bus away what waits is coalesced and bounded, and nothing else waits for it.
"""
