"""The devportal's way to the key manager, where the keys of applications live: a protocol, HTTP, and a fake."""
