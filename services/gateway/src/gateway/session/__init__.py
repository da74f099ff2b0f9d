"""Open sessions: the verbatim relay between a downstream and an upstream connection.

Owns no task: everything happens in the callbacks of the two transports and of one sweeper, whose single timer visits
all sessions (pings, idleness, age, expiry). A session has a timer of its own only while it closes; that one ends it
within a bounded time whatever the peers do. Frames are looked at one by one only where a quota is nearly spent, a
frame of the gateway's own is due, or messages are looked into (`sieve`). Knows nothing of HTTP, routes or tokens.
"""
