"""The handshake with the client: listeners, the request head, credentials, refusals, and the way to a session.

Sans-I/O parts: ``request_head``, ``target``, ``upgrade``, ``credentials``, ``refusal``, ``refusals``. The I/O around
them is ``downstream_protocol`` (one object for each connection until its 101 or refusal) and ``listener``. Tasks: one
for a decision that has to wait, owned by ``Reception``; dials are owned by ``upstream.Dialer``.
"""
