"""The publisher's way to the key manager, which makes internal test keys: a protocol, HTTP, and a fake."""
