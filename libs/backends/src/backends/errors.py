"""What can be wrong with a backend, its allow-list, or its sealed credential.

ValueError
├── ForbiddenBackend     its host, address or port is one that backends may not have
├── InvalidAllowList     SLUICE_BACKEND_ALLOW cannot be read
├── UnusableSealingKey   the key file cannot be used
└── CannotOpen           what is sealed was sealed with another key, for another place, or has been changed

The texts are public: they name rules, never a secret, nor what a name resolved to.
"""


class ForbiddenBackend(ValueError):
    """The text continues a sentence about the endpoint."""


class InvalidAllowList(ValueError):
    """The text names the entry that is wrong."""


class UnusableSealingKey(ValueError):
    """The text says what the file must hold, without what it holds."""


class CannotOpen(ValueError):
    """Try with the key that sealed it, or seal the credential anew."""
