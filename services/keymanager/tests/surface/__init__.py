"""The key manager over HTTP, in this process."""
