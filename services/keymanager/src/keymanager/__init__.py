"""The key manager: users and roles, OAuth clients, tokens, signing keys and revocations."""

__version__ = "0.1.0"
