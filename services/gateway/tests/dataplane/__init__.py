"""The handshake, the dial and the relay together, over real sockets."""
