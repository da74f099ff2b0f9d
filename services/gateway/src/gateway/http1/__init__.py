"""HTTP/1.1 message heads as the handshake needs them, without I/O.

Shared by the downstream request (``handshake``) and the upstream answer (``upstream``). It promises that a field that
comes out of here holds no CR, LF or NUL. It knows nothing of bodies: an upgrade has none.
"""
