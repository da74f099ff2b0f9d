"""Open sessions: the verbatim relay between a downstream and an upstream connection.

Owns no task and, while a session is open, no timer: everything happens in the callbacks of the two transports. One
timer is armed when a session begins to close, and it ends the session within a bounded time whatever the peers do.
Knows nothing of HTTP, routes or tokens; what policies judge a session by again is kept here (``grounds``) unread.
"""
