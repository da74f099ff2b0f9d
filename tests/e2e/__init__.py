"""The platform seen from outside: over the network only, importing no service."""
